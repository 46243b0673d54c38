"""What was told, and what was taken?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.outbound.models import OutboundEvent
from app.outbound.rules import EventKind


@dataclass(frozen=True, kw_only=True)
class EventFacts:
    """An event as a page shows it; whom it is about stays in the job."""

    id: uuid.UUID
    kind: EventKind
    subject_id: uuid.UUID
    body_digest: bytes
    created_at: datetime
    tried_at: datetime | None
    last_status: int | None
    delivered_at: datetime | None


def latest_events(*, limit: int, session: Session) -> list[EventFacts]:
    """Return events, the newest first."""
    query = select(OutboundEvent).order_by(OutboundEvent.created_at.desc(), OutboundEvent.id.desc()).limit(limit)
    return [_facts(row) for row in session.scalars(query)]


def count_untaken(*, session: Session) -> int:
    """Return how many events the receiver has not taken."""
    return session.scalar(select(func.count()).where(OutboundEvent.delivered_at.is_(None))) or 0


def _facts(row: OutboundEvent) -> EventFacts:
    return EventFacts(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        body_digest=row.body_digest,
        created_at=row.created_at,
        tried_at=row.tried_at,
        last_status=row.last_status,
        delivered_at=row.delivered_at,
    )
