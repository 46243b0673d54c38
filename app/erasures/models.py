"""Which table holds requests for erasure?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime
from app.erasures.rules import LONGEST_REASON, State

_OPEN = text("state = 'asked'")


class ErasureRequest(Base):
    """That a person wants their data erased, and what became of it. One waits at a time."""

    __tablename__ = "erasure_request"
    __table_args__ = (
        Index("ix_erasure_request_open", "applicant_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="refused_with_a_reason"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"))
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
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    """Why it was refused; the person reads it."""
