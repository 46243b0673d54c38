"""Which tables hold results, and what voids them?"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Enum, ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime
from app.scoring.rules import LONGEST_GROUND, LONGEST_REASON, VoidGround


class Result(Base):
    """What a sitting came to. Never changed; a correction is a new record."""

    __tablename__ = "result"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), unique=True)
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"), index=True)
    programme_code: Mapped[str] = mapped_column(String(64))
    programme_version: Mapped[str] = mapped_column(String(32))
    sections: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    total: Mapped[int] = mapped_column(SmallInteger)
    total_questions: Mapped[int] = mapped_column(SmallInteger)
    total_minimum: Mapped[int] = mapped_column(SmallInteger)
    answered: Mapped[int] = mapped_column(SmallInteger)
    passed: Mapped[bool]
    failed: Mapped[list[str]] = mapped_column(JSON)
    journal_head: Mapped[bytes] = mapped_column(LargeBinary)
    tested_on: Mapped[date]
    retest_opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ResultVoid(Base):
    """That a result counts for nothing: no pass, no waiting time. The result itself stays as it was recorded."""

    __tablename__ = "result_void"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    result_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("result.id"), unique=True)
    ground: Mapped[VoidGround] = mapped_column(
        Enum(
            VoidGround,
            name="ground",
            native_enum=False,
            length=LONGEST_GROUND,
            create_constraint=True,
            values_callable=lambda grounds: [ground.value for ground in grounds],
        )
    )
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    voided_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    voided_at: Mapped[datetime] = mapped_column(UtcDateTime)
