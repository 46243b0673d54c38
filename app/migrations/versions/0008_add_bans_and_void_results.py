"""Add bans after a violation, and records that void a result.

The way down loses ban and result_void: who was barred may sit, and void results count again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ban",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("act_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_code", sa.String(length=64), nullable=False),
        sa.Column("programme_version", sa.String(length=32), nullable=False),
        sa.Column("description", sa.String(length=2000), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("sitting_id", sa.Uuid(), nullable=True),
        sa.Column("imposed_by", sa.Uuid(), nullable=False),
        sa.Column("imposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_reason", sa.String(length=2000), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_ban_lasts")),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name=op.f("ck_ban_lifted_for_a_reason")),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicant.id"], name=op.f("fk_ban_applicant_id_applicant")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_ban_booking_id_booking")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_ban_sitting_id_sitting")),
        sa.ForeignKeyConstraint(["imposed_by"], ["account.id"], name=op.f("fk_ban_imposed_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ban")),
        sa.UniqueConstraint("applicant_id", "reference", name=op.f("uq_ban_applicant_id_reference")),
    )
    op.create_index(op.f("ix_ban_applicant_id"), "ban", ["applicant_id"])
    op.create_table(
        "result_void",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "technical",
                "violation_appeal",
                "identity",
                "administrative",
                name="ground",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("voided_by", sa.Uuid(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_result_void_result_id_result")),
        sa.ForeignKeyConstraint(["voided_by"], ["account.id"], name=op.f("fk_result_void_voided_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_void")),
        sa.UniqueConstraint("result_id", name=op.f("uq_result_void_result_id")),
    )


def downgrade() -> None:
    op.drop_table("result_void")
    op.drop_index(op.f("ix_ban_applicant_id"), "ban")
    op.drop_table("ban")
