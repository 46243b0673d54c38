"""Add practice runs and their answers.

The way down loses practice_run and practice_answer, which nothing else refers to.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("programme_code", sa.String(length=60), nullable=False),
        sa.Column("programme_version", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("first_head", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowance_seconds", sa.Integer(), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("beat_seconds", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("event_number", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=16), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_practice_run_ended_by_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_run")),
    )
    op.create_index(op.f("ix_practice_run_token_hash"), "practice_run", ["token_hash"])
    op.create_index(op.f("ix_practice_run_closes_at"), "practice_run", ["closes_at"])
    op.create_index(op.f("ix_practice_run_expires_at"), "practice_run", ["expires_at"])
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_practice_run_open",
        "practice_run",
        ["token_hash"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "practice_answer",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("option", sa.SmallInteger(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["practice_run.id"],
            name=op.f("fk_practice_answer_run_id_practice_run"),
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_practice_answer")),
    )


def downgrade() -> None:
    op.drop_table("practice_answer")
    op.drop_table("practice_run")
