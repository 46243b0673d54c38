"""Add what was decided about certificates after their issue, and the signed lists that say so.

The way down loses certificate_status and status_list: revoked certificates would count again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_status",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "valid", "revoked", "suspended", name="state", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_status_certificate_id_certificate")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["account.id"], name=op.f("fk_certificate_status_requested_by_account")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_certificate_status_decided_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_status")),
    )
    op.create_index(op.f("ix_certificate_status_certificate_id"), "certificate_status", ["certificate_id"])
    op.create_table(
        "status_list",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_status_list")),
    )


def downgrade() -> None:
    op.drop_table("status_list")
    op.drop_index(op.f("ix_certificate_status_certificate_id"), "certificate_status")
    op.drop_table("certificate_status")
