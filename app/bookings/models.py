"""Which tables hold centres, exam sessions and who is booked into them?"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Double, Enum, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.bookings.calendar import ExceptionKind
from app.bookings.rules import CancelReason, Fate, Outcome, Reach
from app.db import Base, UtcDateTime


class Centre(Base):
    """A place where tests are sat."""

    __tablename__ = "centre"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name_kk: Mapped[str] = mapped_column(String(200))
    name_ru: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    region: Mapped[str | None] = mapped_column(String(8))
    """Code of the region by ISO 3166-2."""
    region_kk: Mapped[str | None] = mapped_column(String(200))
    region_ru: Mapped[str | None] = mapped_column(String(200))
    region_en: Mapped[str | None] = mapped_column(String(200))
    address_kk: Mapped[str | None] = mapped_column(String(300))
    address_ru: Mapped[str | None] = mapped_column(String(300))
    address_en: Mapped[str | None] = mapped_column(String(300))
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)


class Room(Base):
    """A room of a centre: one session at a time."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("centre_id", "code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"))
    code: Mapped[str] = mapped_column(String(8))
    """Stands in the codes of its sessions."""
    name: Mapped[str] = mapped_column(String(100))


class Workstation(Base):
    """A numbered place with a computer."""

    __tablename__ = "workstation"

    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    accessible: Mapped[bool] = mapped_column(default=False)
    in_service: Mapped[bool] = mapped_column(default=True)
    out_of_service_reason: Mapped[str | None] = mapped_column(String(300))
    room_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("room.id"))


class WeeklyHours(Base):
    """A time of a weekday (1 Monday to 7 Sunday) at which a centre is open, in minutes since midnight in UTC+5."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday_of_a_week"),
        CheckConstraint("0 <= opens_minute AND opens_minute < closes_minute AND closes_minute <= 1440", name="one_day"),
    )

    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opens_minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    closes_minute: Mapped[int]


class HoursException(Base):
    """A day that differs from its weekday at a centre: closed, or open at further hours."""

    __tablename__ = "hours_exception"
    __table_args__ = (
        UniqueConstraint("centre_id", "day"),
        CheckConstraint(
            "(kind = 'closed') = (opens_minute IS NULL) AND (opens_minute IS NULL) = (closes_minute IS NULL)",
            name="extra_has_hours",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"))
    day: Mapped[date]
    kind: Mapped[ExceptionKind] = mapped_column(
        Enum(
            ExceptionKind,
            name="kind",
            native_enum=False,
            create_constraint=True,
            length=20,
            values_callable=lambda members: [member.value for member in members],
        )
    )
    opens_minute: Mapped[int | None]
    closes_minute: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(300))


class ExamSession(Base):
    """One programme, one centre, one time: everybody in it starts within it."""

    __tablename__ = "exam_session"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),
        UniqueConstraint("room_id", "opens_at"),
        Index("ix_exam_session_centre_id_opens_at", "centre_id", "opens_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"))
    programme_code: Mapped[str] = mapped_column(String(64))
    programme_version: Mapped[str] = mapped_column(String(32))
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    booking_closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    room_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("room.id"))
    """The room whose seats are its places; None where it was opened by hand for a whole centre."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was decided that it does not take place."""
    withdrawn_reason: Mapped[str | None] = mapped_column(String(300))


class Application(Base):
    """That a person applied for a test of a programme: for a competition, or for none."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint("competition IS NULL OR competition_deadline IS NOT NULL", name="competition_has_a_deadline"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"), index=True)
    programme_code: Mapped[str] = mapped_column(String(64))
    competition: Mapped[str | None] = mapped_column(String(200))
    """What the applicant calls the competition."""
    competition_deadline: Mapped[date | None]
    """The last day on which the competition takes documents."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Booking(Base):
    """One applicant's place in one exam session. One that was cancelled or moved stays as a row."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_reason IS NULL)", name="cancelled_with_a_reason"),
        CheckConstraint("(moved_to_id IS NULL) OR (cancelled_reason = 'moved')", name="moved_is_cancelled"),
        Index("ix_booking_applicant_id", "applicant_id"),
        Index(
            "ix_booking_exam_session_id_applicant_id",
            "exam_session_id",
            "applicant_id",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL"),
            postgresql_where=text("cancelled_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    exam_session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_session.id"))
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"))
    application_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("application.id"))
    """None where somebody else booked the place."""
    accessible: Mapped[bool] = mapped_column(default=False)
    """Whether the applicant needs an accessible workstation."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From then on the place is free again."""
    cancelled_reason: Mapped[CancelReason | None] = mapped_column(
        Enum(
            CancelReason,
            name="cancelled_reason",
            native_enum=False,
            create_constraint=True,
            length=20,
            values_callable=lambda members: [member.value for member in members],
        )
    )
    moved_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"))
    """The booking that took its place."""
    missed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was noted that the session went by and nobody sat."""


_WAITS = text("outcome IS NULL")
_HELD = text("outcome IS NULL AND exam_session_id IS NOT NULL")


class Waiting(Base):
    """Somebody who waits for a place at a centre, and the one place that was offered to them.

    A row with a session and no outcome holds a place in that session: it counts as taken for everybody else. That its
    time is over is noted by the worker; until then the place stays held.
    """

    __tablename__ = "waiting"
    __table_args__ = (
        CheckConstraint("from_day <= to_day", name="days_in_order"),
        CheckConstraint("(exam_session_id IS NULL) = (offered_until IS NULL)", name="offered_until_a_moment"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_at_a_moment"),
        CheckConstraint("booking_id IS NULL OR outcome = 'taken'", name="booking_was_taken"),
        Index("ix_waiting_applicant_id", "applicant_id"),
        Index("ix_waiting_exam_session_id", "exam_session_id"),
        Index(
            "ix_waiting_once",
            "applicant_id",
            "programme_code",
            "centre_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(
            "ix_waiting_one_offer",
            "applicant_id",
            "programme_code",
            unique=True,
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("applicant.id"))
    programme_code: Mapped[str] = mapped_column(String(64))
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"))
    application_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("application.id"))
    from_day: Mapped[date]
    to_day: Mapped[date]
    struck: Mapped[bool] = mapped_column(default=False)
    """Whether a place was taken from the person: they come before everybody else."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    exam_session_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("exam_session.id"))
    accessible: Mapped[bool] = mapped_column(default=False)
    """Whether the place that is held is an accessible one."""
    offered_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(
        Enum(
            Outcome,
            name="outcome",
            native_enum=False,
            create_constraint=True,
            length=20,
            values_callable=lambda members: [member.value for member in members],
        )
    )
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"))
    """The booking that came of it."""


class StruckBooking(Base):
    """A booking that a change at a centre struck, and what became of the person."""

    __tablename__ = "struck_booking"
    __table_args__ = (
        CheckConstraint("(fate = 'pending') = (settled_at IS NULL)", name="settled_at_a_moment"),
        CheckConstraint("(fate = 'moved') = (new_booking_id IS NOT NULL)", name="moved_somewhere"),
    )

    change_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """Names the change of the timetable."""
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    centre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("centre.id"))
    reach: Mapped[Reach] = mapped_column(
        Enum(
            Reach,
            name="reach",
            native_enum=False,
            create_constraint=True,
            length=20,
            values_callable=lambda members: [member.value for member in members],
        )
    )
    fate: Mapped[Fate] = mapped_column(
        Enum(
            Fate,
            name="fate",
            native_enum=False,
            create_constraint=True,
            length=20,
            values_callable=lambda members: [member.value for member in members],
        ),
        default=Fate.PENDING,
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    new_booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("booking.id"))
