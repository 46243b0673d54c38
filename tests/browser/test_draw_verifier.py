"""Do the two verifiers of a draw agree? The one in the browser is held to the vectors, and to the one in Python."""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import os
import random
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from question_bank import verify_draw
from question_bank.acts import Register
from question_bank.checks import settled_day
from question_bank.draw import draw
from question_bank.inputs import Attendee, DrawInputs
from question_bank.loading import load_pool
from question_bank.manifest import Manifest, build_manifest, salts_from
from question_bank.programmes import Programmes
from question_bank.seating import Seat, draw_seats
from question_bank.seeds import derive_seed
from question_bank.throw import BeaconRound, beacon_salt
from question_bank.transcript import DrawnPaper, build_transcript, transcript_text

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "draw"
CHANGES = 3000 if os.environ.get("SYNAQ_LONG") else 300
PEOPLE = 200
LONG_MS = 120_000
SECRET = hashlib.sha256(b"rehearsal").digest()
SALT = "balls:07-31-90-12-55-68"
SESSION = "2026-08-03/астана-1/10:00"

# Each is the body of a function that is called with what the test hands over, and with our modules.
MODULES = """async (given) => {
    const at = (name) => import(`/app/static/js/draw/${name}.js`);
    const [{ verify, verifySteps }, draws, canonical, bytes, hashes] =
        await Promise.all(["verify", "draw", "canonical", "bytes", "sha256"].map(at));
    %s
}"""
CHECK = MODULES % "return verify(given).differences;"
CHECK_CHANGES = (
    MODULES
    % """
    const { text, changes } = given; // its letters are all of one UTF-16 unit, so that places are the same in Python
    return changes.map(([place, sign]) => verify(text.slice(0, place) + sign + text.slice(place + 1)).differences);
"""
)
REDRAW_VECTORS = (
    MODULES
    % """
    const { manifest } = await (await fetch("/tests/vectors/draw/manifest.json")).json();
    const vectors = await (await fetch("/tests/vectors/draw/draws.json")).json();
    const common = vectors.exposure.map((exposure) => draws.prepare(manifest, exposure));
    const whole = { manifest: canonical.digest(manifest), programme: manifest.programme,
                    programme_version: manifest.programme_version };
    return vectors.rows.map(([secret, salt, session, booking, seen, exposure, roster]) => {
        const seed = draws.paperSeed(secret, salt, session, booking);
        const seatSeed = draws.seatSeed(secret, salt, session);
        const needs = Object.entries(vectors.roster[roster]).map(([name, accessible]) => [name, { accessible }]);
        const { places, spares } = draws.drawSeats(seatSeed, vectors.seats, Object.fromEntries(needs));
        const questions = draws.drawQuestions(seed, common[exposure], vectors.seen[seen]);
        const fingerprint = canonical.digest({ ...whole, questions });
        const drawn = canonical.digest({ fingerprint, places: Object.fromEntries(places), spares });
        return [bytes.toHex(seed).slice(0, 16), bytes.toHex(seatSeed).slice(0, 16), drawn.slice(0, 32)];
    });
"""
)
HASHES = (
    MODULES
    % """
    return given.map(([key, message]) => [
        bytes.toHex(hashes.sha256(bytes.fromHex(message))),
        bytes.toHex(hashes.hmacSha256(bytes.fromHex(key))(bytes.fromHex(message))),
    ]);
"""
)
STEPS = (
    MODULES
    % """
    const steps = verifySteps(new TextEncoder().encode(given));
    const seen = [];
    for (;;) {
        const { done, value } = steps.next();
        if (done) return { seen, differences: value.differences, session: value.transcript.session };
        seen.push([value.done, value.of]);
    }
"""
)


