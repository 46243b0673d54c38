"""What becomes of the people whose bookings a change at a centre strikes?"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import timetable, waiting
from app.bookings.calendar import DayException, ExceptionKind, parse_hours
from app.bookings.errors import BookingsStruck
from app.bookings.queries import (
    BookingFacts,
    SessionFacts,
    bookings_of_applicant,
    bookings_of_session,
    cancelled_bookings,
    places_of,
    sessions_ahead,
)
from app.bookings.rules import CancelReason, Fate, Reach
from app.bookings.service import Competition, apply_for
from app.bookings.struck import StruckFacts, struck_bookings
from app.bookings.timetable import Act
from app.db import db
from app.kernel.clock import local_day
from app.notices.models import Notice
from app.processes import booking, session_news, struck
from app.wiring import Tools
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import CERTIFYING, MakeCentre, Reserve
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.factories.waiting import OfferPlaces
from tests.kit.outside import CountedEntropy, HandClock

CHANGE = uuid.UUID("019a0000-0000-7000-8000-00000000c4a6")
Close = Callable[..., list[StruckFacts]]
Settle = Callable[[SessionFacts], list[StruckFacts]]


@pytest.fixture
def settle(app: Flask, tools: Tools, session: Session) -> Settle:
    """Return the job of a change; a second run changes nothing."""

    def act(place: SessionFacts) -> list[StruckFacts]:
        session.rollback()
        for _ in range(2):
            with app.app_context():
                struck.settle_struck(CHANGE, {"change_id": str(CHANGE), "centre_id": str(place.centre_id)}, tools)
                session_news.tell_of_withdrawals(tools)
                db.session.remove()
        return struck_bookings(CHANGE, place.centre_id, session=session)

    return act


@pytest.fixture
def agreeing(session: Session, clock: HandClock) -> Callable[..., None]:
    """Return what makes a change and agrees to what it strikes."""

    def act(change: Callable[[Act], object], reach: Reach) -> None:
        session.rollback()
        agreed = ""
        try:
            change(Act(actor="test", now=clock.now()))
        except BookingsStruck as refused:
            session.rollback()
            agreed = timetable.seal(refused.parameters["strikes"])
        change(Act(actor="test", now=clock.now(), agreed=agreed, reach=reach, change_id=CHANGE))
        session.commit()

    return act


@pytest.fixture
def close_day(session: Session, entropy: CountedEntropy, agreeing: Callable[..., None], settle: Settle) -> Close:
    """Return what closes a centre on a session's day, and runs the job."""

    def act(place: SessionFacts, reach: Reach = Reach.CENTRE) -> list[StruckFacts]:
        closed = DayException(day=local_day(place.opens_at), kind=ExceptionKind.CLOSED)
        agreeing(
            lambda by: timetable.add_exception(
                place.centre_id, closed, "A pipe broke", by, session=session, entropy=entropy
            ),
            reach,
        )
        return settle(place)

    return act


@pytest.fixture
def sessions(make_room: MakeRoom, plan: Plan, session: Session, clock: HandClock) -> list[SessionFacts]:
    """The sessions of a room with two seats, two on Mondays and Wednesdays; of all days but the first."""
    room = make_room(seats=2, accessible=1)
    hours = dict.fromkeys((1, 3), parse_hours("09:00–12:00"))
    timetable.set_weekly_hours(room.centre_id, hours, Act(actor="test", now=clock.now()), session=session)
    found = plan(room)
    first = local_day(found[0].opens_at)
    return [each for each in found if local_day(each.opens_at) > first]


def kinds_told(session: Session) -> list[tuple[str, bool | None]]:
    rows = session.scalars(select(Notice).where(Notice.kind.in_(["session_changed", "booking_moved"])))
    return [(row.kind, row.facts.get("by_us", row.facts.get("in_line"))) for row in rows]


