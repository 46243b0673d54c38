"""Add receipts of answers. Every test that is over gets its secret here, and its receipt from the worker.

The way down loses the receipts and their secrets: what people keep could no longer be checked against their answers.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SECRET_BYTES = 32


def upgrade() -> None:
    receipt = op.create_table(
        "receipt",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=19), nullable=True),
        sa.Column("kid", sa.LargeBinary(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(payload IS NULL) = (recorded_at IS NULL)", name=op.f("ck_receipt_recorded_with_a_time")),
        sa.CheckConstraint("(token IS NULL) = (signed_at IS NULL)", name=op.f("ck_receipt_signed_with_a_time")),
        sa.CheckConstraint("token IS NULL OR payload IS NOT NULL", name=op.f("ck_receipt_signed_as_recorded")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_receipt_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("code", name=op.f("uq_receipt_code")),
    )
    op.create_index(
        "ix_receipt_unsigned",
        "receipt",
        ["requested_at"],
        sqlite_where=sa.text("token IS NULL"),
        postgresql_where=sa.text("token IS NULL"),
    )
    sitting = sa.table("sitting", sa.column("id", sa.Uuid()), sa.column("state", sa.String()))
    ended = list(op.get_bind().scalars(sa.select(sitting.c.id).where(sitting.c.state == "ended")))
    now = datetime.now(UTC)
    rows = [{"sitting_id": each, "secret": os.urandom(SECRET_BYTES), "requested_at": now} for each in ended]
    if rows:
        op.bulk_insert(receipt, rows)


def downgrade() -> None:
    op.drop_index("ix_receipt_unsigned", "receipt")
    op.drop_table("receipt")
