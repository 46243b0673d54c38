"""Which tables hold a sitting, its answers and its events?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime

_RUNNING = text("state = 'running'")


class Sitting(Base):
    """One person, one frozen paper, one clock, and one at a time. What the save statement needs stands in this row."""

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'ended')", name="state_known"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_with_a_time"),
        Index("ix_sitting_running", "applicant_id", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("paper.id"), unique=True)
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id"), unique=True)
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    question_count: Mapped[int] = mapped_column(SmallInteger)
    option_count: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(16))
    live_nonce: Mapped[bytes | None] = mapped_column(LargeBinary)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    allowance_seconds: Mapped[int]
    credit_seconds: Mapped[int] = mapped_column(default=0)
    grace_seconds: Mapped[int]
    credit_cap_seconds: Mapped[int]
    beat_seconds: Mapped[int]
    first_head: Mapped[bytes] = mapped_column(LargeBinary)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(16))
    final_sequence: Mapped[int | None]
    final_head: Mapped[bytes | None] = mapped_column(LargeBinary)


class Answer(Base):
    """The journal: one row for each change of an answer, appended, never changed."""

    __tablename__ = "answer"

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    option: Mapped[int | None] = mapped_column(SmallInteger)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    head: Mapped[bytes] = mapped_column(LargeBinary)


class LateAnswer(Base):
    """Quarantine: what arrived after the deadline and its grace. Recorded, not scored, unless a credit reaches it."""

    __tablename__ = "late_answer"

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    option: Mapped[int | None] = mapped_column(SmallInteger)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SittingEvent(Base):
    """The lighter journal: flags, place, summary shown. Resume and replay need it, scoring does not."""

    __tablename__ = "sitting_event"

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    position: Mapped[int | None] = mapped_column(SmallInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Beat(Base):
    """When the page of a sitting was last heard; a row of its own, so that a beat never waits for a save."""

    __tablename__ = "sitting_beat"

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
