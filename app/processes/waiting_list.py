"""How does a place that becomes free come to the first in line, and what follows from their answer?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby

import structlog
from sqlalchemy.orm import Session

from app.accommodations.queries import granted
from app.applicants import service as applicants
from app.bookings import waiting
from app.bookings.calendar import window
from app.bookings.errors import OfferGone, ProgrammeNotOpen, WrongDays
from app.bookings.offers import FreePlaces, free_places
from app.bookings.queries import BookingFacts, bookings_of_applicant
from app.bookings.service import hold_sessions
from app.bookings.waiting import Wait, WaitingFacts
from app.db import db, unit_of_work
from app.erasures.queries import erasure_waits
from app.kernel.entropy import Entropy
from app.kernel.errors import DomainError
from app.notices.rules import NoticeKind
from app.processes import booking
from app.processes.eligibility import decide
from app.processes.telling import facts_of, tell
from app.sittings.queries import sittings_of_bookings
from app.wiring import Tools

log = structlog.get_logger()


def join(applicant_id: uuid.UUID, wait: Wait, *, session: Session, now: datetime, entropy: Entropy) -> uuid.UUID:
    """Put somebody on the waiting list of a centre.

    Raises:
        ApplicantNotFound: The person's data were erased meanwhile.
        ProgrammeNotOpen, ApplicationNotFound, OtherProgramme, CompetitionOver, CompetitionTooEarly: See
            ``booking.days_for``.
        WrongDays: None of the days can be booked.
        AlreadyInLine: The person waits there already.
        ErasureWaits: The person has asked to be erased.
    """
    applicants.hold_registered(applicant_id, session=session)
    booking.require_staying(applicant_id, session=session)
    programme = booking.bookable_programme(wait.programme_code, now)
    days = booking.days_for(applicant_id, programme, wait.application_id, session=session, now=now)
    if not any(wait.from_day <= day <= wait.to_day for day in days):
        raise WrongDays(first=days[0], last=days[-1])
    return waiting.join(applicant_id, wait, session=session, now=now, entropy=entropy)


def offer_places(tools: Tools) -> int:
    """Settle what is over, then offer every free place to the first in line who may have it.

    Each offer is a unit of work of its own, under the lock of its session: two workers offer a place once.

    Returns:
        How many places were offered.
    """
    now = tools.clock.now()
    with unit_of_work() as session:
        waiting.settle(session=session, now=now)
    lines = sorted(waiting.line(session=db.session(), now=now), key=_line)
    return sum(_offer_to(list(people), tools, now) for _, people in groupby(lines, key=_line))


def accept(
    waiting_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session, now: datetime, entropy: Entropy
) -> uuid.UUID:
    """Book the place that is held for somebody; a booking of the same programme that they have moves there.

    Returns:
        The booking; the same again on a second call.

    Raises:
        WaitingNotFound: It is another's.
        OfferGone: The time is over.
        DomainError: See ``booking.reserve`` and ``booking.move``. The place stays held then.
    """
    applicants.hold(applicant_id, session=session)
    facts = waiting.access_waiting(waiting_id, applicant_id, session=session)
    if facts.booking_id is not None:
        return facts.booking_id
    if facts.session is None:
        raise OfferGone
    place = _open_booking(facts, session=session, now=now)
    hold_sessions([facts.session.id, *([place.session.id] if place else [])], session=session)
    waiting.take(waiting_id, applicant_id, session=session, now=now)
    if place is None:
        booked = booking.reserve(
            applicant_id,
            facts.session.id,
            application_id=facts.wait.application_id,
            session=session,
            now=now,
            entropy=entropy,
        )
    else:
        booked = booking.move(
            place.id, facts.session.id, applicant_id=applicant_id, session=session, now=now, entropy=entropy
        )
    waiting.note_booking(waiting_id, booked, session=session, now=now)
    return booked


def _offer_to(people: list[WaitingFacts], tools: Tools, now: datetime) -> int:
    """Offer the places of one centre; whatever is wrong with its line keeps no other one waiting."""
    try:
        return _offer_at(people, tools, now)
    except Exception:
        log.exception("bookings.waiting.line_failed", centre=str(people[0].wait.centre_id))
        db.session().rollback()
        return 0


def _line(facts: WaitingFacts) -> tuple[str, uuid.UUID]:
    return facts.wait.programme_code, facts.wait.centre_id


def _offer_at(people: list[WaitingFacts], tools: Tools, now: datetime) -> int:
    """Offer the places of one centre, the earliest session first, each to the first in line whom it suits."""
    wait = people[0].wait
    try:
        programme = booking.bookable_programme(wait.programme_code, now)
    except ProgrammeNotOpen:
        return 0
    days = window(programme, now)
    offered = 0
    free = free_places(wait.programme_code, days, centre_id=wait.centre_id, session=db.session(), now=now)
    for place in free:
        left = place.free
        for facts in list(people):
            if not left:
                break
            if _suits(facts, place, session=db.session(), now=now) and _offered(facts, place, tools, now):
                people.remove(facts)
                left, offered = left - 1, offered + 1
    return offered


def _suits(facts: WaitingFacts, place: FreePlaces, *, session: Session, now: datetime) -> bool:
    """Say whether the person could book the place now: the days, the rules, and no other place that must stay."""
    wait = facts.wait
    if not wait.from_day <= place.day <= wait.to_day or erasure_waits(facts.applicant_id, session=session):
        return False
    programme = booking.bookable_programme(wait.programme_code, now)
    try:
        days: Iterable[date] = booking.days_for(
            facts.applicant_id, programme, wait.application_id, session=session, now=now
        )
    except DomainError:  # the days of the competition are over
        return False
    held = _open_booking(facts, session=session, now=now)
    if place.day not in days or (held and held.session.id == place.exam_session_id):
        return False
    leaving = held.id if held else None
    decision = decide(
        facts.applicant_id, programme, session=session, now=now, moment=place.opens_at, leaving_out=leaving
    )
    return decision.eligible


def _offered(facts: WaitingFacts, place: FreePlaces, tools: Tools, now: datetime) -> bool:
    with unit_of_work() as session:
        accessible = granted(facts.applicant_id, place.day, session=session).accessible
        made = waiting.offer(facts.id, place.exam_session_id, accessible=accessible, session=session, now=now)
        if made is None or made.session is None:
            return False
        told = facts_of(made.session, session=session)
        told |= {"offered_until": made.offered_until, "path": f"/waiting/{made.id}"}
        key = f"place_offered:{made.id}:{made.offered_until}"
        tell(
            made.applicant_id,
            NoticeKind.PLACE_OFFERED,
            told,
            key=key,
            session=session,
            now=now,
            entropy=tools.entropy,
        )
    return True


def _open_booking(facts: WaitingFacts, *, session: Session, now: datetime) -> BookingFacts | None:
    """Return the place that the person has for the same programme and may still give back."""
    found = [
        each
        for each in bookings_of_applicant(facts.applicant_id, session=session)
        if each.session.programme_code == facts.wait.programme_code and each.may_change(now)
    ]
    sat = sittings_of_bookings([each.id for each in found], session=session)
    return next((each for each in found if each.id not in sat), None)
