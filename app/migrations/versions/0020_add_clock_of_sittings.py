"""Let the clock of a sitting be stopped, and keep what was added to it and when its page was silent.

The way down loses sitting_credit and sitting_gap; paused_at and pause_reason, so that a pause counts as the time of
the sitting; gap_beats; of late answers taken_as, so that they look as if they did not count; and of beats told_seconds,
previous_seen_at and previous_told_seconds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sitting") as table:
        table.add_column(sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("pause_reason", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("gap_beats", sa.SmallInteger(), nullable=False, server_default="5"))
        table.create_check_constraint(op.f("ck_sitting_paused_while_running"), "paused_at IS NULL OR state = 'running'")
        table.create_check_constraint(
            op.f("ck_sitting_paused_for_a_reason"), "(paused_at IS NULL) = (pause_reason IS NULL)"
        )
    with op.batch_alter_table("sitting") as table:
        table.alter_column("gap_beats", server_default=None)
    with op.batch_alter_table("late_answer") as table:
        table.add_column(sa.Column("taken_as", sa.Integer(), nullable=True))
    _remember_beats()
    op.create_table(
        "sitting_gap",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("silent_after_seconds", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_sitting_gap_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("sitting_id", "from_at", name=op.f("pk_sitting_gap")),
    )
    open_ones = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_sitting_gap_unsettled", "sitting_gap", ["to_at"], sqlite_where=open_ones, postgresql_where=open_ones
    )
    op.create_table(
        "sitting_credit",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.CheckConstraint("cause IN ('pause', 'extension', 'outage')", name=op.f("ck_sitting_credit_cause_known")),
        sa.CheckConstraint("seconds > 0", name=op.f("ck_sitting_credit_adds_time")),
        sa.CheckConstraint("(from_at IS NULL) = (to_at IS NULL)", name=op.f("ck_sitting_credit_whole_span")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_sitting_credit_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("sitting_id", "number", name=op.f("pk_sitting_credit")),
    )


def _remember_beats() -> None:
    """Give beats their new columns; one that is there was told the beat of its sitting."""
    with op.batch_alter_table("sitting_beat") as table:
        table.add_column(sa.Column("told_seconds", sa.Integer(), nullable=True))
        table.add_column(sa.Column("previous_seen_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("previous_told_seconds", sa.Integer(), nullable=True))
    beat = "(SELECT beat_seconds FROM sitting WHERE sitting.id = sitting_beat.sitting_id)"
    op.execute(
        f"UPDATE sitting_beat SET told_seconds = {beat}, previous_told_seconds = {beat}, "
        "previous_seen_at = last_seen_at"
    )
    with op.batch_alter_table("sitting_beat") as table:
        table.alter_column("told_seconds", existing_type=sa.Integer(), nullable=False)
        table.alter_column("previous_seen_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        table.alter_column("previous_told_seconds", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    op.drop_table("sitting_credit")
    op.drop_index("ix_sitting_gap_unsettled", "sitting_gap")
    op.drop_table("sitting_gap")
    with op.batch_alter_table("sitting_beat") as table:
        table.drop_column("previous_told_seconds")
        table.drop_column("previous_seen_at")
        table.drop_column("told_seconds")
    with op.batch_alter_table("late_answer") as table:
        table.drop_column("taken_as")
    with op.batch_alter_table("sitting") as table:
        table.drop_constraint(op.f("ck_sitting_paused_for_a_reason"), type_="check")
        table.drop_constraint(op.f("ck_sitting_paused_while_running"), type_="check")
        table.drop_column("gap_beats")
        table.drop_column("pause_reason")
        table.drop_column("paused_at")
