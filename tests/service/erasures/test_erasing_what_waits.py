"""Does an erasure end everything that waits for the person, and does nobody book past it?"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accommodations.models import Accommodation
from app.accommodations.queries import requests_of
from app.accommodations.rules import State, Wish
from app.accommodations.service import ask as ask_for_conditions
from app.accounts.rules import Role
from app.applicants.errors import ApplicantNotFound
from app.bookings.queries import SessionFacts, bookings_of_applicant, bookings_of_session, places_of
from app.bookings.rules import Outcome
from app.bookings.waiting import waiting_of
from app.db import unit_of_work
from app.erasures.queries import erasures_of_applicant
from app.kernel.clock import local_day
from app.kernel.entropy import SystemEntropy
from app.notices.queries import notices_of
from app.processes import booking, erasure
from app.wiring import Tools
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.sittings import at_once
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.factories.waiting import JoinLine, OfferPlaces
from tests.kit.outside import CountedEntropy, HandClock

Erase = Callable[[Enrolled], None]


@pytest.fixture
def administrator(make_account: MakeAccount, session: Session) -> uuid.UUID:
    made = make_account(role=Role.ADMINISTRATOR)
    session.commit()
    return made.id


@pytest.fixture
def asked(session: Session, clock: HandClock, entropy: CountedEntropy) -> Callable[[Enrolled], uuid.UUID]:
    """Return what asks for a person's erasure; gives the request."""

    def act(who: Enrolled) -> uuid.UUID:
        session.rollback()
        erasure.ask(who.person.id, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return erasures_of_applicant(who.facts.id, session=session)[0].id

    return act


@pytest.fixture
def erase(
    asked: Callable[[Enrolled], uuid.UUID],
    administrator: uuid.UUID,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> Erase:
    def act(who: Enrolled) -> None:
        erasure.execute(asked(who), actor=administrator, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        session.expire_all()

    return act


@pytest.fixture
def full(make_room: MakeRoom, plan: Plan, make_roster: MakeRoster) -> SessionFacts:
    """A full session; nothing else is free on its day."""
    found = plan(make_room(seats=1))
    day = local_day(found[-1].opens_at)
    of_the_day = [each for each in found if local_day(each.opens_at) == day]
    for each in of_the_day:
        make_roster(each, 1)
    return of_the_day[0]


@pytest.fixture
def free_one(full: SessionFacts, session: Session, clock: HandClock, entropy: CountedEntropy) -> Callable[[], None]:
    def act() -> None:
        session.rollback()
        (place,) = bookings_of_session(full.id, session=session)
        who = place.applicant_id
        booking.cancel(place.id, applicant_id=who, session=session, now=clock.now(), entropy=entropy)
        session.commit()

    return act


def test_erased_person_stands_in_no_line_and_those_behind_are_offered_the_place(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    erase: Erase,
    free_one: Callable[[], None],
    offer_places: OfferPlaces,
    session: Session,
) -> None:
    gone, behind = make_applicant(), make_applicant()
    join_line(gone, full)
    join_line(behind, full)

    erase(gone)
    free_one()

    assert offer_places() == 1
    session.rollback()
    assert [each.outcome for each in waiting_of(gone.facts.id, session=session)] == [Outcome.LEFT]
    (offered,) = waiting_of(behind.facts.id, session=session)
    assert offered.session is not None


def test_place_that_was_offered_is_free_again_once_the_person_is_erased(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    erase: Erase,
    free_one: Callable[[], None],
    offer_places: OfferPlaces,
    session: Session,
) -> None:
    gone = make_applicant()
    join_line(gone, full)
    free_one()
    assert offer_places() == 1

    erase(gone)

    assert places_of([full], session=session)[full.id].held == 0


def test_what_was_said_of_special_conditions_and_told_is_erased(
    make_applicant: MakeApplicant, erase: Erase, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    who = make_applicant()
    wish = Wish(reader=True, words="I see little", document="Certificate No. 12345")
    ask_for_conditions(who.facts.id, wish, session=session, now=clock.now(), entropy=entropy)
    session.commit()

    erase(who)

    (kept,) = requests_of(who.facts.id, session=session)
    assert (kept.state, kept.wish.words, kept.wish.document) == (State.WITHDRAWN, "", "")
    rows = str(session.execute(select(Accommodation.__table__)).all())
    assert "12345" not in rows
    assert notices_of(who.person.id, limit=10, session=session) == []


def test_of_a_booking_and_an_erasure_at_once_one_is_done(
    app: Flask,
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    asked: Callable[[Enrolled], uuid.UUID],
    administrator: uuid.UUID,
    session: Session,
    tools: Tools,
) -> None:
    place = plan(make_room(seats=3))[-1]
    now = tools.clock.now()
    people = [make_applicant() for _ in range(4)]
    for who in people:
        request = asked(who)
        session.rollback()

        def book(who: Enrolled = who) -> object:
            with app.app_context(), unit_of_work() as own:
                return booking.reserve(who.facts.id, place.id, session=own, now=now, entropy=SystemEntropy())

        def execute(request: uuid.UUID = request) -> object:
            with app.app_context(), unit_of_work() as own:
                return erasure.execute(request, actor=administrator, session=own, now=now, entropy=SystemEntropy())

        at_once(book, execute)
        session.rollback()
        session.expire_all()
        erased = bool(erasures_of_applicant(who.facts.id, session=session)[0].decided_at)
        booked = bool(bookings_of_applicant(who.facts.id, session=session))
        assert erased != booked
        if booked:
            (made,) = bookings_of_applicant(who.facts.id, session=session)
            booking.cancel(made.id, applicant_id=who.facts.id, session=session, now=now, entropy=SystemEntropy())
            session.commit()


def test_erased_person_is_booked_no_place(
    make_room: MakeRoom,
    plan: Plan,
    make_applicant: MakeApplicant,
    erase: Erase,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    place = plan(make_room(seats=3))[-1]
    who = make_applicant()
    erase(who)

    with pytest.raises(ApplicantNotFound):
        booking.reserve(who.facts.id, place.id, session=session, now=clock.now(), entropy=entropy)
