"""Add requests for erasure.

The way down loses erasure_request, and of applicants erased_at.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("asked", "done", "refused", name="state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_erasure_request_decided_at_a_moment")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_erasure_request_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_erasure_request_refused_with_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["applicant.id"], name=op.f("fk_erasure_request_applicant_id_applicant")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_erasure_request_decided_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_request")),
    )
    op.create_index(
        "ix_erasure_request_open",
        "erasure_request",
        ["applicant_id"],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )
    with op.batch_alter_table("applicant") as table:
        table.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("applicant") as table:
        table.drop_column("erased_at")
    op.drop_index("ix_erasure_request_open", "erasure_request")
    op.drop_table("erasure_request")
