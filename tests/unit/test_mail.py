"""How is a letter composed, and what does a folder of letters show?"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from app.mail import FolderMailer, Letter, compose

REFERENCE = uuid.UUID("019a0000-0000-7000-8000-000000000001")


def letter(number: int = 1, **facts: object) -> Letter:
    values = {
        "to": "aigul@example.kz",
        "subject": f"Тест нәтижеңіз дайын {number}",
        "body": "Бірінші жол.\n\nhttp://localhost/my\n",
        "reference": uuid.UUID(int=REFERENCE.int + number),
    } | facts
    return Letter(**values)  # type: ignore[arg-type]  # the values above


@pytest.mark.parametrize(
    ("sender", "message_id"),
    [
        ("test@gov.kz", f"<{REFERENCE}@gov.kz>"),
        ("Synaq <test@gov.kz>", f"<{REFERENCE}@gov.kz>"),
    ],
)
def test_letter_that_leaves_twice_can_be_recognised(sender: str, message_id: str) -> None:
    first, second = (compose(letter(reference=REFERENCE), sender) for _ in range(2))

    assert first["Message-ID"] == second["Message-ID"] == message_id


def test_line_break_in_a_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        compose(letter(subject="One\nBcc: others@example.kz"), "test@gov.kz")


def test_folder_shows_its_letters_newest_first(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "mail", "synaq@localhost")
    for number in (1, 2, 3):
        mailer.send(letter(number))
        path = tmp_path / "mail" / f"{letter(number).reference}.eml"
        os.utime(path, (number, number))

    newest, older = mailer.letters(limit=2)

    assert (newest.to, newest.subject, newest.body) == (letter(3).to, letter(3).subject, letter(3).body)
    assert older.subject == letter(2).subject
    assert newest.kept_at > older.kept_at


def test_same_letter_stands_in_the_folder_once(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path, "synaq@localhost")

    mailer.send(letter())
    mailer.send(letter())

    assert len(mailer.letters(limit=10)) == 1


def test_folder_that_is_not_there_yet_holds_no_letter(tmp_path: Path) -> None:
    assert FolderMailer(tmp_path / "mail", "synaq@localhost").letters(limit=10) == []
