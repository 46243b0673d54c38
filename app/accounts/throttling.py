"""How often may one name fail, by password or by code? Counts are kept whether or not there is such an account."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts.models import SignInThrottle
from app.accounts.rules import COUNTING_TIME, Throttle, after_failure
from app.audit import service as audit


def throttle_of(name: str, session: Session) -> Throttle:
    """Read the failures of a name and hold their row, so that guesses wait for each other."""
    columns = (SignInThrottle.failures, SignInThrottle.failed_at, SignInThrottle.locked_until)
    row = session.execute(select(*columns).where(SignInThrottle.name == name).with_for_update()).one_or_none()
    return Throttle() if row is None else Throttle(**row._mapping)


def count_failure(name: str, account_id: uuid.UUID | None, *, session: Session, now: datetime) -> datetime | None:
    """Keep one more failure. The log gets one entry for each wait, not one for each try: it cannot be flooded.

    Returns:
        Until when further tries are refused unseen, or None.
    """
    _make_row(name, session)
    after = after_failure(throttle_of(name, session), now)
    values = {"failures": after.failures, "failed_at": after.failed_at, "locked_until": after.locked_until}
    session.execute(update(SignInThrottle).where(SignInThrottle.name == name).values(values))
    if after.locked_until is not None:
        audit.record(
            "accounts.session.refused",
            session=session,
            at=now,
            actor="anonymous",
            subject=account_id or "unknown",
            failures=after.failures,
            until=after.locked_until,
        )
    return after.locked_until


def forget_failures(name: str, session: Session) -> None:
    """Begin to count anew."""
    session.execute(delete(SignInThrottle).where(SignInThrottle.name == name))


def forget_old_failures(*, session: Session, now: datetime) -> None:
    """Delete the counts that have no effect any more."""
    past = now - COUNTING_TIME
    waited = or_(SignInThrottle.locked_until.is_(None), SignInThrottle.locked_until <= past)
    session.execute(delete(SignInThrottle).where(SignInThrottle.failed_at <= past, waited))


def _make_row(name: str, session: Session) -> None:
    """Make the row of a name unless it is there, also where another request makes it at this moment."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(SignInThrottle).values(name=name, failures=0).on_conflict_do_nothing())
