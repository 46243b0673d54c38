"""Add waiting for a place, and what becomes of struck bookings.

The way down loses struck_booking and waiting.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WAITS = sa.text("outcome IS NULL")
_HELD = sa.text("outcome IS NULL AND exam_session_id IS NOT NULL")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("programme_code", sa.String(length=64), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("struck", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exam_session_id", sa.Uuid(), nullable=True),
        sa.Column("accessible", sa.Boolean(), nullable=False),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "taken",
                "declined",
                "lapsed",
                "left",
                "over",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("from_day <= to_day", name=op.f("ck_waiting_days_in_order")),
        sa.CheckConstraint(
            "(exam_session_id IS NULL) = (offered_until IS NULL)", name=op.f("ck_waiting_offered_until_a_moment")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name=op.f("ck_waiting_ended_at_a_moment")),
        sa.CheckConstraint("booking_id IS NULL OR outcome = 'taken'", name=op.f("ck_waiting_booking_was_taken")),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicant.id"], name=op.f("fk_waiting_applicant_id_applicant")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_waiting_centre_id_centre")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_waiting_application_id_application")
        ),
        sa.ForeignKeyConstraint(
            ["exam_session_id"], ["exam_session.id"], name=op.f("fk_waiting_exam_session_id_exam_session")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_waiting_booking_id_booking")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
    )
    op.create_index("ix_waiting_applicant_id", "waiting", ["applicant_id"])
    op.create_index("ix_waiting_exam_session_id", "waiting", ["exam_session_id"])
    for name, columns, where in (
        ("ix_waiting_once", ["applicant_id", "programme_code", "centre_id"], _WAITS),
        ("ix_waiting_one_offer", ["applicant_id", "programme_code"], _HELD),
    ):
        op.create_index(name, "waiting", columns, unique=True, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "struck_booking",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("reach", _one_of("reach", "nowhere", "centre", "nearest"), nullable=False),
        sa.Column("fate", _one_of("fate", "pending", "moved", "waiting", "told", "kept", "changed"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("new_booking_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(fate = 'pending') = (settled_at IS NULL)", name=op.f("ck_struck_booking_settled_at_a_moment")
        ),
        sa.CheckConstraint(
            "(fate = 'moved') = (new_booking_id IS NOT NULL)", name=op.f("ck_struck_booking_moved_somewhere")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_struck_booking_booking_id_booking")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_struck_booking_centre_id_centre")),
        sa.ForeignKeyConstraint(
            ["new_booking_id"], ["booking.id"], name=op.f("fk_struck_booking_new_booking_id_booking")
        ),
        sa.PrimaryKeyConstraint("change_id", "booking_id", name=op.f("pk_struck_booking")),
    )


def downgrade() -> None:
    op.drop_table("struck_booking")
    op.drop_table("waiting")
