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
from app.notices.rules import LetterKind
from app.notices.service import send_letter
from app.wiring import Tools
from tests.kit.outside import ListMailer

CONTEXT = {"name": "Айгүл <b>", "link": "http://localhost/password/new/abc", "minutes": 30}


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


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_letter_has_subject_and_body(app: Flask, kind: LetterKind, language: str) -> None:
    with app.app_context():
        letter = rendering.letter(kind, to="aigul@example.kz", language=language, context=CONTEXT)

    assert letter.subject
    assert "\n" not in letter.subject
    assert len(letter.body.splitlines()) > 2
