"""Which exam sessions and bookings are there?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from app.bookings.calendar import CentreHours, DayException, Hours, Interval
from app.bookings.errors import ApplicationNotFound, BookingNotFound, CentreNotFound, SessionNotFound
from app.bookings.models import (
    Application,
    Booking,
    Centre,
    ExamSession,
    HoursException,
    Room,
    Waiting,
    WeeklyHours,
    Workstation,
)
from app.bookings.rules import CancelReason, receipt_number
from app.kernel.rulebook import programme_version
from question_bank.programme import LateRule, Programme
from question_bank.seating import Seat

LIVE = Booking.cancelled_at.is_(None)
"""What was cancelled or moved holds no place and stands on no roster."""
HELD = and_(Waiting.exam_session_id.is_not(None), Waiting.outcome.is_(None))
"""An offer from the waiting list that was not answered holds its place."""


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
    room_id: uuid.UUID | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None

    @property
    def programme(self) -> Programme:
        return programme_version(self.programme_code, self.programme_version)

    @property
    def booking_closes_at(self) -> datetime:
        """The moment from which the roster is to be fixed, by the rules of the programme."""
        return self.opens_at - timedelta(hours=self.programme.booking.closes_hours_before)

    @property
    def entry_closes_at(self) -> datetime:
        """The moment from which nobody begins any more, so that the longest sitting ends with the session.

        One that was opened by hand, without a room, is open to the end: whoever opened it has set its time.
        """
        rules = self.programme.booking
        if self.room_id is None or rules.late_rule is LateRule.ALWAYS_OPEN:
            return self.closes_at
        return min(self.closes_at, self.opens_at + timedelta(minutes=rules.admission_minutes))

    def is_open(self, now: datetime) -> bool:
        """Say whether a sitting may start at ``now``; the closing moment belongs to "closed"."""
        return self.withdrawn_at is None and self.opens_at <= now < self.closes_at


@dataclass(frozen=True, kw_only=True)
class CentreFacts:
    """A centre; region, address and coordinates where they are known."""

    id: uuid.UUID
    code: str
    names: Mapping[str, str]
    region: str | None
    region_names: Mapping[str, str] | None
    addresses: Mapping[str, str] | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, kw_only=True)
class RoomFacts:
    """A room of a centre."""

    id: uuid.UUID
    centre_id: uuid.UUID
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class WorkstationFacts:
    """A workstation, and why it is out of service if it is."""

    centre_id: uuid.UUID
    room_id: uuid.UUID | None
    number: str
    accessible: bool
    in_service: bool
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ExceptionFacts:
    """A day that differs at a centre."""

    id: uuid.UUID
    exception: DayException
    reason: str


@dataclass(frozen=True, kw_only=True)
class Places:
    """How many seats a session has, how many are booked, and held; of each, how many are accessible ones."""

    seats: int = 0
    accessible_seats: int = 0
    booked: int = 0
    accessible_booked: int = 0
    held: int = 0
    """Those offered to people of the waiting list, who have not answered yet."""
    accessible_held: int = 0

    @property
    def free(self) -> int:
        return max(0, self.seats - self.booked - self.held)

    @property
    def lacking(self) -> int:
        """How many of the booked would find no seat that fits."""
        return max(0, self.booked - self.seats, self.accessible_booked - self.accessible_seats)

    def holds_too_many(self, *, accessible: bool) -> bool:
        """Say whether more is booked and held than there is, so that one place less that is held would help.

        Where accessible seats alone are lacking, an ordinary place that is held takes nothing from anybody.
        """
        special = self.accessible_booked + self.accessible_held
        return self.booked + self.held > self.seats or (accessible and special > self.accessible_seats)

    def has_place(self, *, accessible: bool) -> bool:
        """Say whether one more person finds a seat that fits."""
        free = self.seats - self.booked - self.held
        accessible_free = self.accessible_seats - self.accessible_booked - self.accessible_held
        return free > 0 and (not accessible or accessible_free > 0)


@dataclass(frozen=True, kw_only=True)
class CentreLine:
    """A centre in the list, with what there is at it."""

    centre: CentreFacts
    rooms: int
    seats: int
    seats_in_service: int
    sessions: int
    """Those that lie ahead and take place."""
    booked: int


@dataclass(frozen=True, kw_only=True)
class BookingFacts:
    """A booking and the exam session that it is for."""

    id: uuid.UUID
    applicant_id: uuid.UUID
    accessible: bool
    session: SessionFacts
    created_at: datetime
    application_id: uuid.UUID | None = None
    cancelled_at: datetime | None = None
    cancelled_reason: CancelReason | None = None
    moved_to_id: uuid.UUID | None = None

    @property
    def number(self) -> str:
        """Under which people speak of it."""
        return receipt_number(self.id)

    def may_change(self, now: datetime) -> bool:
        """Say whether it may still be moved or cancelled: until its roster is due, or if its session is withdrawn."""
        if self.cancelled_at is not None:
            return False
        exam_session = self.session
        if exam_session.withdrawn_at is not None:
            return True
        return exam_session.booking_closed_at is None and now < exam_session.booking_closes_at


@dataclass(frozen=True, kw_only=True)
class ApplicationFacts:
    """What somebody applied for; without a competition there is no deadline."""

    id: uuid.UUID
    applicant_id: uuid.UUID
    programme_code: str
    competition: str | None
    competition_deadline: date | None
    created_at: datetime


def session_with_code(code: str, *, session: Session) -> SessionFacts:
    """Return the exam session. Raises ``SessionNotFound``."""
    found = session.execute(_sessions().where(ExamSession.code == code)).one_or_none()
    if found is None:
        raise SessionNotFound
    return _session_facts(*found)


def sessions_of_centre(
    centre_id: uuid.UUID | None, *, opening_before: datetime | None = None, session: Session
) -> list[SessionFacts]:
    """Return the exam sessions of one centre, or of all, the newest first."""
    query = _sessions().order_by(ExamSession.opens_at.desc())
    if centre_id is not None:
        query = query.where(ExamSession.centre_id == centre_id)
    if opening_before is not None:
        query = query.where(ExamSession.opens_at < opening_before)
    return [_session_facts(*row) for row in session.execute(query)]


def session_with_id(exam_session_id: uuid.UUID, *, session: Session) -> SessionFacts:
    """Return the exam session. Raises ``SessionNotFound``."""
    found = session.execute(_sessions().where(ExamSession.id == exam_session_id)).one_or_none()
    if found is None:
        raise SessionNotFound
    return _session_facts(*found)


def sessions_with_open_booking(
    *, session: Session, now: datetime, opening_before: datetime | None = None
) -> list[SessionFacts]:
    """Return the exam sessions that take place, have not ended, and whose roster is not fixed."""
    open_for_booking = (ExamSession.booking_closed_at.is_(None), ExamSession.withdrawn_at.is_(None))
    query = _sessions().where(*open_for_booking, ExamSession.closes_at > now)
    if opening_before is not None:
        query = query.where(ExamSession.opens_at <= opening_before)
    return [_session_facts(*row) for row in session.execute(query.order_by(ExamSession.opens_at))]


def sessions_closed_before(now: datetime, *, among: Iterable[uuid.UUID], session: Session) -> list[SessionFacts]:
    """Return those of the named exam sessions that are over."""
    query = _sessions().where(ExamSession.id.in_(list(among)), ExamSession.closes_at <= now)
    return [_session_facts(*row) for row in session.execute(query.order_by(ExamSession.closes_at))]


def sessions_ahead(centre_id: uuid.UUID, now: datetime, *, session: Session) -> list[SessionFacts]:
    """Return the exam sessions of a centre that are not over, the next one first."""
    query = _sessions().where(ExamSession.centre_id == centre_id, ExamSession.closes_at > now)
    return [_session_facts(*row) for row in session.execute(query.order_by(ExamSession.opens_at, ExamSession.code))]


def sessions_taking_place(since: datetime, until: datetime, *, session: Session) -> list[SessionFacts]:
    """Return the exam sessions that open within [since, until), but those that were withdrawn."""
    opening = (ExamSession.opens_at >= since, ExamSession.opens_at < until, ExamSession.withdrawn_at.is_(None))
    return [_session_facts(*row) for row in session.execute(_sessions().where(*opening).order_by(ExamSession.opens_at))]


def sessions_withdrawn(*, ending_after: datetime, session: Session) -> list[SessionFacts]:
    """Return the withdrawn exam sessions in which people are booked, and that would not be over."""
    struck = (ExamSession.withdrawn_at.is_not(None), ExamSession.closes_at > ending_after)
    query = _sessions().where(*struck, exists().where(Booking.exam_session_id == ExamSession.id, LIVE))
    return [_session_facts(*row) for row in session.execute(query.order_by(ExamSession.opens_at))]


def sessions_with_ids(ids: Iterable[uuid.UUID], *, session: Session) -> list[SessionFacts]:
    """Return the named exam sessions, the newest first."""
    query = _sessions().where(ExamSession.id.in_(list(ids))).order_by(ExamSession.opens_at.desc())
    return [_session_facts(*row) for row in session.execute(query)]


def seats_of_centre(centre_id: uuid.UUID, *, session: Session) -> list[Seat]:
    """Return the workstations in service, by number."""
    return _seats(Workstation.centre_id == centre_id, session)


def seats_for(exam_session: SessionFacts, *, session: Session) -> list[Seat]:
    """Return the workstations in service for a session, by number: those of its room, or of the whole centre."""
    if exam_session.room_id is None:
        return seats_of_centre(exam_session.centre_id, session=session)
    return _seats(Workstation.room_id == exam_session.room_id, session)


def places_of(sessions: Iterable[SessionFacts], *, session: Session) -> dict[uuid.UUID, Places]:
    """Return seats and bookings of exam sessions that have a room."""
    in_rooms = {found.id: found.room_id for found in sessions if found.room_id is not None}
    seats, booked = _seat_counts(set(in_rooms.values()), session), _booking_counts(in_rooms, session)
    held = _held_counts(in_rooms, session)
    return {
        exam_session_id: Places(
            seats=seats.get(room_id, (0, 0))[0],
            accessible_seats=seats.get(room_id, (0, 0))[1],
            booked=booked.get(exam_session_id, (0, 0))[0],
            accessible_booked=booked.get(exam_session_id, (0, 0))[1],
            held=held.get(exam_session_id, (0, 0))[0],
            accessible_held=held.get(exam_session_id, (0, 0))[1],
        )
        for exam_session_id, room_id in in_rooms.items()
    }


def centre_with_code(code: str, *, session: Session) -> CentreFacts:
    """Return the centre. Raises ``CentreNotFound``."""
    found = session.scalar(select(Centre).where(Centre.code == code))
    if found is None:
        raise CentreNotFound
    return centre_facts(found)


def centre_lines(*, session: Session, now: datetime) -> list[CentreLine]:
    """Return every centre with what there is at it, by code."""
    ahead = (ExamSession.closes_at > now, ExamSession.withdrawn_at.is_(None))
    rooms = _counts(select(Room.centre_id, func.count()).group_by(Room.centre_id), session)
    stations = select(Workstation.centre_id, func.count()).group_by(Workstation.centre_id)
    seats, working = _counts(stations, session), _counts(stations.where(Workstation.in_service), session)
    by_centre = select(ExamSession.centre_id, func.count()).where(*ahead).group_by(ExamSession.centre_id)
    sessions = _counts(by_centre, session)
    booked = _counts(by_centre.join(Booking, Booking.exam_session_id == ExamSession.id).where(LIVE), session)
    return [
        CentreLine(
            centre=centre_facts(row),
            rooms=rooms.get(row.id, 0),
            seats=seats.get(row.id, 0),
            seats_in_service=working.get(row.id, 0),
            sessions=sessions.get(row.id, 0),
            booked=booked.get(row.id, 0),
        )
        for row in session.scalars(select(Centre).order_by(Centre.code))
    ]


def rooms_of_centre(centre_id: uuid.UUID, *, session: Session) -> list[RoomFacts]:
    """Return the rooms, by code."""
    rows = session.scalars(select(Room).where(Room.centre_id == centre_id).order_by(Room.code))
    return [RoomFacts(id=row.id, centre_id=row.centre_id, code=row.code, name=row.name) for row in rows]


def all_rooms(*, session: Session) -> list[RoomFacts]:
    """Return the rooms of all centres."""
    rows = session.scalars(select(Room).order_by(Room.centre_id, Room.code))
    return [RoomFacts(id=row.id, centre_id=row.centre_id, code=row.code, name=row.name) for row in rows]


def workstations_of_centre(centre_id: uuid.UUID, *, session: Session) -> list[WorkstationFacts]:
    """Return all workstations, in service or not, by number."""
    rows = session.scalars(
        select(Workstation).where(Workstation.centre_id == centre_id).order_by(Workstation.room_id, Workstation.number)
    )
    return [
        WorkstationFacts(
            centre_id=row.centre_id,
            room_id=row.room_id,
            number=row.number,
            accessible=row.accessible,
            in_service=row.in_service,
            reason=row.out_of_service_reason,
        )
        for row in rows
    ]


def weekly_hours_of(centre_id: uuid.UUID, *, session: Session) -> dict[int, Hours]:
    """Return the hours by weekday, 1 Monday to 7 Sunday; a closed one is left out."""
    rows = session.scalars(
        select(WeeklyHours)
        .where(WeeklyHours.centre_id == centre_id)
        .order_by(WeeklyHours.weekday, WeeklyHours.opens_minute)
    )
    weekly: dict[int, Hours] = {}
    for row in rows:
        interval = Interval(opens_minute=row.opens_minute, closes_minute=row.closes_minute)
        weekly[row.weekday] = (*weekly.get(row.weekday, ()), interval)
    return weekly


def exceptions_of(centre_id: uuid.UUID, *, since: date, session: Session) -> list[ExceptionFacts]:
    """Return the days that differ from ``since`` on, the next one first."""
    query = select(HoursException).where(HoursException.centre_id == centre_id, HoursException.day >= since)
    return [_exception_facts(row) for row in session.scalars(query.order_by(HoursException.day))]


def hours_of(centre_id: uuid.UUID, *, since: date, session: Session) -> CentreHours:
    """Return the hours of a centre, with the days that differ from ``since`` on."""
    found = exceptions_of(centre_id, since=since, session=session)
    return CentreHours(
        weekly=weekly_hours_of(centre_id, session=session),
        exceptions={facts.exception.day: facts.exception for facts in found},
    )


def bookings_of_applicant(applicant_id: uuid.UUID, *, session: Session) -> list[BookingFacts]:
    """Return a person's bookings that were not cancelled, the newest first."""
    query = _bookings().where(Booking.applicant_id == applicant_id, LIVE)
    return [_booking_facts(*row) for row in session.execute(query.order_by(Booking.created_at.desc()))]


