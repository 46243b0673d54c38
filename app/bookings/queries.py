"""Which exam sessions and bookings are there?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.bookings.errors import BookingNotFound, SessionNotFound
from app.bookings.models import Booking, Centre, ExamSession, Workstation
from app.kernel.rulebook import programme_version
from question_bank.programme import Programme
from question_bank.seating import Seat


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
    booking_closed_at: datetime | None

    @property
    def programme(self) -> Programme:
        return programme_version(self.programme_code, self.programme_version)

    @property
    def booking_closes_at(self) -> datetime:
        """The moment from which the roster is to be fixed, by the rules of the programme."""
        return self.opens_at - timedelta(hours=self.programme.booking.closes_hours_before)

    def is_open(self, now: datetime) -> bool:
        """Say whether a sitting may start at ``now``; the closing moment belongs to "closed"."""
        return self.opens_at <= now < self.closes_at


@dataclass(frozen=True, kw_only=True)
class BookingFacts:
    """A booking and the exam session that it is for."""

    id: uuid.UUID
    applicant_id: uuid.UUID
    accessible: bool
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


def session_with_id(exam_session_id: uuid.UUID, *, session: Session) -> SessionFacts:
    """Return the exam session. Raises ``SessionNotFound``."""
    found = session.execute(_sessions().where(ExamSession.id == exam_session_id)).one_or_none()
    if found is None:
        raise SessionNotFound
    return _session_facts(*found)


def sessions_with_open_booking(*, session: Session, now: datetime) -> list[SessionFacts]:
    """Return the exam sessions that have not ended and whose roster is not fixed."""
    query = _sessions().where(ExamSession.booking_closed_at.is_(None), ExamSession.closes_at > now)
    return [_session_facts(*row) for row in session.execute(query.order_by(ExamSession.opens_at))]


def sessions_closed_before(now: datetime, *, among: Iterable[uuid.UUID], session: Session) -> list[SessionFacts]:
    """Return those of the named exam sessions that are over."""
    query = _sessions().where(ExamSession.id.in_(list(among)), ExamSession.closes_at <= now)
    return [_session_facts(*row) for row in session.execute(query.order_by(ExamSession.closes_at))]


def seats_of_centre(centre_id: uuid.UUID, *, session: Session) -> list[Seat]:
    """Return the workstations in service, by number."""
    query = select(Workstation).where(Workstation.centre_id == centre_id, Workstation.in_service)
    rows = session.scalars(query.order_by(Workstation.number))
    return [Seat(number=row.number, accessible=row.accessible) for row in rows]


def bookings_of_applicant(applicant_id: uuid.UUID, *, session: Session) -> list[BookingFacts]:
    """Return a person's bookings, the newest first."""
    query = _bookings().where(Booking.applicant_id == applicant_id).order_by(Booking.created_at.desc())
    return [_booking_facts(*row) for row in session.execute(query)]


def bookings_of_session(exam_session_id: uuid.UUID, *, session: Session) -> list[BookingFacts]:
    """Return the roster of an exam session, in the order of booking."""
    query = _bookings().where(Booking.exam_session_id == exam_session_id).order_by(Booking.id)
    return [_booking_facts(*row) for row in session.execute(query)]


def applicants_of_bookings(exam_session_id: uuid.UUID, *, session: Session) -> dict[uuid.UUID, uuid.UUID]:
    """Return whose each booking of an exam session is."""
    query = select(Booking.id, Booking.applicant_id).where(Booking.exam_session_id == exam_session_id)
    return dict(session.execute(query).all())


def sessions_of_bookings(booking_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, uuid.UUID]:
    """Return which exam session each booking is for."""
    query = select(Booking.id, Booking.exam_session_id).where(Booking.id.in_(list(booking_ids)))
    return dict(session.execute(query).all())


def a_session_turned(since: datetime, now: datetime, *, session: Session) -> bool:
    """Say whether an exam session opened or closed after ``since``, up to ``now``."""
    turned = or_(*((column > since) & (column <= now) for column in (ExamSession.opens_at, ExamSession.closes_at)))
    return session.scalar(select(ExamSession.id).where(turned).limit(1)) is not None


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
        booking_closed_at=row.booking_closed_at,
    )


def _booking_facts(row: Booking, exam_session: ExamSession, centre: Centre) -> BookingFacts:
    return BookingFacts(
        id=row.id,
        applicant_id=row.applicant_id,
        accessible=row.accessible,
        session=_session_facts(exam_session, centre),
    )
