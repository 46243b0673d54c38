"""What becomes of places when people book, move and cancel at the same moment?"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings.errors import BookingCancelled, NotEligible, SessionFull
from app.bookings.models import Application
from app.bookings.queries import (
    BookingFacts,
    SessionFacts,
    bookings_of_applicant,
    bookings_of_session,
    places_of,
)
from app.db import db, unit_of_work
from app.kernel.entropy import SystemEntropy
from app.processes import booking
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import Reserve
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.sittings import at_once
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import MORNING

CROWD = 50
LEFT = 3
ROUNDS = 3

Thread = Callable[[], object]


@pytest.fixture
def apart(app: Flask) -> Callable[[Callable[[Session], object]], Thread]:
    """Return what runs an act in a unit of work of its own."""

    def make(act: Callable[[Session], object]) -> Thread:
        def run() -> object:
            with app.app_context():
                try:
                    with unit_of_work() as own:
                        return act(own)
                finally:
                    db.session.remove()

        return run

    return make


@pytest.fixture
def reserving(apart: Callable[[Callable[[Session], object]], Thread]) -> Callable[[Enrolled, SessionFacts], Thread]:
    return lambda who, found: apart(
        lambda own: booking.reserve(who.facts.id, found.id, session=own, now=MORNING, entropy=SystemEntropy())
    )


@pytest.fixture
def moving(apart: Callable[[Callable[[Session], object]], Thread]) -> Callable[[BookingFacts, SessionFacts], Thread]:
    return lambda mine, to: apart(
        lambda own: booking.move(
            mine.id, to.id, applicant_id=mine.applicant_id, session=own, now=MORNING, entropy=SystemEntropy()
        )
    )


@pytest.fixture
def cancelling(apart: Callable[[Callable[[Session], object]], Thread]) -> Callable[[BookingFacts], Thread]:
    return lambda mine: apart(
        lambda own: booking.cancel(
            mine.id, applicant_id=mine.applicant_id, session=own, now=MORNING, entropy=SystemEntropy()
        )
    )


@pytest.fixture
def live(session: Session) -> Callable[[Enrolled], list[uuid.UUID]]:
    """Return the sessions in which a person has a place."""

    def read(who: Enrolled) -> list[uuid.UUID]:
        session.rollback()
        return [each.session.id for each in bookings_of_applicant(who.facts.id, session=session)]

    return read


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def test_fifty_people_at_once_get_exactly_the_three_places_that_are_left(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    make_applicant: MakeApplicant,
    reserving: Callable[..., Thread],
    session: Session,
) -> None:
    found = plan(make_room(seats=5))[0]
    make_roster(found, 5 - LEFT)
    crowd = [make_applicant() for _ in range(CROWD)]
    session.commit()

    answers = at_once(*(reserving(who, found) for who in crowd))

    assert kinds(answers) == {"UUID": LEFT, "SessionFull": CROWD - LEFT}
    assert len(bookings_of_session(found.id, session=session)) == 5


def test_double_click_gives_one_booking_and_one_application(
    make_room: MakeRoom, plan: Plan, make_applicant: MakeApplicant, reserving: Callable[..., Thread], session: Session
) -> None:
    found, who = plan(make_room())[0], make_applicant()
    session.commit()

    answers = at_once(*[reserving(who, found)] * 8)

    assert len(set(answers)) == 1, answers
    assert isinstance(answers[0], uuid.UUID)
    assert len(session.scalars(select(Application)).all()) == 1


def test_two_tabs_with_different_sessions_give_one_booking(
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    reserving: Callable[..., Thread],
    live: Callable[[Enrolled], list[uuid.UUID]],
    session: Session,
) -> None:
    sessions, who = plan(make_room()), make_applicant()
    session.commit()

    answers = at_once(*(reserving(who, found) for found in sessions[:4]))

    assert kinds(answers) == {"UUID": 1, "NotEligible": 3}, answers
    assert all(isinstance(answer, uuid.UUID | NotEligible) for answer in answers)
    assert len(live(who)) == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_move_and_cancel_at_once_leave_one_place_or_none(
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    reserve: Reserve,
    moving: Callable[..., Thread],
    cancelling: Callable[..., Thread],
    live: Callable[[Enrolled], list[uuid.UUID]],
    _round: int,
) -> None:
    sessions, who = plan(make_room()), make_applicant()
    mine = reserve(who, sessions[0])

    moved, cancelled = at_once(moving(mine, sessions[3]), cancelling(mine))

    if isinstance(moved, uuid.UUID):
        assert isinstance(cancelled, BookingCancelled)
        assert live(who) == [sessions[3].id]
    else:
        assert (type(moved), cancelled) == (BookingCancelled, None)
        assert live(who) == []


def test_two_tabs_that_move_to_different_sessions_keep_one_place(
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    reserve: Reserve,
    moving: Callable[..., Thread],
    live: Callable[[Enrolled], list[uuid.UUID]],
) -> None:
    sessions, who = plan(make_room()), make_applicant()
    mine = reserve(who, sessions[0])

    answers = at_once(*(moving(mine, found) for found in sessions[1:5]))

    assert kinds(answers) == {"UUID": 1, "BookingCancelled": 3}, answers
    assert len(live(who)) == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_people_who_want_each_others_full_session_keep_their_places(
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    reserve: Reserve,
    moving: Callable[..., Thread],
    live: Callable[[Enrolled], list[uuid.UUID]],
    _round: int,
) -> None:
    """Neither waits for the other, and nobody loses a place; they cannot swap, as no seat is ever free."""
    first, second, *_ = plan(make_room(seats=1))
    one, other = make_applicant(), make_applicant()
    here, there = reserve(one, first), reserve(other, second)

    answers = at_once(moving(here, second), moving(there, first))

    assert kinds(answers) == {"SessionFull": 2}, answers
    assert (live(one), live(other)) == ([first.id], [second.id])


def test_two_people_who_change_places_where_one_is_free_both_arrive(
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    reserve: Reserve,
    moving: Callable[..., Thread],
    live: Callable[[Enrolled], list[uuid.UUID]],
) -> None:
    first, second, *_ = plan(make_room(seats=2))
    one, other = make_applicant(), make_applicant()
    here, there = reserve(one, first), reserve(other, second)

    answers = at_once(moving(here, second), moving(there, first))

    assert kinds(answers) == {"UUID": 2}, answers
    assert (live(one), live(other)) == ([second.id], [first.id])


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_place_given_back_while_others_book_is_sold_once_at_most(
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    reserve: Reserve,
    reserving: Callable[..., Thread],
    cancelling: Callable[..., Thread],
    session: Session,
    _round: int,
) -> None:
    found = plan(make_room(seats=1))[0]
    mine = reserve(make_applicant(), found)
    crowd = [make_applicant() for _ in range(6)]
    session.commit()

    cancelled, *answers = at_once(cancelling(mine), *(reserving(who, found) for who in crowd))

    assert cancelled is None
    got = [answer for answer in answers if isinstance(answer, uuid.UUID)]
    assert all(isinstance(answer, uuid.UUID | SessionFull) for answer in answers), answers
    assert len(got) <= 1
    session.rollback()
    assert places_of([found], session=session)[found.id].booked == len(got)
