"""Seeds, golden vectors, transcripts, and the file that an auditor runs alone."""

import ast
import copy
import hashlib
import hmac
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from synthetic_bank import make_items, make_manifest, make_programme

from question_bank import verify_draw
from question_bank.draw import draw
from question_bank.inputs import Attendee, DrawInputs
from question_bank.programme import Block
from question_bank.seating import Seat, draw_seats
from question_bank.seeds import commitment, derive_seat_seed, derive_seed, hkdf_sha256, rank
from question_bank.throw import NOT_THROWN, BeaconRound
from question_bank.transcript import DrawnPaper, build_transcript, transcript_text

VECTORS = Path(__file__).parents[2] / "vectors" / "draw"
LONG = bool(os.environ.get("SYNAQ_LONG"))


def golden(name):
    return verify_draw.read((VECTORS / name).read_text(encoding="utf-8"))


TRANSCRIPT, BEACON, WEAK = golden("transcript.json"), golden("transcript-beacon.json"), golden("transcript-weak.json")
LEAF = TRANSCRIPT["manifest"]["strata"][0]["leaves"][0]


def make_vectors():
    spec = importlib.util.spec_from_file_location("make_draw_vectors", VECTORS / "make_vectors.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_change(transcript, path, change):
    twin = copy.deepcopy(transcript)
    place = twin
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = change(place[path[-1]])
    return twin


def with_own_digests(transcript):
    """Forge: give the transcript a manifest digest, an inputs digest and a commitment of its own."""
    inputs = transcript["inputs"] | {"manifest": verify_draw._digest(transcript["manifest"])}
    digest = verify_draw._digest(inputs)
    made = commitment(
        bytes.fromhex(transcript["secret"]), transcript["session"], transcript["number"], bytes.fromhex(digest)
    )
    return transcript | {"inputs": inputs, "inputs_digest": digest, "commitment": made.hex()}


def swapped(text):
    """Return a text of the same kind that differs in one byte."""
    return text[:-1] + ("1" if text[-1] != "1" else "2")


def reversed_order(values):
    return values[::-1]


def told(transcript):
    return "\n".join(verify_draw.verify(transcript))


def test_golden_vectors_have_not_changed():
    for name, text in make_vectors().vectors().items():
        assert (VECTORS / name).read_text(encoding="utf-8") == text, name


def test_worked_example_of_the_specification_is_true():
    text = (VECTORS.parents[2] / "docs" / "draw.md").read_text(encoding="utf-8")
    example = golden("transcript-example.json")
    secret, salt, session = bytes.fromhex(example["secret"]), example["salt"], example["session"]
    seed, seat_seed = derive_seed(secret, salt, session, "b1"), derive_seat_seed(secret, salt, session)
    leaf_of = {word: hashlib.sha256(word.encode()).digest() for word in ("apple", "pear", "plum")}

    said = [
        example["inputs"]["manifest"],
        example["inputs_digest"],
        example["commitment"],
        hmac.digest(salt.encode(), secret, "sha256").hex(),
        seat_seed.hex(),
        seed.hex(),
        example["papers"][0]["fingerprint"],
        *(f"{number} {rank(seat_seed, 'seat', number.encode()).hex()[:8]}…" for number in "123"),
        *(f"{name} {rank(seat_seed, 'booking', name.encode()).hex()[:8]}…" for name in ("b1", "b2")),
        *(f"{word} {rank(seed, 'item', leaf).hex()[:8]}…" for word, leaf in leaf_of.items()),
        *(f"{word} {rank(seed, 'order', leaf_of[word]).hex()[:8]}…" for word in ("apple", "pear")),
        *(f"{rank(seed, 'option', leaf_of['pear'] + bytes([option])).hex()[:8]}…" for option in range(4)),
    ]

    assert verify_draw.verify(example) == []
    assert [value for value in said if value not in text] == []
    assert [paper["seat"] for paper in example["papers"]] == ["3", "1"]
    assert [question["order"] for question in example["papers"][0]["questions"]] == [[0, 1, 2, 3], [0, 2, 3, 1]]
    assert example["spares"] == ["2"]


def test_many_vectors_fit_into_a_small_file():
    assert len(json.loads((VECTORS / "draws.json").read_text(encoding="utf-8"))["rows"]) == 1000
    assert (VECTORS / "draws.json").stat().st_size < 300_000


@pytest.mark.parametrize(
    ("secret", "salt", "info", "length", "expected"),
    [
        (
            "0b" * 22,
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            42,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            "0b" * 22,
            "",
            "",
            42,
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_hkdf_agrees_with_rfc_5869(secret, salt, info, length, expected):
    made = hkdf_sha256(bytes.fromhex(secret), salt=bytes.fromhex(salt), info=bytes.fromhex(info), length=length)

    assert made.hex() == expected


@pytest.mark.parametrize(("session", "booking"), [("a|b", "c"), ("a", "b|c")])
def test_names_with_the_separator_are_refused(session, booking):
    with pytest.raises(ValueError, match="must not hold"):
        derive_seed(bytes(32), NOT_THROWN, session, booking)


def test_seed_depends_on_all_that_it_is_made_of():
    asked = [
        (secret, salt, session)
        for secret in (bytes(32), bytes([1] * 32))
        for salt in (NOT_THROWN, "dice:3162453416")
        for session in ("s", "t")
    ]
    seeds = {derive_seed(*names, booking) for names in asked for booking in ("b", "c")}
    seeds |= {derive_seat_seed(*names) for names in asked}

    assert len(seeds) == 24
    assert all(len(seed) == 32 for seed in seeds)


def test_commitment_depends_on_all_that_it_fixes():
    made = {
        commitment(secret, session, number, inputs)
        for secret in (bytes(32), bytes([1] * 32))
        for session in ("s", "s1")
        for number in (1, 11)
        for inputs in (bytes(32), bytes([1] * 32))
    }

    assert len(made) == 16


@pytest.mark.parametrize("transcript", [TRANSCRIPT, BEACON, WEAK])
def test_published_transcript_is_accepted(transcript):
    assert verify_draw.verify(transcript) == []


def test_papers_are_published_in_the_order_of_their_bookings():
    bookings = [paper["booking"] for paper in TRANSCRIPT["papers"]]

    assert [*make_vectors().ROSTER] != bookings == sorted(bookings)


def test_published_text_is_read_as_it_was_meant():
    assert verify_draw.read(transcript_text(TRANSCRIPT)) == TRANSCRIPT
    assert "Б-01" in transcript_text(TRANSCRIPT)


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        (("version",), lambda _: "synaq-draw-transcript-v1", "1 shape: transcript.version"),
        (("number",), lambda _: True, "1 shape: transcript.number"),
        (("number",), lambda _: 1.0, "1 shape: transcript.number"),
        (("number",), lambda _: 0, "1 shape: transcript.number"),
        (("number",), lambda _: "1", "1 shape: transcript.number"),
        (("number",), lambda _: 10**15, "1 shape: transcript.number"),
        (("weak",), lambda _: 0, "1 shape: transcript.weak"),
        (("session",), lambda _: "a|b", "1 shape: transcript.session"),
        (("session",), lambda _: 'a"b', "1 shape: transcript.session"),
        (("session",), lambda _: "", "1 shape: transcript.session"),
        (("session",), lambda _: "Аи\u0306", "1 shape: transcript.session"),  # й that is not in NFC
        (("secret",), str.upper, "1 shape: transcript.secret"),
        (("secret",), lambda secret: secret[:-2], "1 shape: transcript.secret"),
        (("salt",), lambda _: "dice: 3162453416", "1 shape: transcript.salt"),
        (("inputs",), lambda inputs: inputs | {"more": 1}, "1 shape: transcript.inputs is"),
        (("inputs", "beacon"), lambda _: {}, "1 shape: transcript.inputs.beacon"),
        (("inputs", "exposure"), lambda _: {"00": 1}, "1 shape: transcript.inputs.exposure"),
        (("inputs", "exposure", LEAF), lambda _: -1, f"1 shape: transcript.inputs.exposure.{LEAF}"),
        (("inputs", "roster", "booking-2", "accessible"), lambda _: 1, "inputs.roster.booking-2.accessible"),
        (("inputs", "seats", 0, "number"), lambda _: 1, "1 shape: transcript.inputs.seats[0].number"),
        (("manifest", "on"), lambda _: "2026-8-3", "1 shape: transcript.manifest.on"),
        (("manifest", "strata", 1, "quota"), lambda _: None, "1 shape: transcript.manifest.strata[1].quota"),
        (("manifest", "enemies"), lambda _: {}, "1 shape: transcript.manifest.enemies"),
        (("papers",), lambda _: None, "1 shape: transcript.papers"),
        (("papers", 1), lambda paper: paper | {"note": "trust me"}, "1 shape: transcript.papers[1]"),
        (("papers", 1, "seat"), lambda _: 7, "1 shape: transcript.papers[1].seat"),
        (("papers", 0, "questions", 3, "order"), lambda _: [0, 1, 2, "3"], "questions[3].order[3]"),
        (("spares", 0), lambda _: None, "1 shape: transcript.spares[0]"),
        (("weak",), lambda _: True, "2 salt: a draw is weak exactly where"),
        (("salt",), lambda _: "", "2 salt: a draw is weak exactly where"),
        (("salt",), lambda _: "dice:316245341", "2 salt: not of a form"),
        (("salt",), lambda _: "balls:07-31-90-12-55-07", "2 salt: not of a form"),
        (("salt",), lambda _: "balls:07-31-90-12-55-00", "2 salt: not of a form"),
        (("salt",), lambda _: BEACON["salt"], "2 salt: not of a form"),
        (("manifest", "strata", 0, "quota"), lambda _: 2, "3 manifest: its digest"),
        (("programme", "code"), swapped, "3 manifest: its programme"),
        (("manifest", "strata", 0, "leaves"), reversed_order, "3 manifest: its leaves"),
        (("manifest", "strata", 0, "leaves"), lambda leaves: [*leaves, leaves[-1]], "3 manifest: its leaves"),
        (("manifest", "strata", 1, "leaves"), lambda _: [LEAF], "3 manifest: its leaves"),
        (("manifest", "enemies"), reversed_order, "3 manifest: its enemies"),
        (("manifest", "enemies", 0), reversed_order, "3 manifest: its enemies"),
        (("manifest", "enemies", 0, 0), swapped, "3 manifest: its enemies"),
        (("manifest", "enemies", 0), lambda pair: [*pair, "f" * 64], "3 manifest: its enemies"),
        (("secret",), swapped, "4 commitment: it should be"),
        (("commitment",), swapped, "4 commitment: it should be"),
        (("session",), swapped, "4 commitment: it should be"),
        (("number",), lambda _: 2, "4 commitment: it should be"),
        (("inputs", "exposure", LEAF), lambda _: 9, "4 commitment: it should be"),
        (("inputs_digest",), swapped, "5 inputs: their digest"),
        (("inputs", "seats"), reversed_order, "5 inputs: the seats"),
        (("inputs", "seats"), lambda seats: [seats[0], *seats], "5 inputs: the seats"),
        (("inputs", "exposure"), lambda exposure: exposure | {"0" * 64: 1}, "5 inputs: what was used or seen"),
        (("inputs", "roster", "booking-1", "seen"), reversed_order, "5 inputs: what was used or seen"),
        (("inputs", "roster", "booking-1", "seen"), lambda _: ["0" * 64], "5 inputs: what was used or seen"),
        (("papers",), reversed_order, "6 roster: the papers"),
        (("papers",), lambda papers: papers[1:], "6 roster: the papers"),
        (("papers",), lambda papers: [papers[0], *papers], "6 roster: the papers"),
        (("papers", 1, "booking"), lambda _: "booking-2b", "6 roster: the papers"),
        (("inputs", "roster"), lambda _: None, "6 roster: there is none, but there are seats"),
        (("inputs", "seats"), lambda seats: seats[:2], "7 seats: there are too few"),
        (("inputs", "seats"), lambda seats: [seats[1]] * 6, "7 seats: there are too few"),
        (("spares",), reversed_order, "7 seats: the spares should be"),
        (("spares",), lambda spares: spares[1:], "7 seats: the spares should be"),
        (("papers", 0, "seat"), lambda _: None, "8 paper of booking-1: its seat should be"),
        (("papers", 0, "seen"), lambda seen: seen[1:], "8 paper of booking-1: what was seen should be"),
        (("papers", 0, "questions"), lambda asked: asked[:-1], "8 paper of booking-1: question 16 should be"),
        (("papers", 0, "questions"), reversed_order, "8 paper of booking-1: question 1 should be"),
        (("papers", 0, "questions", 2, "order"), reversed_order, "8 paper of booking-1: question 3 should be"),
        (("papers", 1, "fingerprint"), swapped, "8 paper of booking-2: its fingerprint should be"),
        (("manifest", "strata", 0, "leaves"), lambda _: [], "how many questions should be 16, it is 15"),
        (("salt",), lambda _: "dice:3162453415", "8 paper of booking-3: question 1 should be"),
    ],
)  # fmt: skip
def test_verifier_names_what_differs(path, change, expected):
    assert expected in told(with_change(TRANSCRIPT, path, change))


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        (("salt",), lambda _: "dice:3162453416", "2 salt: not of a form"),
        (("salt",), lambda salt: salt.replace("quicknet", "fastnet"), "2 salt: not of a form"),
        (("inputs", "beacon", "round"), lambda number: number + 1, "2 salt: not of a form"),
        (("salt",), lambda salt: salt[:-1], "2 salt: not of a form"),
        (("salt",), swapped, "8 paper of booking-1: question 1 should be"),
        (("number",), lambda _: 1, "4 commitment: it should be"),
        (("inputs", "beacon"), lambda _: None, "2 salt: not of a form"),
    ],
)
def test_verifier_holds_a_draw_to_the_round_that_was_committed_to(path, change, expected):
    assert expected in told(with_change(BEACON, path, change))


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        (("salt",), lambda _: "dice:3162453416", "2 salt: not of a form"),
        (("weak",), lambda _: False, "2 salt: a draw is weak"),
        (("papers", 0, "seat"), lambda _: "Б-01", "8 paper of booking-7: its seat should be null"),
        (("papers", 0, "booking"), lambda _: "booking-8", "8 paper of booking-8: question 1"),
        (("papers", 0, "seen"), reversed_order, "5 inputs: what was used or seen"),
        (("papers", 0, "seen"), lambda seen: ["0" * 64, *seen], "5 inputs: what was used or seen"),
        (("papers",), lambda papers: [*papers, *papers], "6 roster: the papers"),
        (("spares",), lambda _: ["1"], "7 seats: the spares should be []"),
    ],
)
def test_verifier_holds_a_draw_without_roster_to_what_it_has(path, change, expected):
    assert expected in told(with_change(WEAK, path, change))


