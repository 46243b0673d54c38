"""How is a centre with rooms and hours made for a test?"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.bookings import timetable
from app.bookings.calendar import parse_hours
from app.bookings.queries import RoomFacts, SessionFacts, rooms_of_centre, sessions_ahead
from app.bookings.timetable import Act
from app.kernel.rulebook import programmes
from tests.kit.factories.bookings import MakeCentre
from tests.kit.outside import CountedEntropy, HandClock

WEEK = {weekday: parse_hours("09:00–13:00, 14:00–18:30") for weekday in range(1, 6)}
"""Two sessions of 90 minutes before the break, three after it."""

MakeRoom = Callable[..., RoomFacts]
Plan = Callable[[RoomFacts], list[SessionFacts]]


@pytest.fixture
def by_administrator(clock: HandClock) -> Callable[..., Act]:
    """Return a maker of acts: ``by_administrator(agreed=…)``."""
    return lambda agreed="": Act(actor="test", now=clock.now(), agreed=agreed)


@pytest.fixture
def make_room(
    session: Session, entropy: CountedEntropy, make_centre: MakeCentre, by_administrator: Callable[..., Act]
) -> MakeRoom:
    """Return a maker of rooms with seats at a centre that is open from Monday to Friday."""

    def make(code: str = "1", *, seats: int = 3, accessible: int = 0, centre_id: uuid.UUID | None = None) -> RoomFacts:
        centre, act = centre_id or make_centre(), by_administrator()
        room_id = timetable.add_room(centre, code, f"Room {code}", act, session=session, entropy=entropy)
        (room,) = [found for found in rooms_of_centre(centre, session=session) if found.id == room_id]
        numbers = [f"{code}-{number:02d}" for number in range(1, seats + 1)]
        for chosen, special in ((numbers[:accessible], True), (numbers[accessible:], False)):
            if chosen:
                timetable.add_workstations(room, chosen, act, accessible=special, session=session)
        timetable.set_weekly_hours(centre, WEEK, act, session=session)
        session.commit()
        return room

    return make


@pytest.fixture
def plan(session: Session, clock: HandClock, entropy: CountedEntropy) -> Plan:
    """Return what makes the sessions of a room, and gives all that lie ahead."""

    def act(room: RoomFacts) -> list[SessionFacts]:
        wanted = [programmes().on("corps-b-legislation", clock.now().date())]
        timetable.plan_room(room, wanted, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return sessions_ahead(room.centre_id, clock.now(), session=session)

    return act