class Quiet(SimpleHTTPRequestHandler):
    """Serves the modules and the vectors as they lie in the tree, and says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(ROOT)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def bench(chromium: Browser, files: str) -> Iterator[Page]:
    """An empty page beside the modules."""
    page = chromium.new_page()
    page.set_default_timeout(LONG_MS)
    page.route(
        "**/empty", lambda route: route.fulfill(content_type="text/html", body="<!doctype html><title>-</title>")
    )
    page.goto(f"{files}/empty")
    yield page
    page.close()


@pytest.fixture(scope="module")
def rehearsal() -> str:
    """A session of 200 people from the real pool, some of whom have sat before, and some of whom need another seat."""
    manifest = real_manifest()
    leaves = sorted(manifest.names)
    chance = random.Random(200)
    inputs = DrawInputs(
        manifest_digest=manifest.digest,
        exposure={leaf: chance.randrange(60) for leaf in leaves},
        roster={
            f"booking-{number:03d}": Attendee(
                seen=frozenset(chance.sample(leaves, 55)) if number % 3 == 0 else frozenset(),
                accessible=number % 40 == 0,
            )
            for number in range(PEOPLE)
        },
        seats=tuple(Seat(number=f"{number}", accessible=number % 25 == 0) for number in range(1, PEOPLE + 8)),
    )
    return transcript_text(rehearsed(manifest, inputs, SALT))


def real_manifest() -> Manifest:
    register, programme = Register.load(), Programmes.load().latest("corps-b-legislation")
    on = settled_day([programme], register)
    return build_manifest(load_pool().items, programme, register, on, salts_from(bytes(32)))


def rehearsed(manifest: Manifest, inputs: DrawInputs, salt: str) -> dict[str, Any]:
    seating = draw_seats(SECRET, salt, SESSION, inputs.seats, inputs.needs)
    papers = [
        DrawnPaper(
            booking=booking,
            seen=who.seen,
            seat=seating.places[booking],
            paper=draw(derive_seed(SECRET, salt, SESSION, booking), manifest, who.seen, inputs.exposure),
        )
        for booking, who in (inputs.roster or {}).items()
    ]
    return build_transcript(
        session=SESSION,
        number=3,
        secret=SECRET,
        salt=salt,
        inputs=inputs,
        manifest=manifest,
        papers=papers,
        spares=seating.spares,
    )


def lines_of(text: str) -> list[str]:
    """Return what the verifier in Python says of a file."""
    try:
        return verify_draw.verify(verify_draw.read(text))
    except ValueError:
        return ["1 shape: not plain JSON"]


def agreed(ours: list[str], theirs: list[str]) -> bool:
    """Tell whether two verifiers say the same; where a text is no JSON, each says it in its own words."""
    if ours and ours[0].startswith("1 shape: not"):
        return len(theirs) == 1 and theirs[0].startswith("1 shape: not")
    return ours == theirs


def test_thousand_vectors_are_drawn_alike(bench: Page) -> None:
    rows = json.loads((VECTORS / "draws.json").read_text(encoding="utf-8"))["rows"]

    drawn = bench.evaluate(REDRAW_VECTORS)

    assert len(rows) == 1000
    assert drawn == [row[-3:] for row in rows]


@pytest.mark.parametrize(
    "name", ["transcript.json", "transcript-beacon.json", "transcript-weak.json", "transcript-example.json"]
)
def test_golden_transcripts_are_accepted_by_both(bench: Page, name: str) -> None:
    text = (VECTORS / name).read_text(encoding="utf-8")

    assert bench.evaluate(CHECK, text) == lines_of(text) == []


def test_session_of_two_hundred_is_drawn_alike(bench: Page, rehearsal: str) -> None:
    assert len(json.loads(rehearsal)["papers"]) == PEOPLE
    assert bench.evaluate(CHECK, rehearsal) == lines_of(rehearsal) == []


def test_salt_changed_after_the_commitment_is_refused_by_both_alike(bench: Page) -> None:
    """Every paper is told, and nothing that was fixed before the throw."""
    text = (VECTORS / "transcript.json").read_text(encoding="utf-8")
    changed = text.replace("dice:3162453416", "dice:3162453415")

    ours, theirs = lines_of(changed), bench.evaluate(CHECK, changed)

    assert ours == theirs
    assert len({line.split(":")[0] for line in ours if line.startswith("8 paper")}) == len(json.loads(text)["papers"])
    assert {line[0] for line in ours} <= {"7", "8"}


def test_changed_characters_are_refused_by_both_alike(bench: Page) -> None:
    text = json.dumps(
        verify_draw.read((VECTORS / "transcript-beacon.json").read_text(encoding="utf-8")),
        ensure_ascii=False,
        separators=(",", ":"),
    )
    chance = random.Random(300)
    changes = []
    while len(changes) < CHANGES:
        place = chance.randrange(len(text))
        sign = chance.choice([chr(ord(text[place]) ^ 1), text[place].swapcase(), *'019af",:[]{}\\ -.K\u212a'])
        if sign != text[place]:
            changes.append((place, sign))

    theirs = bench.evaluate(CHECK_CHANGES, {"text": text, "changes": changes})

    ours = [lines_of(text[:place] + sign + text[place + 1 :]) for place, sign in changes]
    assert [change for change, lines in zip(changes, ours, strict=True) if not lines] == []
    assert [
        (change, one, other)
        for change, one, other in zip(changes, ours, theirs, strict=True)
        if not agreed(one, other)
    ] == []  # fmt: skip


def forged(change: str) -> str:
    transcript = verify_draw.read((VECTORS / "transcript.json").read_text(encoding="utf-8"))
    exec(change, {"t": transcript})  # written in the list below
    return transcript_text(transcript)


@pytest.mark.parametrize(
    "change",
    [
        "t['number'] = True",
        "t['number'] = 10 ** 15",
        "t['number'] = -1",
        "t['weak'] = 0",
        "t['note'] = 'trust me'",
        "del t['salt']",
        "t['version'] = 'synaq-draw-transcript-v1'",
        "t['salt'] = 'dice:1'",
        "t['salt'] = 'balls:07-31-90-12-55-07'",
        "t['salt'] = 'balls:07-31-90-12-55-00'",
        "t['salt'], t['weak'] = '', True",
        "t['inputs']['roster'] = None",
        "t['inputs']['seats'] = t['inputs']['seats'][:2]",
        "t['inputs']['seats'].reverse()",
        "t['inputs']['exposure']['0' * 64] = 999999999999999",
        "t['inputs']['exposure']['__proto__'] = 1",
        "t['inputs']['roster']['__proto__'] = {'accessible': False, 'seen': []}",
        "t['inputs']['roster']['toString'] = {'accessible': True, 'seen': []}",
        "t['inputs']['roster'].update({name: {'accessible': False, 'seen': []} for name in ('2', '10', '😀', '�')})",
        "t['manifest']['strata'][0]['leaves'] = []",
        "t['manifest']['strata'][0]['leaves'].reverse()",
        "t['manifest']['strata'][0]['quota'] = 4",
        "t['manifest']['exposure_ceiling_percent'] = 999999999999999",
        "t['manifest']['exposure_grace'] = 999999999999999",
        "t['manifest']['enemies'].reverse()",
        "t['manifest']['enemies'][0].append('f' * 64)",
        "t['papers'].reverse()",
        "t['papers'][0]['booking'] = 'toString'",
        "t['papers'][0]['questions'].append(None)",
        "t['papers'][0]['questions'].pop()",
        "t['papers'][0]['questions'][0]['order'] = []",
        "t['papers'][0]['seen'].pop()",
        "t['papers'][1]['seat'] = None",
        "t['spares'].reverse()",
        "t['session'] = '\\u212a'",
    ],
)
def test_forgeries_are_refused_by_both_in_the_same_words(bench: Page, change: str) -> None:
    text = forged(change)

    ours, theirs = lines_of(text), bench.evaluate(CHECK, text)

    assert ours
    assert agreed(ours, theirs), (ours, theirs)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"number": 1,', '"number": 1, "number": 1,'),
        ('"number": 1,', '"number": 1.0,'),
        ('"number": 1,', '"number": 1e0,'),
        ('"number": 1,', '"number": NaN,'),
        ('"number": 1,', '"number": 01,'),
        ('"session": "2', '"session": "\\u0032'),
        ('"exposure_grace": ', '"exposure_grace": -'),
        ("{", "\ufeff{"),
        ("}", "}}"),
        ("]", "],"),
        ("\n", "\u00a0"),
    ],
)
def test_second_spellings_are_refused_by_both(bench: Page, before: str, after: str) -> None:
    text = (VECTORS / "transcript.json").read_text(encoding="utf-8")
    changed = text.replace(before, after, 1)
    assert changed != text

    for lines in (lines_of(changed), bench.evaluate(CHECK, changed)):
        assert lines[0].startswith("1 shape")


def test_beacon_that_was_committed_to_is_the_only_one(bench: Page) -> None:
    manifest = real_manifest()
    beacon = BeaconRound(chain="quicknet", number=10**15 - 1)
    inputs = DrawInputs(
        manifest_digest=manifest.digest, roster={"b": Attendee()}, seats=(Seat(number="1"),), beacon=beacon
    )
    good = rehearsed(manifest, inputs, beacon_salt(beacon, SECRET))

    assert bench.evaluate(CHECK, transcript_text(good)) == []
    for salt in (beacon_salt(BeaconRound(chain="quicknet", number=7), SECRET), SALT):
        text = transcript_text(rehearsed(manifest, inputs, salt))
        assert bench.evaluate(CHECK, text) == lines_of(text) == ["2 salt: not of a form that was agreed on"]


def test_hashes_are_those_of_the_standard(bench: Page) -> None:
    chance = random.Random(32)
    asked = [
        (chance.randbytes(key), chance.randbytes(size)) for key in (0, 1, 63, 64, 65, 200) for size in range(0, 200, 3)
    ]

    made = bench.evaluate(HASHES, [[key.hex(), message.hex()] for key, message in asked])

    assert made == [
        [hashlib.sha256(message).hexdigest(), hmac_of(key, message)] for key, message in asked
    ]  # fmt: skip


def hmac_of(key: bytes, message: bytes) -> str:
    return hmac.digest(key, message, "sha256").hex()


def test_steps_tell_how_far_the_check_is(bench: Page) -> None:
    text = (VECTORS / "transcript.json").read_text(encoding="utf-8")

    told = bench.evaluate(STEPS, text)

    assert told == {"seen": [[1, 3], [2, 3], [3, 3]], "differences": [], "session": "2026-08-03/astana-1/10:00"}
