"""Who is invited, and how does it stand?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.accounts.service import digest_of
from app.people.errors import InvitationNotFound, InvitationNotUsable
from app.people.models import Invitation
from app.people.rules import Standing, standing_at


@dataclass(frozen=True, kw_only=True)
class InvitationFacts:
    """An invitation as administrators see it."""

    id: uuid.UUID
    role: Role
    email: str
    display_name: str
    language: str
    centre_id: uuid.UUID | None
    body_id: uuid.UUID | None
    ends_on: date | None
    invited_by: uuid.UUID | None
    invited_at: datetime
    sent_at: datetime | None
    expires_at: datetime | None
    accepted_at: datetime | None
    account_id: uuid.UUID | None
    withdrawn_at: datetime | None

    def standing_at(self, now: datetime) -> Standing:
        return standing_at(
            expires_at=self.expires_at, accepted_at=self.accepted_at, withdrawn_at=self.withdrawn_at, now=now
        )


def invitations(*, offset: int, limit: int, session: Session) -> list[InvitationFacts]:
    """Return invitations, the newest first."""
    query = select(Invitation).order_by(Invitation.invited_at.desc(), Invitation.id.desc())
    return [facts_of(row) for row in session.scalars(query.offset(offset).limit(limit))]


def invitation_with_id(invitation_id: uuid.UUID, *, session: Session) -> InvitationFacts:
    """Return one invitation.

    Raises:
        InvitationNotFound: There is none of this id.
    """
    row = session.get(Invitation, invitation_id)
    if row is None:
        raise InvitationNotFound
    return facts_of(row)


def open_invitation(token: str, *, session: Session, now: datetime) -> InvitationFacts:
    """Return the invitation of a link that still works.

    Raises:
        InvitationNotUsable: It does not.
    """
    row = session.scalar(select(Invitation).where(Invitation.token_hash == digest_of(token)))
    if row is None or facts_of(row).standing_at(now) is not Standing.OPEN:
        raise InvitationNotUsable
    return facts_of(row)


def open_invitation_to(email: str, *, session: Session, now: datetime) -> InvitationFacts | None:
    """Return the invitation to an address that waits for an answer, or for another administrator; or None."""
    found = map(facts_of, session.scalars(select(Invitation).where(Invitation.email == email)))
    return next((each for each in found if each.standing_at(now) in {Standing.OPEN, Standing.WAITING}), None)


def facts_of(row: Invitation) -> InvitationFacts:
    """Return what others may know of a row."""
    return InvitationFacts(**{name: getattr(row, name) for name in InvitationFacts.__dataclass_fields__})
