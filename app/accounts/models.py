"""How are accounts kept, with their second factors, failed tries, reset links and new addresses?"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import JSON, Enum, ForeignKey, String
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
    body_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hiring_body.id"))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    active: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=0)
    ends_on: Mapped[date | None]
    """The first day on which the role is over, by the country's calendar."""
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


class SecondFactor(Base):
    """The app that gives the codes for one account. A row is a confirmed one."""

    __tablename__ = "second_factor"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(String(200))
    last_step: Mapped[int]
    """Of the last code that was taken: none is taken twice."""
    set_up_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """One code for who has lost the app, deleted by its use. Keyed hash; the code itself is only on paper."""

    __tablename__ = "recovery_code"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class EmailChange(Base):
    """The address that an account is to have, until the code sent there is typed or a day is over."""

    __tablename__ = "email_change"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(LONGEST_NAME))
    code_hash: Mapped[str] = mapped_column(String(64))
    """Keyed; empty once it was used."""
    code_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wrong_codes: Mapped[int]
    sent_at: Mapped[list[str]] = mapped_column(JSON)
    """The letters of the last hour."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
