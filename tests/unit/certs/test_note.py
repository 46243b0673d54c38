"""Is the text of a note given only if a known key signed it, and are published notes read alike?"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from certs.errors import MalformedError
from certs.merkle import EMPTY_ROOT
from certs.note import (
    MAX_NOTE_CHARACTERS,
    MAX_SIGNATURES,
    Checkpoint,
    NoteError,
    VerifierKey,
    open_note,
    parse_verifier_key,
    sign_note,
    signed_note,
    verifier_key,
)

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "log" / "notes.json").read_text())
PETER, ENOCH, SUMDB = (parse_verifier_key(PUBLISHED["keys"][name]) for name in ("peter", "enoch", "sumdb"))
TEXT = PUBLISHED["peter_text"]
BY_PETER, BY_ENOCH = PUBLISHED["peter_signature"], PUBLISHED["enoch_signature"]
OWN = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OWN_KEY = VerifierKey(name="synaq.example.kz/log", public_key=OWN.public_key())
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30)


# Published notes


def test_published_note_is_opened() -> None:
    assert open_note(f"{TEXT}\n{BY_PETER}", [PETER]) == TEXT


def test_published_note_is_signed_alike() -> None:
    peter = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(PUBLISHED["peter_seed"]))

    assert sign_note(TEXT, "PeterNeumann", peter) == f"{TEXT}\n{BY_PETER}"
    assert verifier_key("PeterNeumann", peter.public_key()) == PUBLISHED["keys"]["peter"]


@pytest.mark.parametrize("published", PUBLISHED["checkpoints"])
def test_checkpoints_of_a_public_log_are_read(published: dict[str, Any]) -> None:
    said = Checkpoint.from_text(open_note(published["note"], [SUMDB]))

    assert (said.size, said.root.hex()) == (published["size"], published["root"])
    assert published["note"].startswith(said.to_text())


# Keys


def test_no_part_of_a_published_key_is_a_key() -> None:
    text = str(PETER)
    parts = {text[start:end] for start in range(len(text)) for end in range(start + 1, len(text) + 1)} - {text}

    for part in parts:
        with pytest.raises(MalformedError):
            parse_verifier_key(part)


def test_no_mangled_key_is_a_key() -> None:
    text = str(PETER)
    changed = [text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :] for at in range(len(text))]

    for mangled in [*PUBLISHED["mangled_keys"], *changed, text + "\n", text.upper(), "\udcff" + text]:
        with pytest.raises(MalformedError):
            parse_verifier_key(mangled)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\x01b", "\u2003", "\ud800"])
def test_name_that_no_line_could_carry_is_refused(name: str) -> None:
    with pytest.raises(MalformedError):
        verifier_key(name, OWN.public_key())


def test_name_may_be_of_any_script() -> None:
    assert parse_verifier_key(verifier_key("сынақ.қз", OWN.public_key())).name == "сынақ.қз"


# Notes


@given(st.lists(LINES, min_size=1, max_size=5))
def test_what_is_signed_is_opened(lines: list[str]) -> None:
    body = "".join(f"{line}\n" for line in lines)

    assert open_note(sign_note(body, "log", OWN), [VerifierKey(name="log", public_key=OWN.public_key())]) == body


def test_signatures_of_strangers_are_passed_over() -> None:
    assert open_note(f"{TEXT}\n{BY_ENOCH}{BY_PETER}", [PETER]) == TEXT
    assert open_note(f"{TEXT}\n{BY_PETER}{BY_ENOCH}", [PETER, ENOCH]) == TEXT
    assert open_note(f"{TEXT}\n{BY_PETER * 2}", [PETER, PETER]) == TEXT


def test_note_of_strangers_alone_is_not_believed() -> None:
    with pytest.raises(NoteError, match=r"unknown-key.*EnochRoot"):
        open_note(f"{TEXT}\n{BY_ENOCH}", [PETER])
    with pytest.raises(NoteError, match="unknown-key"):
        open_note(f"{TEXT}\n{BY_PETER}", [])


def test_same_name_with_another_key_is_a_stranger() -> None:
    namesake = VerifierKey(name="PeterNeumann", public_key=OWN.public_key())

    with pytest.raises(NoteError, match="unknown-key"):
        open_note(f"{TEXT}\n{BY_PETER}", [namesake])


def test_one_false_signature_of_a_known_key_spoils_the_note() -> None:
    forged = sign_note("another text\n", OWN_KEY.name, OWN).split("\n\n")[1]

    assert open_note(f"{TEXT}\n{BY_PETER}{forged}", [PETER]) == TEXT
    with pytest.raises(NoteError, match=f"bad-signature.*{OWN_KEY.name}"):
        open_note(f"{TEXT}\n{BY_PETER}{forged}", [PETER, OWN_KEY])


@given(st.data())
def test_note_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    note = f"{TEXT}\n{BY_PETER}"
    at = data.draw(st.integers(0, len(note) - 1))
    changed = note[:at] + data.draw(st.characters().filter(lambda other: other != note[at])) + note[at + 1 :]

    with pytest.raises((NoteError, MalformedError)):
        open_note(changed, [PETER])


def test_signature_of_another_length_is_false() -> None:
    for length in (1, 63, 65, 1_000):
        line = f"— PeterNeumann {base64.b64encode(PETER.key_id + bytes(length)).decode()}\n"
        with pytest.raises(NoteError, match="bad-signature"):
            open_note(f"{TEXT}\n{line}", [PETER])


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}{BY_PETER}",
        f"{TEXT}\n{BY_PETER[:-1]}",
        f"\x01{TEXT}\n{BY_PETER}",
        f"{TEXT}\n{BY_PETER}".replace("\n", "\r\n"),
        f"{TEXT}\t\n\n{BY_PETER}",
        f"\ud800{TEXT}\n{BY_PETER}",
        f"{TEXT}\n{BY_PETER}Unexpected line.\n",
        f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Bad Name')}",
        f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Bad+Name')}",
        f"{TEXT}\n{BY_PETER.replace('— ', '- ')}",
        f"{TEXT}\n{BY_PETER.replace('— ', '—  ')}",
        f"{TEXT}\n{BY_PETER.replace('AM=', 'AN=')}",
        f"{TEXT}\n{BY_PETER.replace('AM=', 'A!=')}",
        f"{TEXT}\n— PeterNeumann x08gow==\n",
        f"{TEXT}\n— PeterNeumann \n",
        f"{TEXT}\n— PeterNeumann\n",
        f"{TEXT}\n{BY_PETER * (MAX_SIGNATURES + 1)}",
        f"{'x' * MAX_NOTE_CHARACTERS}\n\n{BY_PETER}",
    ],
)
def test_any_other_form_is_malformed(note: str) -> None:
    with pytest.raises(MalformedError):
        open_note(note, [PETER])


@pytest.mark.parametrize("body", ["", "no newline", "tab\there\n", "\ud800\n", "\r\n"])
def test_text_that_cannot_be_a_note_is_not_signed(body: str) -> None:
    with pytest.raises(MalformedError):
        sign_note(body, "log", OWN)


def test_signature_of_another_key_does_not_leave() -> None:
    with pytest.raises(NoteError, match="bad-signature"):
        signed_note(TEXT, PETER, OWN.sign)


# Checkpoints


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_checkpoint_survives_the_round_trip(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin="synaq.example.kz/log", size=size, root=root)

    assert Checkpoint.from_text(checkpoint.to_text()) == checkpoint


def test_further_lines_of_a_checkpoint_are_tolerated() -> None:
    text = Checkpoint(origin="log", size=0, root=EMPTY_ROOT).to_text()

    assert Checkpoint.from_text(f"{text}more\nand more\n").size == 0


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["log", "5"],
        ["", "5", "ROOT"],
        ["log", "", "ROOT"],
        ["log", "5", "ROOT", ""],
        ["log", "05", "ROOT"],
        ["log", "-5", "ROOT"],
        ["log", "+5", "ROOT"],
        ["log", " 5", "ROOT"],
        ["log", "٥", "ROOT"],
        ["log", "9" * 20, "ROOT"],
        ["log", "9" * 5000, "ROOT"],
        ["log", "5", "AAAA"],
        ["log", "5", "not base 64"],
    ],
)
def test_any_other_text_is_no_checkpoint(lines: list[str]) -> None:
    root = Checkpoint(origin="log", size=0, root=EMPTY_ROOT).to_text().split("\n")[2]
    body = "".join(f"{line.replace('ROOT', root)}\n" for line in lines)

    with pytest.raises(MalformedError):
        Checkpoint.from_text(body)
    with pytest.raises(MalformedError):
        Checkpoint.from_text(f"log\n5\n{root}")
