"""Which tables hold the people who sit the test?"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.applicants.rules import LONGEST_DESCRIPTION, LONGEST_REFERENCE
from app.db import Base, UtcDateTime


class Applicant(Base):
    """A person, once, however often they sit."""

    __tablename__ = "applicant"
    __table_args__ = (
        CheckConstraint("(consent_version IS NULL) = (consented_at IS NULL)", name="consent_has_a_moment"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), unique=True)
    iin: Mapped[str] = mapped_column(String(12), unique=True)
    family_name: Mapped[str] = mapped_column(String(120))
    given_name: Mapped[str] = mapped_column(String(120))
    patronymic: Mapped[str | None] = mapped_column(String(120))
    birth_date: Mapped[date]
    phone: Mapped[str | None] = mapped_column(String(16))
    consent_version: Mapped[str | None] = mapped_column(String(20))
    """Which text of the consent was agreed to; absent for people who were entered by others."""
    consented_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person had their data erased; what stands in the other columns is what had to stay."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Ban(Base):
    """A person may not sit for a while: an act on a violation of the rules says so. Lifted, it stays as a row."""

    __tablename__ = "ban"
    __table_args__ = (
        UniqueConstraint("applicant_id", "reference"),
        CheckConstraint("starts_at < ends_at", name="lasts"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name="lifted_for_a_reason"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"), index=True)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))
    """Number of the act."""
    act_on: Mapped[date]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    programme_code: Mapped[str] = mapped_column(String(64))
    programme_version: Mapped[str] = mapped_column(String(32))
    """Whose rule says how long a violation bars a person, and how long the act may be contested."""
    description: Mapped[str] = mapped_column(String(LONGEST_DESCRIPTION))
    """What was seen."""
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"))
    sitting_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sitting.id"))
    imposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    imposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_reason: Mapped[str | None] = mapped_column(String(LONGEST_DESCRIPTION))
