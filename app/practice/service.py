"""How does a practice run begin, take answers, and end? Nothing of it is an act: see decision 0015."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.practice.drawing import draw_practice
from app.practice.errors import PracticeFull, PracticeNotFound
from app.practice.models import PracticeAnswer, PracticeRun
from app.practice.queries import RunFacts, count_open, facts, items_seen, open_run
from app.practice.rules import KEPT_FOR, MOST_OPEN
from app.sittings.errors import AnswerMalformed, SequenceGap, SittingEnded
from app.sittings.journal import Saved
from app.sittings.rules import Cause, EventKind, JournalRow, first_head, next_head
from app.sittings.service import Event
from question_bank.programme import Programme
from question_bank.seeds import SEED_BYTES

_ENDED_BY_TIME = {"ended_at": PracticeRun.closes_at, "ended_by": Cause.TIME.value}


@dataclass(frozen=True, kw_only=True)
class BeginRun:
    """What a visitor chose; the token names the browser."""

    token_hash: str
    programme: Programme
    language: str


@dataclass(frozen=True, kw_only=True)
class GiveAnswer:
    """What the page sends for one change of an answer."""

    run_id: uuid.UUID
    token_hash: str
    sequence: int
    position: int
    option: int | None


def begin(command: BeginRun, *, session: Session, now: datetime, entropy: Entropy) -> RunFacts:
    """Draw a paper and start its clock; a browser with an open run goes on with that one.

    Raises:
        PracticeFull: Too many people practise at this moment.
        PracticeNotReady: The pool is too thin.
    """
    own = PracticeRun.token_hash == command.token_hash
    session.execute(_overdue(now).where(own).values(**_ENDED_BY_TIME))
    found = open_run(command.token_hash, session=session, now=now)
    if found is not None:
        return found
    if count_open(session=session, now=now) >= MOST_OPEN:
        raise PracticeFull
    row = _drawn(command, session=session, now=now, entropy=entropy)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # a second press of the button was faster
        found = open_run(command.token_hash, session=session, now=now)
        if found is None:
            raise
        return found
    return facts(row)


def _drawn(command: BeginRun, *, session: Session, now: datetime, entropy: Entropy) -> PracticeRun:
    programme, seed = command.programme, entropy.token(SEED_BYTES)
    seen = sorted(items_seen(command.token_hash, session=session))
    paper = draw_practice(seed, programme, seen, local_day(now), session=session)
    run_id, rules = new_id(now, entropy), programme.sitting
    allowance = timedelta(minutes=rules.duration_minutes)
    return PracticeRun(
        id=run_id,
        token_hash=command.token_hash,
        programme_code=programme.code,
        programme_version=programme.version,
        language=command.language,
        seed=seed,
        seen=seen,
        questions=[question.to_dict() for question in paper.questions],
        first_head=first_head(run_id, paper.fingerprint()),
        started_at=now,
        allowance_seconds=int(allowance.total_seconds()),
        grace_seconds=rules.answer_grace_seconds,
        beat_seconds=rules.heartbeat_seconds,
        closes_at=now + allowance + timedelta(seconds=rules.answer_grace_seconds),
        flags=[],
        place=1,
        event_number=0,
        expires_at=now + KEPT_FOR,
    )


def save_answer(command: GiveAnswer, *, session: Session, now: datetime) -> Saved:
    """Append one answer. The same number sent again is the same answer.

    Raises:
        PracticeNotFound, SittingEnded: Nothing was saved.
        AnswerMalformed: No such position or option on this paper.
        SequenceGap: Another number is expected next.
    """
    row = _locked(command.run_id, command.token_hash, session=session, now=now)
    run = facts(row)
    journal = select(PracticeAnswer).where(PracticeAnswer.run_id == run.id)
    newest = session.scalar(journal.order_by(PracticeAnswer.sequence.desc()).limit(1))
    same = session.scalar(journal.where(PracticeAnswer.sequence == command.sequence))
    expected = (newest.sequence if newest else 0) + 1
    if same is not None:
        if (same.position, same.option) != (command.position, command.option):
            raise SequenceGap(expected=expected)
        return _acknowledged(same, run, now)
    if run.is_over(now):
        raise SittingEnded
    if not _on_paper(command, run):
        raise AnswerMalformed
    if command.sequence != expected:
        raise SequenceGap(expected=expected)
    entry = JournalRow(
        sitting_id=run.id,
        sequence=command.sequence,
        position=command.position,
        option=command.option,
        saved_at=now,
    )
    answer = PracticeAnswer(
        run_id=run.id,
        sequence=command.sequence,
        position=command.position,
        option=command.option,
        saved_at=now,
        head=next_head(newest.head if newest else run.first_head, entry),
    )
    session.add(answer)
    session.flush()
    return _acknowledged(answer, run, now)


def record_events(
    run_id: uuid.UUID, events: Sequence[Event], *, token_hash: str, session: Session, now: datetime
) -> RunFacts:
    """Keep flags and place. The same event twice is kept once.

    Raises:
        PracticeNotFound: Nothing was kept.
        AnswerMalformed: A position is not on the paper.
    """
    row = _locked(run_id, token_hash, session=session, now=now)
    if facts(row).is_over(now):
        return facts(row)
    flags = set(row.flags)
    for event in sorted(events, key=lambda event: event.number):
        if event.position is not None and not 1 <= event.position <= len(row.questions):
            raise AnswerMalformed
        if event.number <= row.event_number:
            continue
        row.event_number = event.number
        if event.position is None:
            continue
        if event.kind is EventKind.PLACE:
            row.place = event.position
        elif event.kind is EventKind.FLAG:
            flags.add(event.position)
        elif event.kind is EventKind.UNFLAG:
            flags.discard(event.position)
    row.flags = sorted(flags)
    session.flush()
    return facts(row)


def end(run_id: uuid.UUID, *, token_hash: str, session: Session, now: datetime) -> RunFacts:
    """End a run by a click; one that is over stays as it ended.

    Raises:
        PracticeNotFound: There is no such run of this browser.
    """
    row = _locked(run_id, token_hash, session=session, now=now)
    if row.ended_at is None:
        timing = facts(row).timing
        by_time = now >= timing.deadline
        row.ended_at = timing.deadline if by_time else now
        row.ended_by = (Cause.TIME if by_time else Cause.CLICK).value
        session.flush()
    return facts(row)


def forget_old(*, session: Session, now: datetime) -> None:
    """End what ran out of time, and delete what is a day old. For a timer."""
    session.execute(_overdue(now).values(**_ENDED_BY_TIME))
    gone = select(PracticeRun.id).where(PracticeRun.expires_at <= now)
    session.execute(delete(PracticeAnswer).where(PracticeAnswer.run_id.in_(gone)))
    session.execute(delete(PracticeRun).where(PracticeRun.expires_at <= now))


def _overdue(now: datetime) -> Update:
    return update(PracticeRun).where(PracticeRun.ended_at.is_(None), PracticeRun.closes_at <= now)


def _locked(run_id: uuid.UUID, token_hash: str, *, session: Session, now: datetime) -> PracticeRun:
    query = select(PracticeRun).where(PracticeRun.id == run_id, PracticeRun.token_hash == token_hash)
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None or row.expires_at <= now:
        raise PracticeNotFound
    return row


def _on_paper(command: GiveAnswer, run: RunFacts) -> bool:
    option_exists = command.option is None or 1 <= command.option <= run.programme.sitting.options_per_question
    return 1 <= command.position <= len(run.questions) and option_exists


def _acknowledged(answer: PracticeAnswer, run: RunFacts, now: datetime) -> Saved:
    return Saved(
        sequence=answer.sequence, head=answer.head, saved_at=answer.saved_at, remaining=run.timing.remaining(now)
    )
