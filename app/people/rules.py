"""How does an invitation stand, and what may be done about a role? Pure: standard library only."""

from __future__ import annotations

import enum
from datetime import date, datetime, timedelta

from app.accounts.rules import STAFF, Role
from app.people.errors import EndNotAhead, RoleNotInvited

INVITATION_LIFE = timedelta(days=7)
"""After its newest letter."""
NEED_ANOTHER = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
"""Roles into which nobody brings a person alone: who changes everything, and who watches over that."""
LONGEST_REASON = 500


class Standing(enum.Enum):
    """How an invitation stands at a moment."""

    WAITING = "waiting"
    """For another administrator to agree."""
    OPEN = "open"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


def standing_at(
    *, expires_at: datetime | None, accepted_at: datetime | None, withdrawn_at: datetime | None, now: datetime
) -> Standing:
    """Return how an invitation stands at ``now``. One that was never sent has no last moment."""
    if accepted_at is not None:
        return Standing.ACCEPTED
    if withdrawn_at is not None:
        return Standing.WITHDRAWN
    if expires_at is None:
        return Standing.WAITING
    return Standing.EXPIRED if now >= expires_at else Standing.OPEN


def require_invitable(role: Role) -> None:
    """Refuse a role that is not given by invitation. Raises ``RoleNotInvited``."""
    if role not in STAFF:
        raise RoleNotInvited


def require_ahead(ends_on: date | None, today: date) -> None:
    """Refuse an end that is not ahead: today the role still holds. Raises ``EndNotAhead``."""
    if ends_on is not None and ends_on <= today:
        raise EndNotAhead
