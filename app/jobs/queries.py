"""Which jobs wait, and which were given up?"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from app.jobs.models import Job
from app.jobs.rules import JobState


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """A job as a page shows it; its payload may be personal and stays inside."""

    id: uuid.UUID
    kind: str
    state: JobState
    run_at: datetime
    attempts: int
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None
    emptied: bool
    """Whether what it carried is erased: it is done, or it failed long ago."""


def counts(session: Session, *, kinds: Collection[str] | None = None) -> dict[JobState, int]:
    """Return how many jobs stand in each state, of all kinds or of some; every state is there."""
    query = select(Job.state, func.count()).group_by(Job.state)
    if kinds is not None:
        query = query.where(Job.kind.in_(kinds))
    return dict.fromkeys(JobState, 0) | dict(session.execute(query).all())


def failed(session: Session, *, limit: int) -> list[JobRow]:
    """Return the jobs that were given up, the latest first."""
    return _rows(session, JobState.FAILED, limit)


def troubled(session: Session, *, limit: int) -> list[JobRow]:
    """Return the waiting jobs that have failed at least once."""
    return _rows(session, JobState.QUEUED, limit, least_attempts=1)


def of_kinds(kinds: Collection[str], state: JobState, *, session: Session, limit: int) -> list[JobRow]:
    """Return the jobs of some kinds in a state: the waiting ones as they will be tried, others the latest first."""
    return _rows(session, state, limit, kinds=kinds)


def payloads(job_ids: Collection[uuid.UUID], *, session: Session) -> dict[uuid.UUID, dict[str, Any]]:
    """Return what jobs carry, for the room whose jobs they are: it knows what of it may be shown."""
    return dict(session.execute(select(Job.id, Job.payload).where(Job.id.in_(job_ids))).all())


def _rows(
    session: Session, state: JobState, limit: int, *, least_attempts: int = 0, kinds: Collection[str] | None = None
) -> list[JobRow]:
    names = ("id", "kind", "state", "run_at", "attempts", "last_error", "created_at", "finished_at")
    query = (
        select(*(getattr(Job, name) for name in names), (cast(Job.payload, String) == "{}").label("emptied"))
        .where(Job.state == state, Job.attempts >= least_attempts)
        .order_by(Job.finished_at.desc(), Job.run_at, Job.id)
        .limit(limit)
    )
    if kinds is not None:
        query = query.where(Job.kind.in_(kinds))
    return [JobRow(**row._mapping) for row in session.execute(query)]
