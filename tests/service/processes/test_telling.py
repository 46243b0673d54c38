"""Is a person told once, in their own language, in every way that reaches them?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.applicants.errors import ApplicantNotFound
from app.applicants.models import Applicant
from app.jobs import queries as jobs
from app.jobs import worker
from app.jobs.rules import JobState
from app.notices import rendering
from app.notices.delivery import HANDLERS
from app.notices.models import Notice
from app.notices.rules import ON_PHONE, NoticeKind, short_text
from app.processes.telling import facts_of, tell
from app.sms import NotTaken
from app.wiring import Tools
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeBooking
from tests.kit.notices import FACTS
from tests.kit.outside import HandClock, ListMailer, ListSms

Tell = Callable[..., None]


@pytest.fixture
def somebody(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant()


@pytest.fixture
def tell_them(session: Session, tools: Tools, somebody: Enrolled) -> Tell:
    def told(kind: NoticeKind = NoticeKind.BAN_LIFTED, **given: Any) -> None:
        given = {"facts": FACTS[kind], "key": f"{kind.value}:1"} | given
        tell(somebody.facts.id, kind, **given, session=session, now=tools.clock.now(), entropy=tools.entropy)

    return told


def set_account(session: Session, somebody: Enrolled, **values: object) -> None:
    session.execute(update(Account).where(Account.id == somebody.person.id).values(values))


def test_person_is_told_in_inbox_and_by_letter(
    tell_them: Tell, session: Session, run_jobs: Callable[..., int], mailer: ListMailer, somebody: Enrolled
) -> None:
    tell_them()
    run_jobs(HANDLERS)

    (notice,) = session.scalars(select(Notice))
    (letter,) = mailer.letters
    assert (notice.account_id, notice.kind, notice.read_at) == (somebody.person.id, "ban_lifted", None)
    assert (letter.to, letter.subject) == ("applicant1@example.kz", "You may book tests again")


def test_same_cause_is_told_once(
    tell_them: Tell, session: Session, run_jobs: Callable[..., int], mailer: ListMailer
) -> None:
    tell_them()
    tell_them()
    run_jobs(HANDLERS)
    tell_them()
    run_jobs(HANDLERS)

    assert len(session.scalars(select(Notice)).all()) == 1
    assert len(mailer.letters) == 1


def test_letter_is_in_the_language_of_the_reader(
    tell_them: Tell, session: Session, run_jobs: Callable[..., int], mailer: ListMailer, somebody: Enrolled
) -> None:
    set_account(session, somebody, language="ru")

    tell_them()
    run_jobs(HANDLERS)

    assert mailer.letters[0].subject == "Вы снова можете записываться на тест"


def test_person_without_address_has_the_inbox_alone(
    tell_them: Tell, session: Session, run_jobs: Callable[..., int], somebody: Enrolled
) -> None:
    set_account(session, somebody, email=None)

    tell_them()

    assert run_jobs(HANDLERS) == 0
    assert len(session.scalars(select(Notice)).all()) == 1


def test_nobody_is_told_behind_a_closed_account(tell_them: Tell, session: Session, somebody: Enrolled) -> None:
    set_account(session, somebody, active=False)

    tell_them()

    assert session.scalars(select(Notice)).all() == []


def test_nothing_is_told_of_what_did_not_happen(
    tell_them: Tell, session: Session, run_jobs: Callable[..., int]
) -> None:
    tell_them()
    session.rollback()

    assert run_jobs(HANDLERS) == 0
    assert session.scalars(select(Notice)).all() == []


def test_moments_days_and_ids_are_kept_as_text(tell_them: Tell, session: Session, tools: Tools) -> None:
    some_id = uuid.UUID("019a0000-0000-7000-8000-000000000001")
    tell_them(facts={"opens_at": tools.clock.now(), "starts_on": date(2026, 11, 24), "booking_id": some_id})

    assert session.scalars(select(Notice)).one().facts == {
        "opens_at": "2026-11-24T05:00:00+00:00",
        "starts_on": "2026-11-24",
        "booking_id": str(some_id),
    }


def test_unknown_applicant_is_refused(session: Session, tools: Tools) -> None:
    with pytest.raises(ApplicantNotFound):
        tell(
            uuid.UUID(int=1),
            NoticeKind.BAN_LIFTED,
            {},
            key="x",
            session=session,
            now=tools.clock.now(),
            entropy=tools.entropy,
        )


def test_facts_of_a_session_name_test_centre_and_time(make_booking: MakeBooking, session: Session) -> None:
    exam_session = make_booking().session

    facts = facts_of(exam_session, session=session)

    assert set(facts) == {"programme", "centre", "address", "opens_at"}
    assert facts["centre"]["ru"] == "Центр AST-01"
    assert set(facts["programme"]) == {"kk", "ru", "en"}
    assert facts["opens_at"] == exam_session.opens_at


# --- by phone


@pytest.fixture
def with_phone(session: Session, somebody: Enrolled) -> None:
    session.execute(update(Applicant).where(Applicant.id == somebody.facts.id).values(phone="+77011234567"))


@pytest.mark.usefixtures("with_phone")
def test_what_cannot_wait_is_told_by_phone_too(
    tell_them: Tell, run_jobs: Callable[..., int], mailer: ListMailer, texter: ListSms
) -> None:
    tell_them(NoticeKind.BOOKING_REMINDER)
    run_jobs(HANDLERS)

    (message,), (letter,) = texter.messages, mailer.letters
    assert (message.to, message.text) == ("+77011234567", letter.subject)
    assert message.text == "Reminder: your test is on 24 November 2026, 10:00 (UTC+5)"
    assert message.reference != letter.reference


@pytest.mark.usefixtures("with_phone")
def test_what_can_wait_is_not_told_by_phone(tell_them: Tell, run_jobs: Callable[..., int], texter: ListSms) -> None:
    tell_them(NoticeKind.BAN_LIFTED)
    run_jobs(HANDLERS)

    assert texter.messages == []


def test_nobody_without_a_phone_is_called(tell_them: Tell, run_jobs: Callable[..., int], texter: ListSms) -> None:
    tell_them(NoticeKind.BOOKING_REMINDER)

    assert run_jobs(HANDLERS) == 1
    assert texter.messages == []


@pytest.mark.usefixtures("with_phone")
def test_installation_without_short_messages_sends_none(
    tell_them: Tell, session: Session, app: Flask, tools: Tools, mailer: ListMailer
) -> None:
    tell_them(NoticeKind.BOOKING_REMINDER)
    session.commit()

    with app.app_context():
        worker.run_due(HANDLERS, tools=replace(tools, texter=None), limit=10)

    assert len(mailer.letters) == 1
    assert jobs.counts(session)[JobState.DONE] == 2


@pytest.mark.usefixtures("with_phone")
def test_short_message_is_tried_again_and_the_letter_leaves(
    tell_them: Tell,
    session: Session,
    run_jobs: Callable[..., int],
    mailer: ListMailer,
    texter: ListSms,
    clock: HandClock,
) -> None:
    texter.fail_with = NotTaken("no +77011234567 here")
    tell_them(NoticeKind.BOOKING_REMINDER)
    run_jobs(HANDLERS)

    (waiting,) = jobs.troubled(session, limit=5)
    assert len(mailer.letters) == 1
    assert waiting.last_error == "NotSent: NotTaken: no +7***67 here"
    session.rollback()

    texter.fail_with = None
    clock.advance(minutes=1)
    run_jobs(HANDLERS)
    assert (len(mailer.letters), len(texter.messages)) == (1, 1)


@pytest.mark.parametrize("kind", sorted(ON_PHONE, key=lambda kind: kind.value))
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_subject_fits_into_a_short_message(app: Flask, kind: NoticeKind, language: str) -> None:
    with app.app_context():
        subject = rendering.words(kind, FACTS[kind], language=language).subject

    assert short_text(subject) == subject
