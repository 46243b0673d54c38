"""What became of the bookings that a change at a centre struck?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings.models import Booking, StruckBooking
from app.bookings.queries import BookingFacts, booking_with_id
from app.bookings.rules import Fate, Reach

SETTLE_STRUCK = "bookings.struck.settle"
"""Kind of the job that moves and tells the people of a change."""


@dataclass(frozen=True, kw_only=True)
class StruckFacts:
    """A struck booking, and the one that came of it."""

    change_id: uuid.UUID
    before: BookingFacts
    reach: Reach
    fate: Fate
    after: BookingFacts | None


def struck_bookings(change_id: uuid.UUID, centre_id: uuid.UUID, *, session: Session) -> list[StruckFacts]:
    """Return the bookings that a change of a centre struck, who booked first first."""
    query = select(StruckBooking).where(StruckBooking.change_id == change_id, StruckBooking.centre_id == centre_id)
    return [_facts(row, session) for row in session.scalars(query.order_by(StruckBooking.booking_id))]


def pending(change_id: uuid.UUID, booking_id: uuid.UUID, *, session: Session) -> StruckFacts | None:
    """Return the booking if nothing has become of it yet, held until the end of the unit of work."""
    query = select(StruckBooking).where(StruckBooking.change_id == change_id, StruckBooking.booking_id == booking_id)
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    return _facts(row, session) if row is not None and row.fate is Fate.PENDING else None


def unsettled(exam_session_id: uuid.UUID, *, session: Session) -> set[uuid.UUID]:
    """Return the struck bookings of a session of which nothing has become yet."""
    query = select(StruckBooking.booking_id).join(Booking, Booking.id == StruckBooking.booking_id)
    found = query.where(Booking.exam_session_id == exam_session_id, StruckBooking.fate == Fate.PENDING)
    return set(session.scalars(found))


def settle(
    facts: StruckFacts, fate: Fate, *, new_booking_id: uuid.UUID | None = None, session: Session, now: datetime
) -> None:
    """Write down what became of a booking. What was done to it is an act of its own."""
    row = session.get_one(StruckBooking, (facts.change_id, facts.before.id))
    row.fate, row.settled_at, row.new_booking_id = fate, now, new_booking_id
    session.flush()


def _facts(row: StruckBooking, session: Session) -> StruckFacts:
    return StruckFacts(
        change_id=row.change_id,
        before=booking_with_id(row.booking_id, session=session),
        reach=row.reach,
        fate=row.fate,
        after=booking_with_id(row.new_booking_id, session=session) if row.new_booking_id else None,
    )
