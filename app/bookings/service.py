"""How do centres, exam sessions and bookings come to be?"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.bookings.errors import BookingCancelled, BookingClosed, SessionFull, SessionWithdrawn, UnusableCode
from app.bookings.models import Application, Booking, Centre, ExamSession, Workstation
from app.bookings.places import Place
from app.bookings.queries import places_of, session_with_id
from app.bookings.rules import CancelReason
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A new exam session of one programme version at one centre."""

    code: str
    centre_id: uuid.UUID
    programme_code: str
    programme_version: str
    opens_at: datetime
    closes_at: datetime
    room_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Competition:
    """A competition for a post, as the applicant names it, and the last day on which it takes documents."""

    deadline: date
    reference: str | None = None


CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}")
"""Codes and numbers stand in addresses, under hashes, and in files that programs of others read."""
LONGEST_CENTRE_CODE = 32


def ensure_centre(
    code: str, names: Mapping[str, str], *, session: Session, now: datetime, entropy: Entropy
) -> uuid.UUID:
    """Return the centre with this code, entering it if it is new."""
    found = session.scalar(select(Centre.id).where(Centre.code == code))
    if found:
        return found
    row = Centre(id=new_id(now, entropy), code=code, name_kk=names["kk"], name_ru=names["ru"], name_en=names["en"])
    session.add(row)
    session.flush()
    audit.record("bookings.centre.entered", session=session, at=now, actor="system", subject=row.id, code=code)
    return row.id


def import_centres(
    places: Iterable[Place], *, session: Session, now: datetime, entropy: Entropy
) -> tuple[list[str], list[str]]:
    """Enter the centres that are new, and bring the others up to date; a second call changes nothing.

    Returns:
        The codes of those that are new, and of those that were changed.

    Raises:
        UnusableCode: A code has another form than ``CODE``.
    """
    new, changed = [], []
    for place in places:
        if not CODE.fullmatch(place.code) or len(place.code) > LONGEST_CENTRE_CODE:
            raise UnusableCode(name=place.code)
        if session.scalar(select(Centre.id).where(Centre.code == place.code)) is None:
            ensure_centre(place.code, place.names, session=session, now=now, entropy=entropy)
            new.append(place.code)
        if _bring_up_to_date(place, session=session, now=now) and place.code not in new:
            changed.append(place.code)
    return new, changed


def _bring_up_to_date(place: Place, *, session: Session, now: datetime) -> bool:
    row = session.execute(select(Centre).where(Centre.code == place.code)).scalar_one()
    wanted = _columns(place)
    differing = sorted(name for name, value in wanted.items() if getattr(row, name) != value)
    for name in differing:
        setattr(row, name, wanted[name])
    session.flush()
    if differing:
        audit.record(
            "bookings.centre.changed", session=session, at=now, actor="system", subject=row.id, columns=differing
        )
    return bool(differing)


def _columns(place: Place) -> dict[str, object]:
    columns: dict[str, object] = {
        "region": place.region,
        "latitude": place.latitude,
        "longitude": place.longitude,
    }
    for language in ("kk", "ru", "en"):
        columns[f"name_{language}"] = place.names[language]
        columns[f"region_{language}"] = place.region_names[language]
        columns[f"address_{language}"] = place.addresses[language] if place.addresses else None
    return columns


def open_session(command: OpenSession, *, session: Session, now: datetime, entropy: Entropy) -> uuid.UUID:
    """Enter an exam session.

    Raises:
        UnusableCode: Its code has another form than ``CODE``.
    """
    if not CODE.fullmatch(command.code):
        raise UnusableCode(name=command.code)
    row = ExamSession(id=new_id(now, entropy), **vars(command))
    session.add(row)
    session.flush()
    audit.record("bookings.session.opened", session=session, at=now, actor="system", subject=row.id, code=row.code)
    return row.id


def ensure_workstations(
    centre_id: uuid.UUID,
    numbers: Iterable[str],
    *,
    accessible: Collection[str] = (),
    room_id: uuid.UUID | None = None,
    actor: uuid.UUID | str = "system",
    session: Session,
    now: datetime,
) -> None:
    """Put workstations into service at a centre, in a room of it if one is given, where they are not there yet.

    Raises:
        UnusableCode: A number has another form than ``NUMBER``.
    """
    numbers = list(numbers)
    for number in numbers:
        if not NUMBER.fullmatch(number):
            raise UnusableCode(name=number)
    known = set(session.scalars(select(Workstation.number).where(Workstation.centre_id == centre_id)))
    fresh = [number for number in numbers if number not in known]
    if not fresh:
        return
    session.add_all(
        Workstation(
            centre_id=centre_id, room_id=room_id, number=number, accessible=number in accessible, in_service=True
        )
        for number in fresh
    )
    session.flush()
    audit.record(
        "bookings.workstations.entered",
        session=session,
        at=now,
        actor=actor,
        subject=centre_id,
        room=room_id and str(room_id),
        numbers=fresh,
        accessible=sorted(set(accessible) & set(fresh)),
    )


