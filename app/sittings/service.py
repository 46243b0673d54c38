"""How does a sitting go on and end? Its start is in ``preparing``, its move to another computer in ``moving``."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.sittings.credit import close_pause, locked, take_reached
from app.sittings.errors import (
    AnswerMalformed,
    NotYetOver,
    SittingElsewhere,
    SittingEnded,
    SittingNotFound,
    SittingPaused,
)
from app.sittings.gaps import heard_of, note_beat
from app.sittings.journal import SaveAnswer, on_paper
from app.sittings.models import Answer, LateAnswer, Sitting, SittingEvent
from app.sittings.queries import SittingFacts, access_sitting, facts, sittings_out_of_time
from app.sittings.rules import MOST_EVENTS, Cause, EventKind, Phase, State


@dataclass(frozen=True, kw_only=True)
class StartSitting:
    """A frozen paper and the clock that its programme gives; the applicant chooses nothing but the language."""

    paper_id: uuid.UUID
    booking_id: uuid.UUID
    applicant_id: uuid.UUID
    language: str
    fingerprint: bytes
    question_count: int
    option_count: int
    allowance: timedelta
    """All the time, with what is granted to this person."""
    extra: timedelta = timedelta(0)
    """How much of the allowance was granted to this person."""
    grace: timedelta
    credit_cap: timedelta
    beat: timedelta
    gap_beats: int
    nonce: bytes
    """What the starting browser will show with every call; it becomes the live one."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What the page reports beside answers: a flag, the place, the summary shown."""

    number: int
    kind: EventKind
    position: int | None
    facts: dict[str, Any] | None = None


def claim(sitting_id: uuid.UUID, applicant_id: uuid.UUID, *, nonce: bytes, session: Session) -> SittingFacts:
    """Let the live browser back into a running sitting. Another one needs the proctor's code: see ``moving``.

    Raises:
        SittingNotFound: Not this applicant's.
        SittingEnded: It is over.
        SittingElsewhere: Another browser is the live one.
    """
    found = access_sitting(sitting_id, applicant_id, session=session)
    if found.state is State.ENDED:
        raise SittingEnded
    if found.live_nonce != nonce:
        raise SittingElsewhere
    return found


def end(
    sitting_id: uuid.UUID, cause: Cause, *, actor: uuid.UUID | str, session: Session, now: datetime
) -> tuple[SittingFacts, bool]:
    """End a sitting, whatever ended it. The only function that does.

    The row is locked first and the journal read afterwards, so every acknowledged answer is in the final head.

    Returns:
        The sitting, and whether this call ended it: a second ending changes nothing.

    Raises:
        SittingNotFound: There is no such sitting.
        SittingPaused: The clock stands: only a proctor ends it then.
        NotYetOver: The cause is the time, but the time is not up.
    """
    row = locked(sitting_id, session=session)
    if row.state == State.ENDED.value:
        return facts(row), False
    phase = facts(row).timing.phase_at(now)
    if phase is Phase.PAUSED and cause is not Cause.PROCTOR:
        raise SittingPaused
    if phase in {Phase.GRACE, Phase.OVER} and cause is Cause.CLICK:
        cause = Cause.TIME
    if cause is Cause.TIME and phase is Phase.OPEN:
        raise NotYetOver
    close_pause(row, actor=actor, session=session, now=now)
    newest = session.execute(
        select(Answer.sequence, Answer.head)
        .where(Answer.sitting_id == sitting_id)
        .order_by(Answer.sequence.desc())
        .limit(1)
    ).one_or_none()
    row.state, row.ended_at, row.ended_by = State.ENDED.value, now, cause.value
    row.final_sequence, row.final_head = (newest.sequence, newest.head) if newest else (0, row.first_head)
    session.flush()
    audit.record(
        "sittings.sitting.ended",
        session=session,
        at=now,
        actor=actor,
        subject=sitting_id,
        cause=cause.value,
        sequence=row.final_sequence,
        head=row.final_head.hex(),
    )
    return facts(row), True


def record_events(
    sitting_id: uuid.UUID,
    events: Sequence[Event],
    *,
    nonce: bytes,
    session: Session,
    now: datetime,
    running: int = 0,
) -> SittingFacts:
    """Keep what the page reports and note that it was heard. The same event twice is kept once.

    Args:
        sitting_id: Whose page reports.
        events: What happened on it.
        nonce: Of the browser that reports.
        session: The unit of work.
        now: The present moment.
        running: How many sit now: by that the page is told when to report again.

    Raises:
        SittingNotFound, SittingElsewhere: Nothing was kept.
        AnswerMalformed: A position is not on the paper.
    """
    row = session.get(Sitting, sitting_id)
    if row is None:
        raise SittingNotFound
    if row.live_nonce is None or row.live_nonce != nonce:
        raise SittingElsewhere
    if row.state == State.RUNNING.value:
        sitting = facts(row)
        note_beat(sitting, sitting.beat_while(running), session=session, now=now)
        _keep_events(row, events, session=session, now=now)
    return facts(row)


def _keep_events(sitting: Sitting, events: Sequence[Event], *, session: Session, now: datetime) -> None:
    if any(event.position is not None and not 1 <= event.position <= sitting.question_count for event in events):
        raise AnswerMalformed
    rows = [
        {"sitting_id": sitting.id, "at": now, **vars(event), "kind": event.kind.value}
        for event in events
        if event.number <= MOST_EVENTS
    ]
    if rows:
        session.execute(_dialect(session).insert(SittingEvent).values(rows).on_conflict_do_nothing())


def quarantine(command: SaveAnswer, *, session: Session, now: datetime) -> bool:
    """Keep an answer that came too late, unscored, with its time. The same one twice is kept once.

    If time was added between the refusal and now, it counts after all, like those that waited for that.

    Returns:
        Whether it is kept: not if it comes from another browser, is not of this paper, or contradicts a kept one.
    """
    sitting = locked(command.sitting_id, session=session)
    if sitting.live_nonce is None or sitting.live_nonce != command.nonce:
        return False
    if not on_paper(command, sitting.question_count, sitting.option_count):
        return False
    values = {"sitting_id": command.sitting_id, "sequence": command.sequence, "position": command.position}
    _insert_once(LateAnswer, {**values, "option": command.option, "received_at": now}, session=session)
    take_reached(sitting, session=session, now=now)
    kept = session.get(LateAnswer, (command.sitting_id, command.sequence))
    return kept is not None and (kept.position, kept.option) == (command.position, command.option)


def overdue(*, session: Session, now: datetime) -> list[uuid.UUID]:
    """Return the running sittings that the closing sweep may end."""
    found = []
    for sitting in sittings_out_of_time(session=session, now=now):
        heard = heard_of(sitting, session=session)
        if sitting.timing.may_be_swept(now, heard.at, heard.silent_after):
            found.append(sitting.id)
    return found


def _insert_once(table: type[LateAnswer], values: dict[str, object], *, session: Session) -> None:
    session.execute(_dialect(session).insert(table).values(**values).on_conflict_do_nothing())


def _dialect(session: Session):  # type: ignore[no-untyped-def]  # two modules with one interface
    return postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
