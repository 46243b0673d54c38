"""How are accounts kept, with their failed tries and their reset links?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Enum, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.rules import LONGEST_NAME, Role
from app.db import Base, UtcDateTime


class Account(Base):
    """One person in one role."""

    __tablename__ = "account"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sign_in_name: Mapped[str] = mapped_column(String(LONGEST_NAME), unique=True)
    email: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    display_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(
        Enum(
            Role,
            name="role",
            native_enum=False,
            length=20,
            create_constraint=True,
            values_callable=lambda roles: [role.value for role in roles],
        ),
        index=True,
    )
    centre_id: Mapped[uuid.UUID | None]
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    active: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInThrottle(Base):
    """Failed tries of one name. A row for an unknown name looks the same."""

    __tablename__ = "sign_in_throttle"

    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasswordReset(Base):
    """One link for a new password, deleted by its use. The link itself is only in the letter."""

    __tablename__ = "password_reset"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
