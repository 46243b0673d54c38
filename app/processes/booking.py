"""How does an applicant come by a place, move it, give it back, or miss it?

The row of the person is locked first, then the sessions in the order of their ids: a double click or two tabs give one
booking, and two people who change places do not wait for each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.accommodations.queries import granted
from app.applicants import service as applicants
from app.bookings import service as bookings
from app.bookings.calendar import bookable_days
from app.bookings.errors import (
    BookingCancelled,
    BookingClosed,
    ChangeTooLate,
    NotEligible,
    OtherProgramme,
    OutsideWindow,
    ProgrammeNotOpen,
    SessionNotFound,
)
from app.bookings.offers import Offer, free_places, offers_near
from app.bookings.queries import (
    BookingFacts,
    CentreFacts,
    SessionFacts,
    access_application,
    access_booking,
    bookings_gone_by,
    bookings_of_applicant,
    cancelled_bookings,
    centre_with_code,
    session_with_id,
)
from app.bookings.rules import CancelReason
from app.db import db, unit_of_work
from app.erasures.errors import ErasureWaits
from app.erasures.queries import erasure_waits
from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.rulebook import programmes
from app.kernel.workdays import workdays
from app.notices.rules import NoticeKind
from app.processes.eligibility import Because, decide, was_kept_out
from app.processes.telling import facts_of, tell
from app.sittings.queries import sittings_of_bookings
from app.wiring import Tools
from question_bank.programme import Kind, Programme

OFFERS = 3
LOOK_BACK = timedelta(days=7)
"""How long after its end a session is still asked who missed it: longer than a worker stands still."""


def bookable_programmes(now: datetime) -> list[Programme]:
    """Return the programmes of which tests are held in centres, as they are in force at ``now``."""
    today = local_day(now)
    return [each for each in programmes().versions if each.kind is Kind.CERTIFYING and each.is_in_force(today)]


def bookable_programme(code: str, now: datetime) -> Programme:
    """Return the programme in force. Raises ``ProgrammeNotOpen``."""
    for found in bookable_programmes(now):
        if found.code == code:
            return found
    raise ProgrammeNotOpen


def days_for(
    applicant_id: uuid.UUID, programme: Programme, application_id: uuid.UUID | None, *, session: Session, now: datetime
) -> list[date]:
    """Return the days that somebody may book now, within those of the competition that they applied for.

    Raises:
        ApplicationNotFound: It is another's.
        OtherProgramme: The application is for another programme.
        CompetitionOver, CompetitionTooEarly: See ``bookable_days``.
    """
    deadline = None
    if application_id is not None:
        application = access_application(application_id, applicant_id, session=session)
        if application.programme_code != programme.code:
            raise OtherProgramme
        deadline = application.competition_deadline
    return bookable_days(programme, deadline, workdays(), now)


def reserve(
    applicant_id: uuid.UUID,
    exam_session_id: uuid.UUID,
    *,
    application_id: uuid.UUID | None = None,
    accessible: bool = False,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> uuid.UUID:
    """Give an applicant a place. A second call for the same session gives the same booking.

    Without an application one is entered with it, for no competition. Who was granted an accessible seat gets one.

    Raises:
        ApplicantNotFound: The person's data were erased meanwhile.
        SessionNotFound, ProgrammeNotOpen: Nobody books a place there.
        ApplicationNotFound, OtherProgramme: The application is another's, or for another test.
        OutsideWindow, BookingClosed: It is too early, too late, or outside of the days of the competition.
        ErasureWaits: The person has asked to be erased.
        NotEligible: With the decision, judged for the moment at which the session opens.
        SessionFull, SessionWithdrawn: See ``bookings.service.book``.
    """
    applicants.hold_registered(applicant_id, session=session)
    exam_session = session_with_id(exam_session_id, session=session)
    for booking in bookings_of_applicant(applicant_id, session=session):
        if booking.session.id == exam_session_id:
            return booking.id
    require_staying(applicant_id, session=session)
    _require_days(exam_session, applicant_id, application_id, session=session, now=now)
    _require_eligible(exam_session, applicant_id, session=session, now=now)
    needs = granted(applicant_id, local_day(exam_session.opens_at), session=session)
    if application_id is None:
        application_id = bookings.apply_for(
            applicant_id, exam_session.programme_code, session=session, now=now, entropy=entropy
        )
    booking_id = bookings.book(
        applicant_id,
        exam_session_id,
        accessible=accessible or needs.accessible,
        application_id=application_id,
        session=session,
        now=now,
        entropy=entropy,
    )
    made = access_booking(booking_id, applicant_id, session=session)
    _tell(made, NoticeKind.BOOKING_MADE, session=session, now=now, entropy=entropy)
    return booking_id


def move(
    booking_id: uuid.UUID,
    exam_session_id: uuid.UUID,
    *,
    applicant_id: uuid.UUID,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> uuid.UUID:
    """Change a booking to another session: the new place is taken before the old one is given back.

    Returns:
        The new booking; the same again on a second call.

    Raises:
        BookingNotFound: It is another's.
        BookingCancelled, ChangeTooLate: It cannot be changed any more.
        OtherProgramme: The session is of another test.
        And what ``reserve`` raises.
    """
    applicants.hold(applicant_id, session=session)
    booking = access_booking(booking_id, applicant_id, session=session)
    exam_session = session_with_id(exam_session_id, session=session)
    already = _moved_there(booking, exam_session_id, session=session)
    if already:
        return already
    _require_change(booking, session=session, now=now)
    if exam_session.programme_code != booking.session.programme_code:
        raise OtherProgramme
    require_staying(applicant_id, session=session)
    _require_days(exam_session, applicant_id, booking.application_id, session=session, now=now)
    _require_eligible(exam_session, applicant_id, session=session, now=now, leaving_out=booking.id)
    needs = granted(applicant_id, local_day(exam_session.opens_at), session=session)
    moved = bookings.move(
        booking_id,
        exam_session_id,
        accessible=booking.accessible or needs.accessible,
        actor=applicant_id,
        session=session,
        now=now,
        entropy=entropy,
    )
    fresh = access_booking(moved, applicant_id, session=session)
    _tell(fresh, NoticeKind.BOOKING_MOVED, session=session, now=now, entropy=entropy)
    return moved


def cancel(
    booking_id: uuid.UUID, *, applicant_id: uuid.UUID, session: Session, now: datetime, entropy: Entropy
) -> None:
    """Give a place back. A second call does nothing.

    Raises:
        BookingNotFound: It is another's.
        ChangeTooLate: The roster is due or fixed.
    """
    applicants.hold(applicant_id, session=session)
    booking = access_booking(booking_id, applicant_id, session=session)
    if booking.cancelled_at is not None and booking.moved_to_id is None:
        return
    _require_change(booking, session=session, now=now)
    if bookings.cancel(booking_id, CancelReason.OWN_CHOICE, actor=applicant_id, session=session, now=now):
        _tell(booking, NoticeKind.BOOKING_CANCELLED, session=session, now=now, entropy=entropy)


def earliest_places(
    centre: CentreFacts | None,
    programme: Programme,
    from_moment: datetime,
    *,
    days: Collection[date] | None = None,
    accessible: bool = False,
    limit: int = OFFERS,
    session: Session,
    now: datetime,
) -> list[Offer]:
    """Return the earliest free places from a moment on, at a centre and at the nearest others.

    They lie on ``days``, or within the booking window of the programme unless those are given.
    """
    allowed = bookable_days(programme, None, workdays(), now) if days is None else days
    found = free_places(programme.code, allowed, accessible=accessible, session=session, now=now)
    later = [place for place in found if place.opens_at >= from_moment]
    return offers_near(centre, later, limit=limit, session=session)


@dataclass(frozen=True, kw_only=True)
class NextPlaces:
    """From when somebody may sit a test, and the places that come then."""

    programme: Programme
    opens_at: datetime | None
    """The end of what stands against it now; None where nothing does."""
    offers: Sequence[Offer]


def next_places(applicant_id: uuid.UUID, programme: Programme, *, session: Session, now: datetime) -> NextPlaces | None:
    """Return the earliest places that a person may book next.

    None where no date says when they may, and where they hold what the test gives.
    """
    decision = decide(applicant_id, programme, session=session, now=now)
    if decision.ground(Because.CERTIFICATE_HELD) or (decision.grounds and decision.opens_at is None):
        return None
    centre = home_centre(applicant_id, session=session)
    first = decision.opens_at or now
    accessible = granted(applicant_id, local_day(first), session=session).accessible
    offers = earliest_places(centre, programme, first, accessible=accessible, session=session, now=now)
    return NextPlaces(programme=programme, opens_at=decision.opens_at, offers=offers)


def home_centre(applicant_id: uuid.UUID, *, session: Session) -> CentreFacts | None:
    """Return the centre at which a person booked last, if they ever did."""
    booked = bookings_of_applicant(applicant_id, session=session) + cancelled_bookings(applicant_id, session=session)
    if not booked:
        return None
    newest = max(booked, key=lambda booking: (booking.created_at, booking.id))
    return centre_with_code(newest.session.centre_code, session=session)


def note_missed(tools: Tools) -> int:
    """Note, once each, the bookings whose session went by without a sitting, and tell the people.

    Returns:
        How many this call noted.
    """
    now = tools.clock.now()
    gone = bookings_gone_by(now - LOOK_BACK, now, session=db.session())
    sat = sittings_of_bookings([booking.id for booking in gone], session=db.session())
    return sum(_note(booking, tools) for booking in gone if booking.id not in sat)


def _note(booking: BookingFacts, tools: Tools) -> bool:
    now = tools.clock.now()
    if was_kept_out(booking.applicant_id, [booking], session=db.session()):
        return False
    with unit_of_work() as session:
        noted = bookings.note_missed(booking.id, session=session, now=now)
        if noted:
            _tell(booking, NoticeKind.MISSED, session=session, now=now, entropy=tools.entropy)
    return noted


def _tell(booking: BookingFacts, kind: NoticeKind, *, session: Session, now: datetime, entropy: Entropy) -> None:
    facts = {**facts_of(booking.session, session=session), "booking_id": booking.id}
    key = f"{kind.value}:{booking.id}"
    tell(booking.applicant_id, kind, facts, key=key, session=session, now=now, entropy=entropy)


def _moved_there(booking: BookingFacts, exam_session_id: uuid.UUID, *, session: Session) -> uuid.UUID | None:
    """Return the booking that is in that session already: this one, or the one to which it was moved."""
    if booking.cancelled_at is None:
        return booking.id if booking.session.id == exam_session_id else None
    if booking.moved_to_id is None:
        return None
    after = access_booking(booking.moved_to_id, booking.applicant_id, session=session)
    return after.id if after.session.id == exam_session_id and after.cancelled_at is None else None


def _require_change(booking: BookingFacts, *, session: Session, now: datetime) -> None:
    if booking.cancelled_at is not None:
        raise BookingCancelled
    if not booking.may_change(now) or sittings_of_bookings([booking.id], session=session):
        raise ChangeTooLate(closed_at=booking.session.booking_closes_at)


def _require_days(
    exam_session: SessionFacts,
    applicant_id: uuid.UUID,
    application_id: uuid.UUID | None,
    *,
    session: Session,
    now: datetime,
) -> None:
    """Refuse a session that nobody may book now. A session without a room has no places of its own to give."""
    if exam_session.room_id is None:
        raise SessionNotFound
    programme = bookable_programme(exam_session.programme_code, now)
    if now >= exam_session.booking_closes_at:
        raise BookingClosed
    days = days_for(applicant_id, programme, application_id, session=session, now=now)
    if local_day(exam_session.opens_at) not in days:
        raise OutsideWindow


def require_staying(applicant_id: uuid.UUID, *, session: Session) -> None:
    """Refuse to book for somebody whose data are about to be erased. Raises ``ErasureWaits``."""
    if erasure_waits(applicant_id, session=session):
        raise ErasureWaits


def _require_eligible(
    exam_session: SessionFacts,
    applicant_id: uuid.UUID,
    *,
    session: Session,
    now: datetime,
    leaving_out: uuid.UUID | None = None,
) -> None:
    decision = decide(
        applicant_id,
        exam_session.programme,
        session=session,
        now=now,
        moment=exam_session.opens_at,
        leaving_out=leaving_out,
    )
    if not decision.eligible:
        raise NotEligible(decision=decision)
