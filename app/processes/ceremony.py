"""How is a session drawn? Booking closes, the draw is committed, something is thrown, all is drawn, all is revealed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.bookings import service as bookings
from app.bookings.errors import BookingStillOpen
from app.bookings.queries import (
    BookingFacts,
    SessionFacts,
    bookings_of_session,
    seats_for,
    session_with_id,
    sessions_closed_before,
    sessions_with_open_booking,
)
from app.db import db, unit_of_work
from app.kernel.entropy import Entropy
from app.kernel.errors import DomainError
from app.kernel.rulebook import programmes
from app.papers import service as papers
from app.papers.errors import DrawNotCommitted, RedrawTooLate
from app.papers.queries import draw_of_session, items_on, sessions_to_reveal
from app.papers.rules import Attending, Stage
from app.processes import session_end
from app.sittings import preparing
from app.sittings.queries import papers_sat, sittings_of_bookings
from app.wiring import Tools
from question_bank.throw import BeaconRound, beacon_salt

BEACON_AHEAD = timedelta(minutes=10)
"""Nobody knows a round so long beforehand, even where this machine's clock is minutes behind."""
BEACON_BEFORE_OPENING = timedelta(minutes=60)

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A session whose draw is committed to a beacon's round."""

    exam_session: SessionFacts
    beacon: BeaconRound


