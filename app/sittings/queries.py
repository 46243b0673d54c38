"""What is known of a sitting?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.sittings.errors import SittingNotFound
from app.sittings.models import Answer, Beat, LateAnswer, Sitting, SittingEvent
from app.sittings.rules import (
    PAUSED_BEAT,
    Cause,
    EventKind,
    JournalRow,
    Phase,
    Reason,
    State,
    Timing,
    beat_under_load,
    standing_answers,
    standing_flags,
)


class TimingColumns(Protocol):
    """The columns of a sitting's row that make its clock."""

    started_at: datetime
    allowance_seconds: int
    credit_seconds: int
    grace_seconds: int
    credit_cap_seconds: int
    paused_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SittingFacts:
    """A sitting as its row states it."""

    id: uuid.UUID
    paper_id: uuid.UUID
    booking_id: uuid.UUID
    applicant_id: uuid.UUID
    language: str
    question_count: int
    state: State
    live_nonce: bytes | None
    timing: Timing
    beat: timedelta
    gap_beats: int
    """So many beats without a sign of the page are a gap."""
    first_head: bytes
    ended_at: datetime | None
    ended_by: Cause | None
    final_sequence: int | None
    final_head: bytes | None
    pause_reason: Reason | None

    def beat_while(self, running: int) -> timedelta:
        """Return after which time the page is to beat again while so many sit."""
        if self.timing.paused_at is not None:
            return min(self.beat, PAUSED_BEAT)
        return beat_under_load(self.beat, running)


@dataclass(frozen=True, kw_only=True)
class JournalEntry:
    """A row of the journal with its head."""

    row: JournalRow
    head: bytes


@dataclass(frozen=True, kw_only=True)
class LateEntry:
    """An answer that arrived too late to count."""

    sequence: int
    position: int
    option: int | None
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something that the page noted beside the answers: a flag, a place, that the summary was shown."""

    kind: str
    position: int | None
    at: datetime
    facts: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class JournalHead:
    """Where the journal of a running sitting stands."""

    sitting_id: uuid.UUID
    booking_id: uuid.UUID
    sequence: int
    head: bytes


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a sitting stands: what a page needs to go on after a reload."""

    answers: dict[int, int]
    flags: list[int]
    place: int
    sequence: int
    head: bytes
    event_number: int
    event_time: int | None
    """When the newest event happened, as the page told it: by this it knows its own after a lost acknowledgement."""
    seen: list[int]
    """The questions that have been on the screen."""
    saved_at: dict[int, datetime]
    """When the newest row of each position was saved."""


def timing_of(row: TimingColumns) -> Timing:
    """Return the clock that a row describes."""
    return Timing(
        started_at=row.started_at,
        allowance=timedelta(seconds=row.allowance_seconds),
        credit=timedelta(seconds=row.credit_seconds),
        grace=timedelta(seconds=row.grace_seconds),
        credit_cap=timedelta(seconds=row.credit_cap_seconds),
        paused_at=row.paused_at,
    )


def sitting_with_id(sitting_id: uuid.UUID, *, session: Session) -> SittingFacts:
    """Return the sitting, whosever it is. Raises ``SittingNotFound``."""
    row = session.get(Sitting, sitting_id, populate_existing=True)
    if row is None:
        raise SittingNotFound
    return facts(row)


def access_sitting(sitting_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session) -> SittingFacts:
    """Return the sitting if it is this applicant's.

    Raises:
        SittingNotFound: It is not there, or is another's.
    """
    found = sitting_with_id(sitting_id, session=session)
    if found.applicant_id != applicant_id:
        raise SittingNotFound
    return found


def sitting_of_booking(booking_id: uuid.UUID, *, session: Session) -> SittingFacts | None:
    row = session.scalar(select(Sitting).where(Sitting.booking_id == booking_id))
    return facts(row) if row else None


def sittings_of_bookings(booking_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, SittingFacts]:
    """Return the sittings of a roster, by booking."""
    rows = session.scalars(select(Sitting).where(Sitting.booking_id.in_(list(booking_ids))))
    return {row.booking_id: facts(row) for row in rows}


