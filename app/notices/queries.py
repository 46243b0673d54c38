"""What was a person told, what have they not read yet, and which letters are on their way?"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.jobs import queries as jobs
from app.jobs.queries import JobRow
from app.jobs.rules import JobState
from app.notices.errors import NoticeNotFound
from app.notices.models import Notice
from app.notices.rules import MAIL_JOB, SMS_JOB, NoticeKind, masked


@dataclass(frozen=True, kw_only=True)
class NoticeFacts:
    """A message as it is kept; ``rendering.words`` puts it into words."""

    id: uuid.UUID
    kind: NoticeKind
    facts: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A letter or a short message on its way, or gone. Once it is gone, nothing is left of what it said to whom."""

    job: JobRow
    message: str | None
    """Value of a ``LetterKind`` or ``NoticeKind``."""
    to: str | None
    """The address, masked."""

    @property
    def by_phone(self) -> bool:
        return self.job.kind == SMS_JOB


def outgoing(state: JobState, *, by_phone: bool, limit: int, session: Session) -> list[Outgoing]:
    """Return letters, and short messages too where ``by_phone``, that stand in a state."""
    rows = jobs.of_kinds(_job_kinds(by_phone=by_phone), state, session=session, limit=limit)
    carried = jobs.payloads([row.id for row in rows], session=session)
    return [_outgoing(row, carried.get(row.id, {})) for row in rows]


def count_outgoing(*, by_phone: bool, session: Session) -> dict[JobState, int]:
    """Return how many letters, and short messages too where ``by_phone``, stand in each state."""
    return jobs.counts(session, kinds=_job_kinds(by_phone=by_phone))


def notices_of(account_id: uuid.UUID, *, limit: int | None = None, session: Session) -> list[NoticeFacts]:
    """Return a person's messages, the newest first; all of them unless a limit is given."""
    query = select(Notice).where(Notice.account_id == account_id).order_by(Notice.id.desc()).limit(limit)
    return [_facts(row) for row in session.scalars(query)]


def access_notice(notice_id: uuid.UUID, account_id: uuid.UUID, *, session: Session) -> NoticeFacts:
    """Return the message if it is this person's.

    Raises:
        NoticeNotFound: It is not there, or is another's.
    """
    row = session.scalar(select(Notice).where(Notice.id == notice_id, Notice.account_id == account_id))
    if row is None:
        raise NoticeNotFound
    return _facts(row)


def count_unread(account_id: uuid.UUID, *, session: Session) -> int:
    """Return how many messages a person has not opened."""
    query = select(func.count()).select_from(Notice).where(Notice.account_id == account_id, Notice.read_at.is_(None))
    return session.scalars(query).one()


def told(keys: Collection[str], *, session: Session) -> set[str]:
    """Return those of the keys whose causes have been told."""
    return set(session.scalars(select(Notice.key).where(Notice.key.in_(keys))))


def _job_kinds(*, by_phone: bool) -> tuple[str, ...]:
    return (MAIL_JOB, SMS_JOB) if by_phone else (MAIL_JOB,)


def _outgoing(row: JobRow, carried: Mapping[str, Any]) -> Outgoing:
    to = carried.get("to")
    return Outgoing(job=row, message=carried.get("kind"), to=to and masked(to))


def _facts(row: Notice) -> NoticeFacts:
    return NoticeFacts(
        id=row.id, kind=NoticeKind(row.kind), facts=row.facts, created_at=row.created_at, read_at=row.read_at
    )
