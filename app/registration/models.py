"""Which tables hold registrations that are not finished?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.rules import LONGEST_NAME
from app.applicants.rules import LONGEST_PHONE
from app.db import Base, UtcDateTime


class Registration(Base):
    """What one browser typed, until it is an account or its hour is over. Nothing else refers to it."""

    __tablename__ = "registration"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the token in the browser's cookie: whoever reads the table cannot go on with a registration."""
    iin: Mapped[str] = mapped_column(String(12))
    family_name: Mapped[str] = mapped_column(String(120))
    given_name: Mapped[str] = mapped_column(String(120))
    patronymic: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(LONGEST_NAME))
    phone: Mapped[str] = mapped_column(String(LONGEST_PHONE))
    language: Mapped[str] = mapped_column(String(2))
    consent_version: Mapped[str] = mapped_column(String(20))
    consented_at: Mapped[datetime] = mapped_column(UtcDateTime)
    code_hash: Mapped[str] = mapped_column(String(64))
    """Keyed; empty until the first code is made."""
    code_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wrong_codes: Mapped[int]
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    """The account that came of it; the row stays its hour, so that the same form sent again makes no other one."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class CodeAllowance(Base):
    """The letters with a code of the last hour, to one address or for one IIN, which stands here as a keyed hash."""

    __tablename__ = "code_allowance"

    name_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    sent_at: Mapped[list[str]] = mapped_column(JSON)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
