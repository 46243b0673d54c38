"""Write the golden vectors of the draw: python tests/vectors/draw/make_vectors.py

The bank behind them is the small invented one of the unit tests, so they do not change when
the content grows. A change here is a change of the draw for everyone who has published one.
"""

import hashlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "question_bank")]

from synthetic_bank import POOL_SECRET, make_items, make_manifest, seed_number  # noqa: E402  the path comes first

from question_bank.draw import draw  # noqa: E402
from question_bank.manifest import salt_for  # noqa: E402
from question_bank.seeds import commitment, derive_seed, hkdf_sha256, rank  # noqa: E402
from question_bank.transcript import DrawnPaper, build_transcript, inputs_digest  # noqa: E402

MANIFEST = make_manifest()
LEAVES = [leaf for stratum in MANIFEST.strata for leaf in stratum.leaves]
SECRET = hashlib.sha256(b"golden secret").digest()
SALT = bytes.fromhex("060305020401")
SESSION = "2026-08-03/astana-1/10:00"
SEEN = frozenset(LEAVES[::5])
EXPOSURE = {leaf: 10 + 30 * (place % 4 == 0) for place, leaf in enumerate(LEAVES)}


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
    seeds = [
        {"secret": SECRET.hex(), "salt": salt.hex(), "session": SESSION, "booking": booking}
        for salt in (SALT, b"")
        for booking in ("booking-1", "booking-2")
    ]
    for entry in seeds:
        seed = derive_seed(SECRET, bytes.fromhex(entry["salt"]), SESSION, entry["booking"])
        entry["seed"] = seed.hex()
    return {
        "rfc5869_case_1": okm.hex(),
        "rank": {
            "seed": bytes(32).hex(),
            "purpose": "item",
            "data": "00",
            "rank": rank(bytes(32), "item", b"\0").hex(),
        },
        "seeds": seeds,
        "commitment": commitment(SECRET, SESSION, MANIFEST.digest).hex(),
        "inputs_digest": inputs_digest(MANIFEST.digest, EXPOSURE, {"booking-1": SEEN}).hex(),
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


def transcript(salt):
    drawn = []
    for booking, seen in (("booking-1", SEEN), ("booking-2", frozenset())):
        seed = derive_seed(SECRET, salt, SESSION, booking)
        drawn.append(DrawnPaper(booking=booking, seen=seen, paper=draw(seed, MANIFEST, seen, EXPOSURE)))
    return build_transcript(
        session=SESSION, secret=SECRET, salt=salt, manifest=MANIFEST, exposure=EXPOSURE, papers=drawn
    )


def vectors():
    return {
        "items.json": item_vectors(),
        "seeds.json": seed_vectors(),
        "manifest.json": {"manifest": MANIFEST.to_dict(), "digest": MANIFEST.digest.hex()},
        "papers.json": paper_vectors(),
        "transcript.json": transcript(SALT),
        "transcript-weak.json": transcript(b""),
    }


def text_of(value):
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, value in vectors().items():
        (HERE / name).write_text(text_of(value), encoding="utf-8")
