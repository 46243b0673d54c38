"""Which tables hold practice? None that a test, a result or the log knows of."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime

_OPEN = text("ended_at IS NULL")


class PracticeRun(Base):
    """One browser, one paper drawn from a seed, one clock; deleted after a day."""

    __tablename__ = "practice_run"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_something"),
        Index("ix_practice_run_open", "token_hash", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), index=True)
    """Of the token in the browser's cookie."""
    programme_code: Mapped[str] = mapped_column(String(60))
    programme_version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    seed: Mapped[bytes] = mapped_column(LargeBinary)
    seen: Mapped[list[str]] = mapped_column(JSON)
    """Items of this browser's earlier runs, which the draw took only where others did not suffice."""
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """What the seed gave, so that a change of the pool changes no run."""
    first_head: Mapped[bytes] = mapped_column(LargeBinary)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    allowance_seconds: Mapped[int]
    grace_seconds: Mapped[int]
    beat_seconds: Mapped[int]
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    """From here on no answer is taken: the time and its grace are over."""
    flags: Mapped[list[int]] = mapped_column(JSON)
    place: Mapped[int] = mapped_column(SmallInteger)
    event_number: Mapped[int]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(16))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class PracticeAnswer(Base):
    """One row for each change of an answer, as in a sitting, so that the page may behave as there."""

    __tablename__ = "practice_answer"

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practice_run.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    option: Mapped[int | None] = mapped_column(SmallInteger)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    head: Mapped[bytes] = mapped_column(LargeBinary)
