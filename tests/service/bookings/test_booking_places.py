"""Who has a place in which exam session, and when is that open?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.bookings import service
from app.bookings.errors import BookingNotFound, SessionNotFound
from app.bookings.queries import (
    access_booking,
    booking_with_id,
    bookings_of_applicant,
    bookings_of_session,
    session_with_code,
    sessions_of_centre,
)
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bookings import MakeBooking, MakeCentre, MakeExamSession
from tests.kit.outside import MORNING, CountedEntropy, HandClock

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("after_opening", "is_open"),
    [
        pytest.param(timedelta(microseconds=-1), False, id="just before it opens"),
        pytest.param(timedelta(0), True, id="at the opening"),
        pytest.param(2 * HOUR - timedelta(microseconds=1), True, id="just before it closes"),
        pytest.param(2 * HOUR, False, id="at the closing"),
    ],
)
def test_session_is_open_from_opening_to_closing(
    make_exam_session: MakeExamSession, after_opening: timedelta, is_open: bool
) -> None:
    exam_session = make_exam_session(opens_in=HOUR, open_for=2 * HOUR, committed=False)

    assert exam_session.is_open(MORNING + HOUR + after_opening) is is_open


def test_booking_twice_gives_the_same_place(
    make_applicant: MakeApplicant, make_exam_session: MakeExamSession, make_booking: MakeBooking, session: Session
) -> None:
    applicant, exam_session = make_applicant(), make_exam_session(committed=False)

    first, second = (make_booking(applicant, exam_session) for _ in range(2))

    assert first == second
    assert len(audit.about(session, str(first.id))) == 1


def test_another_applicants_booking_looks_absent(
    make_booking: MakeBooking, make_applicant: MakeApplicant, session: Session
) -> None:
    booking, stranger = make_booking(), make_applicant()

    assert access_booking(booking.id, booking.applicant_id, session=session) == booking
    assert booking_with_id(booking.id, session=session) == booking
    with pytest.raises(BookingNotFound):
        access_booking(booking.id, stranger.facts.id, session=session)
    with pytest.raises(BookingNotFound):
        booking_with_id(stranger.facts.id, session=session)


def test_bookings_of_an_applicant_come_newest_first(
    make_applicant: MakeApplicant,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    session: Session,
    clock: HandClock,
) -> None:
    applicant = make_applicant()
    made = []
    for _ in range(3):
        clock.advance(minutes=1)
        made.append(make_booking(applicant, make_exam_session(committed=False)))
    make_booking()

    assert bookings_of_applicant(applicant.facts.id, session=session) == made[::-1]


def test_roster_of_a_session_is_in_the_order_of_booking(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, session: Session, clock: HandClock
) -> None:
    exam_session = make_exam_session(committed=False)
    made = []
    for _ in range(3):
        clock.advance(seconds=1)
        made.append(make_booking(exam_session=exam_session))
    make_booking(exam_session=make_exam_session(committed=False))

    assert bookings_of_session(exam_session.id, session=session) == made


def test_sessions_of_a_centre_leave_out_other_centres(
    make_exam_session: MakeExamSession, make_centre: MakeCentre, session: Session
) -> None:
    here, there = make_centre("AST-01"), make_centre("ALA-02")
    early = make_exam_session(centre_id=here, committed=False)
    late = make_exam_session(centre_id=here, opens_in=HOUR, committed=False)
    other = make_exam_session(centre_id=there, opens_in=2 * HOUR, committed=False)

    assert sessions_of_centre(here, session=session) == [late, early]
    assert sessions_of_centre(None, session=session) == [other, late, early]


def test_session_is_found_by_its_code_only(make_exam_session: MakeExamSession, session: Session) -> None:
    exam_session = make_exam_session(committed=False)

    assert session_with_code(exam_session.code, session=session) == exam_session
    with pytest.raises(SessionNotFound):
        session_with_code(exam_session.code.lower(), session=session)


def test_centre_is_entered_once(make_centre: MakeCentre, session: Session) -> None:
    assert make_centre("AST-01") == make_centre("AST-01")
    assert len(audit.latest(session, limit=10, kind="bookings.centre.entered")) == 1


def test_session_that_closes_before_it_opens_is_not_stored(
    make_centre: MakeCentre, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    command = service.OpenSession(
        code="WRONG",
        centre_id=make_centre(),
        programme_code="corps-b-legislation",
        programme_version="2026.1",
        opens_at=clock.now(),
        closes_at=clock.now(),
    )

    with pytest.raises(IntegrityError, match="closes_after_it_opens"):
        service.open_session(command, session=session, now=clock.now(), entropy=entropy)