def cancelled_bookings(applicant_id: uuid.UUID, *, session: Session) -> list[BookingFacts]:
    """Return the bookings that a person has moved or cancelled, or that were cancelled, the newest first."""
    query = _bookings().where(Booking.applicant_id == applicant_id, Booking.cancelled_at.is_not(None))
    return [_booking_facts(*row) for row in session.execute(query.order_by(Booking.cancelled_at.desc()))]


def moves_before(booking: BookingFacts, *, session: Session) -> list[uuid.UUID]:
    """Return the bookings from which this one was moved, the one before it first."""
    query = select(Booking.moved_to_id, Booking.id).where(
        Booking.applicant_id == booking.applicant_id, Booking.moved_to_id.is_not(None)
    )
    before = dict(session.execute(query).all())
    found = [booking.id]
    while found[-1] in before:
        found.append(before[found[-1]])
    return found[1:]


def bookings_gone_by(since: datetime, now: datetime, *, session: Session) -> list[BookingFacts]:
    """Return the bookings of sessions that ended from ``since`` to ``now``, of which nothing is noted as missed."""
    over = (ExamSession.closes_at > since, ExamSession.closes_at <= now, ExamSession.withdrawn_at.is_(None))
    query = _bookings().where(*over, LIVE, Booking.missed_at.is_(None)).order_by(Booking.id)
    return [_booking_facts(*row) for row in session.execute(query)]


