"""Add the steps before a test, the release of a session, what a start needs, and the codes for another computer.

Sessions that are open when this is applied wait for their release from then on. Sittings that were released to any
browser, and that none has claimed, need a code.

The way down loses check_in, session_release, prepared_sitting and move_code: who waits goes through the steps anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_in",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("rules_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("equipment_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("equipment", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("samples_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_check_in_booking_id_booking")),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_check_in")),
    )
    op.create_table(
        "session_release",
        sa.Column("exam_session_id", sa.Uuid(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_session_id"], ["exam_session.id"], name=op.f("fk_session_release_exam_session_id_exam_session")
        ),
        sa.PrimaryKeyConstraint("exam_session_id", name=op.f("pk_session_release")),
    )
    op.create_table(
        "prepared_sitting",
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("exam_session_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("question_count", sa.SmallInteger(), nullable=False),
        sa.Column("option_count", sa.SmallInteger(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("allowance_seconds", sa.Integer(), nullable=False),
        sa.Column("extra_seconds", sa.Integer(), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("credit_cap_seconds", sa.Integer(), nullable=False),
        sa.Column("beat_seconds", sa.Integer(), nullable=False),
        sa.Column("gap_beats", sa.SmallInteger(), nullable=False),
        sa.Column("first_head", sa.LargeBinary(), nullable=False),
        sa.Column("awaits_release", sa.Boolean(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admission_seconds", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["applicant.id"], name=op.f("fk_prepared_sitting_applicant_id_applicant")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_prepared_sitting_booking_id_booking")),
        sa.ForeignKeyConstraint(
            ["exam_session_id"], ["exam_session.id"], name=op.f("fk_prepared_sitting_exam_session_id_exam_session")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_prepared_sitting_paper_id_paper")),
        sa.PrimaryKeyConstraint("applicant_id", name=op.f("pk_prepared_sitting")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_prepared_sitting_booking_id")),
    )
    op.create_index(op.f("ix_prepared_sitting_exam_session_id"), "prepared_sitting", ["exam_session_id"])
    op.create_table(
        "move_code",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_move_code_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_move_code")),
    )


def downgrade() -> None:
    op.drop_table("move_code")
    op.drop_index(op.f("ix_prepared_sitting_exam_session_id"), "prepared_sitting")
    op.drop_table("prepared_sitting")
    op.drop_table("session_release")
    op.drop_table("check_in")