@pytest.mark.parametrize("transcript", [None, [], {}, "text", 1, {"version": "synaq-draw-transcript-v2"}])
def test_what_is_no_transcript_is_told_in_one_line(transcript):
    assert verify_draw.verify(transcript) == ["1 shape: transcript is not as it must be"]


def test_unknown_field_is_refused():
    assert verify_draw.verify({**TRANSCRIPT, "note": "trust me"}) == ["1 shape: transcript is not as it must be"]


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        (("manifest", "exposure_grace"), lambda _: 6, "8 paper of booking-1"),
        (("manifest", "strata", 0, "leaves"), lambda _: [], "8 paper of booking-1: how many questions"),
        (("inputs", "roster", "booking-3", "accessible"), lambda _: False, "8 paper of booking-3: its seat"),
        (("inputs", "exposure", LEAF), lambda _: 9, "nothing"),
    ],
)
def test_forgery_with_digests_of_its_own_shows_in_the_commitment(path, change, expected):
    """The file agrees with itself, or shows in a paper; what was shown before the throw tells in any case."""
    forged = with_own_digests(with_change(TRANSCRIPT, path, change))

    assert forged["commitment"] != TRANSCRIPT["commitment"]
    assert not any(
        line.startswith(("3 manifest: its digest", "4", "5 inputs: their")) for line in verify_draw.verify(forged)
    )
    assert expected in (told(forged) or "nothing")