def bookings_of_session(exam_session_id: uuid.UUID, *, session: Session) -> list[BookingFacts]:
    """Return the roster of an exam session, in the order of booking."""
    query = _bookings().where(Booking.exam_session_id == exam_session_id, LIVE).order_by(Booking.id)
    return [_booking_facts(*row) for row in session.execute(query)]


def applicants_of_bookings(exam_session_id: uuid.UUID, *, session: Session) -> dict[uuid.UUID, uuid.UUID]:
    """Return whose each booking of an exam session is."""
    query = select(Booking.id, Booking.applicant_id).where(Booking.exam_session_id == exam_session_id, LIVE)
    return dict(session.execute(query).all())


def sessions_of_bookings(booking_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, uuid.UUID]:
    """Return which exam session each booking is for."""
    query = select(Booking.id, Booking.exam_session_id).where(Booking.id.in_(list(booking_ids)))
    return dict(session.execute(query).all())


def a_session_turned(since: datetime, now: datetime, *, session: Session) -> bool:
    """Say whether an exam session opened or closed after ``since``, up to ``now``."""
    turned = or_(*((column > since) & (column <= now) for column in (ExamSession.opens_at, ExamSession.closes_at)))
    return session.scalar(select(ExamSession.id).where(turned).limit(1)) is not None


