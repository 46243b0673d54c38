"""Which tables hold item versions, committed draws and frozen papers?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class ItemVersion(Base):
    """One version of an item, as it was imported. Never changed: papers of years ago rest on it."""

    __tablename__ = "item_version"

    item_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Draw(Base):
    """What an exam session's papers are drawn from: fixed and logged before anything is drawn."""

    __tablename__ = "draw"
    __table_args__ = (UniqueConstraint("exam_session_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    exam_session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_session.id"))
    number: Mapped[int]
    """1 for the first draw of a session; a redraw has the next one."""
    reason: Mapped[str | None] = mapped_column(String(500))
    """Why there is a redraw."""
    manifest: Mapped[str] = mapped_column(Text)
    names: Mapped[dict[str, Any]] = mapped_column(JSON)
    pool_secret: Mapped[bytes] = mapped_column(LargeBinary)
    inputs: Mapped[str] = mapped_column(Text)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    commitment: Mapped[bytes] = mapped_column(LargeBinary)
    committed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a redraw took its place; its papers do not count from then on."""
    salt: Mapped[str | None] = mapped_column(String(200))
    """None until it is decided; empty where nothing was thrown, which makes the draw weak."""
    witnesses: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Bookings before whose applicants the salt was thrown."""
    drawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When seats and papers of the roster were drawn; papers of a draw without a roster come one by one."""
    spares: Mapped[list[str]] = mapped_column(JSON, default=list)
    revealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Paper(Base):
    """The questions and the seat of one booking, frozen before the clock starts. The newest draw's paper counts."""

    __tablename__ = "paper"
    __table_args__ = (UniqueConstraint("booking_id", "draw_id"), Index("ix_paper_draw_id", "draw_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id"))
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"), index=True)
    draw_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("draw.id"))
    programme_code: Mapped[str] = mapped_column(String(64))
    programme_version: Mapped[str] = mapped_column(String(32))
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    seen: Mapped[list[str]] = mapped_column(JSON)
    seat: Mapped[str | None] = mapped_column(String(16))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
