"""Where and when are places free?"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.orm import Session

from app.bookings.models import Booking, Centre, ExamSession, Waiting, Workstation
from app.bookings.places import by_distance
from app.bookings.queries import HELD, LIVE, CentreFacts, centre_facts
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.rulebook import programme_version

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class FreePlaces:
    """A session that still takes people, and how many."""

    exam_session_id: uuid.UUID
    centre_id: uuid.UUID
    opens_at: datetime
    free: int

    @property
    def day(self) -> date:
        return local_day(self.opens_at)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One session with free places, at its centre; ``km`` from where the person sits, if that is known."""

    exam_session_id: uuid.UUID
    centre: CentreFacts
    opens_at: datetime
    free: int
    km: float | None


def free_places(
    programme_code: str,
    days: Collection[date],
    *,
    accessible: bool = False,
    centre_id: uuid.UUID | None = None,
    session: Session,
    now: datetime,
) -> list[FreePlaces]:
    """Return the sessions of a programme on ``days`` in which a place is free at ``now``, the next one first."""
    if not days:
        return []
    seats = _seats().subquery()
    booked, held = _booked().subquery(), _held().subquery()
    query = (
        select(
            ExamSession.id,
            ExamSession.centre_id,
            ExamSession.opens_at,
            ExamSession.programme_version,
            seats.c.seats,
            seats.c.accessible,
            func.coalesce(booked.c.booked, 0) + func.coalesce(held.c.held, 0),
            func.coalesce(booked.c.accessible, 0) + func.coalesce(held.c.accessible, 0),
        )
        .join(seats, seats.c.room_id == ExamSession.room_id)
        .outerjoin(booked, booked.c.exam_session_id == ExamSession.id)
        .outerjoin(held, held.c.exam_session_id == ExamSession.id)
        .where(
            ExamSession.programme_code == programme_code,
            ExamSession.opens_at >= start_of_local_day(min(days)),
            ExamSession.opens_at < start_of_local_day(max(days) + DAY),
            ExamSession.booking_closed_at.is_(None),
            ExamSession.withdrawn_at.is_(None),
        )
        .order_by(ExamSession.opens_at, ExamSession.code)
    )
    if centre_id is not None:
        query = query.where(ExamSession.centre_id == centre_id)
    wanted, found = set(days), []
    for exam_session_id, centre, opens_at, version, seat_count, special_seats, taken, special_taken in session.execute(
        query
    ):
        closes_ahead = programme_version(programme_code, version).booking.closes_hours_before
        free = seat_count - taken
        if accessible:
            free = min(free, special_seats - special_taken)
        if free > 0 and local_day(opens_at) in wanted and now < opens_at - timedelta(hours=closes_ahead):
            found.append(FreePlaces(exam_session_id=exam_session_id, centre_id=centre, opens_at=opens_at, free=free))
    return found


def centres_with_places(free: Iterable[FreePlaces], *, session: Session) -> list[tuple[CentreFacts, int]]:
    """Return all centres, each with how many places are free at it."""
    counts: dict[uuid.UUID, int] = {}
    for place in free:
        counts[place.centre_id] = counts.get(place.centre_id, 0) + place.free
    rows = session.scalars(select(Centre).order_by(Centre.code))
    return [(centre_facts(row), counts.get(row.id, 0)) for row in rows]


def offers_near(origin: CentreFacts | None, free: Iterable[FreePlaces], *, limit: int, session: Session) -> list[Offer]:
    """Return the earliest free places at the same centre and at the nearest ones, ``limit`` in all.

    The first is the earliest at the centre itself, if it has one; then come those of the centres by their distance,
    one of each in turn, each the earliest that is left. Without a centre they are the earliest of all.
    """
    by_centre: dict[uuid.UUID, list[FreePlaces]] = {}
    for place in sorted(free, key=lambda each: (each.opens_at, each.exam_session_id)):
        by_centre.setdefault(place.centre_id, []).append(place)
    rows = session.scalars(select(Centre).where(Centre.id.in_(list(by_centre))).order_by(Centre.code))
    centres = [centre_facts(row) for row in rows]
    ranked: list[tuple[CentreFacts, float | None]] = (
        by_distance(origin, centres) if origin else [(each, None) for each in centres]
    )
    if origin is None:
        ranked.sort(key=lambda pair: by_centre[pair[0].id][0].opens_at)
    else:
        ranked.sort(key=lambda pair: pair[0].id != origin.id)
    found = []
    for turn in range(limit):
        for centre, km in ranked[:limit]:
            if turn < len(by_centre[centre.id]):
                place = by_centre[centre.id][turn]
                offer = Offer(
                    exam_session_id=place.exam_session_id,
                    centre=centre,
                    opens_at=place.opens_at,
                    free=place.free,
                    km=km,
                )
                found.append(offer)
    return found[:limit]


def _offer(place: FreePlaces, centre: CentreFacts, km: float | None) -> Offer:
    return Offer(exam_session_id=place.exam_session_id, centre=centre, opens_at=place.opens_at, free=place.free, km=km)


def _seats() -> Select[uuid.UUID | None, int, int]:
    return (
        select(
            Workstation.room_id,
            func.count().label("seats"),
            func.sum(cast(Workstation.accessible, Integer)).label("accessible"),
        )
        .where(Workstation.in_service, Workstation.room_id.is_not(None))
        .group_by(Workstation.room_id)
    )


def _booked() -> Select[uuid.UUID, int, int]:
    return (
        select(
            Booking.exam_session_id,
            func.count().label("booked"),
            func.sum(cast(Booking.accessible, Integer)).label("accessible"),
        )
        .where(LIVE)
        .group_by(Booking.exam_session_id)
    )


def _held() -> Select[uuid.UUID | None, int, int]:
    return (
        select(
            Waiting.exam_session_id,
            func.count().label("held"),
            func.sum(cast(Waiting.accessible, Integer)).label("accessible"),
        )
        .where(HELD)
        .group_by(Waiting.exam_session_id)
    )
