"""How is the clock of a sitting stopped, and how is time added to it? Every credit is a row, and an act."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.sittings.errors import CreditAboveLimit, NothingToPause, SittingEnded, SittingNotFound
from app.sittings.models import Answer, LateAnswer, Sitting, SittingCredit
from app.sittings.outages import Span
from app.sittings.queries import timing_of
from app.sittings.rules import CreditCause, JournalRow, Phase, Reason, State, next_head, seconds_of

RULE = "system:worker"
"""Decides by the rule for outages."""


@dataclass(frozen=True, kw_only=True)
class GiveTime:
    """Time that people, or the rule for outages, add to one sitting."""

    sitting_id: uuid.UUID
    cause: CreditCause
    seconds: int
    reason: Reason
    note: str = ""
    span: Span | None = None
    """The outage that it gives back, where one is known."""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CreditFacts:
    """Time that was added to a sitting."""

    sitting_id: uuid.UUID
    number: int
    cause: CreditCause
    seconds: int
    from_at: datetime | None
    to_at: datetime | None
    reason: Reason
    note: str
    decided_at: datetime
    decided_by: str
    """A person's id, or ``system:worker`` where the rule decided."""
    requested_by: str | None
    evidence: Mapping[str, Any]


def credits_of(sitting_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, list[CreditFacts]]:
    """Return what was added to these sittings, in the order in which it was."""
    query = select(SittingCredit).where(SittingCredit.sitting_id.in_(list(sitting_ids)))
    found: dict[uuid.UUID, list[CreditFacts]] = {}
    for row in session.scalars(query.order_by(SittingCredit.sitting_id, SittingCredit.number)):
        found.setdefault(row.sitting_id, []).append(_facts(row))
    return found


def credits_of_sitting(sitting_id: uuid.UUID, *, session: Session) -> list[CreditFacts]:
    """Return what was added to one sitting."""
    return credits_of([sitting_id], session=session).get(sitting_id, [])


def credit_names(*, session: Session) -> set[tuple[uuid.UUID, int]]:
    """Return sitting and number of all credits."""
    return {
        (row.sitting_id, row.number) for row in session.execute(select(SittingCredit.sitting_id, SittingCredit.number))
    }


def granted(given: Iterable[CreditFacts]) -> int:
    """Return the seconds that count against the limit of one person: a pause gives nobody more time to think."""
    return sum(credit.seconds for credit in given if credit.cause is not CreditCause.PAUSE)


def locked(sitting_id: uuid.UUID, *, session: Session) -> Sitting:
    """Hold the row of a sitting until the unit of work ends. Raises ``SittingNotFound``."""
    query = select(Sitting).where(Sitting.id == sitting_id).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise SittingNotFound
    return row


def pause(sitting_id: uuid.UUID, reason: Reason, *, actor: uuid.UUID, session: Session, now: datetime) -> bool:
    """Stop the clock. Nothing is saved, and nothing but a proctor ends the sitting, until it goes on.

    Returns:
        Whether this call stopped it: a second pause changes nothing.

    Raises:
        SittingNotFound, SittingEnded: There is no clock to stop.
        NothingToPause: The time is up.
    """
    row = locked(sitting_id, session=session)
    _require_running(row)
    if row.paused_at is not None:
        return False
    if timing_of(row).phase_at(now) is not Phase.OPEN:
        raise NothingToPause
    row.paused_at, row.pause_reason = now, reason.value
    session.flush()
    audit.record(
        "sittings.sitting.paused",
        session=session,
        at=now,
        actor=actor,
        subject=sitting_id,
        reason=reason.value,
        left_seconds=int(timing_of(row).remaining(now).total_seconds()),
    )
    return True


