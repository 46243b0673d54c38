"""What is known of a practice run?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.rulebook import programme_version
from app.practice.errors import PracticeNotFound
from app.practice.models import PracticeAnswer, PracticeRun
from app.sittings.rules import Cause, Phase, Timing, standing_answers
from question_bank.paper import Question
from question_bank.programme import Programme


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """A run as its row states it."""

    id: uuid.UUID
    language: str
    programme: Programme
    questions: tuple[Question, ...]
    timing: Timing
    beat_seconds: int
    first_head: bytes
    flags: tuple[int, ...]
    place: int
    event_number: int
    ended_at: datetime | None
    ended_by: Cause | None
    expires_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Say whether no answer is taken any more; the time ends a run without anybody writing it down."""
        return self.ended_at is not None or self.timing.phase_at(now) is Phase.OVER


@dataclass(frozen=True, kw_only=True)
class Written:
    """The journal of a run, folded."""

    answers: Mapping[int, int]
    sequence: int
    head: bytes


def access_run(run_id: uuid.UUID, token_hash: str, *, session: Session, now: datetime) -> RunFacts:
    """Return the run if this browser began it.

    Raises:
        PracticeNotFound: It is not there any more, or is another's.
    """
    row = session.get(PracticeRun, run_id, populate_existing=True)
    if row is None or row.token_hash != token_hash or row.expires_at <= now:
        raise PracticeNotFound
    return facts(row)


def open_run(token_hash: str, *, session: Session, now: datetime) -> RunFacts | None:
    """Return the run that this browser can go on with."""
    query = select(PracticeRun).where(
        PracticeRun.token_hash == token_hash, PracticeRun.ended_at.is_(None), PracticeRun.closes_at > now
    )
    row = session.scalar(query)
    return facts(row) if row else None


def count_open(*, session: Session, now: datetime) -> int:
    """Count the runs in which somebody may be practising."""
    query = select(func.count()).where(PracticeRun.ended_at.is_(None), PracticeRun.closes_at > now)
    return int(session.execute(query).scalar_one())


def items_seen(token_hash: str, *, session: Session) -> set[str]:
    """Return the items on the papers of this browser that are still kept."""
    rows = session.scalars(select(PracticeRun.questions).where(PracticeRun.token_hash == token_hash))
    return {question["item_id"] for questions in rows for question in questions}


def written(run: RunFacts, *, session: Session) -> Written:
    """Return what was answered, and where the journal stands."""
    query = select(PracticeAnswer).where(PracticeAnswer.run_id == run.id).order_by(PracticeAnswer.sequence)
    rows = list(session.scalars(query))
    return Written(
        answers=standing_answers((row.sequence, row.position, row.option) for row in rows),
        sequence=rows[-1].sequence if rows else 0,
        head=rows[-1].head if rows else run.first_head,
    )


def facts(row: PracticeRun) -> RunFacts:
    """Return what a row says."""
    return RunFacts(
        id=row.id,
        language=row.language,
        programme=programme_version(row.programme_code, row.programme_version),
        questions=tuple(Question.from_dict(question) for question in row.questions),
        timing=Timing(
            started_at=row.started_at,
            allowance=timedelta(seconds=row.allowance_seconds),
            credit=timedelta(0),
            grace=timedelta(seconds=row.grace_seconds),
            credit_cap=timedelta(0),
        ),
        beat_seconds=row.beat_seconds,
        first_head=row.first_head,
        flags=tuple(row.flags),
        place=row.place,
        event_number=row.event_number,
        ended_at=row.ended_at,
        ended_by=Cause(row.ended_by) if row.ended_by else None,
        expires_at=row.expires_at,
    )
