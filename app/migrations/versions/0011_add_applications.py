"""Add applications, and let bookings be cancelled and moved.

A cancelled booking stays as a row, so that one person has at most one live booking in a session. The way down loses
application and the bookings that were cancelled, and of the others application_id and missed_at.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

REASONS = ("own_choice", "moved", "administrator", "session_withdrawn")
LIVE = sa.text("cancelled_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("programme_code", sa.String(length=64), nullable=False),
        sa.Column("competition", sa.String(length=200), nullable=True),
        sa.Column("competition_deadline", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "competition IS NULL OR competition_deadline IS NOT NULL",
            name=op.f("ck_application_competition_has_a_deadline"),
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicant.id"], name=op.f("fk_application_applicant_id_applicant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    op.create_index(op.f("ix_application_applicant_id"), "application", ["applicant_id"])
    with op.batch_alter_table("booking") as table:
        table.add_column(sa.Column("application_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("cancelled_reason", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("moved_to_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key("fk_booking_application_id_application", "application", ["application_id"], ["id"])
        table.create_foreign_key("fk_booking_moved_to_id_booking", "booking", ["moved_to_id"], ["id"])
        table.create_check_constraint(
            op.f("ck_booking_cancelled_reason"), sa.column("cancelled_reason", sa.String()).in_(REASONS)
        )
        table.create_check_constraint(
            op.f("ck_booking_cancelled_with_a_reason"), "(cancelled_at IS NULL) = (cancelled_reason IS NULL)"
        )
        table.create_check_constraint(
            op.f("ck_booking_moved_is_cancelled"), "(moved_to_id IS NULL) OR (cancelled_reason = 'moved')"
        )
        table.drop_constraint("uq_booking_exam_session_id_applicant_id", type_="unique")
    op.create_index(
        op.f("ix_booking_exam_session_id_applicant_id"),
        "booking",
        ["exam_session_id", "applicant_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def downgrade() -> None:
    op.execute("UPDATE booking SET moved_to_id = NULL, cancelled_reason = 'own_choice' WHERE moved_to_id IS NOT NULL")
    op.execute("DELETE FROM booking WHERE cancelled_at IS NOT NULL")
    op.drop_index(op.f("ix_booking_exam_session_id_applicant_id"), "booking")
    with op.batch_alter_table("booking") as table:
        table.drop_constraint(op.f("ck_booking_moved_is_cancelled"), type_="check")
        table.drop_constraint(op.f("ck_booking_cancelled_with_a_reason"), type_="check")
        table.drop_constraint(op.f("ck_booking_cancelled_reason"), type_="check")
        table.drop_constraint("fk_booking_moved_to_id_booking", type_="foreignkey")
        table.drop_constraint("fk_booking_application_id_application", type_="foreignkey")
        for name in ("missed_at", "moved_to_id", "cancelled_reason", "cancelled_at", "application_id"):
            table.drop_column(name)
        table.create_unique_constraint("uq_booking_exam_session_id_applicant_id", ["exam_session_id", "applicant_id"])
    op.drop_index(op.f("ix_application_applicant_id"), "application")
    op.drop_table("application")
