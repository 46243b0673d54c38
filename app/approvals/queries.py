"""Which requests are there, for this person?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.approvals.errors import RequestNotFound
from app.approvals.models import ApprovalRequest
from app.approvals.rules import Standing, State, standing_at


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """A request as it is stored."""

    id: uuid.UUID
    kind: str
    subject: str
    centre_id: uuid.UUID | None
    payload: Mapping[str, Any]
    reason: str
    requested_by: uuid.UUID
    requested_at: datetime
    expires_at: datetime
    state: State
    decided_by: uuid.UUID | None
    decided_at: datetime | None
    decision_note: str | None

    def standing_at(self, now: datetime) -> Standing:
        """Return how it stands at ``now``; its last moment belongs to "expired"."""
        return standing_at(self.state, self.expires_at, now)

    @property
    def ended_at(self) -> datetime:
        """When it was decided or withdrawn; of others, when its time runs out."""
        return self.decided_at or self.expires_at


def access_request(request_id: uuid.UUID, person: Person, *, session: Session) -> RequestFacts:
    """Return the request if it is this person's to see.

    Raises:
        RequestNotFound: It is not there, or is of another centre.
    """
    query = select(ApprovalRequest).where(ApprovalRequest.id == request_id, seen_by(person))
    row = session.scalars(query).one_or_none()
    if row is None:
        raise RequestNotFound
    return facts_of(row)


def waiting(person: Person, *, session: Session, now: datetime) -> list[RequestFacts]:
    """Return what waits for a decision and this person may see, the most urgent first."""
    query = select(ApprovalRequest).where(
        ApprovalRequest.state == State.WAITING, ApprovalRequest.expires_at > now, seen_by(person)
    )
    return [facts_of(row) for row in session.scalars(query.order_by(ApprovalRequest.expires_at, ApprovalRequest.id))]


def ended_since(moment: datetime, person: Person, *, session: Session, now: datetime) -> list[RequestFacts]:
    """Return what was decided or withdrawn or ran out of time after ``moment``, the newest first."""
    ran_out = and_(
        ApprovalRequest.state == State.WAITING, ApprovalRequest.expires_at > moment, ApprovalRequest.expires_at <= now
    )
    query = select(ApprovalRequest).where(or_(ApprovalRequest.decided_at > moment, ran_out), seen_by(person))
    ended = func.coalesce(ApprovalRequest.decided_at, ApprovalRequest.expires_at)
    return [facts_of(row) for row in session.scalars(query.order_by(ended.desc(), ApprovalRequest.id.desc()))]


def newest_about(kind: str, subject: str, *, session: Session) -> tuple[int, RequestFacts | None]:
    """Return how many requests there were for an act on a subject, and the last of them."""
    query = select(ApprovalRequest).where(ApprovalRequest.kind == kind, ApprovalRequest.subject == subject)
    row = session.scalars(query.order_by(ApprovalRequest.number.desc()).limit(1)).one_or_none()
    return (row.number, facts_of(row)) if row else (0, None)


def seen_by(person: Person) -> ColumnElement[bool]:
    """Narrow to what a person may see: a proctor the own centre, and what they have asked for."""
    if person.role is not Role.PROCTOR:
        return true()
    own = ApprovalRequest.requested_by == person.id
    return own if person.centre_id is None else or_(own, ApprovalRequest.centre_id == person.centre_id)


def facts_of(row: ApprovalRequest) -> RequestFacts:
    """Freeze a row."""
    return RequestFacts(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        centre_id=row.centre_id,
        payload=row.payload,
        reason=row.reason,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        state=row.state,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
    )
