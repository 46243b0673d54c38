"""How is one answer saved? One statement on PostgreSQL; the same rule under the one writer of SQLite.

The guard (running, not paused, live nonce, time) and the write are one act, so no answer can slip in after an ending,
and an acknowledgement is sent only after the commit. Saving twice with the same sequence number is one answer.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.dialects.postgresql import UUID as PostgresUuid  # noqa: N811  # a type, not a constant
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.types import DateTime, Integer, LargeBinary, SmallInteger

from app.db import execute_alone
from app.sittings.errors import (
    AnswerMalformed,
    SequenceGap,
    SittingElsewhere,
    SittingEnded,
    SittingNotFound,
    SittingPaused,
)
from app.sittings.models import Answer, Sitting
from app.sittings.queries import timing_of
from app.sittings.rules import JournalRow, Phase, State, Timing, microseconds, next_head


@dataclass(frozen=True, kw_only=True)
class SaveAnswer:
    """What the page sends, and the live nonce of the browser that sends it."""

    sitting_id: uuid.UUID
    nonce: bytes
    sequence: int
    position: int
    option: int | None


@dataclass(frozen=True, kw_only=True)
class Saved:
    """The acknowledgement: the answer is committed, the journal ends in ``head``."""

    sequence: int
    head: bytes
    saved_at: datetime
    remaining: timedelta
    credit: timedelta = timedelta(0)
    """All that was added to the time so far."""


# The row lock is the one that an ending takes too (it needs FOR UPDATE), so the two exclude each other; a save that
# waited for another save sees an old journal, inserts nothing, and is answered by the second, diagnosing look.
_SAVE = text("""
    WITH live AS (
        SELECT id, first_head, started_at, allowance_seconds, credit_seconds
        FROM sitting
        WHERE id = :sitting_id
          AND live_nonce = :nonce
          AND state = 'running'
          AND paused_at IS NULL
          AND CAST(:now AS timestamptz)
              < started_at + make_interval(secs => allowance_seconds + credit_seconds + grace_seconds)
          AND :position BETWEEN 1 AND question_count
          AND (:option IS NULL OR :option BETWEEN 1 AND option_count)
        FOR NO KEY UPDATE
    ), newest AS (
        SELECT answer.sequence, answer.head
        FROM answer JOIN live ON answer.sitting_id = live.id
        ORDER BY answer.sequence DESC LIMIT 1
    ), saved AS (
        INSERT INTO answer (sitting_id, sequence, position, option, saved_at, head)
        SELECT live.id, :sequence, :position, :option, :now,
               sha256(coalesce(newest.head, live.first_head) || uuid_send(live.id) || int4send(:sequence)
                      || int2send(:position) || int2send(coalesce(:option, 0::smallint)) || int8send(:micros))
        FROM live LEFT JOIN newest ON true
        WHERE coalesce(newest.sequence, 0) = :sequence - 1
        ON CONFLICT DO NOTHING
        RETURNING head
    )
    SELECT saved.head, live.started_at, live.allowance_seconds, live.credit_seconds FROM saved, live
