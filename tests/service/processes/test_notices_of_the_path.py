"""Is everybody told, along the path, what concerns them: result, certificate, retest, tomorrow's test, withdrawal?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.bookings import timetable
from app.bookings.calendar import DayException, ExceptionKind
from app.bookings.errors import BookingsStruck
from app.bookings.models import ExamSession
from app.bookings.queries import BookingFacts, SessionFacts
from app.bookings.timetable import Act, seal
from app.kernel.clock import local_day, start_of_local_day
from app.notices.models import Notice
from app.notices.rules import NoticeKind
from app.processes import session_news
from app.processes.after_sitting import end_sitting
from app.scoring.rules import VoidGround
from app.scoring.service import void_result
from app.sittings.rules import Cause
from app.wiring import Tools
from app.work import HANDLERS
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.certificates import MakeCertificate
from tests.kit.factories.scoring import FAILING, MakeResult
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import CountedEntropy, HandClock, ListMailer

Told = Callable[..., list[Notice]]
Step = Callable[[], int]
SECOND = timedelta(seconds=1)


@pytest.fixture
def told(session: Session) -> Told:
    """Return what people were told of a kind, in the order of telling."""

    def find(kind: NoticeKind) -> list[Notice]:
        session.rollback()
        return list(session.scalars(select(Notice).where(Notice.kind == kind.value).order_by(Notice.id)))

    return find


@pytest.fixture
def jobs(run_jobs: Callable[..., int]) -> Step:
    return lambda: run_jobs(HANDLERS)


# --- result and certificate


def test_result_is_told_once(make_result: MakeResult, told: Told, jobs: Step, session: Session, tools: Tools) -> None:
    result = make_result(FAILING)
    assert told(NoticeKind.RESULT_READY) == [], "no ending waits for the telling"
    jobs()
    end_sitting(
        result.sitting_id,
        Cause.TIME,
        actor="system:sweep",
        session=session,
        now=tools.clock.now(),
        entropy=tools.entropy,
    )
    session.commit()
    jobs()

    (notice,) = told(NoticeKind.RESULT_READY)
    assert notice.facts["passed"] is False
    assert notice.facts["sitting_id"] == str(result.sitting_id)
    assert datetime.fromisoformat(notice.facts["retest_opens_at"]) == result.retest_opens_at
    assert (notice.facts["days"], notice.facts["places"]) == (3, [])


def test_result_below_and_day_of_the_retest_name_the_earliest_places(
    make_result: MakeResult,
    make_room: MakeRoom,
    plan: Plan,
    told: Told,
    jobs: Step,
    mailer: ListMailer,
    clock: HandClock,
) -> None:
    planned = plan(make_room())
    opens_at = make_result(FAILING).retest_opens_at
    assert opens_at is not None
    jobs()

    (notice,) = told(NoticeKind.RESULT_READY)
    named = [datetime.fromisoformat(place["opens_at"]) for place in notice.facts["places"]]
    assert named == [place.opens_at for place in planned if place.opens_at >= opens_at][:3]
    (letter,) = mailer.letters
    assert "in 3 days" in letter.body
    assert "- 27 November 2026, 09:00, Centre AST-01" in letter.body

    clock.set(opens_at)
    jobs()
    (notice,) = told(NoticeKind.RETEST_OPEN)
    assert len(notice.facts["places"]) == 3
    assert "Centre AST-01" in mailer.letters[-1].body


def test_pass_is_told_without_places(make_result: MakeResult, told: Told, jobs: Step) -> None:
    make_result()
    jobs()

    (notice,) = told(NoticeKind.RESULT_READY)
    assert set(notice.facts) == {"programme", "passed", "sitting_id"}


def test_certificate_is_told_when_it_is_signed(
    make_certificate: MakeCertificate, told: Told, jobs: Step, mailer: ListMailer
) -> None:
    certificate = make_certificate()
    jobs()

    (notice,) = told(NoticeKind.CERTIFICATE_READY)
    assert notice.facts == {"number": certificate.number}
    letters = [letter for letter in mailer.letters if certificate.number in letter.subject]
    assert len(letters) == 1
    assert f"/certificates/{certificate.number}" in letters[0].body


def test_unsigned_certificate_is_not_told(make_result: MakeResult, told: Told, jobs: Step) -> None:
    make_result()
    jobs()  # there are no keys

    assert told(NoticeKind.CERTIFICATE_READY) == []


# --- retest


def test_retest_is_told_on_its_day_and_not_before(
    make_result: MakeResult, told: Told, jobs: Step, clock: HandClock
) -> None:
    opens_at = make_result(FAILING).retest_opens_at
    assert opens_at is not None

    clock.set(opens_at - SECOND)
    jobs()
    assert told(NoticeKind.RETEST_OPEN) == []

    clock.set(opens_at)
    jobs()
    (notice,) = told(NoticeKind.RETEST_OPEN)
    assert set(notice.facts) == {"programme", "places"}


def test_retest_is_no_news_to_who_has_a_place(
    make_result: MakeResult,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    make_applicant: MakeApplicant,
    told: Told,
    jobs: Step,
    clock: HandClock,
) -> None:
    person = make_applicant()
    opens_at = make_result(FAILING, booking=make_booking(person)).retest_opens_at
    assert opens_at is not None
    make_booking(person, make_exam_session(opens_in=timedelta(days=10), committed=False))

    clock.set(opens_at)
    jobs()

    assert told(NoticeKind.RETEST_OPEN) == []


def test_retest_is_news_again_where_the_place_was_withdrawn(
    make_result: MakeResult,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    make_applicant: MakeApplicant,
    told: Told,
    jobs: Step,
    clock: HandClock,
    session: Session,
) -> None:
    person = make_applicant()
    opens_at = make_result(FAILING, booking=make_booking(person)).retest_opens_at
    assert opens_at is not None
    booked = make_booking(person, make_exam_session(opens_in=timedelta(days=10), committed=False))
    withdraw(booked.session, session, clock)

    clock.set(opens_at)
    jobs()

    assert len(told(NoticeKind.RETEST_OPEN)) == 1


def test_pass_brings_no_retest(make_result: MakeResult, told: Told, jobs: Step, clock: HandClock) -> None:
    make_result()
    clock.advance(days=400)
    jobs()

    assert told(NoticeKind.RETEST_OPEN) == []


def test_retest_is_no_news_during_a_ban(
    make_result: MakeResult, make_ban: MakeBan, told: Told, jobs: Step, clock: HandClock
) -> None:
    result = make_result(FAILING)
    assert result.retest_opens_at is not None
    make_ban(result.applicant_id)

    clock.set(result.retest_opens_at)
    jobs()

    assert told(NoticeKind.RETEST_OPEN) == []


def test_void_result_brings_no_retest(
    make_result: MakeResult,
    make_account: MakeAccount,
    told: Told,
    jobs: Step,
    session: Session,
    entropy: CountedEntropy,
    clock: HandClock,
) -> None:
    result = make_result(FAILING)
    assert result.retest_opens_at is not None
    void_result(
        result.id,
        VoidGround.TECHNICAL,
        "The power was out",
        actor=make_account(role=Role.ADMINISTRATOR).id,
        session=session,
        now=clock.now(),
        entropy=entropy,
    )
    session.commit()

    clock.set(result.retest_opens_at)
    jobs()

    assert told(NoticeKind.RETEST_OPEN) == []


def test_practice_brings_no_retest(
    make_result: MakeResult,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    told: Told,
    jobs: Step,
    clock: HandClock,
) -> None:
    make_result(FAILING, booking=make_booking(exam_session=make_exam_session(PRACTICE)))
    clock.advance(days=400)
    jobs()

    assert told(NoticeKind.RETEST_OPEN) == []


# --- the day before


@pytest.fixture
def remind(app: Flask, session: Session, tools: Tools) -> Step:
    def act() -> int:
        session.commit()
        with app.app_context():
            return session_news.remind(tools)

    return act


@pytest.fixture
def booking(make_booking: MakeBooking, make_exam_session: MakeExamSession) -> BookingFacts:
    """A place at 10:00 two days from now."""
    return make_booking(exam_session=make_exam_session(opens_in=timedelta(days=2), committed=False))


def on_the_day_before(booking: BookingFacts, hour: int) -> datetime:
    day = local_day(booking.session.opens_at) - timedelta(days=1)
    return start_of_local_day(day) + timedelta(hours=hour)


def test_people_are_reminded_once_the_day_before_from_ten(
    booking: BookingFacts, remind: Step, told: Told, clock: HandClock
) -> None:
    assert clock.now() < on_the_day_before(booking, 0)
    assert remind() == 0, "it is two days before"

    clock.set(on_the_day_before(booking, 10) - SECOND)
    assert remind() == 0, "it is early in the morning"

    clock.set(on_the_day_before(booking, 10))
    assert (remind(), remind()) == (1, 0)

    clock.advance(minutes=10)
    assert remind() == 0
    (notice,) = told(NoticeKind.BOOKING_REMINDER)
    assert notice.facts["booking_id"] == str(booking.id)
    assert datetime.fromisoformat(notice.facts["opens_at"]) == booking.session.opens_at


def test_reminder_comes_late_rather_than_never(booking: BookingFacts, remind: Step, clock: HandClock) -> None:
    clock.set(on_the_day_before(booking, 24) - SECOND)

    assert remind() == 1


def test_nobody_is_reminded_on_the_day_itself(booking: BookingFacts, remind: Step, clock: HandClock) -> None:
    clock.set(on_the_day_before(booking, 24))

    assert clock.now() < booking.session.opens_at
    assert remind() == 0


def test_nobody_is_reminded_of_a_withdrawn_session(
    booking: BookingFacts, remind: Step, session: Session, clock: HandClock
) -> None:
    withdraw(booking.session, session, clock)
    clock.set(on_the_day_before(booking, 12))

    assert remind() == 0


def test_moved_session_is_reminded_of_again(
    booking: BookingFacts, remind: Step, told: Told, session: Session, clock: HandClock
) -> None:
    clock.set(on_the_day_before(booking, 10))
    remind()
    row = session.get(ExamSession, booking.session.id)
    assert row is not None
    row.opens_at, row.closes_at = row.opens_at + timedelta(days=1), row.closes_at + timedelta(days=1)
    clock.advance(days=1)

    assert remind() == 1
    assert len(told(NoticeKind.BOOKING_REMINDER)) == 2


# --- withdrawal


@pytest.fixture
def tell_of_withdrawals(app: Flask, session: Session, tools: Tools) -> Step:
    def act() -> int:
        session.commit()
        with app.app_context():
            return session_news.tell_of_withdrawals(tools)

    return act


def withdraw(found: SessionFacts, session: Session, clock: HandClock, reason: str = "A pipe broke") -> None:
    values = {"withdrawn_at": clock.now(), "withdrawn_reason": reason}
    session.execute(update(ExamSession).where(ExamSession.id == found.id).values(values))
    session.commit()


def test_everybody_booked_hears_once_of_a_withdrawal(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    by_administrator: Callable[..., Act],
    tell_of_withdrawals: Step,
    told: Told,
    session: Session,
    entropy: CountedEntropy,
) -> None:
    room = make_room()
    found = plan(room)
    make_roster(found[0], 2)
    make_roster(found[-1], 1)
    assert tell_of_withdrawals() == 0

    closed = DayException(day=local_day(found[0].opens_at), kind=ExceptionKind.CLOSED)
    with pytest.raises(BookingsStruck) as refused:
        timetable.add_exception(
            room.centre_id, closed, "A pipe broke", by_administrator(), session=session, entropy=entropy
        )
    session.rollback()
    agreed = by_administrator(agreed=seal(refused.value.parameters["strikes"]))
    timetable.add_exception(room.centre_id, closed, "A pipe broke", agreed, session=session, entropy=entropy)

    assert (tell_of_withdrawals(), tell_of_withdrawals()) == (2, 0)
    notices = told(NoticeKind.SESSION_CHANGED)
    assert len({notice.account_id for notice in notices}) == 2
    assert {notice.facts["reason"] for notice in notices} == {"A pipe broke"}


def test_code_of_new_hours_is_no_reason_in_words(
    booking: BookingFacts, tell_of_withdrawals: Step, told: Told, session: Session, clock: HandClock
) -> None:
    withdraw(booking.session, session, clock, timetable.OTHER_HOURS)

    assert tell_of_withdrawals() == 1
    assert told(NoticeKind.SESSION_CHANGED)[0].facts["reason"] is None


def test_withdrawal_of_what_is_over_is_no_news(
    booking: BookingFacts, tell_of_withdrawals: Step, session: Session, clock: HandClock
) -> None:
    withdraw(booking.session, session, clock)
    clock.set(booking.session.closes_at)

    assert tell_of_withdrawals() == 0
