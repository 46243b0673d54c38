"""Write the golden vectors of the draw: python tests/vectors/draw/make_vectors.py

The bank behind them is the small invented one of the unit tests, so they do not change when
the content grows. A change here is a change of the draw for everyone who has published one.
"""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "question_bank")]

from synthetic_bank import POOL_SECRET, make_items, make_manifest, seed_number  # noqa: E402  the path comes first

from question_bank.canonical import canonical_digest  # noqa: E402
from question_bank.draw import draw  # noqa: E402
from question_bank.inputs import Attendee, DrawInputs  # noqa: E402
from question_bank.manifest import ItemRef, Stratum, salt_for  # noqa: E402
from question_bank.seating import Seat, draw_seats  # noqa: E402
from question_bank.seeds import commitment, derive_seat_seed, derive_seed, hkdf_sha256, rank  # noqa: E402
from question_bank.throw import NOT_THROWN, BeaconRound, balls_salt, beacon_salt, dice_salt  # noqa: E402
from question_bank.transcript import DrawnPaper, build_transcript, transcript_text  # noqa: E402

MANIFEST = make_manifest()
LEAVES = [leaf for stratum in MANIFEST.strata for leaf in stratum.leaves]
SECRET = hashlib.sha256(b"golden secret").digest()
SALT = "dice:3162453416"
SESSION = "2026-08-03/astana-1/10:00"
SEEN = frozenset(LEAVES[::5])
EXPOSURE = {leaf: 10 + 30 * (place % 4 == 0) for place, leaf in enumerate(LEAVES)}
SEATS = tuple(Seat(number=f"Б-{number:02d}", accessible=number % 4 == 1) for number in range(1, 7))
ROSTER = {"booking-2": Attendee(), "booking-1": Attendee(seen=SEEN), "booking-3": Attendee(accessible=True)}
BEACON = BeaconRound(chain="quicknet", number=12345678)
DRAWS = 1000


def item_vectors():
    return [
        {
            "item": item.to_dict(),
            "digest": item.digest().hex(),
            "salt": salt_for(POOL_SECRET, item).hex(),
            "leaf": item.leaf(salt_for(POOL_SECRET, item)).hex(),
        }
        for item in make_items()
    ]


def seed_vectors():
    okm = hkdf_sha256(b"\x0b" * 22, salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA)), length=42)
    return {
        "rfc5869_case_1": okm.hex(),
        "rank": {
            "seed": bytes(32).hex(),
            "purpose": "item",
            "data": "00",
            "rank": rank(bytes(32), "item", b"\0").hex(),
        },
        "seeds": [
            {
                "secret": SECRET.hex(),
                "salt": salt,
                "session": SESSION,
                "booking": booking,
                "seed": derive_seed(SECRET, salt, SESSION, booking).hex(),
                "seat_seed": derive_seat_seed(SECRET, salt, SESSION).hex(),
            }
            for salt in (SALT, NOT_THROWN)
            for booking in ("booking-1", "booking-2")
        ],
        "inputs": inputs(None).to_dict(),
        "inputs_digest": inputs(None).digest.hex(),
        "number": 1,
        "commitment": commitment(SECRET, SESSION, 1, inputs(None).digest).hex(),
    }


def paper_vectors():
    cases = []
    for number in range(20):
        seen = SEEN if number % 2 else frozenset()
        exposure = EXPOSURE if number % 4 > 1 else {}
        paper = draw(seed_number(number), MANIFEST, seen, exposure)
        cases.append(
            {
                "seed": seed_number(number).hex(),
                "seen": sorted(leaf.hex() for leaf in seen),
                "exposure": {leaf.hex(): count for leaf, count in exposure.items()},
                "questions": [[question.item_id, list(question.order)] for question in paper.questions],
                "fingerprint": paper.fingerprint().hex(),
            }
        )
    return cases


def inputs(beacon, roster=ROSTER, seats=SEATS):
    return DrawInputs(manifest_digest=MANIFEST.digest, exposure=EXPOSURE, roster=roster, seats=seats, beacon=beacon)


def transcript(salt, committed, *, number=1, secret=SECRET, session=SESSION, manifest=MANIFEST):
    """Draw the session of the roster, or a person who comes without one."""
    people = committed.roster if committed.roster is not None else {"booking-7": Attendee(seen=SEEN)}
    seating = draw_seats(secret, salt, session, committed.seats, committed.needs)
    drawn = [
        DrawnPaper(
            booking=booking,
            seat=seating.places.get(booking),
            seen=who.seen,
            paper=draw(derive_seed(secret, salt, session, booking), manifest, who.seen, committed.exposure),
        )
        for booking, who in people.items()
    ]
    return build_transcript(
        session=session,
        number=number,
        secret=secret,
        salt=salt,
        inputs=committed,
        manifest=manifest,
        papers=drawn,
        spares=seating.spares,
    )