def sittings_with_ids(sitting_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, SittingFacts]:
    """Return these sittings by their ids."""
    rows = session.scalars(select(Sitting).where(Sitting.id.in_(list(sitting_ids))))
    return {row.id: facts(row) for row in rows}


def papers_sat(applicant_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Return the papers on which each of these people has sat, or sits."""
    query = select(Sitting.applicant_id, Sitting.paper_id).where(Sitting.applicant_id.in_(list(applicant_ids)))
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for row in session.execute(query):
        found.setdefault(row.applicant_id, []).append(row.paper_id)
    return found


def sittings_out_of_time(*, session: Session, now: datetime) -> list[SittingFacts]:
    """Return the running sittings whose deadline and grace are over: few, whatever the number that runs."""
    columns = (
        Sitting.id,
        Sitting.started_at,
        Sitting.allowance_seconds,
        Sitting.credit_seconds,
        Sitting.grace_seconds,
        Sitting.credit_cap_seconds,
        Sitting.paused_at,
    )
    running = session.execute(select(*columns).where(Sitting.state == State.RUNNING.value))
    over = [row.id for row in running if timing_of(row).phase_at(now) is Phase.OVER]
    return [facts(row) for row in session.scalars(select(Sitting).where(Sitting.id.in_(over)))] if over else []


def heads_of_running(*, session: Session) -> list[JournalHead]:
    """Return the newest head of every running sitting, in the order of their ids."""
    newest = (
        select(Answer.sitting_id, func.max(Answer.sequence).label("sequence")).group_by(Answer.sitting_id).subquery()
    )
    query = (
        select(Sitting.id, Sitting.booking_id, Sitting.first_head, Answer.sequence, Answer.head)
        .outerjoin(newest, newest.c.sitting_id == Sitting.id)
        .outerjoin(Answer, (Answer.sitting_id == Sitting.id) & (Answer.sequence == newest.c.sequence))
        .where(Sitting.state == State.RUNNING.value)
        .order_by(Sitting.id)
    )
    return [
        JournalHead(
            sitting_id=row.id,
            booking_id=row.booking_id,
            sequence=row.sequence or 0,
            head=row.head or row.first_head,
        )
        for row in session.execute(query)
    ]


def sitting_ids(*, session: Session) -> set[uuid.UUID]:
    """Return the ids of all sittings."""
    return set(session.scalars(select(Sitting.id)))


def sits_now(applicant_id: uuid.UUID, *, session: Session) -> bool:
    """Say whether a person sits a test at this moment."""
    query = select(Sitting.id).where(Sitting.applicant_id == applicant_id, Sitting.state == State.RUNNING.value)
    return session.scalar(query) is not None


def any_running(*, session: Session) -> bool:
    """Say whether anybody sits now."""
    return session.scalar(select(Sitting.id).where(Sitting.state == State.RUNNING.value).limit(1)) is not None


def count_running(*, session: Session) -> int:
    """Return how many sit now."""
    return session.scalar(select(func.count()).where(Sitting.state == State.RUNNING.value)) or 0


def count_late(sitting_id: uuid.UUID, *, session: Session) -> int:
    """Return how many answers arrived too late to count."""
    late = select(func.count()).where(LateAnswer.sitting_id == sitting_id, LateAnswer.taken_as.is_(None))
    return session.scalar(late) or 0


def count_by_state(*, session: Session) -> dict[str, int]:
    """Return how many sittings there are in each stored state."""
    rows = session.execute(select(Sitting.state, func.count()).group_by(Sitting.state))
    return dict(rows.all())


def journal(sitting_id: uuid.UUID, *, session: Session) -> list[JournalEntry]:
    """Return the whole journal in order."""
    rows = session.scalars(select(Answer).where(Answer.sitting_id == sitting_id).order_by(Answer.sequence))
    return [
        JournalEntry(
            row=JournalRow(
                sitting_id=row.sitting_id,
                sequence=row.sequence,
                position=row.position,
                option=row.option,
                saved_at=row.saved_at,
            ),
            head=row.head,
        )
        for row in rows
    ]


def late_answers_of(sitting_id: uuid.UUID, *, session: Session) -> list[tuple[int, datetime]]:
    """Return place and moment of the answers that arrived too late to count."""
    columns = (LateAnswer.position, LateAnswer.received_at)
    query = select(*columns).where(LateAnswer.sitting_id == sitting_id, LateAnswer.taken_as.is_(None))
    query = query.order_by(LateAnswer.sequence)
    return [(row.position, row.received_at) for row in session.execute(query)]


def late_entries(sitting_id: uuid.UUID, *, session: Session) -> list[LateEntry]:
    """Return the answers that arrived too late to count, in order."""
    columns = (LateAnswer.sequence, LateAnswer.position, LateAnswer.option, LateAnswer.received_at)
    query = select(*columns).where(LateAnswer.sitting_id == sitting_id).order_by(LateAnswer.sequence)
    return [LateEntry(**row._mapping) for row in session.execute(query)]


def marks_of(sitting_id: uuid.UUID, *, session: Session) -> list[Mark]:
    """Return what the page noted in a sitting, in order."""
    columns = (SittingEvent.kind, SittingEvent.position, SittingEvent.at, SittingEvent.facts)
    query = select(*columns).where(SittingEvent.sitting_id == sitting_id).order_by(SittingEvent.number)
    return [Mark(**row._mapping) for row in session.execute(query)]


def answers_of(sitting_id: uuid.UUID, *, session: Session) -> dict[int, int]:
    """Return the standing answers: position → option number as shown."""
    query = select(Answer.sequence, Answer.position, Answer.option).where(Answer.sitting_id == sitting_id)
    return standing_answers((row.sequence, row.position, row.option) for row in session.execute(query))


def progress_of(sitting: SittingFacts, *, session: Session) -> Progress:
    """Return what a page needs to go on where it was left."""
    query = select(SittingEvent).where(SittingEvent.sitting_id == sitting.id).order_by(SittingEvent.number)
    events = list(session.scalars(query))
    places = [event.position for event in events if event.kind == EventKind.PLACE.value and event.position]
    columns = (Answer.sequence, Answer.position, Answer.option, Answer.saved_at, Answer.head)
    rows = session.execute(select(*columns).where(Answer.sitting_id == sitting.id).order_by(Answer.sequence)).all()
    newest = rows[-1] if rows else None
    return Progress(
        answers=standing_answers((row.sequence, row.position, row.option) for row in rows),
        flags=standing_flags((event.number, event.kind, event.position) for event in events),
        place=places[-1] if places else 1,
        sequence=newest.sequence if newest else 0,
        head=newest.head if newest else sitting.first_head,
        event_number=events[-1].number if events else 0,
        event_time=(events[-1].facts or {}).get("t") if events else None,
        seen=sorted({event.position for event in events if event.kind == EventKind.SEEN.value and event.position}),
        saved_at={row.position: row.saved_at for row in rows},
    )


def last_seen(sitting_id: uuid.UUID, *, session: Session) -> datetime | None:
    """Return when the page was last heard: a beat or a saved answer."""
    beat = session.scalar(select(Beat.last_seen_at).where(Beat.sitting_id == sitting_id))
    saved = session.scalar(select(func.max(Answer.saved_at)).where(Answer.sitting_id == sitting_id))
    return max((moment for moment in (beat, saved) if moment), default=None)


def facts(row: Sitting) -> SittingFacts:
    """Freeze a row."""
    return SittingFacts(
        id=row.id,
        paper_id=row.paper_id,
        booking_id=row.booking_id,
        applicant_id=row.applicant_id,
        language=row.language,
        question_count=row.question_count,
        state=State(row.state),
        live_nonce=row.live_nonce,
        timing=timing_of(row),
        beat=timedelta(seconds=row.beat_seconds),
        gap_beats=row.gap_beats,
        first_head=row.first_head,
        ended_at=row.ended_at,
        ended_by=Cause(row.ended_by) if row.ended_by else None,
        final_sequence=row.final_sequence,
        final_head=row.final_head,
        pause_reason=Reason(row.pause_reason) if row.pause_reason else None,
    )
