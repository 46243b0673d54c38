"""Which tables hold centres, exam sessions and who is booked into them?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class Centre(Base):
    """A place where tests are sat."""

    __tablename__ = "centre"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name_kk: Mapped[str] = mapped_column(String(200))
    name_ru: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))


class Workstation(Base):
    """A numbered place with a computer."""

    __tablename__ = "workstation"

    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    accessible: Mapped[bool] = mapped_column(default=False)
    in_service: Mapped[bool] = mapped_column(default=True)


class ExamSession(Base):
    """One programme, one centre, one time: everybody in it starts within it."""

    __tablename__ = "exam_session"
    __table_args__ = (CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"))
    programme_code: Mapped[str] = mapped_column(String(64))
    programme_version: Mapped[str] = mapped_column(String(32))
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    booking_closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Booking(Base):
    """One applicant's place in one exam session."""

    __tablename__ = "booking"
    __table_args__ = (
        UniqueConstraint("exam_session_id", "applicant_id"),
        Index("ix_booking_applicant_id", "applicant_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    exam_session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_session.id"))
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"))
    accessible: Mapped[bool] = mapped_column(default=False)
    """Whether the applicant needs an accessible workstation."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