def thrown(number):
    """Return a salt of each form in turn, made of the digits of a number."""
    digits = hashlib.sha256(f"throw {number}".encode()).digest()
    if number % 4 == 0:
        return dice_salt([1 + byte % 6 for byte in digits[: 10 + number % 20]])
    if number % 4 == 1:
        return balls_salt(list(dict.fromkeys(1 + byte % 99 for byte in digits))[:6])
    return beacon_salt(BEACON, digits) if number % 4 == 2 else NOT_THROWN


def draw_vectors():
    """Return many draws in few bytes: a row names its inputs, and has the beginnings of two seeds and of a digest."""
    people = [f"booking-{number}" for number in range(1, 6)]
    seen = [sorted(leaf.hex() for leaf in LEAVES[part::7]) for part in range(3)]
    exposures = [{}, {leaf.hex(): (place * place) % 41 for place, leaf in enumerate(LEAVES)}]
    rosters = [dict.fromkeys(people, False), {name: name in people[1:3] for name in people}]
    rows = []
    for number in range(DRAWS):
        secret = hashlib.sha256(f"secret {number}".encode()).digest()
        salt, session, booking = thrown(number), f"session-{number // 10}", people[number % 5]
        case = {"seen": number // 4 % 4, "exposure": number // 16 % 2, "roster": number // 32 % 2}
        met = {bytes.fromhex(leaf) for leaf in ([[], *seen][case["seen"]])}
        counts = {bytes.fromhex(leaf): count for leaf, count in exposures[case["exposure"]].items()}
        seed, seat_seed = derive_seed(secret, salt, session, booking), derive_seat_seed(secret, salt, session)
        seating = draw_seats(secret, salt, session, SEATS, rosters[case["roster"]])
        drawn = {
            "fingerprint": draw(seed, MANIFEST, met, counts).fingerprint().hex(),
            "places": dict(seating.places),
            "spares": list(seating.spares),
        }
        beginnings = [seed.hex()[:16], seat_seed.hex()[:16], canonical_digest(drawn).hex()[:32]]
        rows.append([secret.hex(), salt, session, booking, *case.values(), *beginnings])
    return {
        "columns": ["secret", "salt", "session", "booking", "seen", "exposure", "roster", "seed", "seat_seed", "drawn"],
        "seen": [[], *seen],
        "exposure": exposures,
        "roster": rosters,
        "seats": [{"accessible": seat.accessible, "number": seat.number} for seat in SEATS],
        "rows": rows,
    }


def example():
    """Return the transcript that docs/draw.md works through."""
    fruit = tuple(sorted(hashlib.sha256(word).digest() for word in (b"apple", b"pear", b"plum")))
    manifest = replace(
        MANIFEST,
        programme="example",
        strata=(Stratum(block="fruit", code="fruit/1", quota=2, leaves=fruit),),
        enemies=(),
        names={leaf: ItemRef(id=leaf.hex()[:8], version=1) for leaf in fruit},
    )
    committed = DrawInputs(
        manifest_digest=manifest.digest,
        roster={"b1": Attendee(seen=frozenset(fruit[:1])), "b2": Attendee(accessible=True)},
        seats=tuple(Seat(number=number, accessible=number == "1") for number in "123"),
    )
    return transcript(SALT, committed, secret=bytes(range(32)), session="s-1", manifest=manifest)


def vectors():
    return {
        "items.json": text_of(item_vectors()),
        "seeds.json": text_of(seed_vectors()),
        "manifest.json": text_of({"manifest": MANIFEST.to_dict(), "digest": MANIFEST.digest.hex()}),
        "papers.json": text_of(paper_vectors()),
        "draws.json": rows_of(draw_vectors()),
        "transcript.json": transcript_text(transcript(SALT, inputs(None))),
        "transcript-example.json": transcript_text(example()),
        "transcript-beacon.json": transcript_text(
            transcript(beacon_salt(BEACON, hashlib.sha256(b"beacon").digest()), inputs(BEACON), number=2)
        ),
        "transcript-weak.json": transcript_text(transcript(NOT_THROWN, inputs(None, roster=None, seats=()))),
    }


def rows_of(value):
    """Return the JSON text with one row on a line."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in value["rows"])
    head = json.dumps({**value, "rows": []}, ensure_ascii=False)
    return head.removesuffix("[]}") + f"[\n{rows}\n]}}\n"


def text_of(value):
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, value in vectors().items():
        (HERE / name).write_text(value, encoding="utf-8")