def access_application(application_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session) -> ApplicationFacts:
    """Return the application if it is this applicant's.

    Raises:
        ApplicationNotFound: It is not there, or is another's.
    """
    row = session.get(Application, application_id)
    if row is None or row.applicant_id != applicant_id:
        raise ApplicationNotFound
    return _application_facts(row)


def applications_of(applicant_id: uuid.UUID, *, session: Session) -> list[ApplicationFacts]:
    """Return what a person has applied for, the newest first."""
    query = select(Application).where(Application.applicant_id == applicant_id)
    return [_application_facts(row) for row in session.scalars(query.order_by(Application.id.desc()))]


def access_booking(booking_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session) -> BookingFacts:
    """Return the booking, cancelled or not, if it is this applicant's.

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


def _seats(where: ColumnElement[bool], session: Session) -> list[Seat]:
    rows = session.scalars(select(Workstation).where(where, Workstation.in_service).order_by(Workstation.number))
    return [Seat(number=row.number, accessible=row.accessible) for row in rows]


def _seat_counts(rooms: Iterable[uuid.UUID], session: Session) -> dict[uuid.UUID | None, tuple[int, int]]:
    query = select(Workstation.room_id, func.count(), func.sum(cast(Workstation.accessible, Integer)))
    query = query.where(Workstation.room_id.in_(list(rooms)), Workstation.in_service).group_by(Workstation.room_id)
    return {room: (count, accessible) for room, count, accessible in session.execute(query)}


def _booking_counts(sessions: Iterable[uuid.UUID], session: Session) -> dict[uuid.UUID, tuple[int, int]]:
    query = select(Booking.exam_session_id, func.count(), func.sum(cast(Booking.accessible, Integer)))
    query = query.where(Booking.exam_session_id.in_(list(sessions)), LIVE).group_by(Booking.exam_session_id)
    return {exam_session: (count, accessible) for exam_session, count, accessible in session.execute(query)}


def _held_counts(sessions: Iterable[uuid.UUID], session: Session) -> dict[uuid.UUID, tuple[int, int]]:
    query = select(Waiting.exam_session_id, func.count(), func.sum(cast(Waiting.accessible, Integer)))
    query = query.where(Waiting.exam_session_id.in_(list(sessions)), HELD).group_by(Waiting.exam_session_id)
    found = session.execute(query)
    return {exam_session: (count, accessible) for exam_session, count, accessible in found if exam_session}


def _counts(query: Select[uuid.UUID, int], session: Session) -> dict[uuid.UUID, int]:
    return dict(session.execute(query).all())


def centre_facts(row: Centre) -> CentreFacts:
    return CentreFacts(
        id=row.id,
        code=row.code,
        names={"kk": row.name_kk, "ru": row.name_ru, "en": row.name_en},
        region=row.region,
        region_names=_languages(row.region_kk, row.region_ru, row.region_en),
        addresses=_languages(row.address_kk, row.address_ru, row.address_en),
        latitude=row.latitude,
        longitude=row.longitude,
    )


def _languages(kk: str | None, ru: str | None, en: str | None) -> dict[str, str] | None:
    return {"kk": kk, "ru": ru, "en": en} if kk and ru and en else None


def _application_facts(row: Application) -> ApplicationFacts:
    return ApplicationFacts(
        id=row.id,
        applicant_id=row.applicant_id,
        programme_code=row.programme_code,
        competition=row.competition,
        competition_deadline=row.competition_deadline,
        created_at=row.created_at,
    )


def _exception_facts(row: HoursException) -> ExceptionFacts:
    extra = None
    if row.opens_minute is not None and row.closes_minute is not None:
        extra = Interval(opens_minute=row.opens_minute, closes_minute=row.closes_minute)
    return ExceptionFacts(id=row.id, exception=DayException(day=row.day, kind=row.kind, extra=extra), reason=row.reason)


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
        room_id=row.room_id,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
    )


def _booking_facts(row: Booking, exam_session: ExamSession, centre: Centre) -> BookingFacts:
    return BookingFacts(
        id=row.id,
        applicant_id=row.applicant_id,
        accessible=row.accessible,
        session=_session_facts(exam_session, centre),
        created_at=row.created_at,
        application_id=row.application_id,
        cancelled_at=row.cancelled_at,
        cancelled_reason=row.cancelled_reason,
        moved_to_id=row.moved_to_id,
    )
