"""How far has somebody come, and has the session been released?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from app.checkin.models import CheckIn, SessionRelease
from app.checkin.rules import Equipment, Step, Trouble, next_step

# Made once, and executed below the ORM: every start and every waiting page asks.
_RELEASE = cast(Table, SessionRelease.__table__)
_RELEASED_AT = select(_RELEASE.c.released_at).where(_RELEASE.c.exam_session_id == bindparam("of_session"))


@dataclass(frozen=True, kw_only=True)
class CheckInFacts:
    """The steps of one booking; nothing is done before the person has confirmed who they are."""

    booking_id: uuid.UUID
    confirmed_at: datetime | None = None
    language: str | None = None
    rules_read_at: datetime | None = None
    equipment_at: datetime | None = None
    equipment: Equipment | None = None
    samples_at: datetime | None = None

    @property
    def next_step(self) -> Step:
        return next_step(
            {
                Step.IDENTITY: self.confirmed_at is not None,
                Step.LANGUAGE: self.language is not None,
                Step.RULES: self.rules_read_at is not None,
                Step.EQUIPMENT: self.equipment_at is not None,
                Step.SAMPLES: self.samples_at is not None,
            }
        )

    @property
    def troubles(self) -> tuple[Trouble, ...] | None:
        """What the check found wanting; None before it."""
        if self.equipment_at is None:
            return None
        return self.equipment.troubles if self.equipment else (Trouble.NOT_CHECKED,)


def check_in_of(booking_id: uuid.UUID, *, session: Session) -> CheckInFacts:
    """Return the steps of a booking."""
    return check_ins_of([booking_id], session=session).get(booking_id) or CheckInFacts(booking_id=booking_id)


def check_ins_of(booking_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, CheckInFacts]:
    """Return the steps of those who have begun them, by booking."""
    rows = session.execute(select(CheckIn.__table__).where(CheckIn.booking_id.in_(list(booking_ids))))
    return {
        row.booking_id: CheckInFacts(
            **{**row._mapping, "equipment": Equipment.from_dict(row.equipment) if row.equipment else None}
        )
        for row in rows
    }


def released_at(exam_session_id: uuid.UUID, *, session: Session) -> datetime | None:
    """Return when a session was released; None before that."""
    return session.scalar(_RELEASED_AT, {"of_session": exam_session_id})
