"""Does a letter reach its reader, in the reader's language?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.jobs import queries as jobs
from app.jobs.rules import JobState
from app.mail import AddressRefused
from app.notices import rendering
from app.notices.delivery import HANDLERS
from app.notices.rules import MAIL_JOB, LetterKind, NoticeKind
from app.notices.service import send_letter
from app.wiring import Tools
from tests.kit.notices import FACTS
from tests.kit.outside import HandClock, ListMailer

CONTEXT = {
    "name": "Айгүл <b>",
    "new_password": "http://localhost/password/new/abc",
    "minutes": 30,
    "invitation": "http://localhost/invitation/abc",
    "due_on": "2026-12-09",
    "reason": "A test is contested.",
}
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
    session: Session, run_jobs: Callable[..., int], mailer: ListMailer, clock: HandClock
) -> None:
    mailer.fail_with = ConnectionRefusedError("nobody there")

    run_jobs(HANDLERS)

    (waiting,) = jobs.troubled(session, limit=5)
    assert (waiting.attempts, waiting.run_at) == (1, clock.now() + timedelta(seconds=30))

    mailer.fail_with = None
    clock.advance(seconds=30)
    run_jobs(HANDLERS)

    assert len(mailer.letters) == 1
    assert jobs.counts(session)[JobState.DONE] == 1


@pytest.mark.usefixtures("queued_letter")
def test_letter_has_the_id_of_its_job(session: Session, run_jobs: Callable[..., int], mailer: ListMailer) -> None:
    run_jobs(HANDLERS)

    (done,) = jobs.of_kinds([MAIL_JOB], JobState.DONE, session=session, limit=5)
    assert mailer.letters[0].reference == done.id


@pytest.mark.usefixtures("queued_letter")
def test_failure_is_written_down_without_the_address(
    session: Session, run_jobs: Callable[..., int], mailer: ListMailer
) -> None:
    mailer.fail_with = SMTPRecipientsRefused({"aigul@example.kz": (550, b"aigul@example.kz: unknown")})

    with capture_logs() as logs:
        run_jobs(HANDLERS)

    (waiting,) = jobs.troubled(session, limit=5)
    assert waiting.last_error is not None
    assert "SMTPRecipientsRefused" in waiting.last_error
    assert "a***@e***.kz" in waiting.last_error
    assert "aigul" not in waiting.last_error
    assert "aigul" not in repr(logs)


@pytest.mark.usefixtures("queued_letter")
def test_letter_to_an_address_that_is_refused_for_good_is_given_up_at_once(
    session: Session, run_jobs: Callable[..., int], mailer: ListMailer
) -> None:
    mailer.fail_with = AddressRefused("550 5.1.1 no mailbox <Aigul@example.kz>")

    with capture_logs() as logs:
        run_jobs(HANDLERS)

    (failed,) = jobs.failed(session, limit=5)
    assert (failed.attempts, failed.last_error) == (1, "Hopeless: AddressRefused: 550 5.1.1 no mailbox <a***@e***.kz>")
    assert "aigul" not in repr(logs).lower()


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
