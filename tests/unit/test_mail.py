"""How is a letter composed, and what does a folder of letters show?"""

from __future__ import annotations

import os
import smtplib
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from app.mail import AddressRefused, FolderMailer, Letter, SmtpMailer, compose

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


# --- a mail server that says no


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], SmtpMailer]:
    """Return a maker of mailers whose server answers every letter with this."""

    def make(answer: Exception) -> SmtpMailer:
        class Server:
            def __init__(self, host: str, port: int, timeout: int) -> None:
                assert (host, port, timeout > 0) == ("mail.gov.kz", 25, True)

            def __enter__(self) -> Server:
                return self

            def __exit__(self, *_error: object) -> None:
                pass

            def send_message(self, _message: object) -> None:
                raise answer

        monkeypatch.setattr(smtplib, "SMTP", Server)
        return SmtpMailer("mail.gov.kz", 25, "test@gov.kz")

    return make


def recipient(code: int) -> Exception:
    return smtplib.SMTPRecipientsRefused({"aigul@example.kz": (code, b"5.1.1 no mailbox aigul@example.kz")})


@pytest.mark.parametrize(
    "answer", [recipient(550), recipient(554), smtplib.SMTPDataError(550, b"no mailbox aigul@example.kz")]
)
def test_refusal_for_good_is_told_apart(answering: Callable[[Exception], SmtpMailer], answer: Exception) -> None:
    with pytest.raises(AddressRefused, match=r"55[04] .*no mailbox"):
        answering(answer).send(letter())


@pytest.mark.parametrize(
    "answer",
    [
        recipient(450),
        recipient(552),
        smtplib.SMTPDataError(451, b"later"),
        smtplib.SMTPDataError(554, b"this looks like spam"),
        smtplib.SMTPSenderRefused(550, b"who are you?", "test@gov.kz"),
        smtplib.SMTPServerDisconnected("gone"),
    ],
)
def test_refusal_that_may_pass_is_not(answering: Callable[[Exception], SmtpMailer], answer: Exception) -> None:
    with pytest.raises(type(answer)):
        answering(answer).send(letter())
