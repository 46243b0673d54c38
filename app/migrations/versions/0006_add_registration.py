"""Add registrations, and what registered applicants say beyond their names.

The way down loses registration and code_allowance, and of applicants phone, consent_version, consented_at.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_allowance",
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.JSON(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name_hash", name=op.f("pk_code_allowance")),
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("iin", sa.String(length=12), nullable=False),
        sa.Column("family_name", sa.String(length=120), nullable=False),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("patronymic", sa.String(length=120), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_registration_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_registration_token_hash")),
    )
    op.create_index(op.f("ix_registration_expires_at"), "registration", ["expires_at"])
    with op.batch_alter_table("applicant") as table:
        table.add_column(sa.Column("phone", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("consent_version", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True))
        table.create_check_constraint(
            op.f("ck_applicant_consent_has_a_moment"), "(consent_version IS NULL) = (consented_at IS NULL)"
        )


def downgrade() -> None:
    with op.batch_alter_table("applicant") as table:
        table.drop_constraint(op.f("ck_applicant_consent_has_a_moment"), type_="check")
        table.drop_column("consented_at")
        table.drop_column("consent_version")
        table.drop_column("phone")
    op.drop_index(op.f("ix_registration_expires_at"), "registration")
    op.drop_table("registration")
    op.drop_table("code_allowance")
