"""Who of a session is here and ready, and what happens when the proctor starts it?"""

from __future__ import annotations

import enum
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from app.bookings.errors import SessionNotOpen
from app.bookings.queries import BookingFacts, SessionFacts, bookings_of_session
from app.checkin import service as checkin
from app.checkin.queries import check_ins_of
from app.sittings.preparing import prepared_bookings
from app.sittings.queries import sittings_of_bookings


class Arrival(enum.Enum):
    """How far somebody of a roster has come."""

    ABSENT = "absent"
    IN_STEPS = "in_steps"
    READY = "ready"
    STARTED = "started"


def arrivals(
    exam_session: SessionFacts, roster: Iterable[BookingFacts], *, session: Session
) -> dict[uuid.UUID, Arrival]:
    """Return how far everybody of a session has come, by booking."""
    ids = [booking.id for booking in roster]
    begun, started = check_ins_of(ids, session=session), sittings_of_bookings(ids, session=session)
    ready = prepared_bookings(exam_session.id, session=session)

    def arrival(booking_id: uuid.UUID) -> Arrival:
        if booking_id in started:
            return Arrival.STARTED
        if booking_id in ready:
            return Arrival.READY
        return Arrival.IN_STEPS if booking_id in begun else Arrival.ABSENT

    return {booking_id: arrival(booking_id) for booking_id in ids}


def release_session(
    exam_session: SessionFacts, *, actor: uuid.UUID | str, session: Session, now: datetime
) -> Counter[Arrival]:
    """Start the test for all who are ready, and from now on for everybody who becomes so. Twice is once.

    Returns:
        How many have come how far.

    Raises:
        SessionNotOpen: The session has not opened, is over, or is withdrawn.
    """
    if not exam_session.is_open(now):
        raise SessionNotOpen
    counted = Counter(
        arrivals(exam_session, bookings_of_session(exam_session.id, session=session), session=session).values()
    )
    checkin.release(exam_session.id, ready=counted[Arrival.READY], actor=actor, session=session, now=now)
    return counted
