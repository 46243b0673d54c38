"""How does a request stand, and who may end it? Pure: standard library only."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime, timedelta

from app.approvals.errors import AlreadyDecided, NotTheRequester, OwnRequest, RequestExpired, RequestWithdrawn

REQUEST_LIFE = timedelta(hours=24)
"""One day: whoever decides comes to work within it, and no consent is given to the state of things of long ago."""

LONGEST_REASON = 500
LONGEST_KIND = 80
LONGEST_SUBJECT = 80


class State(enum.Enum):
    """What is stored of a request."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Standing(enum.Enum):
    """How a request stands at a moment: its state, or that its time has run out."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def standing_at(state: State, expires_at: datetime, now: datetime) -> Standing:
    """Return how a request stands at ``now``; its last moment belongs to "expired"."""
    if state is State.WAITING and now >= expires_at:
        return Standing.EXPIRED
    return Standing(state.value)


def require_waiting(standing: Standing) -> None:
    """Refuse to end a request that has ended.

    Raises:
        RequestExpired, AlreadyDecided, RequestWithdrawn: How it ended.
    """
    if standing is Standing.EXPIRED:
        raise RequestExpired
    if standing is Standing.WITHDRAWN:
        raise RequestWithdrawn
    if standing is not Standing.WAITING:
        raise AlreadyDecided


def require_second_person(requested_by: uuid.UUID, person_id: uuid.UUID) -> None:
    """Refuse a decision by the person who asked. Raises ``OwnRequest``."""
    if requested_by == person_id:
        raise OwnRequest


def require_requester(requested_by: uuid.UUID, person_id: uuid.UUID) -> None:
    """Refuse a withdrawal by anybody else. Raises ``NotTheRequester``."""
    if requested_by != person_id:
        raise NotTheRequester