def close_and_commit(
    exam_session: SessionFacts,
    *,
    beacon: BeaconRound | None = None,
    actor: uuid.UUID | str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> int:
    """Fix the roster and commit to the draw, both or neither.

    Returns:
        The number of the draw.

    Raises:
        BookingStillOpen: The programme gives people more time to book.
        DrawAlreadyCommitted, PoolTooThin, TooFewSeats: See ``papers.service.commit_draw``.
    """
    if now < exam_session.booking_closes_at:
        raise BookingStillOpen(closes_at=exam_session.booking_closes_at)
    bookings.close_booking(exam_session.id, actor=actor, session=session, now=now)
    return _commit(exam_session, beacon=beacon, reason=None, actor=actor, session=session, now=now, entropy=entropy)


def redraw(
    exam_session: SessionFacts,
    *,
    reason: str,
    actor: uuid.UUID | str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> int:
    """Commit to another draw for the same roster, and say why. What was drawn before is kept, and is revealed too.

    Returns:
        The number of the new draw.

    Raises:
        DrawNotCommitted: There is none to replace.
        RedrawTooLate: Somebody has started on a paper of the draw.
    """
    papers.hold_draw(exam_session.id, session=session)
    preparing.unprepare_session(exam_session.id, session=session)  # nobody starts on a paper that is being replaced
    require_replaceable(exam_session, session=session, now=now)
    return _commit(exam_session, beacon=None, reason=reason, actor=actor, session=session, now=now, entropy=entropy)


def require_replaceable(exam_session: SessionFacts, *, session: Session, now: datetime) -> None:
    """Refuse a redraw that would make no sense.

    Raises:
        DrawNotCommitted: There is no draw of a roster to replace.
        RedrawTooLate: A paper of the session has been on a screen, or the session is over.
    """
    found = draw_of_session(exam_session.id, session=session)
    if found is None or found.inputs.roster is None:
        raise DrawNotCommitted
    booked = bookings_of_session(exam_session.id, session=session)
    started = sittings_of_bookings([booking.id for booking in booked], session=session)
    if started or now >= exam_session.closes_at or found.revealed_at is not None:
        raise RedrawTooLate


def roster_of(exam_session: SessionFacts, *, session: Session) -> list[Attending]:
    """Return who is booked, with what each has seen on papers that they have sat."""
    booked = bookings_of_session(exam_session.id, session=session)
    sat = papers_sat({booking.applicant_id for booking in booked}, session=session)
    on_paper = items_on([paper for sat_by_one in sat.values() for paper in sat_by_one], session=session)
    return [_attending(booking, [on_paper[paper] for paper in sat.get(booking.applicant_id, ())]) for booking in booked]


def close_due(tools: Tools) -> int:
    """Close and commit the sessions for which the time has come; one that cannot be is noted and tried again.

    Returns:
        How many were committed.
    """
    now = tools.clock.now()
    soon = now + timedelta(hours=max(each.booking.closes_hours_before for each in programmes().versions))
    due = [
        found
        for found in sessions_with_open_booking(session=db.session(), now=now, opening_before=soon)
        if found.booking_closes_at <= now and draw_of_session(found.id, session=db.session()) is None
    ]
    due = [found for found in due if not _close_empty(found, tools)]
    rounds = plan_rounds(due, tools)
    return sum(_close(found, rounds[found.id], tools) for found in due)


def plan_rounds(due: Sequence[SessionFacts], tools: Tools) -> dict[uuid.UUID, BeaconRound | None]:
    """Ask the beacon which round will stand for the throw of each session, outside of any unit of work.

    Returns:
        By session; None where there is no beacon, it cannot be reached, or the session would be over by then.
    """
    db.session().rollback()  # a beacon may take seconds to answer: no transaction is open meanwhile
    now = tools.clock.now()
    moments = {found.id: beacon_moment(found, now) for found in due}
    sensible = {moments[found.id] for found in due if moments[found.id] < found.closes_at}
    rounds = {moment: tools.beacon.round_at(moment) for moment in sensible}
    return {exam_session_id: rounds.get(moment) for exam_session_id, moment in moments.items()}


def beacon_moment(exam_session: SessionFacts, committed_at: datetime) -> datetime:
    """Return when the round is to be published to which a draw is committed at ``committed_at``."""
    return max(committed_at + BEACON_AHEAD, exam_session.opens_at - BEACON_BEFORE_OPENING)


def throw_due(tools: Tools) -> int:
    """Draw the sessions whose round of the beacon is published; one that is late is asked for again.

    Returns:
        How many were drawn.
    """
    waiting = _waiting(session=db.session(), now=tools.clock.now())
    db.session().rollback()  # as above
    published = {beacon: tools.beacon.randomness(beacon) for beacon in {line.beacon for line in waiting}}
    return sum(_throw(line, published[line.beacon], tools) for line in waiting)


def reveal_due(tools: Tools) -> int:
    """Reveal the draws of the sessions that are over.

    Returns:
        How many sessions were revealed.
    """
    hidden = sessions_to_reveal(session=db.session())
    if not hidden:
        return 0
    over = sessions_closed_before(tools.clock.now(), among=hidden, session=db.session())
    return sum(_reveal(found, tools) for found in over)


def _commit(
    exam_session: SessionFacts,
    *,
    beacon: BeaconRound | None,
    reason: str | None,
    actor: uuid.UUID | str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> int:
    return papers.commit_draw(
        exam_session,
        roster=roster_of(exam_session, session=session),
        seats=seats_for(exam_session, session=session),
        beacon=beacon,
        reason=reason,
        actor=actor,
        session=session,
        now=now,
        entropy=entropy,
    )


def _attending(booking: BookingFacts, seen: Sequence[frozenset[str]]) -> Attending:
    return Attending(
        booking_id=booking.id,
        applicant_id=booking.applicant_id,
        accessible=booking.accessible,
        seen=frozenset().union(*seen),
    )


def _close_empty(found: SessionFacts, tools: Tools) -> bool:
    """Close a session of the timetable for which nobody is booked: there is nothing to draw."""
    if found.room_id is None or bookings_of_session(found.id, session=db.session()):
        return False
    with unit_of_work() as session:
        bookings.close_booking(found.id, actor="system:worker", session=session, now=tools.clock.now())
        if bookings_of_session(found.id, session=session):  # somebody came while we looked
            session.rollback()
            return False
    return True


def _close(found: SessionFacts, beacon: BeaconRound | None, tools: Tools) -> bool:
    try:
        with unit_of_work() as session:
            exam_session = session_with_id(found.id, session=session)
            close_and_commit(
                exam_session,
                beacon=beacon,
                actor="system:worker",
                session=session,
                now=tools.clock.now(),
                entropy=tools.entropy,
            )
    except DomainError as error:
        log.error("papers.draw.not_committed", exam_session=found.code, reason=error.code, **error.parameters)
        return False
    return True


def _waiting(*, session: Session, now: datetime) -> list[Waiting]:
    """Return the sessions, not over yet, whose round should be published by now."""
    waiting = []
    for exam_session_id in sorted(sessions_to_reveal(session=session)):
        exam_session = session_with_id(exam_session_id, session=session)
        if not exam_session.opens_at - BEACON_BEFORE_OPENING <= now < exam_session.closes_at:
            continue
        draw = draw_of_session(exam_session_id, session=session)
        if draw is None or draw.stage is not Stage.COMMITTED or draw.inputs.beacon is None:
            continue
        if beacon_moment(exam_session, draw.committed_at) <= now:
            waiting.append(Waiting(exam_session=exam_session, beacon=draw.inputs.beacon))
    return waiting


def _throw(line: Waiting, randomness: bytes | None, tools: Tools) -> bool:
    if randomness is None:
        return False
    try:
        with unit_of_work() as session:
            papers.draw_session(
                line.exam_session,
                beacon_salt(line.beacon, randomness),
                actor="system:worker",
                session=session,
                now=tools.clock.now(),
                entropy=tools.entropy,
            )
    except DomainError as error:  # a proctor skipped the throw meanwhile, or two people had the draw replaced
        log.warning("papers.draw.not_made", exam_session=line.exam_session.code, reason=error.code)
        return False
    return True


def _reveal(found: SessionFacts, tools: Tools) -> bool:
    try:
        with unit_of_work() as session:
            session_end.reveal(found.code, session=session, now=tools.clock.now())
    except DomainError:  # somebody sits on, with time that was given back: the next round tries again
        return False
    return True
