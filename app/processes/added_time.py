"""What is asked when a sitting is to get more time than one person may add?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.bookings.queries import booking_with_id
from app.sittings import credit
from app.sittings.credit import GiveTime, credits_of_sitting, granted
from app.sittings.errors import SittingEnded, SittingNotFound
from app.sittings.outages import Span
from app.sittings.queries import sitting_with_id
from app.sittings.rules import MOST_MINUTES, CreditCause, Reason, State

MINUTE = 60


def command_of(subject: str, payload: Mapping[str, Any], *, note: str) -> GiveTime:
    """Read what was asked. Raises ``SittingNotFound`` if it names no sitting, or asks for nothing that can be given."""
    try:
        cause, reason, minutes = CreditCause(payload["cause"]), Reason(payload["code"]), int(payload["minutes"])
        moments = [datetime.fromisoformat(moment) for moment in str(payload.get("span") or "").split()]
    except (KeyError, ValueError) as odd:
        raise SittingNotFound from odd
    if cause is CreditCause.PAUSE or not 0 < minutes <= MOST_MINUTES:
        raise SittingNotFound
    return GiveTime(
        sitting_id=_id(subject),
        cause=cause,
        seconds=minutes * MINUTE,
        reason=reason,
        note=note,
        span=Span(*moments) if moments else None,
    )


def give(command: GiveTime, *, actor: uuid.UUID, requested_by: uuid.UUID, session: Session, now: datetime) -> None:
    """Add what two people agreed on. Raises ``SittingEnded`` once a result stands."""
    credit.give(command, actor=actor, requested_by=requested_by, session=session, now=now)


def centre_of(subject: str, *, session: Session) -> uuid.UUID:
    """Return the centre in which the person sits."""
    sitting = sitting_with_id(_id(subject), session=session)
    return booking_with_id(sitting.booking_id, session=session).session.centre_id


def check(subject: str, payload: Mapping[str, Any], *, session: Session, now: datetime) -> None:  # noqa: ARG001  # of a ``Check``
    """Refuse what cannot be given. Raises ``SittingNotFound``, ``SittingEnded``."""
    command = command_of(subject, payload, note="")
    if sitting_with_id(command.sitting_id, session=session).state is not State.RUNNING:
        raise SittingEnded


def state_of(subject: str, *, session: Session) -> Mapping[str, Any]:
    """What was given already: who agrees later agrees to so much on top of that."""
    return {"granted_seconds": granted(credits_of_sitting(_id(subject), session=session))}


def _id(subject: str) -> uuid.UUID:
    """Read the id in its one spelling, so that two requests about one sitting are seen to be that."""
    try:
        found = uuid.UUID(subject)
    except ValueError as other:
        raise SittingNotFound from other
    if str(found) != subject:
        raise SittingNotFound
    return found