def close_booking(exam_session_id: uuid.UUID, *, actor: uuid.UUID | str, session: Session, now: datetime) -> None:
    """Fix the roster of an exam session: nobody is booked into it or out of it any more. A second call does nothing.

    Raises:
        SessionWithdrawn: It does not take place.
    """
    row = _locked_session(exam_session_id, session)
    if row.withdrawn_at is not None:
        raise SessionWithdrawn
    if row.booking_closed_at is None:
        row.booking_closed_at = now
        session.flush()
        audit.record("bookings.session.closed", session=session, at=now, actor=actor, subject=row.id)


def book(
    applicant_id: uuid.UUID,
    exam_session_id: uuid.UUID,
    *,
    accessible: bool = False,
    application_id: uuid.UUID | None = None,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> uuid.UUID:
    """Give an applicant a place; a second call gives the same one.

    Whether they may have one is asked before, in ``processes.booking``.

    A session in a room has as many places as seats are in service there. One that was opened by hand for a whole
    centre has no number of places of its own: its draw asks for seats enough.

    Raises:
        BookingClosed: The roster is fixed.
        SessionWithdrawn: The session does not take place.
        SessionFull: No place is left that fits.
    """
    locked = _locked_session(exam_session_id, session)
    found = session.scalar(
        select(Booking.id).where(
            Booking.applicant_id == applicant_id,
            Booking.exam_session_id == exam_session_id,
            Booking.cancelled_at.is_(None),
        )
    )
    if found:
        return found
    _require_open(locked, accessible=accessible, session=session)
    row = Booking(
        id=new_id(now, entropy),
        exam_session_id=exam_session_id,
        applicant_id=applicant_id,
        application_id=application_id,
        accessible=accessible,
        created_at=now,
    )
    session.add(row)
    session.flush()
    audit.record("bookings.booking.made", session=session, at=now, actor=applicant_id, subject=row.id)
    return row.id


def give_accessible_place(booking_id: uuid.UUID, *, actor: uuid.UUID | str, session: Session, now: datetime) -> bool:
    """Give a booking an accessible place of its own session, where one is free and the roster is not fixed.

    Returns:
        Whether the booking has one now.
    """
    exam_session_id = session.scalar(select(Booking.exam_session_id).where(Booking.id == booking_id))
    if exam_session_id is None:
        return False
    locked = _locked_session(exam_session_id, session)
    row = session.get_one(Booking, booking_id, populate_existing=True)
    if row.accessible or row.cancelled_at is not None:
        return row.accessible
    found = places_of([session_with_id(exam_session_id, session=session)], session=session).get(exam_session_id)
    full = found is not None and found.accessible_booked >= found.accessible_seats
    if locked.booking_closed_at is not None or locked.withdrawn_at is not None or full:
        return False
    row.accessible = True
    session.flush()
    audit.record("bookings.booking.adapted", session=session, at=now, actor=actor, subject=row.id)
    return True


def move(
    booking_id: uuid.UUID,
    exam_session_id: uuid.UUID,
    *,
    actor: uuid.UUID | str,
    accessible: bool | None = None,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> uuid.UUID:
    """Take a place in another session, and only then give the old one back. Returns the new booking.

    It is an accessible one where ``accessible`` says so, or is not given and the old one was.

    Both sessions are locked in the order of their ids, so that two people who change places do not wait for each
    other. A second call gives the booking to which the first one has moved.

    Raises:
        BookingCancelled: It was cancelled, or moved elsewhere, before.
        BookingClosed: One of the two rosters is fixed.
        SessionWithdrawn, SessionFull: See ``book``.
    """
    old_session = session.execute(select(Booking.exam_session_id).where(Booking.id == booking_id)).scalar_one()
    locked = {each: _locked_session(each, session) for each in sorted({old_session, exam_session_id})}
    old = _locked_booking(booking_id, session)
    if exam_session_id == old_session and old.cancelled_at is None:
        return old.id
    if old.moved_to_id is not None and session.get_one(Booking, old.moved_to_id).exam_session_id == exam_session_id:
        return old.moved_to_id
    _require_changeable(old, locked[old_session])
    accessible = old.accessible if accessible is None else accessible
    _require_open(locked[exam_session_id], accessible=accessible, session=session)
    fresh = Booking(
        id=new_id(now, entropy),
        exam_session_id=exam_session_id,
        applicant_id=old.applicant_id,
        application_id=old.application_id,
        accessible=accessible,
        created_at=now,
    )
    session.add(fresh)
    session.flush()
    old.cancelled_at, old.cancelled_reason, old.moved_to_id = now, CancelReason.MOVED, fresh.id
    session.flush()
    audit.record("bookings.booking.moved", session=session, at=now, actor=actor, subject=old.id, to=str(fresh.id))
    return fresh.id


def cancel(
    booking_id: uuid.UUID, reason: CancelReason, *, actor: uuid.UUID | str, session: Session, now: datetime
) -> bool:
    """Give a place back. Returns whether this call did; a second one does nothing.

    Raises:
        BookingClosed: The roster is fixed.
    """
    exam_session_id = session.execute(select(Booking.exam_session_id).where(Booking.id == booking_id)).scalar_one()
    locked = _locked_session(exam_session_id, session)
    row = _locked_booking(booking_id, session)
    if row.cancelled_at is not None:
        return False
    _require_changeable(row, locked)
    row.cancelled_at, row.cancelled_reason = now, reason
    session.flush()
    audit.record(
        "bookings.booking.cancelled", session=session, at=now, actor=actor, subject=row.id, reason=reason.value
    )
    return True


def note_missed(booking_id: uuid.UUID, *, session: Session, now: datetime) -> bool:
    """Note that a session went by and nobody sat. Returns whether this call did; a second one does nothing."""
    row = _locked_booking(booking_id, session)
    if row.missed_at is not None or row.cancelled_at is not None:
        return False
    row.missed_at = now
    session.flush()
    audit.record("bookings.booking.missed", session=session, at=now, actor="system:worker", subject=row.id)
    return True


def apply_for(
    applicant_id: uuid.UUID,
    programme_code: str,
    competition: Competition | None = None,
    *,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> uuid.UUID:
    """Enter an application: for a competition, or for none."""
    row = Application(
        id=new_id(now, entropy),
        applicant_id=applicant_id,
        programme_code=programme_code,
        competition=competition and competition.reference,
        competition_deadline=competition and competition.deadline,
        created_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        "bookings.application.made", session=session, at=now, actor=applicant_id, subject=row.id,
        programme=programme_code, deadline=competition and competition.deadline.isoformat(),
    )  # fmt: skip
    return row.id


def erase_competitions(applicant_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Erase what a person called the competitions that they applied for; the deadlines, which name nothing, stay."""
    named = select(Application).where(Application.applicant_id == applicant_id, Application.competition.is_not(None))
    for row in session.scalars(named.order_by(Application.id)).all():
        row.competition = None
        session.flush()
        audit.record("bookings.application.erased", session=session, at=now, actor=actor, subject=row.id)


def hold_sessions(ids: Iterable[uuid.UUID], *, session: Session) -> None:
    """Lock exam sessions until the end of the unit of work, in the order in which everybody locks several."""
    for each in sorted(set(ids)):
        _locked_session(each, session)


def _require_open(locked: ExamSession, *, accessible: bool, session: Session) -> None:
    if locked.withdrawn_at is not None:
        raise SessionWithdrawn
    if locked.booking_closed_at is not None:
        raise BookingClosed
    _require_place(locked.id, accessible=accessible, session=session)


def _require_changeable(row: Booking, locked: ExamSession) -> None:
    """Refuse what would take somebody off a roster on which a draw rests. A withdrawn session has no draw."""
    if row.cancelled_at is not None:
        raise BookingCancelled
    if locked.booking_closed_at is not None and locked.withdrawn_at is None:
        raise BookingClosed


def _locked_booking(booking_id: uuid.UUID, session: Session) -> Booking:
    found = select(Booking).where(Booking.id == booking_id).with_for_update(key_share=True)
    return session.execute(found.execution_options(populate_existing=True)).scalar_one()


def _require_place(exam_session_id: uuid.UUID, *, accessible: bool, session: Session) -> None:
    """Refuse a booking beyond the seats. The row of the session is locked: nobody counts at the same time."""
    found = places_of([session_with_id(exam_session_id, session=session)], session=session).get(exam_session_id)
    if found is not None and not found.has_place(accessible=accessible):
        raise SessionFull(accessible=accessible and found.booked < found.seats)


def _locked_session(exam_session_id: uuid.UUID, session: Session) -> ExamSession:
    """Return the row, held until the end of the unit of work: booking and closing do not pass each other."""
    found = select(ExamSession).where(ExamSession.id == exam_session_id).with_for_update(key_share=True)
    return session.execute(found.execution_options(populate_existing=True)).scalar_one()
