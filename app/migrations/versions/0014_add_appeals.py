"""Add appeals, the questions that they contest, and the commissions that decide.

The way down loses appeal, appeal_question, appeal_member and appeal_serial: what was filed and how it was decided.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "content",
                "technical",
                "violation",
                name="ground",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("sitting_id", sa.Uuid(), nullable=True),
        sa.Column("ban_id", sa.Uuid(), nullable=True),
        sa.Column("programme_code", sa.String(length=64), nullable=False),
        sa.Column("programme_version", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("statement", sa.String(length=4000), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "granted",
                "refused",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(ground = 'violation') = (ban_id IS NOT NULL)", name=op.f("ck_appeal_act_is_contested")),
        sa.CheckConstraint("(ground = 'violation') = (sitting_id IS NULL)", name=op.f("ck_appeal_test_is_contested")),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_appeal_ended_at_a_moment")),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicant.id"], name=op.f("fk_appeal_applicant_id_applicant")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_appeal_sitting_id_sitting")),
        sa.ForeignKeyConstraint(["ban_id"], ["ban.id"], name=op.f("fk_appeal_ban_id_ban")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("number", name=op.f("uq_appeal_number")),
    )
    stands = sa.text("state != 'withdrawn'")
    op.create_index(op.f("ix_appeal_applicant_id"), "appeal", ["applicant_id"])
    op.create_index(
        "ix_appeal_of_sitting",
        "appeal",
        ["sitting_id", "ground"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    op.create_index("ix_appeal_of_ban", "appeal", ["ban_id"], unique=True, sqlite_where=stands, postgresql_where=stands)
    op.create_table(
        "appeal_question",
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("argument", sa.String(length=1000), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_question_appeal_id_appeal")),
        sa.PrimaryKeyConstraint("appeal_id", "position", name=op.f("pk_appeal_question")),
    )
    op.create_index(op.f("ix_appeal_question_item_id"), "appeal_question", ["item_id"])
    op.create_table(
        "appeal_member",
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("upheld", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(granted IS NULL) = (voted_at IS NULL)", name=op.f("ck_appeal_member_voted_at_a_moment")),
        sa.CheckConstraint(
            "voted_at IS NULL OR opened_at IS NOT NULL", name=op.f("ck_appeal_member_voted_after_reading")
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_member_appeal_id_appeal")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_appeal_member_account_id_account")),
        sa.PrimaryKeyConstraint("appeal_id", "account_id", name=op.f("pk_appeal_member")),
    )
    op.create_index("ix_appeal_member_place", "appeal_member", ["appeal_id", "place"], unique=True)
    op.create_index("ix_appeal_member_account_id", "appeal_member", ["account_id"])
    op.create_table(
        "appeal_serial",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_appeal_serial")),
    )


def downgrade() -> None:
    op.drop_table("appeal_serial")
    op.drop_index("ix_appeal_member_account_id", "appeal_member")
    op.drop_index("ix_appeal_member_place", "appeal_member")
    op.drop_table("appeal_member")
    op.drop_index(op.f("ix_appeal_question_item_id"), "appeal_question")
    op.drop_table("appeal_question")
    op.drop_index("ix_appeal_of_ban", "appeal")
    op.drop_index("ix_appeal_of_sitting", "appeal")
    op.drop_index(op.f("ix_appeal_applicant_id"), "appeal")
    op.drop_table("appeal")
