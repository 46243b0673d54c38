"""Which tables hold the steps before a test, and the start of a session?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class CheckIn(Base):
    """How far the person of a booking has come: one moment for each step that is done."""

    __tablename__ = "check_in"

    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the person said: this is me, and this is my test."""
    language: Mapped[str | None] = mapped_column(String(2))
    rules_read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """In the language of the test: another language undoes it."""
    equipment_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    equipment: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What the page found; null where it could check nothing."""
    samples_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the sample questions were left, answered or not."""


class SessionRelease(Base):
    """That a session may start. Once said, it stays."""

    __tablename__ = "session_release"

    exam_session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_session.id"), primary_key=True)
    released_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_by: Mapped[str] = mapped_column(String(64))
    """The account, or the word under which a command acts."""
