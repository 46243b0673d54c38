"""What does the log say?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act as it was recorded."""

    seq: int
    at: datetime
    actor: str
    kind: str
    subject: str
    facts: Mapping[str, Any]


def latest(session: Session, *, limit: int, before_seq: int | None = None, kind: str = "") -> list[Entry]:
    """Return entries, newest first.

    Args:
        session: Where to read.
        limit: Most entries to return.
        before_seq: Only entries older than this one, for the next page.
        kind: Only kinds that begin so: ``accounts`` or ``accounts.password``.
    """
    entry = AuditEntry
    columns = (entry.seq, entry.at, entry.actor, entry.kind, entry.subject, entry.facts)
    query = select(*columns).order_by(entry.seq.desc()).limit(limit)
    if before_seq is not None:
        query = query.where(entry.seq < before_seq)
    if kind:
        query = query.where(entry.kind.startswith(kind, autoescape=True))
    return [Entry(**row._mapping) for row in session.execute(query)]


def about(session: Session, subject: str) -> list[Entry]:
    """Return everything recorded about one thing, oldest first."""
    entry = AuditEntry
    columns = (entry.seq, entry.at, entry.actor, entry.kind, entry.subject, entry.facts)
    query = select(*columns).where(entry.subject == subject).order_by(entry.seq)
    return [Entry(**row._mapping) for row in session.execute(query)]
