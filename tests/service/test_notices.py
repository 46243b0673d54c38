"""Does a letter reach its reader, in the reader's language?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.jobs import queries as jobs
from app.jobs.rules import JobState
from app.notices import rendering
from app.notices.delivery import HANDLERS
from app.notices.rules import LetterKind, NoticeKind
from app.notices.service import send_letter
from app.wiring import Tools
from tests.kit.notices import FACTS
from tests.kit.outside import ListMailer

CONTEXT = {"name": "Айгүл <b>", "new_password": "http://localhost/password/new/abc", "minutes": 30}
REGISTRATION = {
    "code": "123456",
    "until": "10:30",
    "sign_in": "http://localhost/sign-in",
    "forgotten": "http://localhost/f",
}


@pytest.fixture
def queued_letter(session: Session, tools: Tools) -> None:
    send_letter(
        LetterKind.PASSWORD_RESET,
        to="aigul@example.kz",
        language="en",
        context=CONTEXT,
        session=session,
        now=tools.clock.now(),
        entropy=tools.entropy,
    )


@pytest.mark.usefixtures("queued_letter")
def test_letter_leaves_with_the_worker(run_jobs: Callable[..., int], mailer: ListMailer) -> None:
    assert mailer.letters == []

    run_jobs(HANDLERS)

    (letter,) = mailer.letters
    assert (letter.to, letter.subject) == ("aigul@example.kz", "A new password for Synaq")
    assert letter.body.startswith("Hello, Айгүл <b>.\n")
    assert "\nhttp://localhost/password/new/abc\n" in letter.body
    assert "30 minutes" in letter.body


@pytest.mark.usefixtures("queued_letter")
def test_letter_is_tried_again_while_the_mail_server_is_away(
    session: Session, run_jobs: Callable[..., int], mailer: ListMailer
) -> None:
    mailer.fail_with = ConnectionRefusedError("nobody there")

    run_jobs(HANDLERS)

    assert jobs.counts(session)[JobState.QUEUED] == 1


@pytest.mark.parametrize("kind", [*LetterKind, *NoticeKind])
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_message_has_subject_and_body(app: Flask, kind: LetterKind | NoticeKind, language: str) -> None:
    facts = FACTS[kind] if isinstance(kind, NoticeKind) else {**CONTEXT, **REGISTRATION}

    with app.app_context():
        words = rendering.words(kind, facts, language=language)

    assert words.subject
    assert "\n" not in words.subject
    assert len(words.body.splitlines()) > 2
    assert "None" not in words.body
    assert "{" not in words.body
    assert "\n\n\n" not in words.body


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_notice_says_what_when_where_and_what_to_bring(app: Flask) -> None:
    with app.app_context():
        words = rendering.words(NoticeKind.BOOKING_MADE, FACTS[NoticeKind.BOOKING_MADE], language="en")

    assert words.subject == "You have a place at the test: 24 November 2026, 10:00 (UTC+5)"
    assert words.body.startswith(
        "A place at the test is booked for you.\n"
        "\n"
        "Test: Knowledge of legislation\n"
        "Centre: Astana Centre\n"
        "Address: Abai Street 1\n"
        "Time: 24 November 2026, 10:00 (UTC+5)\n"
        "\n"
        "Bring your identity document"
    )
    assert "\nhttp://localhost/my\n" in words.body


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_reason_stands_in_a_paragraph_of_its_own(app: Flask) -> None:
    with app.app_context():
        words = rendering.words(NoticeKind.SESSION_CHANGED, FACTS[NoticeKind.SESSION_CHANGED], language="en")

    assert "(UTC+5)\n\nReason: A pipe broke.\n\nYou have not missed a test" in words.body
