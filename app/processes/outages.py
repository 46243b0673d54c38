"""What happens after an outage? The time that a whole room lost is given back by the rule; one person's is shown."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.bookings.queries import booking_with_id, bookings_of_session, sessions_of_bookings
from app.db import db, unit_of_work
from app.sittings.gaps import GapFacts, gaps_of, note_last_gap, quiet_between, unsettled
from app.sittings.outages import RoomRule, Span
from app.sittings.queries import sitting_with_id, sittings_with_ids
from app.sittings.rules import Phase, State
from app.sittings.settling import Room, room_of, settle_gap
from app.wiring import Tools
from question_bank.programme import SittingRules

log = structlog.get_logger()

MOST_AT_ONCE = 500
"""Gaps judged in one turn, so that the sweep and the other timers have theirs after an outage of ten thousand."""


def settle_outages(tools: Tools) -> int:
    """Judge the gaps of which it is known by now who shared them; each sitting in its own unit of work.

    Returns:
        How many sittings were given time back.
    """
    session, now = db.session(), tools.clock.now()
    found = unsettled(session=session, now=now)[:MOST_AT_ONCE]
    if not found:
        return 0
    sittings = sittings_with_ids({gap.sitting_id for gap in found}, session=session)
    rooms = sessions_of_bookings([sitting.booking_id for sitting in sittings.values()], session=session)
    by_room: dict[uuid.UUID, list[GapFacts]] = {}
    for gap in found:
        by_room.setdefault(rooms[sittings[gap.sitting_id].booking_id], []).append(gap)
    credited = 0
    for gaps in by_room.values():
        booking_id = sittings[gaps[0].sitting_id].booking_id
        rules, room = _room(booking_id, gaps, session=session, now=now)
        credited += sum(_settle(gap, room, rules, tools) for gap in gaps)
    return credited


def settle_before_end(sitting_id: uuid.UUID, *, session: Session, now: datetime) -> bool:
    """Judge what is left to judge of a sitting whose time is up, before anything makes a result of it.

    Returns:
        Whether it goes on, because its time is not up any more.
    """
    sitting = sitting_with_id(sitting_id, session=session)
    if sitting.state is not State.RUNNING or sitting.timing.phase_at(now) not in {Phase.GRACE, Phase.OVER}:
        return False
    note_last_gap(sitting, session=session, now=now)
    kept = gaps_of([sitting_id], session=session).get(sitting_id, [])
    gaps = [gap for gap in kept if gap.settled_at is None]
    if not gaps:
        return False
    rules, room = _room(sitting.booking_id, gaps, session=session, now=now)
    tolerance = timedelta(seconds=rules.outage_tolerance_seconds)
    given = sum(settle_gap(gap, room, tolerance, session=session, now=now) for gap in gaps)
    return given > 0 and sitting_with_id(sitting_id, session=session).timing.phase_at(now) is Phase.OPEN


def _settle(gap: GapFacts, room: Room, rules: SittingRules, tools: Tools) -> bool:
    tolerance = timedelta(seconds=rules.outage_tolerance_seconds)
    with unit_of_work() as session:
        seconds = settle_gap(gap, room, tolerance, session=session, now=tools.clock.now())
    if seconds:
        log.info("sittings.outage.credited", sitting=str(gap.sitting_id), seconds=seconds)
    return seconds > 0


def _room(
    booking_id: uuid.UUID, gaps: Sequence[GapFacts], *, session: Session, now: datetime
) -> tuple[SittingRules, Room]:
    """Return the rules of an exam session, and when its room was cut off around these gaps."""
    exam_session = booking_with_id(booking_id, session=session).session
    rules = exam_session.programme.sitting
    window = Span(min(gap.span.begins for gap in gaps), max(gap.span.ends for gap in gaps))
    roster = [booking.id for booking in bookings_of_session(exam_session.id, session=session)]
    rule = RoomRule(
        percent=rules.room_gap_percent,
        least=rules.room_gap_sittings,
        gone_after=timedelta(minutes=rules.credit_cap_minutes),
    )
    quiet = quiet_between(window, session=session, now=now, booking_ids=roster)
    return rules, room_of(quiet, quiet_between(window, session=session, now=now), rule)