def placed(who: Enrolled, session: Session) -> BookingFacts:
    (found,) = bookings_of_applicant(who.facts.id, session=session)
    return found


def test_people_are_moved_to_the_next_free_places_who_booked_first_first(
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    reserve: Reserve,
    close_day: Close,
    session: Session,
    clock: HandClock,
) -> None:
    people = [make_applicant() for _ in range(3)]
    for who, place in zip(people, (sessions[1], sessions[0], sessions[0]), strict=True):
        clock.advance(minutes=1)
        reserve(who, place)
    day = local_day(sessions[0].opens_at)
    earliest = _earliest(sessions, session, clock)

    found = close_day(sessions[0])

    assert {line.fate for line in found} == {Fate.MOVED}
    times = [placed(who, session).session.opens_at for who in people]
    assert times == sorted(times), "who booked first has the earliest place"
    assert times[0] == earliest
    assert all(local_day(each) != day for each in times)
    assert kinds_told(session) == [("booking_moved", True)] * 3
    assert placed(people[0], session).may_change(clock.now())


def _earliest(sessions: Sequence[SessionFacts], session: Session, clock: HandClock) -> datetime:
    """Return when the earliest session of another day opens that people can still book."""
    day, now = local_day(sessions[0].opens_at), clock.now()
    ahead = sessions_ahead(sessions[0].centre_id, now, session=session)
    return min(each.opens_at for each in ahead if local_day(each.opens_at) != day and now < each.booking_closes_at)


def test_accessible_seat_stays_an_accessible_one(
    sessions: list[SessionFacts], make_roster: MakeRoster, close_day: Close
) -> None:
    make_roster(sessions[0], 1, accessible=1)

    (line,) = close_day(sessions[0])

    assert line.after is not None
    assert line.after.accessible


