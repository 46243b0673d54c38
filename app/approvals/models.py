"""How is a request of one person to another kept?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Enum, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.approvals.rules import LONGEST_KIND, LONGEST_REASON, LONGEST_SUBJECT, State
from app.db import Base, UtcDateTime


class ApprovalRequest(Base):
    """One act that was asked for, and what became of it. That its time ran out is not stored."""

    __tablename__ = "approval_request"
    __table_args__ = (
        UniqueConstraint("kind", "subject", "number"),
        CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="ended_by_somebody"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="ended_at_a_moment"),
        CheckConstraint("(state = 'withdrawn') = (decided_by = requested_by)", name="decided_by_another"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(LONGEST_KIND))
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))
    number: Mapped[int]
    """The how-manieth for this act on this subject: of two that are made at once, the constraint lets one in."""
    centre_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("centre.id"))
    """Where the subject belongs: what a proctor sees is of their own centre."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    requested_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[State] = mapped_column(
        Enum(
            State,
            name="state",
            native_enum=False,
            length=20,
            create_constraint=True,
            values_callable=lambda states: [state.value for state in states],
        ),
        default=State.WAITING,
    )
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision_note: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
