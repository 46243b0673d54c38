"""How is a request for special conditions kept, with its decision?"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.accommodations.rules import LONGEST_NOTE, LONGEST_REASON, LONGEST_TEXT, State
from app.db import Base, UtcDateTime

_ASKED = text("state = 'asked'")
_GRANTED = text("state = 'granted'")


class Accommodation(Base):
    """What one person asked for, and what was granted. A person has at most one of each that counts.

    Of the reasons nothing is kept but what the person wrote: no diagnosis, no copy of a document.
    """

    __tablename__ = "accommodation"
    __table_args__ = (
        CheckConstraint("state = 'withdrawn' OR (state = 'asked') = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint("extra_percent BETWEEN 0 AND 100", name="extra_percent_of_the_time"),
        CheckConstraint(
            "state IN ('granted', 'replaced', 'withdrawn') OR "
            "(extra_percent = 0 AND NOT accessible AND NOT reader AND valid_until IS NULL)",
            name="values_are_granted",
        ),
        Index("ix_accommodation_applicant_id", "applicant_id"),
        Index("ix_accommodation_asked", "applicant_id", unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED),
        Index(
            "ix_accommodation_granted", "applicant_id", unique=True, sqlite_where=_GRANTED, postgresql_where=_GRANTED
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wants_accessible: Mapped[bool]
    wants_extra_time: Mapped[bool]
    wants_reader: Mapped[bool]
    words: Mapped[str] = mapped_column(String(LONGEST_TEXT))
    document: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    state: Mapped[State] = mapped_column(
        Enum(
            State,
            name="state",
            native_enum=False,
            length=20,
            create_constraint=True,
            values_callable=lambda states: [state.value for state in states],
        ),
        default=State.ASKED,
    )
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision_reason: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person withdrew it, or a later grant took its place."""
    extra_percent: Mapped[int] = mapped_column(default=0)
    accessible: Mapped[bool] = mapped_column(default=False)
    reader: Mapped[bool] = mapped_column(default=False)
    valid_until: Mapped[date | None]
    """The last day on which it holds; None for good."""
