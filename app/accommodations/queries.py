"""What was asked for, and under which conditions does a person sit on a day?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accommodations.errors import AccommodationNotFound
from app.accommodations.models import Accommodation
from app.accommodations.rules import ORDINARY, Granted, State, Wish


@dataclass(frozen=True, kw_only=True)
class AccommodationFacts:
    """A request, with what was decided."""

    id: uuid.UUID
    applicant_id: uuid.UUID
    asked_at: datetime
    wish: Wish
    state: State
    decided_by: uuid.UUID | None
    decided_at: datetime | None
    reason: str | None
    granted: Granted
    valid_until: date | None

    def holds_on(self, day: date) -> bool:
        """Say whether it is granted and holds on ``day``."""
        return self.state is State.GRANTED and (self.valid_until is None or day <= self.valid_until)


def granted(applicant_id: uuid.UUID, on: date, *, session: Session) -> Granted:
    """Return under which conditions a person sits on a day."""
    return granted_to([applicant_id], on, session=session).get(applicant_id, ORDINARY)


def granted_to(applicant_ids: Iterable[uuid.UUID], on: date, *, session: Session) -> dict[uuid.UUID, Granted]:
    """Return the conditions of those to whom something is granted on a day."""
    holds = or_(Accommodation.valid_until.is_(None), Accommodation.valid_until >= on)
    query = select(Accommodation).where(
        Accommodation.applicant_id.in_(list(applicant_ids)), Accommodation.state == State.GRANTED, holds
    )
    return {row.applicant_id: _granted(row) for row in session.scalars(query)}


def requests_of(applicant_id: uuid.UUID, *, session: Session) -> list[AccommodationFacts]:
    """Return what a person has asked for, the newest first."""
    query = select(Accommodation).where(Accommodation.applicant_id == applicant_id)
    return [facts_of(row) for row in session.scalars(query.order_by(Accommodation.asked_at.desc()))]


def open_requests(*, session: Session) -> list[AccommodationFacts]:
    """Return what waits for a decision, the oldest first."""
    query = select(Accommodation).where(Accommodation.state == State.ASKED)
    return [facts_of(row) for row in session.scalars(query.order_by(Accommodation.asked_at, Accommodation.id))]


def count_open(*, session: Session) -> int:
    """Return how many requests wait for a decision."""
    return session.scalar(select(func.count()).where(Accommodation.state == State.ASKED)) or 0


def request_with_id(accommodation_id: uuid.UUID, *, session: Session) -> AccommodationFacts:
    """Return the request, whosever it is. Raises ``AccommodationNotFound``."""
    row = session.get(Accommodation, accommodation_id)
    if row is None:
        raise AccommodationNotFound
    return facts_of(row)


def facts_of(row: Accommodation) -> AccommodationFacts:
    """Freeze a row."""
    return AccommodationFacts(
        id=row.id,
        applicant_id=row.applicant_id,
        asked_at=row.asked_at,
        wish=Wish(
            accessible=row.wants_accessible,
            extra_time=row.wants_extra_time,
            reader=row.wants_reader,
            words=row.words,
            document=row.document,
        ),
        state=row.state,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.decision_reason,
        granted=_granted(row),
        valid_until=row.valid_until,
    )


def _granted(row: Accommodation) -> Granted:
    return Granted(extra_percent=row.extra_percent, accessible=row.accessible, reader=row.reader)
