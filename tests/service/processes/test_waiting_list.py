"""To whom is a free place offered, and what follows from the answer?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accommodations.rules import Granted
from app.applicants.rules import check_digit
from app.bookings import timetable, waiting
from app.bookings.errors import AlreadyInLine, OfferGone, SessionFull, WaitingNotFound, WrongDays
from app.bookings.models import Workstation
from app.bookings.queries import (
    BookingFacts,
    SessionFacts,
    bookings_of_applicant,
    bookings_of_session,
    places_of,
)
from app.bookings.rules import Outcome, WaitingState
from app.bookings.timetable import Act
from app.kernel.clock import local_day, start_of_local_day
from app.notices.models import Notice
from app.processes import booking, waiting_list
from tests.kit.factories.accommodations import GrantTo
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeCentre, Reserve
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.factories.waiting import JoinLine, OfferPlaces
from tests.kit.outside import CountedEntropy, HandClock

HOLD = timedelta(minutes=120)
UNDER_AGE = next(
    eleven + digit
    for eleven in (f"0905155{serial:04d}" for serial in range(9000, 9100))
    if (digit := check_digit(eleven))
)
"""Of somebody born on 15 May 2009."""
Cancel = Callable[[BookingFacts], None]
Read = Callable[[uuid.UUID], waiting.WaitingFacts]
Accept = Callable[..., uuid.UUID]


@pytest.fixture
def sessions(make_room: MakeRoom, plan: Plan) -> list[SessionFacts]:
    """The sessions of a room with two seats, from two days ahead."""
    found = plan(make_room(seats=2, accessible=1))
    first = local_day(found[0].opens_at)
    return [each for each in found if local_day(each.opens_at) > first]


@pytest.fixture
def full(sessions: list[SessionFacts], make_roster: MakeRoster) -> SessionFacts:
    make_roster(sessions[0], 2)
    for other in sessions[1:]:
        if local_day(other.opens_at) == local_day(sessions[0].opens_at):
            make_roster(other, 2)
    return sessions[0]


@pytest.fixture
def afternoon(full: SessionFacts, sessions: list[SessionFacts]) -> SessionFacts:
    """The last session of the same day, which is full too: its booking closes by day."""
    return [each for each in sessions if local_day(each.opens_at) == local_day(full.opens_at)][-1]


@pytest.fixture
def cancel(session: Session, clock: HandClock, entropy: CountedEntropy) -> Cancel:
    def act(place: BookingFacts) -> None:
        session.rollback()
        booking.cancel(place.id, applicant_id=place.applicant_id, session=session, now=clock.now(), entropy=entropy)
        session.commit()

    return act


@pytest.fixture
def free_one(full: SessionFacts, cancel: Cancel, session: Session) -> Callable[[], None]:
    """Return what lets the first of the roster give the place back."""
    return lambda: cancel(bookings_of_session(full.id, session=session)[0])


@pytest.fixture
def read(session: Session) -> Read:
    def act(waiting_id: uuid.UUID) -> waiting.WaitingFacts:
        session.rollback()
        (found,) = [
            each
            for who in session.scalars(select(waiting.Waiting.applicant_id).where(waiting.Waiting.id == waiting_id))
            for each in waiting.waiting_of(who, session=session)
            if each.id == waiting_id
        ]
        return found

    return act


@pytest.fixture
def accept(session: Session, clock: HandClock, entropy: CountedEntropy) -> Accept:
    def act(waiting_id: uuid.UUID, who: Enrolled) -> uuid.UUID:
        session.rollback()
        booked = waiting_list.accept(waiting_id, who.facts.id, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return booked

    return act


def test_first_in_line_is_offered_the_place_that_becomes_free(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
    read: Read,
    clock: HandClock,
    session: Session,
) -> None:
    first, second = make_applicant(), make_applicant()
    waits, behind = join_line(first, full), join_line(second, full)
    assert offer_places() == 0, "nothing is free"

    free_one()

    assert offer_places() == 1
    assert offer_places() == 0, "the place is held"
    found = read(waits)
    assert found.state_at(clock.now()) is WaitingState.OFFERED
    assert found.session is not None
    assert (found.session.id, found.offered_until) == (full.id, clock.now() + HOLD)
    assert read(behind).state_at(clock.now()) is WaitingState.WAITING
    told = session.scalars(select(Notice).where(Notice.kind == "place_offered")).all()
    assert [(notice.account_id, notice.facts["path"]) for notice in told] == [(first.person.id, f"/waiting/{waits}")]


def test_held_place_counts_as_taken_for_everybody_else(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
    reserve: Reserve,
    session: Session,
) -> None:
    join_line(make_applicant(), full)
    free_one()
    offer_places()

    assert places_of([full], session=session)[full.id].free == 0
    with pytest.raises(SessionFull):
        reserve(make_applicant(), full)


def test_accepted_place_is_booked_and_the_other_lines_are_left(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    make_centre: Callable[..., uuid.UUID],
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
    accept: Accept,
    read: Read,
    session: Session,
) -> None:
    who = make_applicant()
    waits, elsewhere = join_line(who, full), join_line(who, full, centre_id=make_centre("ALA-02"))
    free_one()
    offer_places()

    booked = accept(waits, who)

    assert booked == accept(waits, who), "twice"
    (place,) = bookings_of_applicant(who.facts.id, session=session)
    assert (place.id, place.session.id) == (booked, full.id)
    assert (read(waits).outcome, read(waits).booking_id) == (Outcome.TAKEN, booked)
    assert read(elsewhere).outcome is Outcome.LEFT
    assert places_of([full], session=session)[full.id].held == 0


def test_accepted_place_takes_the_place_of_an_older_booking(
    full: SessionFacts,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    reserve: Reserve,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
    accept: Accept,
    session: Session,
) -> None:
    who = make_applicant()
    reserve(who, sessions[-1])
    waits = join_line(who, full)
    free_one()
    assert offer_places() == 1

    booked = accept(waits, who)

    assert [(each.id, each.session.id) for each in bookings_of_applicant(who.facts.id, session=session)] == [
        (booked, full.id)
    ]


def test_offer_lapses_and_goes_to_the_next_in_line(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
    accept: Accept,
    read: Read,
    clock: HandClock,
) -> None:
    first, second = make_applicant(), make_applicant()
    waits, behind = join_line(first, full), join_line(second, full)
    free_one()
    offer_places()
    clock.advance(minutes=120)
    assert read(waits).state_at(clock.now()) is WaitingState.LAPSED, "before anybody has noted it"
    with pytest.raises(OfferGone):
        accept(waits, first)

    assert offer_places() == 1

    assert read(waits).outcome is Outcome.LAPSED
    assert read(behind).state_at(clock.now()) is WaitingState.OFFERED


@pytest.mark.parametrize(("offered", "outcome"), [(True, Outcome.DECLINED), (False, Outcome.LEFT)])
def test_who_declines_or_leaves_makes_way(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
    read: Read,
    session: Session,
    clock: HandClock,
    offered: bool,
    outcome: Outcome,
) -> None:
    who = make_applicant()
    waits, behind = join_line(who, full), join_line(make_applicant(), full)
    if offered:
        free_one()
        offer_places()

    for _ in range(2):
        assert waiting.leave(waits, who.facts.id, session=session, now=clock.now()) is outcome
    session.commit()
    if not offered:
        free_one()

    assert offer_places() == 1
    assert read(waits).outcome is outcome
    assert read(behind).state_at(clock.now()) is WaitingState.OFFERED


def test_person_who_may_not_sit_then_is_passed_over(
    full: SessionFacts,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
    read: Read,
    clock: HandClock,
) -> None:
    waits = join_line(make_applicant(iin=UNDER_AGE), full)
    behind = join_line(make_applicant(), full)
    free_one()

    offer_places()

    assert read(waits).state_at(clock.now()) is WaitingState.WAITING
    assert read(behind).state_at(clock.now()) is WaitingState.OFFERED


def test_other_days_are_not_offered(
    full: SessionFacts,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
) -> None:
    """Places of other days are free all the time."""
    join_line(make_applicant(), full)

    assert offer_places() == 0


def test_accessible_place_is_kept_for_who_needs_it(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    grant_to: GrantTo,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    cancel: Cancel,
    accept: Accept,
    read: Read,
    clock: HandClock,
    session: Session,
) -> None:
    who = make_applicant()
    grant_to(who, Granted(accessible=True))
    waits = join_line(who, full)
    cancel(bookings_of_session(full.id, session=session)[0])

    assert offer_places() == 1

    assert read(waits).accessible
    assert places_of([full], session=session)[full.id].accessible_held == 1
    accept(waits, who)
    assert bookings_of_applicant(who.facts.id, session=session)[0].accessible


def test_no_accessible_seat_no_offer_to_who_needs_one(
    sessions: list[SessionFacts],
    make_roster: MakeRoster,
    make_applicant: MakeApplicant,
    grant_to: GrantTo,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    read: Read,
    clock: HandClock,
) -> None:
    day = local_day(sessions[0].opens_at)
    for each in sessions:
        if local_day(each.opens_at) == day:
            make_roster(each, 1, accessible=1)
    who = make_applicant()
    grant_to(who, Granted(accessible=True))
    waits, behind = join_line(who, sessions[0]), join_line(make_applicant(), sessions[0])

    assert offer_places() == 1

    assert read(waits).state_at(clock.now()) is WaitingState.WAITING
    assert read(behind).state_at(clock.now()) is WaitingState.OFFERED


def test_person_holds_one_offer_at_a_time(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    make_centre: Callable[..., uuid.UUID],
    make_room: MakeRoom,
    plan: Plan,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
) -> None:
    who, other = make_applicant(), make_centre("ALA-02")
    plan(make_room(seats=1, centre_id=other))
    join_line(who, full)
    join_line(who, full, centre_id=other)
    free_one()

    assert offer_places() == 1


def test_place_is_not_offered_shortly_before_booking_closes(
    full: SessionFacts,
    afternoon: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    cancel: Cancel,
    read: Read,
    session: Session,
    clock: HandClock,
) -> None:
    waits = join_line(make_applicant(), full)
    clock.set(afternoon.booking_closes_at - timedelta(minutes=60))
    cancel(bookings_of_session(afternoon.id, session=session)[0])
    assert offer_places() == 1
    assert read(waits).offered_until == afternoon.booking_closes_at, "shortened"

    clock.set(afternoon.booking_closes_at)
    assert offer_places() == 0
    assert read(waits).outcome is Outcome.LAPSED


def test_offer_of_the_night_is_held_until_the_morning(
    full: SessionFacts,
    afternoon: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    cancel: Cancel,
    read: Read,
    session: Session,
    clock: HandClock,
) -> None:
    waits = join_line(make_applicant(), full)
    midnight = start_of_local_day(local_day(clock.now()) + timedelta(days=1))
    clock.set(midnight)
    cancel(bookings_of_session(afternoon.id, session=session)[0])

    assert offer_places() == 1

    assert read(waits).offered_until == midnight + timedelta(hours=11)


def test_offer_of_a_session_that_is_withdrawn_puts_the_person_back_in_line(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
    accept: Accept,
    read: Read,
    session: Session,
    clock: HandClock,
) -> None:
    who = make_applicant()
    waits = join_line(who, full)
    free_one()
    offer_places()
    with pytest.raises(timetable.BookingsStruck) as refused:
        timetable.set_weekly_hours(full.centre_id, {}, Act(actor="test", now=clock.now()), session=session)
    session.rollback()
    agreed = Act(actor="test", now=clock.now(), agreed=timetable.seal(refused.value.parameters["strikes"]))
    timetable.set_weekly_hours(full.centre_id, {}, agreed, session=session)
    session.commit()

    offer_places()

    assert read(waits).state_at(clock.now()) is WaitingState.WAITING
    with pytest.raises(OfferGone):
        accept(waits, who)


def test_offer_whose_seat_breaks_is_taken_back(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    cancel: Cancel,
    read: Read,
    session: Session,
    clock: HandClock,
) -> None:
    for place in bookings_of_session(full.id, session=session):
        cancel(place)
    first, second = join_line(make_applicant(), full), join_line(make_applicant(), full)
    assert offer_places() == 2
    clock.advance(minutes=1)

    row = session.get_one(waiting.Waiting, second)
    row.offered_until = clock.now() + HOLD
    session.commit()
    seat = session.scalars(select(Workstation).where(Workstation.accessible.is_(False))).first()
    assert seat is not None
    seat.in_service = False
    session.commit()

    offer_places()

    assert read(first).state_at(clock.now()) is WaitingState.OFFERED
    assert read(second).state_at(clock.now()) is WaitingState.WAITING


def test_offer_of_an_ordinary_seat_stays_where_an_accessible_one_is_lacking(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    grant_to: GrantTo,
    reserve: Reserve,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    cancel: Cancel,
    read: Read,
    session: Session,
    clock: HandClock,
) -> None:
    seated = make_applicant()
    grant_to(seated, Granted(accessible=True))
    for place in bookings_of_session(full.id, session=session):
        cancel(place)
    reserve(seated, full)
    centre = {"centre_id": full.centre_id}
    session.add(Workstation(**centre, number="9", accessible=False, in_service=True, room_id=full.room_id))
    special = session.scalars(select(Workstation).where(Workstation.accessible.is_(True))).first()
    assert special is not None
    special.in_service = False
    session.commit()
    waits = join_line(make_applicant(), full)

    offered = [offer_places()]
    for _ in range(3):
        clock.advance(seconds=5)
        offered.append(offer_places())

    assert offered == [1, 0, 0, 0]
    assert read(waits).state_at(clock.now()) is WaitingState.OFFERED
    letters = select(Notice).where(Notice.kind == "place_offered")
    assert len(session.scalars(letters).all()) == 1, "they were told once"


def test_line_that_cannot_be_served_keeps_no_other_one_waiting(
    full: SessionFacts,
    make_room: MakeRoom,
    make_centre: MakeCentre,
    plan: Plan,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    free_one: Callable[[], None],
    read: Read,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = plan(make_room(seats=1, centre_id=make_centre("ALA-02")))[-1]
    waits, elsewhere = join_line(make_applicant(), full), join_line(make_applicant(), other)
    free_one()
    suits = waiting_list._suits

    def stumble(facts: waiting.WaitingFacts, *args: Any, **kwargs: Any) -> bool:
        if facts.id == waits:
            raise ValueError("a row that nobody foresaw")
        return suits(facts, *args, **kwargs)

    monkeypatch.setattr(waiting_list, "_suits", stumble)

    assert offer_places() == 1
    assert read(elsewhere).session is not None
    assert read(waits).session is None


def test_whose_place_was_struck_stands_before_all_others(
    full: SessionFacts, make_applicant: MakeApplicant, join_line: JoinLine, read: Read, session: Session
) -> None:
    waits = join_line(make_applicant(), full)
    struck = join_line(make_applicant(), full, struck=True)

    assert waiting.before(read(struck), session=session) == 0
    assert waiting.before(read(waits), session=session) == 1


def test_line_of_other_days_is_another_one(
    full: SessionFacts, make_applicant: MakeApplicant, join_line: JoinLine, read: Read, session: Session
) -> None:
    join_line(make_applicant(), full)
    later = local_day(full.opens_at) + timedelta(days=1)

    alone = join_line(make_applicant(), full, from_day=later, to_day=later + timedelta(days=5))

    assert waiting.before(read(alone), session=session) == 0


def test_second_waiting_at_a_centre_is_refused(
    full: SessionFacts, make_applicant: MakeApplicant, join_line: JoinLine
) -> None:
    who = make_applicant()
    join_line(who, full)

    with pytest.raises(AlreadyInLine):
        join_line(who, full)


@pytest.mark.parametrize(
    ("from_day", "to_day"),
    [(date(2026, 12, 2), date(2026, 12, 1)), (date(2026, 11, 1), date(2026, 11, 20)), (date(2027, 6, 1),) * 2],
    ids=["backwards", "over", "not open yet"],
)
def test_days_that_cannot_be_booked_are_refused(
    full: SessionFacts, make_applicant: MakeApplicant, join_line: JoinLine, from_day: date, to_day: date
) -> None:
    with pytest.raises(WrongDays):
        join_line(make_applicant(), full, from_day=from_day, to_day=to_day)


def test_waiting_for_days_that_have_gone_by_is_over(
    full: SessionFacts,
    make_applicant: MakeApplicant,
    join_line: JoinLine,
    offer_places: OfferPlaces,
    read: Read,
    clock: HandClock,
) -> None:
    who = make_applicant()
    waits = join_line(who, full)
    clock.set(full.opens_at + timedelta(days=1))
    assert read(waits).state_at(clock.now()) is WaitingState.OVER

    offer_places()

    assert read(waits).outcome is Outcome.OVER


def test_waiting_of_another_person_looks_absent(
    full: SessionFacts, make_applicant: MakeApplicant, join_line: JoinLine, accept: Accept, session: Session
) -> None:
    waits, other = join_line(make_applicant(), full), make_applicant()

    with pytest.raises(WaitingNotFound):
        accept(waits, other)
    with pytest.raises(WaitingNotFound):
        waiting.access_waiting(waits, other.facts.id, session=session)
