"""What follows for the people whose bookings a change at a centre struck? They are moved, or stand first in line.

Each person is a unit of work of their own, and each try of a place too: whoever books at the same time waits for one
of them at most, and a job that breaks off goes on where it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.applicants import service as applicants
from app.bookings import service as bookings
from app.bookings import struck, waiting
from app.bookings.errors import AlreadyInLine, BookingClosed, SessionFull, SessionWithdrawn
from app.bookings.offers import free_places, offers_near
from app.bookings.queries import BookingFacts, centre_with_code, session_with_id
from app.bookings.rules import CancelReason, Fate, Reach
from app.bookings.struck import StruckFacts
from app.bookings.waiting import Wait
from app.db import db, unit_of_work
from app.kernel.errors import DomainError
from app.notices.rules import NoticeKind
from app.processes import booking
from app.processes.eligibility import Because, decide
from app.processes.session_news import WITHDRAWAL, reason_of
from app.processes.telling import facts_of, tell
from app.wiring import Tools

MOST_TRIES = 20
"""So many places are tried for one person; others may take them at the same time."""


def settle_struck(_job_id: uuid.UUID, payload: Mapping[str, Any], tools: Tools) -> None:
    """Move or tell everybody of one change, who booked first first."""
    change_id, centre_id = uuid.UUID(payload["change_id"]), uuid.UUID(payload["centre_id"])
    found = struck.struck_bookings(change_id, centre_id, session=db.session())
    for facts in sorted(found, key=lambda each: (each.before.created_at, each.before.id)):
        if facts.fate is Fate.PENDING and not _moved(facts, tools):
            _left(facts, tools)


def _moved(facts: StruckFacts, tools: Tools) -> bool:
    """Move the person to the first place that they may have; say whether there was one."""
    if facts.reach is Reach.NOWHERE or facts.before.cancelled_at is not None:
        return False
    places = _places(facts, session=db.session(), now=tools.clock.now())
    return any(_moved_to(place, facts, tools) for place in places[:MOST_TRIES])


def _moved_to(exam_session_id: uuid.UUID, facts: StruckFacts, tools: Tools) -> bool:
    now, before = tools.clock.now(), facts.before
    with unit_of_work() as session:
        applicants.hold(before.applicant_id, session=session)
        still = struck.pending(facts.change_id, before.id, session=session)
        if still is None or still.before.cancelled_at is not None:
            return still is None
        # Asked before without the lock: the person may have taken another place since.
        place = session_with_id(exam_session_id, session=session)
        if not _may_sit(before, place.opens_at, session=session, now=now):
            return False
        try:
            moved = bookings.move(
                before.id, exam_session_id, actor="system:worker", session=session, now=now, entropy=tools.entropy
            )
        except (BookingClosed, SessionFull, SessionWithdrawn):
            return False
        struck.settle(still, Fate.MOVED, new_booking_id=moved, session=session, now=now)
        fresh = struck.struck_bookings(facts.change_id, before.session.centre_id, session=session)
        (after,) = [each.after for each in fresh if each.before.id == before.id]
        if after is not None:
            _tell(after, NoticeKind.BOOKING_MOVED, facts, {"by_us": True}, session=session, tools=tools)
    return True


def _left(facts: StruckFacts, tools: Tools) -> None:
    """Settle with somebody for whom there was no place, or who chooses one themselves."""
    now = tools.clock.now()
    with unit_of_work() as session:
        applicants.hold(facts.before.applicant_id, session=session)
        still = struck.pending(facts.change_id, facts.before.id, session=session)
        if still is None:
            return
        fate = _fate(still, session=session, tools=tools)
        struck.settle(still, fate, session=session, now=now)
        if fate in {Fate.TOLD, Fate.WAITING}:
            told = {"in_line": fate is Fate.WAITING}
            _tell(still.before, NoticeKind.SESSION_CHANGED, facts, told, session=session, tools=tools)


def _fate(facts: StruckFacts, *, session: Session, tools: Tools) -> Fate:
    before, now = facts.before, tools.clock.now()
    if before.cancelled_at is not None:
        return Fate.CHANGED
    if before.session.withdrawn_at is None:
        return Fate.KEPT
    if _has_another_place(before, session=session, now=now):
        bookings.cancel(before.id, CancelReason.SESSION_WITHDRAWN, actor="system:worker", session=session, now=now)
        return Fate.CHANGED
    days = _days(before, session=session, now=now)
    if facts.reach is Reach.NOWHERE or not days:
        return Fate.TOLD
    bookings.cancel(before.id, CancelReason.SESSION_WITHDRAWN, actor="system:worker", session=session, now=now)
    wait = Wait(
        programme_code=before.session.programme_code,
        centre_id=before.session.centre_id,
        application_id=before.application_id,
        from_day=days[0],
        to_day=days[-1],
        struck=True,
    )
    try:
        waiting.join(before.applicant_id, wait, session=session, now=now, entropy=tools.entropy)
    except AlreadyInLine:
        waiting.put_first(before.applicant_id, wait, session=session, now=now)
    return Fate.WAITING


def _places(facts: StruckFacts, *, session: Session, now: datetime) -> list[uuid.UUID]:
    """Return the sessions in which the person may have a place: at the centre by time, then at the others by way."""
    before = facts.before
    days = _days(before, session=session, now=now)
    code = before.session.programme_code
    found = free_places(code, days, accessible=before.accessible, session=session, now=now)
    here = [place for place in found if place.centre_id == before.session.centre_id]
    allowed = [place.exam_session_id for place in here if _may_sit(before, place.opens_at, session=session, now=now)]
    if allowed or facts.reach is not Reach.NEAREST:
        return allowed
    suiting = [place for place in found if _may_sit(before, place.opens_at, session=session, now=now)]
    centre = centre_with_code(before.session.centre_code, session=session)
    return [offer.exam_session_id for offer in offers_near(centre, suiting, limit=MOST_TRIES, session=session)]


def _may_sit(before: BookingFacts, moment: datetime, *, session: Session, now: datetime) -> bool:
    programme = before.session.programme
    return decide(
        before.applicant_id, programme, session=session, now=now, moment=moment, leaving_out=before.id
    ).eligible


def _has_another_place(before: BookingFacts, *, session: Session, now: datetime) -> bool:
    """Say whether the person has found another place of the same test themselves."""
    decision = decide(before.applicant_id, before.session.programme, session=session, now=now, leaving_out=before.id)
    return decision.ground(Because.OPEN_BOOKING) is not None


def _days(before: BookingFacts, *, session: Session, now: datetime) -> list[date]:
    """Return the days that the person may book, within those of their competition; none where those are over."""
    try:
        programme = booking.bookable_programme(before.session.programme_code, now)
        return booking.days_for(before.applicant_id, programme, before.application_id, session=session, now=now)
    except DomainError:
        return []


def _tell(
    about: BookingFacts,
    kind: NoticeKind,
    facts: StruckFacts,
    further: Mapping[str, Any],
    *,
    session: Session,
    tools: Tools,
) -> None:
    told = facts_of(about.session, session=session) | {"booking_id": about.id, **further}
    told |= {"reason": reason_of(facts.before.session)}
    # Who was told by the timer that the session does not take place is not told so twice.
    key = WITHDRAWAL.key_of(about) if kind is WITHDRAWAL.kind else f"struck:{facts.change_id}:{facts.before.id}"
    now = tools.clock.now()
    tell(about.applicant_id, kind, told, key=key, session=session, now=now, entropy=tools.entropy)