def test_salt_that_is_changed_after_the_commitment_is_refused():
    for salt in ("dice:3162453415", "balls:07-31-90-12-55-68"):
        lines = verify_draw.verify(TRANSCRIPT | {"salt": salt})

        assert {line.split(":")[0] for line in lines} >= {f"8 paper of booking-{number}" for number in (1, 2, 3)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"number": 1,', '"number": 1, "number": 1,'),
        ('"number": 1,', '"number": 1.0,'),
        ('"number": 1,', '"number": 1e0,'),
        ('"number": 1,', '"number": NaN,'),
        ('"number": 1,', '"number": 01,'),
        ('"session": "2', '"session": "\\u0032'),
        ("/astana-1/", "\\/astana-1/"),
        ('": 0', '": -0'),
        ("{", "\ufeff{"),
        ('"weak": false', '"weak": false,'),
        ("}", "}}"),
    ],
)
def test_text_in_another_spelling_is_refused(before, after):
    text = (VECTORS / "transcript.json").read_text(encoding="utf-8")
    text = text.replace('"quota": 1', '"quota": 0')  # for the zero with a sign
    assert before in text
    verify_draw.read(text)

    with pytest.raises(ValueError, match=r".+"):
        verify_draw.read(text.replace(before, after, 1))


def test_blanks_between_the_tokens_are_free():
    for spelled in (
        json.dumps(TRANSCRIPT, ensure_ascii=False),
        json.dumps(TRANSCRIPT, ensure_ascii=False, indent="\t"),
    ):
        assert verify_draw.verify(verify_draw.read(f" \r\n{spelled}\n")) == []


