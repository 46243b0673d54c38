"""When is a roster fixed, and who is on it?"""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.bookings import service
from app.bookings.errors import BookingClosed, BookingStillOpen
from app.bookings.models import Booking, Workstation
from app.bookings.queries import (
    SessionFacts,
    bookings_of_session,
    seats_of_centre,
    session_with_id,
    sessions_with_open_booking,
)
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.papers.queries import draw_of_session
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bookings import MakeExamSession
from tests.kit.factories.ceremonies import DAY, CloseAndCommit, MakeRoster, MakeSeats
from tests.kit.outside import MORNING, HandClock

TICK = timedelta(microseconds=1)


@pytest.fixture
def place(make_exam_session: MakeExamSession, make_seats: MakeSeats) -> SessionFacts:
    """A session that opens in two days at a centre with three seats: booking closes in one."""
    made = make_exam_session(opens_in=2 * DAY, committed=False)
    make_seats(made, 3)
    return made


def test_booking_closes_as_many_hours_before_as_the_programme_says(place: SessionFacts) -> None:
    assert place.programme.booking.closes_hours_before == 24
    assert place.booking_closes_at == place.opens_at - DAY


def test_booking_is_not_closed_earlier(
    place: SessionFacts, make_roster: MakeRoster, close_and_commit: CloseAndCommit, session: Session, clock: HandClock
) -> None:
    clock.set(place.booking_closes_at - TICK)

    with pytest.raises(BookingStillOpen) as refused:
        close_and_commit(place)

    assert refused.value.parameters == {"closes_at": place.booking_closes_at}
    session.rollback()
    assert session_with_id(place.id, session=session).booking_closed_at is None
    assert draw_of_session(place.id, session=session) is None
    assert len(make_roster(place, 1)) == 1


def test_nobody_books_after_the_closing(
    place: SessionFacts,
    make_roster: MakeRoster,
    close_and_commit: CloseAndCommit,
    session: Session,
    clock: HandClock,
) -> None:
    booked = make_roster(place, 2)
    clock.set(place.booking_closes_at)
    close_and_commit(place)

    with pytest.raises(BookingClosed):
        make_roster(place, 1)

    session.rollback()
    assert session_with_id(place.id, session=session).booking_closed_at == clock.now()
    assert {booking.id for booking in bookings_of_session(place.id, session=session)} == {one.id for one in booked}


def test_who_is_booked_already_keeps_the_place_after_the_closing(
    place: SessionFacts,
    make_applicant: MakeApplicant,
    make_roster: MakeRoster,
    close_and_commit: CloseAndCommit,
    clock: HandClock,
) -> None:
    who = make_applicant()
    (booked,) = make_roster(place, 1, people=[who])
    clock.set(place.booking_closes_at)
    close_and_commit(place)

    (again,) = make_roster(place, 1, people=[who])

    assert again.id == booked.id


def test_second_closing_changes_nothing(place: SessionFacts, session: Session, clock: HandClock) -> None:
    for _ in range(2):
        service.close_booking(place.id, actor="test", session=session, now=clock.now())
        clock.advance(minutes=1)

    assert session_with_id(place.id, session=session).booking_closed_at == MORNING
    assert [entry.kind for entry in audit.about(session, str(place.id))].count("bookings.session.closed") == 1


def test_closed_session_leaves_the_list_of_those_to_close(
    place: SessionFacts, make_exam_session: MakeExamSession, session: Session, clock: HandClock
) -> None:
    other = make_exam_session(opens_in=DAY, committed=False)
    past = make_exam_session(open_for=timedelta(minutes=1), committed=False)
    assert sessions_with_open_booking(session=session, now=clock.now()) == [past, other, place]

    clock.advance(minutes=1)
    service.close_booking(place.id, actor="test", session=session, now=clock.now())

    assert sessions_with_open_booking(session=session, now=clock.now()) == [other]


def test_need_of_an_accessible_seat_stands_on_the_roster(
    place: SessionFacts, make_roster: MakeRoster, session: Session
) -> None:
    first, *_ = make_roster(place, 3, accessible=1)

    needs = {booking.id for booking in bookings_of_session(place.id, session=session) if booking.accessible}
    assert needs == {first.id}


def test_seat_that_is_entered_again_stays_as_it_was(
    place: SessionFacts, make_seats: MakeSeats, session: Session
) -> None:
    make_seats(place, 4, accessible=4)
    make_seats(place, 4, accessible=4)

    found = seats_of_centre(place.centre_id, session=session)

    entries = audit.latest(session, limit=10, kind="bookings.workstations.entered")
    assert [(seat.number, seat.accessible) for seat in found if seat.accessible] == [("04", True)]
    assert [entry.facts for entry in entries if entry.facts] == [
        {"room": None, "numbers": ["04"], "accessible": ["04"]},
        {"room": None, "numbers": ["01", "02", "03"], "accessible": []},
    ]


def test_seat_out_of_service_is_not_drawn(place: SessionFacts, session: Session) -> None:
    session.execute(update(Workstation).where(Workstation.number == "02").values(in_service=False))

    assert [seat.number for seat in seats_of_centre(place.centre_id, session=session)] == ["01", "03"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_booking_that_comes_during_the_closing_waits_and_is_refused(
    app: Flask, place: SessionFacts, make_applicant: MakeApplicant, session: Session
) -> None:
    """The roster is read by whoever closes: a place that is booked meanwhile would not be on it."""
    late = make_applicant()
    answers: list[object] = []

    def book() -> None:
        try:
            with app.app_context(), unit_of_work() as own:
                answers.append(service.book(late.facts.id, place.id, session=own, now=MORNING, entropy=SystemEntropy()))
        except BookingClosed as error:
            answers.append(error)

    service.close_booking(place.id, actor="test", session=session, now=MORNING)
    latecomer = threading.Thread(target=book)
    latecomer.start()
    time.sleep(0.3)
    assert answers == [], "the booking did not wait for the closing"
    session.commit()
    latecomer.join(timeout=30)

    assert [type(answer) for answer in answers] == [BookingClosed]
    assert session.scalar(select(func.count()).select_from(Booking)) == 0
