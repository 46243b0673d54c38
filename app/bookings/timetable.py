"""How do rooms, seats and hours of a centre change, and which sessions follow from them?

A change is written first; then the sessions ahead are locked, each is asked whether it still has its time and seats,
and the whole is refused while bookings would be struck to which nobody has agreed. The row of the centre is locked
throughout, so that no session is made from hours that are just being changed.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.bookings import service
from app.bookings.calendar import (
    CentreHours,
    DayException,
    ExceptionKind,
    Hours,
    Slot,
    session_length,
    slots_on,
    window,
    write_hours,
)
from app.bookings.errors import (
    AlreadyThere,
    BookingsStruck,
    CentreNotFound,
    ClosedThatDay,
    RosterFixed,
    UnusableCode,
)
from app.bookings.models import (
    Booking,
    Centre,
    ExamSession,
    HoursException,
    Room,
    StruckBooking,
    WeeklyHours,
    Workstation,
)
from app.bookings.queries import (
    Places,
    RoomFacts,
    SessionFacts,
    bookings_of_session,
    hours_of,
    places_of,
    sessions_ahead,
    weekly_hours_of,
)
from app.bookings.rules import Fate, OnRoster, Reach, left_without_seat
from app.kernel.clock import LOCAL, local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.kernel.workdays import workdays
from question_bank.programme import Programme

ROOM_CODE = re.compile(r"[A-Za-z0-9]{1,8}")
OTHER_HOURS = "hours"
"""Why a session is withdrawn where nobody gave a reason: its time is outside of the new hours. Pages use words."""


@dataclass(frozen=True, kw_only=True)
class Strike:
    """A session that a change strikes: it has no time any more, or too few seats."""

    session: SessionFacts
    booked: int
    struck: int
    withdrawn: bool
    """Whether it could not take place at all; else ``struck`` of the booked find no seat."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """Who changes something when, and to which strikes they have agreed (see ``seal``)."""

    actor: uuid.UUID | str
    now: datetime
    agreed: str = ""
    reach: Reach = Reach.NOWHERE
    """Where people whose bookings are struck are moved to."""
    change_id: uuid.UUID | None = None
    """Under which name the struck bookings are kept; None where nothing follows for them."""


def seal(strikes: Iterable[Strike]) -> str:
    """Return what stands for just these strikes: one booking more, and the agreement is to something else."""
    lines = sorted(f"{strike.session.code} {strike.booked} {strike.struck}" for strike in strikes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def add_room(centre_id: uuid.UUID, code: str, name: str, act: Act, *, session: Session, entropy: Entropy) -> uuid.UUID:
    """Enter a room.

    Raises:
        UnusableCode: The code is not one to eight Latin letters and digits.
        AlreadyThere: The centre has a room with it.
    """
    _lock_centre(centre_id, session)
    if not ROOM_CODE.fullmatch(code):
        raise UnusableCode(name=code)
    if session.scalar(select(Room.id).where(Room.centre_id == centre_id, Room.code == code)):
        raise AlreadyThere(name=code)
    row = Room(id=new_id(act.now, entropy), centre_id=centre_id, code=code, name=name)
    session.add(row)
    session.flush()
    audit.record(
        "bookings.room.entered", session=session, at=act.now, actor=act.actor, subject=row.id,
        centre=str(centre_id), code=code, name=name,
    )  # fmt: skip
    return row.id


def add_workstations(
    room: RoomFacts, numbers: Sequence[str], act: Act, *, accessible: bool = False, session: Session
) -> None:
    """Put new workstations into service in a room.

    Raises:
        UnusableCode: See ``service.ensure_workstations``.
        AlreadyThere: The centre has one of the numbers.
    """
    _lock_centre(room.centre_id, session)
    known = select(Workstation.number).where(Workstation.centre_id == room.centre_id, Workstation.number.in_(numbers))
    found = sorted(session.scalars(known))
    if found:
        raise AlreadyThere(name=", ".join(found))
    service.ensure_workstations(
        room.centre_id,
        numbers,
        accessible=numbers if accessible else (),
        room_id=room.id,
        actor=act.actor,
        session=session,
        now=act.now,
    )


def stop_workstation(centre_id: uuid.UUID, number: str, reason: str, act: Act, *, session: Session) -> None:
    """Take a workstation out of service. Sessions that then lack a seat keep their bookings, and take no more.

    Raises:
        CentreNotFound: There is no such workstation.
        BookingsStruck: People would find no seat, and nobody has agreed to that.
        RosterFixed: They would, and the draw of their session is committed.
    """
    _lock_centre(centre_id, session)
    row = _workstation(centre_id, number, session)
    if not row.in_service:
        return
    ahead = _lock_sessions(centre_id, act.now, session)
    before = places_of(ahead, session=session)
    row.in_service, row.out_of_service_reason = False, reason
    session.flush()
    after = places_of(ahead, session=session)
    strikes = _newly_lacking(ahead, before, after)
    _require_agreement(strikes, act)
    if act.reach is not Reach.NOWHERE:
        for strike in strikes:
            _keep_struck(strike.session, _without_seat(strike.session, after[strike.session.id], session), act, session)
    struck = sum(strike.struck for strike in strikes)
    audit.record(
        "bookings.workstation.stopped", session=session, at=act.now, actor=act.actor, subject=centre_id,
        number=number, reason=reason, struck=struck,
    )  # fmt: skip


def start_workstation(centre_id: uuid.UUID, number: str, act: Act, *, session: Session) -> None:
    """Put a workstation back into service. Raises ``CentreNotFound``."""
    _lock_centre(centre_id, session)
    row = _workstation(centre_id, number, session)
    if row.in_service:
        return
    row.in_service, row.out_of_service_reason = True, None
    session.flush()
    audit.record(
        "bookings.workstation.restored", session=session, at=act.now, actor=act.actor, subject=centre_id, number=number
    )


def set_weekly_hours(centre_id: uuid.UUID, weekly: Mapping[int, Hours], act: Act, *, session: Session) -> None:
    """Let a centre be open at these hours by weekday (1 Monday to 7 Sunday), and no others.

    Raises:
        BookingsStruck, RosterFixed: See ``stop_workstation``.
    """
    _lock_centre(centre_id, session)
    wanted = {weekday: hours for weekday, hours in sorted(weekly.items()) if hours}
    if wanted == weekly_hours_of(centre_id, session=session):
        return
    session.execute(delete(WeeklyHours).where(WeeklyHours.centre_id == centre_id))
    session.add_all(
        WeeklyHours(centre_id=centre_id, weekday=weekday, **vars(interval))
        for weekday, hours in wanted.items()
        for interval in hours
    )
    session.flush()
    struck = _settle_hours(centre_id, OTHER_HOURS, act, session=session)
    audit.record(
        "bookings.hours.changed", session=session, at=act.now, actor=act.actor, subject=centre_id,
        weekly={str(weekday): write_hours(hours) for weekday, hours in wanted.items()}, struck=struck,
    )  # fmt: skip


def add_exception(
    centre_id: uuid.UUID, exception: DayException, reason: str, act: Act, *, session: Session, entropy: Entropy
) -> uuid.UUID:
    """Let a day differ from its weekday.

    Raises:
        ClosedThatDay: The day is over; or extra hours are wanted on a holiday.
        AlreadyThere: The day differs already.
        BookingsStruck, RosterFixed: See ``stop_workstation``.
    """
    _lock_centre(centre_id, session)
    extra = exception.kind is ExceptionKind.EXTRA
    if exception.day < local_day(act.now) or (extra and workdays().day_off(exception.day)):
        raise ClosedThatDay(name=exception.day)
    taken = select(HoursException.id).where(HoursException.centre_id == centre_id, HoursException.day == exception.day)
    if session.scalar(taken):
        raise AlreadyThere(name=exception.day)
    row = HoursException(
        id=new_id(act.now, entropy),
        centre_id=centre_id,
        day=exception.day,
        kind=exception.kind,
        opens_minute=exception.extra and exception.extra.opens_minute,
        closes_minute=exception.extra and exception.extra.closes_minute,
        reason=reason,
    )
    session.add(row)
    session.flush()
    struck = _settle_hours(centre_id, reason, act, session=session)
    audit.record(
        "bookings.exception.entered", session=session, at=act.now, actor=act.actor, subject=row.id,
        centre=str(centre_id), day=exception.day.isoformat(), hours=str(exception.extra or ""), reason=reason,
        struck=struck,
    )  # fmt: skip
    return row.id


def remove_exception(centre_id: uuid.UUID, exception_id: uuid.UUID, act: Act, *, session: Session) -> None:
    """Let a day be as its weekday again. One that is removed already stays so.

    Raises:
        BookingsStruck, RosterFixed: See ``stop_workstation``.
    """
    _lock_centre(centre_id, session)
    row = session.get(HoursException, exception_id)
    if row is None or row.centre_id != centre_id:
        return
    day = row.day
    session.delete(row)
    session.flush()
    struck = _settle_hours(centre_id, OTHER_HOURS, act, session=session)
    audit.record(
        "bookings.exception.removed", session=session, at=act.now, actor=act.actor, subject=exception_id,
        centre=str(centre_id), day=day.isoformat(), struck=struck,
    )  # fmt: skip


def plan_room(
    room: RoomFacts, programmes: Sequence[Programme], *, session: Session, now: datetime, entropy: Entropy
) -> int:
    """Make the sessions that a room lacks in the booking window; a second call makes none.

    The programmes take turns from slot to slot. No session is made for which booking would be closed already, nor one
    that meets another in its room. One that was withdrawn while nobody was booked takes place again where its time has
    come back.

    Returns:
        How many sessions were made or take place again.
    """
    centre = _lock_centre(room.centre_id, session)
    if not session.scalar(select(Workstation.number).where(Workstation.room_id == room.id).limit(1)):
        return 0
    hours = hours_of(room.centre_id, since=local_day(now), session=session)
    there = [found for found in sessions_ahead(room.centre_id, now, session=session) if found.room_id == room.id]
    known = {found.code: found for found in there}
    taken = [_slot(found) for found in there if found.withdrawn_at is None]
    made = 0
    for slot, programme in _turns(programmes, hours, now):
        code = f"{centre.code}-{room.code}-{slot.opens_at.astimezone(LOCAL):%Y%m%d-%H%M}"
        if any(slot.meets(other) for other in taken):
            continue
        if code in known:
            made += _restore(known[code], session=session, now=now)
            continue
        command = service.OpenSession(
            code=code,
            centre_id=room.centre_id,
            programme_code=programme.code,
            programme_version=programme.version,
            opens_at=slot.opens_at,
            closes_at=slot.closes_at,
            room_id=room.id,
        )
        service.open_session(command, session=session, now=now, entropy=entropy)
        taken.append(slot)
        made += 1
    return made


def _turns(programmes: Sequence[Programme], hours: CentreHours, now: datetime) -> Iterator[tuple[Slot, Programme]]:
    """Give the times for which people can still book, each with the programme whose turn it is."""
    days = sorted({day for programme in programmes for day in window(programme, now)})
    for day in days:
        turn = [each for each in programmes if each.is_in_force(day) and day in window(each, now)]
        length = max((session_length(programme) for programme in turn), default=timedelta(0))
        if not length:
            continue
        for number, slot in enumerate(slots_on(day, hours, workdays(), length), start=day.toordinal()):
            programme = turn[number % len(turn)]
            if now < slot.opens_at - timedelta(hours=programme.booking.closes_hours_before):
                yield slot, programme


def _restore(found: SessionFacts, *, session: Session, now: datetime) -> bool:
    """Let a withdrawn session take place again; one in which people were booked stays withdrawn: they were told."""
    if found.withdrawn_at is None or found.booking_closed_at:
        return False
    told = or_(Booking.cancelled_at.is_(None), Booking.cancelled_at >= found.withdrawn_at)
    if session.scalar(select(Booking.id).where(Booking.exam_session_id == found.id, told).limit(1)):
        return False
    row = session.get_one(ExamSession, found.id)
    row.withdrawn_at = row.withdrawn_reason = None
    session.flush()
    audit.record("bookings.session.restored", session=session, at=now, actor="system", subject=row.id)
    return True


def _settle_hours(centre_id: uuid.UUID, reason: str, act: Act, *, session: Session) -> int:
    """Withdraw the sessions ahead that have no time any more. Returns how many bookings that strikes."""
    hours = hours_of(centre_id, since=local_day(act.now), session=session)
    ahead = _lock_sessions(centre_id, act.now, session)
    astray = [found for found in ahead if not hours.hold(found.opens_at, found.closes_at, workdays())]
    places = places_of(astray, session=session)
    strikes = [
        Strike(session=found, booked=places[found.id].booked, struck=places[found.id].booked, withdrawn=True)
        for found in astray
    ]
    _require_agreement(strikes, act)
    for strike in strikes:
        row = session.get_one(ExamSession, strike.session.id)
        row.withdrawn_at, row.withdrawn_reason = act.now, reason
        session.flush()
        roster = bookings_of_session(row.id, session=session)
        _keep_struck(strike.session, [booking.id for booking in roster], act, session)
        audit.record(
            "bookings.session.withdrawn", session=session, at=act.now, actor=act.actor, subject=row.id,
            reason=reason, bookings=strike.booked,
        )  # fmt: skip
    return sum(strike.struck for strike in strikes)


def _without_seat(found: SessionFacts, places: Places, session: Session) -> list[uuid.UUID]:
    roster = [
        OnRoster(id=booking.id, accessible=booking.accessible, created_at=booking.created_at)
        for booking in bookings_of_session(found.id, session=session)
    ]
    return left_without_seat(roster, seats=places.seats, accessible_seats=places.accessible_seats)


def _keep_struck(found: SessionFacts, bookings: Iterable[uuid.UUID], act: Act, session: Session) -> None:
    """Write down whose bookings are struck, for the job that follows."""
    if act.change_id is None:
        return
    session.add_all(
        StruckBooking(
            change_id=act.change_id,
            booking_id=booking_id,
            centre_id=found.centre_id,
            reach=act.reach,
            fate=Fate.PENDING,
            created_at=act.now,
        )
        for booking_id in bookings
    )
    session.flush()


def _newly_lacking(
    ahead: Iterable[SessionFacts], before: Mapping[uuid.UUID, Places], after: Mapping[uuid.UUID, Places]
) -> list[Strike]:
    """Return the sessions in which fewer of the booked find a seat than before."""
    return [
        Strike(session=found, booked=after[found.id].booked, struck=after[found.id].lacking, withdrawn=False)
        for found in ahead
        if after[found.id].lacking > before[found.id].lacking
    ]


def _require_agreement(strikes: Sequence[Strike], act: Act) -> None:
    hard = [strike for strike in strikes if strike.struck]
    fixed = [strike.session.code for strike in hard if strike.session.booking_closed_at]
    if fixed:
        raise RosterFixed(sessions=fixed)
    if hard and act.agreed != seal(hard):
        raise BookingsStruck(strikes=hard)


def _slot(found: SessionFacts) -> Slot:
    return Slot(opens_at=found.opens_at, closes_at=found.closes_at)


def _lock_centre(centre_id: uuid.UUID, session: Session) -> Centre:
    found = session.scalar(select(Centre).where(Centre.id == centre_id).with_for_update())
    if found is None:
        raise CentreNotFound
    return found


def _lock_sessions(centre_id: uuid.UUID, now: datetime, session: Session) -> list[SessionFacts]:
    """Return the sessions in rooms of the centre that have not opened, held until the end of the unit of work.

    Whoever books waits meanwhile, and finds the session withdrawn or its seats gone.
    """
    ahead = (ExamSession.centre_id == centre_id, ExamSession.room_id.is_not(None), ExamSession.opens_at > now)
    query = select(ExamSession.id).where(*ahead, ExamSession.withdrawn_at.is_(None)).order_by(ExamSession.id)
    held = set(session.scalars(query.with_for_update()))
    return [found for found in sessions_ahead(centre_id, now, session=session) if found.id in held]


def _workstation(centre_id: uuid.UUID, number: str, session: Session) -> Workstation:
    found = session.get(Workstation, (centre_id, number))
    if found is None:
        raise CentreNotFound
    return found