def small_text():
    """Make a transcript of some thousand characters without a blank between its tokens."""
    blocks = (Block(act="fruit-act", questions=5, minimum=1, blueprint={"trees": (1, 1, 1, 1, 1)}),)
    manifest = make_manifest(make_items(blocks, in_a_cell=2), make_programme(blocks))
    leaves = [leaf for stratum in manifest.strata for leaf in stratum.leaves]
    secret, salt, session = bytes(range(32)), "beacon:chain-1:77:" + "5a" * 32, "s-1"
    inputs = DrawInputs(
        manifest_digest=manifest.digest,
        exposure={leaves[0]: 7, leaves[3]: 0},
        roster={"b1": Attendee(seen=frozenset(leaves[:1])), "b2": Attendee(accessible=True)},
        seats=(
            Seat(number="1", accessible=True),
            Seat(number="2"),
            Seat(number="Ә3"),
            Seat(number="4", accessible=True),
        ),
        beacon=BeaconRound(chain="chain-1", number=77),
    )
    seating = draw_seats(secret, salt, session, inputs.seats, inputs.needs)
    papers = [
        DrawnPaper(
            booking=booking,
            seen=who.seen,
            paper=draw(derive_seed(secret, salt, session, booking), manifest, who.seen, inputs.exposure),
            seat=seating.places[booking],
        )
        for booking, who in inputs.roster.items()
    ]
    transcript = build_transcript(
        session=session, number=1, secret=secret, salt=salt, inputs=inputs, manifest=manifest, papers=papers,
        spares=seating.spares,
    )  # fmt: skip
    return json.dumps(transcript, ensure_ascii=False, separators=(",", ":"))


