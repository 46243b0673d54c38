"""Which exam sessions and bookings are there?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.bookings.errors import BookingNotFound, SessionNotFound
from app.bookings.models import Booking, Centre, ExamSession


@dataclass(frozen=True, kw_only=True)
class SessionFacts:
    """An exam session with its centre."""

    id: uuid.UUID
    code: str
    centre_id: uuid.UUID
    centre_code: str
    centre_names: Mapping[str, str]
    programme_code: str
    programme_version: str
    opens_at: datetime
    closes_at: datetime

    def is_open(self, now: datetime) -> bool:
        """Say whether a sitting may start at ``now``; the closing moment belongs to "closed"."""
        return self.opens_at <= now < self.closes_at


@dataclass(frozen=True, kw_only=True)
class BookingFacts:
    """A booking and the exam session that it is for."""

    id: uuid.UUID
    applicant_id: uuid.UUID
    session: SessionFacts


def session_with_code(code: str, *, session: Session) -> SessionFacts:
    """Return the exam session. Raises ``SessionNotFound``."""
    found = session.execute(_sessions().where(ExamSession.code == code)).one_or_none()
    if found is None:
        raise SessionNotFound
    return _session_facts(*found)


def sessions_of_centre(centre_id: uuid.UUID | None, *, session: Session) -> list[SessionFacts]:
    """Return the exam sessions of one centre, or of all, the newest first."""
    query = _sessions().order_by(ExamSession.opens_at.desc())
    if centre_id is not None:
        query = query.where(ExamSession.centre_id == centre_id)
    return [_session_facts(*row) for row in session.execute(query)]


def bookings_of_applicant(applicant_id: uuid.UUID, *, session: Session) -> list[BookingFacts]:
    """Return a person's bookings, the newest first."""
    query = _bookings().where(Booking.applicant_id == applicant_id).order_by(Booking.created_at.desc())
    return [_booking_facts(*row) for row in session.execute(query)]


def bookings_of_session(exam_session_id: uuid.UUID, *, session: Session) -> list[BookingFacts]:
    """Return the roster of an exam session, in the order of booking."""
    query = _bookings().where(Booking.exam_session_id == exam_session_id).order_by(Booking.id)
    return [_booking_facts(*row) for row in session.execute(query)]


def access_booking(booking_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session) -> BookingFacts:
    """Return the booking if it is this applicant's.

    Raises:
        BookingNotFound: It is not there, or is another's.
    """
    query = _bookings().where(Booking.id == booking_id, Booking.applicant_id == applicant_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise BookingNotFound
    return _booking_facts(*found)


def booking_with_id(booking_id: uuid.UUID, *, session: Session) -> BookingFacts:
    """Return the booking, whosever it is. Raises ``BookingNotFound``."""
    found = session.execute(_bookings().where(Booking.id == booking_id)).one_or_none()
    if found is None:
        raise BookingNotFound
    return _booking_facts(*found)


def _sessions() -> Select[ExamSession, Centre]:
    return select(ExamSession, Centre).join(Centre, Centre.id == ExamSession.centre_id)


def _bookings() -> Select[Booking, ExamSession, Centre]:
    return (
        select(Booking, ExamSession, Centre)
        .join(ExamSession, ExamSession.id == Booking.exam_session_id)
        .join(Centre, Centre.id == ExamSession.centre_id)
    )


def _session_facts(row: ExamSession, centre: Centre) -> SessionFacts:
    return SessionFacts(
        id=row.id,
        code=row.code,
        centre_id=centre.id,
        centre_code=centre.code,
        centre_names={"kk": centre.name_kk, "ru": centre.name_ru, "en": centre.name_en},
        programme_code=row.programme_code,
        programme_version=row.programme_version,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
    )


def _booking_facts(row: Booking, exam_session: ExamSession, centre: Centre) -> BookingFacts:
    return BookingFacts(id=row.id, applicant_id=row.applicant_id, session=_session_facts(exam_session, centre))
