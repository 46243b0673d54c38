"""How many people get a place, however many ask at once?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.bookings import service, timetable
from app.bookings.errors import SessionFull
from app.bookings.queries import bookings_of_session, places_of
from app.bookings.timetable import Act
from app.db import db, unit_of_work
from app.kernel.entropy import SystemEntropy
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeExamSession
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.sittings import at_once
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import MORNING

CROWD = 50
LEFT = 3


def test_crowd_that_books_at_once_gets_exactly_the_seats_that_are_left(
    app: Flask,
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    make_roster: MakeRoster,
    session: Session,
) -> None:
    found = plan(make_room(seats=5))[0]
    make_roster(found, 5 - LEFT)
    crowd = [make_applicant() for _ in range(CROWD)]
    session.commit()

    def booking(who: Enrolled) -> Callable[[], object]:
        def act() -> object:
            with app.app_context():
                try:
                    with unit_of_work() as own:
                        return service.book(who.facts.id, found.id, session=own, now=MORNING, entropy=SystemEntropy())
                finally:
                    db.session.remove()

        return act

    answers = at_once(*(booking(who) for who in crowd))

    kinds = Counter(type(answer).__name__ for answer in answers)
    assert kinds == {"UUID": LEFT, "SessionFull": CROWD - LEFT}, [
        answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, SessionFull)
    ]
    assert len(bookings_of_session(found.id, session=session)) == 5


def test_seat_that_breaks_while_somebody_books_is_not_given_away(
    app: Flask, make_room: MakeRoom, plan: Plan, make_applicant: MakeApplicant, session: Session
) -> None:
    """Whoever is second sees what the first has done: a booking, or one seat less."""
    room = make_room(seats=1)
    found, who = plan(room)[0], make_applicant()
    session.commit()

    def apart(act: Callable[[Session], object]) -> Callable[[], object]:
        def run() -> object:
            with app.app_context():
                try:
                    with unit_of_work() as own:
                        return act(own)
                finally:
                    db.session.remove()

        return run

    change = Act(actor="test", now=MORNING)
    answers = at_once(
        apart(lambda own: service.book(who.facts.id, found.id, session=own, now=MORNING, entropy=SystemEntropy())),
        apart(lambda own: timetable.stop_workstation(room.centre_id, "1-01", "Broken", change, session=own)),
    )

    refusals = sorted(type(answer).__name__ for answer in answers if isinstance(answer, Exception))
    assert refusals in (["BookingsStruck"], ["SessionFull"]), answers
    assert places_of([found], session=session)[found.id].lacking == 0


def test_last_seat_is_taken_once_and_the_next_person_is_told(
    make_room: MakeRoom, plan: Plan, make_roster: MakeRoster
) -> None:
    found = plan(make_room(seats=2))[0]
    make_roster(found, 2)

    with pytest.raises(SessionFull) as refused:
        make_roster(found, 1)

    assert refused.value.parameters == {"accessible": False}


def test_full_session_gives_who_is_booked_the_same_place(
    make_room: MakeRoom, plan: Plan, make_roster: MakeRoster, make_applicant: MakeApplicant
) -> None:
    found, who = plan(make_room(seats=1))[0], make_applicant()
    (booked,) = make_roster(found, 1, people=[who])

    (again,) = make_roster(found, 1, people=[who])

    assert again.id == booked.id


def test_accessible_places_run_out_before_the_others(make_room: MakeRoom, plan: Plan, make_roster: MakeRoster) -> None:
    found = plan(make_room(seats=3, accessible=1))[0]
    make_roster(found, 1, accessible=1)

    with pytest.raises(SessionFull) as refused:
        make_roster(found, 1, accessible=1)

    assert refused.value.parameters == {"accessible": True}
    assert len(make_roster(found, 1)) == 1


def test_session_without_a_room_takes_everybody(make_exam_session: MakeExamSession, make_roster: MakeRoster) -> None:
    """Its draw asks for seats enough."""
    assert len(make_roster(make_exam_session(opens_in=timedelta(days=2), committed=False), 3)) == 3