def test_full_centre_leaves_people_first_in_line_and_the_next_place_is_theirs(
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_roster: MakeRoster,
    reserve: Reserve,
    close_day: Close,
    offer_places: OfferPlaces,
    plan: Plan,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    who = make_applicant()
    reserve(who, sessions[0])
    fill_all(sessions, make_roster, session)

    found = close_day(sessions[0])

    assert {line.fate for line in found} == {Fate.WAITING}
    assert kinds_told(session).count(("session_changed", True)) == len(found)
    (gone,) = cancelled_bookings(who.facts.id, session=session)
    assert gone.cancelled_reason is CancelReason.SESSION_WITHDRAWN
    (waits,) = waiting.waiting_of(who.facts.id, session=session)
    assert waits.wait.struck
    late = placed_at(sessions[-1], session)
    booking.cancel(late.id, applicant_id=late.applicant_id, session=session, now=clock.now(), entropy=entropy)
    session.commit()
    assert offer_places() == 1


def fill_all(sessions: list[SessionFacts], make_roster: MakeRoster, session: Session) -> None:
    ahead = sessions_ahead(sessions[0].centre_id, sessions[0].opens_at - timedelta(days=30), session=session)
    for each in ahead:
        free = places_of([each], session=session)[each.id].free
        if free:
            make_roster(each, free)


def placed_at(place: SessionFacts, session: Session) -> BookingFacts:
    return bookings_of_session(place.id, session=session)[0]


def test_nearest_centre_takes_people_where_the_administrator_chose_so(
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_roster: MakeRoster,
    make_centre: MakeCentre,
    make_room: MakeRoom,
    plan: Plan,
    reserve: Reserve,
    close_day: Close,
    session: Session,
) -> None:
    other = make_centre("ALA-02")
    plan(make_room("9", seats=30, centre_id=other))
    who = make_applicant()
    reserve(who, sessions[0])
    fill_all(sessions, make_roster, session)

    found = close_day(sessions[0], Reach.NEAREST)

    assert {line.fate for line in found} == {Fate.MOVED}
    assert placed(who, session).session.centre_id == other


def test_people_whom_nobody_moves_are_told_and_keep_the_right_to_choose(
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    reserve: Reserve,
    close_day: Close,
    session: Session,
    clock: HandClock,
) -> None:
    who = make_applicant()
    reserve(who, sessions[0])

    (line,) = close_day(sessions[0], Reach.NOWHERE)

    assert line.fate is Fate.TOLD
    assert kinds_told(session) == [("session_changed", False)]
    assert placed(who, session).session.withdrawn_at is not None
    assert placed(who, session).may_change(clock.now())


def test_days_of_a_competition_are_kept_to(
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    reserve: Reserve,
    close_day: Close,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    who, deadline = make_applicant(), date(2026, 11, 24)
    applied = apply_for(
        who.facts.id, CERTIFYING, Competition(deadline=deadline), session=session, now=clock.now(), entropy=entropy
    )
    session.commit()
    last = [each for each in sessions if local_day(each.opens_at) <= date(2026, 12, 1)][-1]
    reserve(who, last, application_id=applied)

    (line,) = close_day(last)

    assert line.after is not None
    assert date(2026, 11, 25) <= local_day(line.after.session.opens_at) <= date(2026, 12, 1)


def test_person_who_has_moved_meanwhile_is_left_alone(
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    reserve: Reserve,
    agreeing: Callable[..., None],
    settle: Settle,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    who = make_applicant()
    place = reserve(who, sessions[0])
    agreeing(
        lambda by: timetable.add_exception(
            sessions[0].centre_id,
            DayException(day=local_day(sessions[0].opens_at), kind=ExceptionKind.CLOSED),
            "A pipe broke",
            by,
            session=session,
            entropy=entropy,
        ),
        Reach.CENTRE,
    )
    own = booking.move(
        place.id, sessions[-1].id, applicant_id=who.facts.id, session=session, now=clock.now(), entropy=entropy
    )
    session.commit()

    (line,) = settle(sessions[0])

    assert line.fate is Fate.CHANGED
    assert placed(who, session).id == own


def test_person_who_takes_a_place_while_the_job_looks_gets_no_second_one(
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    reserve: Reserve,
    close_day: Close,
    monkeypatch: pytest.MonkeyPatch,
    session: Session,
) -> None:
    who = make_applicant()
    reserve(who, sessions[0])
    look = struck._places
    taken: list[object] = []

    def look_slowly(*args: object, **kwargs: object) -> list[uuid.UUID]:
        found = look(*args, **kwargs)  # type: ignore[arg-type]  # as they came
        if not taken:
            session.rollback()
            taken.append(reserve(who, sessions[-1]))
        return found

    monkeypatch.setattr(struck, "_places", look_slowly)

    (settled,) = close_day(sessions[0])

    assert settled.fate is Fate.CHANGED
    (place,) = bookings_of_applicant(who.facts.id, session=session)
    assert place.session.id == sessions[-1].id
    assert waiting.waiting_of(who.facts.id, session=session) == []


@pytest.mark.parametrize("full", [False, True])
def test_broken_seat_moves_who_booked_last_or_leaves_them_where_nothing_is_free(
    full: bool,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_roster: MakeRoster,
    reserve: Reserve,
    agreeing: Callable[..., None],
    settle: Settle,
    session: Session,
    clock: HandClock,
) -> None:
    first, last = make_applicant(), make_applicant()
    for who in (first, last):
        clock.advance(minutes=1)
        reserve(who, sessions[0])
    if full:
        fill_all(sessions, make_roster, session)

    agreeing(
        lambda by: timetable.stop_workstation(sessions[0].centre_id, "1-02", "Broken", by, session=session),
        Reach.CENTRE,
    )
    found = settle(sessions[0])

    (line,) = [each for each in found if each.before.session.id == sessions[0].id]
    assert line.before.applicant_id == last.facts.id
    assert line.fate is (Fate.KEPT if full else Fate.MOVED)
    assert placed(first, session).session.id == sessions[0].id