""").bindparams(
    bindparam("sitting_id", type_=PostgresUuid(as_uuid=True)),
    bindparam("nonce", type_=LargeBinary()),
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("sequence", type_=Integer()),
    bindparam("position", type_=SmallInteger()),
    bindparam("option", type_=SmallInteger()),
)


_TRIES = 3
"""A save may meet another save of the same sitting in flight; each round it sees more of the journal."""


def save_answer(command: SaveAnswer, *, engine: Engine, now: datetime) -> Saved:
    """Append one answer to the journal and return after it is durable. Commits by itself: this is the hot path.

    Raises:
        SittingNotFound, SittingElsewhere, SittingPaused, SittingEnded: Nothing was saved.
        AnswerMalformed: No such position or option on this paper.
        SequenceGap: Another number is expected next.
    """
    if engine.dialect.name != "postgresql":
        with engine.connect().execution_options(synaq_writer=True) as connection, connection.begin():
            return _save_as_one_writer(command, connection, now)
    for _ in range(_TRIES):
        saved = _save_in_one_statement(command, engine, now) or _saved_before(command, engine, now)
        if saved:
            return saved
    raise SequenceGap(expected=command.sequence)


def _save_in_one_statement(command: SaveAnswer, engine: Engine, now: datetime) -> Saved | None:
    values = {**vars(command), "now": now.astimezone(UTC), "micros": microseconds(now)}
    found = execute_alone(_SAVE, values, engine=engine)
    if found is None:
        return None
    credit = timedelta(seconds=found.credit_seconds)
    deadline = found.started_at + timedelta(seconds=found.allowance_seconds) + credit
    return Saved(
        sequence=command.sequence,
        head=found.head,
        saved_at=now,
        remaining=max(deadline - now, timedelta(0)),
        credit=credit,
    )


def _saved_before(command: SaveAnswer, engine: Engine, now: datetime) -> Saved | None:
    with engine.connect() as connection:
        return _examine(command, connection, now).saved


def _save_as_one_writer(command: SaveAnswer, connection: Connection, now: datetime) -> Saved:
    seen = _examine(command, connection, now)
    if seen.saved:
        return seen.saved
    row = JournalRow(
        sitting_id=command.sitting_id,
        sequence=command.sequence,
        position=command.position,
        option=command.option,
        saved_at=now,
    )
    head = next_head(seen.previous_head, row)
    connection.execute(insert(Answer).values(**vars(row), head=head))
    return Saved(
        sequence=row.sequence,
        head=head,
        saved_at=now,
        remaining=seen.timing.remaining(now),
        credit=seen.timing.credit,
    )


@dataclass(frozen=True, kw_only=True)
class _Examined:
    """What the journal says of an answer: already saved, or what it would follow."""

    timing: Timing
    previous_head: bytes
    saved: Saved | None = None


def _examine(command: SaveAnswer, connection: Connection, now: datetime) -> _Examined:
    """Look where an answer would stand; refuse with the reason if it may not be saved."""
    sitting = connection.execute(select(Sitting.__table__).where(Sitting.id == command.sitting_id)).one_or_none()
    if sitting is None:
        raise SittingNotFound
    if sitting.live_nonce is None or sitting.live_nonce != command.nonce:
        raise SittingElsewhere
    timing = timing_of(sitting)
    journal = select(Answer.__table__).where(Answer.sitting_id == command.sitting_id)
    same = connection.execute(journal.where(Answer.sequence == command.sequence)).one_or_none()
    newest = connection.execute(journal.order_by(Answer.sequence.desc()).limit(1)).one_or_none()
    expected = (newest.sequence if newest else 0) + 1
    if same is not None:
        if (same.position, same.option) != (command.position, command.option):
            raise SequenceGap(expected=expected)
        again = Saved(
            sequence=same.sequence,
            head=same.head,
            saved_at=same.saved_at,
            remaining=timing.remaining(now),
            credit=timing.credit,
        )
        return _Examined(timing=timing, previous_head=same.head, saved=again)
    if sitting.state != State.RUNNING.value or timing.phase_at(now) is Phase.OVER:
        raise SittingEnded
    if timing.phase_at(now) is Phase.PAUSED:
        raise SittingPaused
    if not on_paper(command, sitting.question_count, sitting.option_count):
        raise AnswerMalformed
    if command.sequence != expected:
        raise SequenceGap(expected=expected)
    return _Examined(timing=timing, previous_head=newest.head if newest else sitting.first_head)


def on_paper(command: SaveAnswer, question_count: int, option_count: int) -> bool:
    """Say whether the paper has this question and this option."""
    option_exists = command.option is None or 1 <= command.option <= option_count
    return 1 <= command.position <= question_count and option_exists
