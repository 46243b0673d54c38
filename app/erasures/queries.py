"""Which requests for erasure are there?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.erasures.errors import ErasureNotFound
from app.erasures.models import ErasureRequest
from app.erasures.rules import State, due_on


@dataclass(frozen=True, kw_only=True)
class ErasureFacts:
    """A request as it is stored."""

    id: uuid.UUID
    applicant_id: uuid.UUID
    state: State
    asked_at: datetime
    decided_at: datetime | None
    decided_by: uuid.UUID | None
    reason: str | None

    @property
    def due_on(self) -> date:
        """The last day on which it is done in time."""
        return due_on(self.asked_at)


def erasure_with_id(request_id: uuid.UUID, *, session: Session) -> ErasureFacts:
    """Return a request, whosever it is. Raises ``ErasureNotFound``."""
    row = session.get(ErasureRequest, request_id, populate_existing=True)
    if row is None:
        raise ErasureNotFound
    return facts(row)


def erasures_of_applicant(applicant_id: uuid.UUID, *, session: Session) -> list[ErasureFacts]:
    """Return a person's requests, the newest first."""
    query = select(ErasureRequest).where(ErasureRequest.applicant_id == applicant_id)
    return [facts(row) for row in session.scalars(query.order_by(ErasureRequest.id.desc()))]


def erasure_waits(applicant_id: uuid.UUID, *, session: Session) -> bool:
    """Say whether a request of this person waits to be carried out."""
    query = select(ErasureRequest.id).where(ErasureRequest.applicant_id == applicant_id)
    return session.scalar(query.where(ErasureRequest.state == State.ASKED)) is not None


def open_erasures(*, session: Session) -> list[ErasureFacts]:
    """Return the requests that wait, the most urgent first."""
    query = select(ErasureRequest).where(ErasureRequest.state == State.ASKED)
    return [facts(row) for row in session.scalars(query.order_by(ErasureRequest.asked_at, ErasureRequest.id))]


def decided_erasures(*, limit: int, session: Session) -> list[ErasureFacts]:
    """Return the requests that were carried out, refused or withdrawn, the latest first."""
    query = select(ErasureRequest).where(ErasureRequest.state != State.ASKED)
    newest = query.order_by(ErasureRequest.decided_at.desc(), ErasureRequest.id.desc()).limit(limit)
    return [facts(row) for row in session.scalars(newest)]


def facts(row: ErasureRequest) -> ErasureFacts:
    return ErasureFacts(
        id=row.id,
        applicant_id=row.applicant_id,
        state=row.state,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
    )
