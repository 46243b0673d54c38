"""How are invitations kept?"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Enum, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.rules import LONGEST_DISPLAY_NAME, LONGEST_NAME, Role
from app.db import Base, UtcDateTime


class Invitation(Base):
    """One person who is to work here, and what became of it. The link itself is only in the letter."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("(token_hash IS NULL) = (sent_at IS NULL)", name="sent_with_a_link"),
        CheckConstraint("(sent_at IS NULL) = (expires_at IS NULL)", name="sent_for_a_while"),
        CheckConstraint("(accepted_at IS NULL) = (account_id IS NULL)", name="accepted_with_an_account"),
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="ended_once"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    role: Mapped[Role] = mapped_column(
        Enum(
            Role,
            name="role",
            native_enum=False,
            length=20,
            create_constraint=True,
            values_callable=lambda roles: [role.value for role in roles],
        )
    )
    email: Mapped[str] = mapped_column(String(LONGEST_NAME), index=True)
    display_name: Mapped[str] = mapped_column(String(LONGEST_DISPLAY_NAME))
    language: Mapped[str] = mapped_column(String(2))
    centre_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("centre.id"))
    body_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hiring_body.id"))
    ends_on: Mapped[date | None]
    invited_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    """Nobody where it was the command line."""
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