def unpause(sitting_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> bool:
    """Let the clock run again; the length of the pause is added to the time.

    Returns:
        Whether this call did: one that runs goes on running.

    Raises:
        SittingNotFound, SittingEnded: There is no clock.
    """
    row = locked(sitting_id, session=session)
    _require_running(row)
    return close_pause(row, actor=actor, session=session, now=now)


def close_pause(row: Sitting, *, actor: uuid.UUID | str, session: Session, now: datetime) -> bool:
    """End the pause of a locked row, if it is in one."""
    if row.paused_at is None or row.pause_reason is None:
        return False
    since, reason = min(row.paused_at, now), Reason(row.pause_reason)
    row.paused_at = row.pause_reason = None
    length = seconds_of(now - since)
    command = GiveTime(
        sitting_id=row.id,
        cause=CreditCause.PAUSE,
        seconds=max(length, 1),
        reason=reason,
        span=Span(since, now),
    )
    _add("unpaused", command, row, actor=actor, requested_by=None, session=session, now=now)
    return True


def give(
    command: GiveTime,
    *,
    actor: uuid.UUID | str,
    session: Session,
    now: datetime,
    requested_by: uuid.UUID | None = None,
) -> int:
    """Add time to a sitting that runs; late answers that the new deadline reaches count from now on.

    Args:
        command: How much, and why.
        actor: Who decides; a second person where ``requested_by`` is given.
        session: The unit of work.
        now: The present moment.
        requested_by: Who asked for it; then there is no limit.

    Returns:
        The number of the credit in its sitting.

    Raises:
        SittingNotFound, SittingEnded: Nothing is added once a result stands.
        CreditAboveLimit: With what was added before it is more than one person may give.
    """
    row = locked(command.sitting_id, session=session)
    _require_running(row)
    left = row.credit_cap_seconds - granted(credits_of_sitting(row.id, session=session))
    if requested_by is None and command.seconds > left:
        raise CreditAboveLimit(left=max(left, 0))
    if command.cause is CreditCause.EXTENSION:
        return _add("extended", command, row, actor=actor, requested_by=requested_by, session=session, now=now)
    return _add("credited", command, row, actor=actor, requested_by=requested_by, session=session, now=now)


def take_reached(row: Sitting, *, session: Session, now: datetime) -> int:
    """Append the late answers of a locked, running sitting that came before its deadline as it is now.

    They keep the moment at which they came, and their order; the journal goes on with its next number.
    """
    timing = timing_of(row)
    query = select(LateAnswer).where(LateAnswer.sitting_id == row.id, LateAnswer.taken_as.is_(None))
    late = [each for each in session.scalars(query.order_by(LateAnswer.sequence)) if timing.reaches(each.received_at)]
    if not late or row.state != State.RUNNING.value:
        return 0
    newest = session.execute(
        select(Answer.sequence, Answer.head)
        .where(Answer.sitting_id == row.id)
        .order_by(Answer.sequence.desc())
        .limit(1)
    ).one_or_none()
    sequence, head = (newest.sequence, newest.head) if newest else (0, row.first_head)
    for each in late:
        sequence += 1
        entry = JournalRow(
            sitting_id=row.id,
            sequence=sequence,
            position=each.position,
            option=each.option,
            saved_at=each.received_at,
        )
        head = next_head(head, entry)
        session.add(Answer(**vars(entry), head=head))
        each.taken_as = sequence
    session.flush()
    audit.record(
        "sittings.answers.reached",
        session=session,
        at=now,
        actor="system:rule",
        subject=row.id,
        answers=len(late),
        sequence=sequence,
        head=head.hex(),
    )
    return len(late)


def _require_running(row: Sitting) -> None:
    if row.state != State.RUNNING.value:
        raise SittingEnded


def _add(
    verb: str,
    command: GiveTime,
    row: Sitting,
    *,
    actor: uuid.UUID | str,
    requested_by: uuid.UUID | None,
    session: Session,
    now: datetime,
) -> int:
    newest = session.scalar(select(func.max(SittingCredit.number)).where(SittingCredit.sitting_id == row.id))
    credit = SittingCredit(
        sitting_id=row.id,
        number=(newest or 0) + 1,
        cause=command.cause.value,
        seconds=command.seconds,
        from_at=command.span and command.span.begins,
        to_at=command.span and command.span.ends,
        reason=command.reason.value,
        note=command.note,
        decided_at=now,
        decided_by=str(actor),
        requested_by=requested_by and str(requested_by),
        evidence=dict(command.evidence),
    )
    session.add(credit)
    row.credit_seconds += command.seconds
    session.flush()
    audit.record(
        f"sittings.sitting.{verb}",
        session=session,
        at=now,
        actor=actor,
        subject=row.id,
        **logged(_facts(credit)),
    )
    take_reached(row, session=session, now=now)
    return credit.number


def logged(credit: CreditFacts) -> dict[str, Any]:
    """Return what the log keeps of a credit; what was typed stands there as a digest."""
    return {
        "number": credit.number,
        "cause": credit.cause.value,
        "seconds": credit.seconds,
        "begins": credit.from_at and credit.from_at.isoformat(),
        "ends": credit.to_at and credit.to_at.isoformat(),
        "reason": credit.reason.value,
        "digest": hashlib.sha256(credit.note.encode()).hexdigest(),
        "requested_by": credit.requested_by,
        "evidence": dict(credit.evidence),
    }


def _facts(row: SittingCredit) -> CreditFacts:
    return CreditFacts(
        sitting_id=row.sitting_id,
        number=row.number,
        cause=CreditCause(row.cause),
        seconds=row.seconds,
        from_at=row.from_at,
        to_at=row.to_at,
        reason=Reason(row.reason),
        note=row.note,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        requested_by=row.requested_by,
        evidence=row.evidence,
    )