def is_refused(text):
    try:
        return bool(verify_draw.verify(verify_draw.read(text)))
    except ValueError:
        return True


def spoilt(text, place, chance):
    """Yield what becomes of a text when one character of it is replaced, left out, or joined by another one."""
    sign = text[place]
    for other in {sign.swapcase(), chr(ord(sign) + 1), chr(ord(sign) ^ 1), chance.choice('09af",:[]{}\\ \u212a'), "K"}:
        if other != sign:
            yield text[:place] + other + text[place + 1 :]
    yield text[:place] + text[place + 1 :]
    yield text[:place] + chance.choice("0a-.\\") + text[place:]


def test_any_changed_character_is_refused():
    text, chance = small_text(), random.Random(1)
    assert not is_refused(text)
    places = range(len(text)) if LONG else sorted(chance.sample(range(len(text)), 350))

    unnoticed = [changed for place in places for changed in spoilt(text, place, chance) if not is_refused(changed)]

    assert unnoticed == []


def test_letter_that_only_looks_the_same_is_refused():
    """The Kelvin sign becomes K in NFC, so that a digest of normalised text would not see it."""
    secret, session = bytes(32), "K-1"
    manifest, inputs = make_manifest(), DrawInputs(manifest_digest=make_manifest().digest)
    transcript = build_transcript(
        session=session, number=1, secret=secret, salt="", inputs=inputs, manifest=manifest, papers=[]
    )
    assert verify_draw.verify(transcript) == []

    assert told(transcript | {"session": "\u212a-1"}) == "1 shape: transcript.session is not as it must be"


