"""Which tables hold appeals, what they contest, and who decides?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Enum, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.appeals.rules import LONGEST_ARGUMENT, LONGEST_REASON, LONGEST_STATEMENT, Ground, State
from app.db import Base, UtcDateTime

_STANDS = text("state != 'withdrawn'")


class Appeal(Base):
    """One person contests a test on one ground, or an act. Of what is contested there is one that stands."""

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("(ground = 'violation') = (ban_id IS NOT NULL)", name="act_is_contested"),
        CheckConstraint("(ground = 'violation') = (sitting_id IS NULL)", name="test_is_contested"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_at_a_moment"),
        Index(
            "ix_appeal_of_sitting", "sitting_id", "ground", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS
        ),
        Index("ix_appeal_of_ban", "ban_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"), index=True)
    ground: Mapped[Ground] = mapped_column(
        Enum(
            Ground,
            name="ground",
            native_enum=False,
            length=20,
            create_constraint=True,
            values_callable=lambda grounds: [ground.value for ground in grounds],
        )
    )
    sitting_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sitting.id"))
    ban_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ban.id"))
    programme_code: Mapped[str] = mapped_column(String(64))
    programme_version: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(2))
    """In which the applicant reads, and the commission gives its reasons."""
    statement: Mapped[str] = mapped_column(String(LONGEST_STATEMENT))
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Before when it is to be decided."""
    state: Mapped[State] = mapped_column(
        Enum(
            State,
            name="state",
            native_enum=False,
            length=20,
            create_constraint=True,
            values_callable=lambda states: [state.value for state in states],
        )
    )
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AppealQuestion(Base):
    """A question that is contested, and what the commission found; a faulty item is known by these rows."""

    __tablename__ = "appeal_question"

    appeal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("appeal.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    item_id: Mapped[str] = mapped_column(String(64), index=True)
    item_version: Mapped[int]
    argument: Mapped[str] = mapped_column(String(LONGEST_ARGUMENT))
    upheld: Mapped[bool | None]
    """Whether the commission found it faulty; None until it decides."""


class AppealMember(Base):
    """One of the commission of one appeal, and how they voted."""

    __tablename__ = "appeal_member"
    __table_args__ = (
        CheckConstraint("(granted IS NULL) = (voted_at IS NULL)", name="voted_at_a_moment"),
        CheckConstraint("voted_at IS NULL OR opened_at IS NOT NULL", name="voted_after_reading"),
        Index("ix_appeal_member_place", "appeal_id", "place", unique=True),
        Index("ix_appeal_member_account_id", "account_id"),
    )

    appeal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("appeal.id"), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger)
    """1 for the chair."""
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the member first opened the case, which shows questions with their keys."""
    granted: Mapped[bool | None]
    upheld: Mapped[list[int]] = mapped_column(JSON, default=list)
    reason: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    voted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AppealSerial(Base):
    """The last number given in a year; the row's lock keeps two filings from taking the same."""

    __tablename__ = "appeal_serial"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
