"""Is a place given to one person, whoever offers, takes, books and lets lapse at the same moment?"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.bookings import waiting
from app.bookings.queries import SessionFacts, bookings_of_session, places_of
from app.bookings.rules import Outcome
from app.db import db, unit_of_work
from app.kernel.clock import local_day
from app.kernel.entropy import SystemEntropy
from app.processes import booking, waiting_list
from app.wiring import Tools
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.sittings import at_once
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.factories.waiting import JoinLine, OfferPlaces
from tests.kit.outside import HandClock

Apart = Callable[[Callable[[Session], object]], Callable[[], object]]
SEATS = 2


@pytest.fixture
def apart(app: Flask) -> Apart:
    """Return what runs an act in a unit of work of its own thread."""

    def wrap(act: Callable[[Session], object]) -> Callable[[], object]:
        def run() -> object:
            with app.app_context():
                try:
                    with unit_of_work() as own:
                        return act(own)
                finally:
                    db.session.remove()

        return run

    return wrap


@pytest.fixture
def worker(app: Flask, tools: Tools) -> Callable[[], object]:
    """One run of the timer, as a worker of its own."""

    def run() -> object:
        with app.app_context():
            try:
                return waiting_list.offer_places(tools)
            finally:
                db.session.remove()

    return run


@pytest.fixture
def full(make_room: MakeRoom, plan: Plan, make_roster: MakeRoster) -> SessionFacts:
    """A full session, alone with free places on no other one of its day."""
    found = plan(make_room(seats=SEATS))
    day = local_day(found[-1].opens_at)
    of_the_day = [each for each in found if local_day(each.opens_at) == day]
    for each in of_the_day:
        make_roster(each, SEATS)
    return of_the_day[0]


def cancel_one(full: SessionFacts, session: Session, now: datetime) -> Callable[[Session], object]:
    place = bookings_of_session(full.id, session=session)[0]
    session.rollback()
    return lambda own: booking.cancel(
        place.id, applicant_id=place.applicant_id, session=own, now=now, entropy=SystemEntropy()
    )


def accepting(waits: uuid.UUID, who: Enrolled, now: datetime) -> Callable[[Session], object]:
    return lambda own: waiting_list.accept(waits, who.facts.id, session=own, now=now, entropy=SystemEntropy())


def reserving(who: Enrolled, full: SessionFacts, now: datetime) -> Callable[[Session], object]:
    return lambda own: booking.reserve(who.facts.id, full.id, session=own, now=now, entropy=SystemEntropy())


def count(full: SessionFacts, session: Session) -> tuple[int, int]:
    session.rollback()
    found = places_of([full], session=session)[full.id]
    return found.booked, found.held


def test_place_that_is_given_back_while_workers_look_is_offered_once(
    full: SessionFacts,
    apart: Apart,
    worker: Callable[[], object],
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    session: Session,
    clock: HandClock,
) -> None:
    for _ in range(3):
        join_line(make_applicant(), full)

    answers = at_once(apart(cancel_one(full, session, clock.now())), worker, worker, worker)
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    worker()

    assert count(full, session) == (SEATS - 1, 1)


def test_two_workers_offer_every_place_once(
    full: SessionFacts,
    apart: Apart,
    worker: Callable[[], object],
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    session: Session,
    clock: HandClock,
) -> None:
    for _ in range(4):
        join_line(make_applicant(), full)
    for _ in range(SEATS):
        apart(cancel_one(full, session, clock.now()))()

    answers = at_once(*[worker] * 4)

    assert sum(answer for answer in answers if isinstance(answer, int)) == SEATS, answers
    assert count(full, session) == (0, SEATS)


@pytest.fixture
def offered(
    full: SessionFacts,
    apart: Apart,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    session: Session,
    clock: HandClock,
) -> tuple[uuid.UUID, Enrolled]:
    """Somebody for whom a place is held."""
    who = make_applicant()
    waits = join_line(who, full)
    apart(cancel_one(full, session, clock.now()))()
    assert offer_places() == 1
    return waits, who


def test_place_that_is_accepted_twice_at_once_is_booked_once(
    full: SessionFacts, offered: tuple[uuid.UUID, Enrolled], apart: Apart, session: Session, clock: HandClock
) -> None:
    answers = at_once(*[apart(accepting(*offered, clock.now()))] * 4)

    assert len(set(answers)) == 1, answers
    assert isinstance(answers[0], uuid.UUID)
    assert count(full, session) == (SEATS, 0)


def test_offer_that_lapses_while_it_is_accepted_is_one_or_the_other(
    full: SessionFacts, offered: tuple[uuid.UUID, Enrolled], apart: Apart, session: Session, clock: HandClock
) -> None:
    """The person pressed in the last second; the worker's clock is a moment further."""
    last = clock.now() + timedelta(minutes=119)
    over = clock.now() + timedelta(minutes=121)

    answer, _ = at_once(apart(accepting(*offered, last)), apart(lambda own: waiting.settle(session=own, now=over)))

    session.rollback()
    outcome = waiting.access_waiting(offered[0], offered[1].facts.id, session=session).outcome
    if isinstance(answer, uuid.UUID):
        assert (outcome, count(full, session)) == (Outcome.TAKEN, (SEATS, 0))
    else:
        assert type(answer).__name__ == "OfferGone"
        assert (outcome, count(full, session)) == (Outcome.LAPSED, (SEATS - 1, 0))


def test_held_place_is_not_booked_by_a_crowd_while_it_is_accepted(
    full: SessionFacts,
    offered: tuple[uuid.UUID, Enrolled],
    apart: Apart,
    make_applicant: MakeApplicant,
    session: Session,
    clock: HandClock,
) -> None:
    crowd = [make_applicant() for _ in range(6)]
    session.commit()

    answers = at_once(
        apart(accepting(*offered, clock.now())), *(apart(reserving(who, full, clock.now())) for who in crowd)
    )

    assert isinstance(answers[0], uuid.UUID), answers
    assert Counter(type(answer).__name__ for answer in answers[1:]) == {"SessionFull": 6}
    assert count(full, session) == (SEATS, 0)


def test_last_place_goes_to_the_offer_or_to_the_booking(
    full: SessionFacts,
    apart: Apart,
    worker: Callable[[], object],
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    session: Session,
    clock: HandClock,
) -> None:
    join_line(make_applicant(), full)
    quick = make_applicant()
    apart(cancel_one(full, session, clock.now()))()

    offered, booked = at_once(worker, apart(reserving(quick, full, clock.now())))

    outcome = (offered, type(booked).__name__)
    assert outcome in {(1, "SessionFull"), (0, "UUID")}, (offered, booked)
    assert sum(count(full, session)) == SEATS


def test_person_in_two_lines_is_offered_one_place(
    full: SessionFacts,
    apart: Apart,
    worker: Callable[[], object],
    make_centre: Callable[..., uuid.UUID],
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    session: Session,
    clock: HandClock,
) -> None:
    who, elsewhere = make_applicant(), make_centre("ALA-02")
    there = plan(make_room(seats=1, centre_id=elsewhere))
    join_line(who, full)
    join_line(who, there[-1], centre_id=elsewhere)
    apart(cancel_one(full, session, clock.now()))()

    answers = at_once(*[worker] * 3)

    assert sum(answer for answer in answers if isinstance(answer, int)) == 1, answers
    held = [each for each in waiting.waiting_of(who.facts.id, session=session) if each.session]
    assert len(held) == 1
