"""Which tables hold a sitting, its answers and its events?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime

_RUNNING = text("state = 'running'")


class Sitting(Base):
    """One person, one frozen paper, one clock, and one at a time. What the save statement needs stands in this row."""

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'ended')", name="state_known"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_with_a_time"),
        CheckConstraint("paused_at IS NULL OR state = 'running'", name="paused_while_running"),
        CheckConstraint("(paused_at IS NULL) = (pause_reason IS NULL)", name="paused_for_a_reason"),
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
    """The sum of ``sitting_credit``, kept here for the save statement."""
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pause_reason: Mapped[str | None] = mapped_column(String(16))
    grace_seconds: Mapped[int]
    credit_cap_seconds: Mapped[int]
    beat_seconds: Mapped[int]
    gap_beats: Mapped[int] = mapped_column(SmallInteger)
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
    """Quarantine: what arrived after the deadline and its grace. Recorded, not scored, unless a credit reaches it.

    ``taken_as`` is the sequence number under which the journal has it then.
    """

    __tablename__ = "late_answer"

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    option: Mapped[int | None] = mapped_column(SmallInteger)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_as: Mapped[int | None]


class SittingEvent(Base):
    """The lighter journal: flags, place, what was seen and said. Resume and replay need it, scoring does not."""

    __tablename__ = "sitting_event"

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    position: Mapped[int | None] = mapped_column(SmallInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What the page adds, few bytes: counts as shown, and ``t``, when it happened (milliseconds since 1970)."""


class Beat(Base):
    """When the page of a sitting was last heard; a row of its own, so that a beat never waits for a save.

    The time before is kept too: the statement that notes a beat returns it, and a gap is seen without a second one.
    """

    __tablename__ = "sitting_beat"

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_seconds: Mapped[int]
    """After how many seconds the page was told to beat again."""
    previous_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    previous_told_seconds: Mapped[int]


class Gap(Base):
    """A time without any sign of a page. ``settled_at``: the rule for outages has judged it."""

    __tablename__ = "sitting_gap"
    __table_args__ = (
        Index(
            "ix_sitting_gap_unsettled",
            "to_at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    from_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    to_at: Mapped[datetime] = mapped_column(UtcDateTime)
    silent_after_seconds: Mapped[int]
    """How long the page had to be silent for it, by the beat that it was told."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SittingCredit(Base):
    """Time that was added to a sitting, with its cause; appended, never changed."""

    __tablename__ = "sitting_credit"
    __table_args__ = (
        CheckConstraint("cause IN ('pause', 'extension', 'outage')", name="cause_known"),
        CheckConstraint("seconds > 0", name="adds_time"),
        CheckConstraint("(from_at IS NULL) = (to_at IS NULL)", name="whole_span"),
    )

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    cause: Mapped[str] = mapped_column(String(16))
    seconds: Mapped[int]
    from_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    to_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(500))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(64))
    """A person's id; or ``system:worker``, where the rule decided."""
    requested_by: Mapped[str | None] = mapped_column(String(64))
    """Who asked for it, where two people decided."""
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)


class PreparedSitting(Base):
    """All that a start needs, made ready beforehand: the row of the sitting to come, and when it may begin.

    One for each person: who gets ready for another test is not ready for this one any more. Where something happens
    that may keep the person from the test, the row is deleted, and the person gets ready once more.
    """

    __tablename__ = "prepared_sitting"

    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"), primary_key=True)
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id"), unique=True)
    exam_session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_session.id"), index=True)
    sitting_id: Mapped[uuid.UUID]
    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("paper.id"))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    question_count: Mapped[int] = mapped_column(SmallInteger)
    option_count: Mapped[int] = mapped_column(SmallInteger)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    allowance_seconds: Mapped[int]
    extra_seconds: Mapped[int]
    grace_seconds: Mapped[int]
    credit_cap_seconds: Mapped[int]
    beat_seconds: Mapped[int]
    gap_beats: Mapped[int] = mapped_column(SmallInteger)
    first_head: Mapped[bytes] = mapped_column(LargeBinary)
    awaits_release: Mapped[bool]
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    admission_seconds: Mapped[int]
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MoveCode(Base):
    """The code by which a running sitting may go on at another computer: one at a time, once, for minutes."""

    __tablename__ = "move_code"

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