def run_alone(folder, *arguments):
    """Run the verifier in a folder of its own, with no way to reach the package."""
    shutil.copy(verify_draw.__file__, folder)
    command = [sys.executable, "-I", "verify_draw.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("transcript.json", "3 papers re-drawn, all agree\n"),
        ("transcript-beacon.json", "3 papers re-drawn, all agree\n"),
        ("transcript-weak.json", "1 papers re-drawn, all agree, WEAK: no salt was thrown\n"),
    ],
)
def test_verifier_runs_alone_on_another_machine(tmp_path, name, said):
    shutil.copy(VECTORS / name, tmp_path)

    run = run_alone(tmp_path, name)

    assert (run.returncode, run.stderr) == (0, "")
    assert said in run.stdout
    assert golden(name)["commitment"] in run.stdout


def test_verifier_tells_the_difference_and_fails(tmp_path):
    changed = with_change(TRANSCRIPT, ("papers", 0, "fingerprint"), swapped)
    (tmp_path / "t.json").write_text(transcript_text(changed), encoding="utf-8")

    run = run_alone(tmp_path, "t.json")

    assert run.returncode == 1
    assert "8 paper of booking-1: its fingerprint should be" in run.stdout


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", "[" * 100_000, "\ufeff{}", '{"a": 1, "a": 1}'])
def test_what_is_no_transcript_gives_status_2(tmp_path, text):
    (tmp_path / "t.json").write_text(text, encoding="utf-8")

    run = run_alone(tmp_path, "t.json")

    assert run.returncode == 2
    assert "1 shape" in run.stdout + run.stderr


def test_verifier_without_a_file_shows_its_usage(tmp_path):
    run = run_alone(tmp_path)

    assert (run.returncode, run.stdout) == (2, "")
    assert "usage" in run.stderr


def test_verifier_is_short_and_needs_the_standard_library_only():
    source = Path(verify_draw.__file__).read_text(encoding="utf-8")
    imports = {
        name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }

    assert len(source.splitlines()) < 200
    assert {name.split(".")[0] for name in imports} <= sys.stdlib_module_names


def test_command_line_draws_what_the_verifier_accepts(tmp_path, capsys):
    from question_bank.__main__ import main  # noqa: PLC0415

    file = tmp_path / "t.json"
    words = ["draw", "--programme", "corps-b-legislation", "--secret", "5a" * 32, "--transcript", str(file)]

    assert main([*words, "--salt", "dice:3162453416", "--session", "s1", "--booking", "b1"]) == 0
    assert main(["verify-draw", str(file)]) == 0
    assert "session s1: 1 papers re-drawn, all agree\n" in capsys.readouterr().out
    assert main(words) == 0
    assert main(["verify-draw", str(file)]) == 0
    assert "WEAK" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--salt", "0306"], ["--secret", "5a5a"], ["--salt", "dice:1"]])
def test_command_line_refuses_what_no_draw_is_made_of(capsys, wrong):
    from question_bank.__main__ import main  # noqa: PLC0415

    with pytest.raises(SystemExit) as ending:
        main(["draw", "--programme", "corps-b-legislation", "--secret", "5a" * 32, *wrong])

    assert ending.value.code == 2
    assert wrong[0] in capsys.readouterr().err
