"""How is a job written down, claimed and finished?"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.jobs.errors import JobEmptied, JobNotFailed
from app.jobs.models import Job
from app.jobs.rules import LEASE, JobState, error_line, next_try
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id

KEPT_AFTER_DONE = timedelta(days=30)
"""So long a key prevents a second job of the same cause."""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A job that this unit of work alone holds."""

    id: uuid.UUID
    kind: str
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job to be written down; see ``enqueue``."""

    kind: str
    payload: Mapping[str, Any]
    key: str | None = None
    run_at: datetime | None = None


def enqueue(
    kind: str,
    payload: Mapping[str, Any],
    *,
    session: Session,
    now: datetime,
    entropy: Entropy,
    key: str | None = None,
    run_at: datetime | None = None,
) -> uuid.UUID | None:
    """Write down a job in the transaction of its cause. Does not commit.

    Args:
        kind: Names the handler: ``notices.mail``.
        payload: What the handler needs, as JSON keeps it. It is erased when the job is done.
        session: The unit of work of the cause: both are kept, or neither.
        now: The present moment.
        entropy: Names the job.
        key: Names the cause. A second job with the same key is not written.
        run_at: Not before this moment; ``now`` if None.

    Returns:
        The id of the job, or None where one with the same key was there.
    """
    values = _values(NewJob(kind=kind, payload=payload, key=key, run_at=run_at), now=now, entropy=entropy)
    return session.execute(_insert(session).values(values).returning(Job.id)).scalar_one_or_none()


def enqueue_all(new: Iterable[NewJob], *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Write down several jobs of one cause at once, as ``enqueue`` does one."""
    rows = [_values(each, now=now, entropy=entropy) for each in new]
    if rows:
        session.execute(_insert(session).values(rows))


def claim_due(*, session: Session, now: datetime) -> Claimed | None:
    """Take the job that waits longest, for this unit of work alone.

    PostgreSQL locks the row and others skip it; on SQLite the unit of work is the only writer.
    """
    query = (
        select(Job.id, Job.kind, Job.payload, Job.attempts)
        .where(Job.state == JobState.QUEUED, Job.run_at <= now)
        .order_by(Job.run_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else Claimed(**row._mapping)


def lease(job: Claimed, *, session: Session, now: datetime) -> None:
    """Keep a claimed job from others while it is done outside this unit of work."""
    session.execute(_still_as(job).values(run_at=now + LEASE))


def finish(job_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Mark a claimed job as done and erase what it carried: a letter may hold a secret."""
    values = {"state": JobState.DONE, "finished_at": now, "last_error": None, "payload": {}}
    session.execute(update(Job).where(Job.id == job_id).values(values))


def give_up(job: Claimed, reason: str, *, session: Session, now: datetime) -> None:
    """Mark a job as failed at once: trying again would not help."""
    values = {"state": JobState.FAILED, "finished_at": now, "last_error": reason, "attempts": job.attempts + 1}
    session.execute(_still_as(job).values(values))


def note_failure(job: Claimed, error: BaseException, *, session: Session, now: datetime) -> None:
    """Write down that a try failed, and when to try again. Nothing happens if another worker was faster."""
    again_at = next_try(job.attempts + 1, now)
    if again_at is None:
        return give_up(job, error_line(error), session=session, now=now)
    values = {"attempts": job.attempts + 1, "last_error": error_line(error), "run_at": again_at}
    session.execute(_still_as(job).values(values))
    return None


def retry(job_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Queue a failed job again, with its count of tries at zero.

    Raises:
        JobNotFailed: There is no failed job of this id.
        JobEmptied: What it carried is erased.
    """
    failed = select(Job).where(Job.id == job_id, Job.state == JobState.FAILED)
    row = session.scalar(failed.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise JobNotFailed(job_id=job_id)
    if not row.payload:
        raise JobEmptied(job_id=job_id)
    row.state, row.run_at, row.attempts, row.finished_at = JobState.QUEUED, now, 0, None
    session.flush()


def drop(kinds: Collection[str], name: str, values: Collection[str], *, session: Session) -> None:
    """Delete the jobs of some kinds that are not done and carry one of these values under a name."""
    carried = Job.payload[name].as_string()
    open_jobs = (Job.kind.in_(kinds), Job.state != JobState.DONE)
    session.execute(delete(Job).where(*open_jobs, carried.in_(values)))


def forget_done(*, session: Session, now: datetime) -> None:
    """Delete the jobs that were done long ago."""
    session.execute(delete(Job).where(Job.state == JobState.DONE, Job.finished_at < now - KEPT_AFTER_DONE))


def empty_failed(kinds: Collection[str], *, before: datetime, session: Session) -> None:
    """Erase what jobs of some kinds carried that failed before a moment."""
    old = (Job.kind.in_(kinds), Job.state == JobState.FAILED, Job.finished_at < before)
    session.execute(update(Job).where(*old).values(payload={}))


def _values(new: NewJob, *, now: datetime, entropy: Entropy) -> dict[str, Any]:
    return {
        "id": new_id(now, entropy),
        "kind": new.kind,
        "payload": dict(new.payload),
        "key": new.key,
        "state": JobState.QUEUED,
        "run_at": new.run_at or now,
        "attempts": 0,
        "created_at": now,
    }


def _insert(session: Session) -> Any:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(Job).on_conflict_do_nothing(index_elements=["key"])


def _still_as(job: Claimed) -> Any:
    return update(Job).where(Job.id == job.id, Job.state == JobState.QUEUED, Job.attempts == job.attempts)
