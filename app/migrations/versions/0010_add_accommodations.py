"""Add requests for other conditions.

The way down loses accommodation.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ASKED = sa.text("state = 'asked'")
_GRANTED = sa.text("state = 'granted'")
_NO_VALUES = "(extra_percent = 0 AND NOT accessible AND NOT reader AND valid_until IS NULL)"


def upgrade() -> None:
    op.create_table(
        "accommodation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wants_accessible", sa.Boolean(), nullable=False),
        sa.Column("wants_extra_time", sa.Boolean(), nullable=False),
        sa.Column("wants_reader", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "granted",
                "refused",
                "withdrawn",
                "replaced",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extra_percent", sa.Integer(), nullable=False),
        sa.Column("accessible", sa.Boolean(), nullable=False),
        sa.Column("reader", sa.Boolean(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state = 'withdrawn' OR (state = 'asked') = (decided_by IS NULL)",
            name=op.f("ck_accommodation_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_accommodation_decided_at_a_moment")
        ),
        sa.CheckConstraint("extra_percent BETWEEN 0 AND 100", name=op.f("ck_accommodation_extra_percent_of_the_time")),
        sa.CheckConstraint(
            f"state IN ('granted', 'replaced', 'withdrawn') OR {_NO_VALUES}",
            name=op.f("ck_accommodation_values_are_granted"),
        ),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["applicant.id"], name=op.f("fk_accommodation_applicant_id_applicant")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_accommodation_decided_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation")),
    )
    op.create_index("ix_accommodation_applicant_id", "accommodation", ["applicant_id"])
    op.create_index(
        "ix_accommodation_asked",
        "accommodation",
        ["applicant_id"],
        unique=True,
        sqlite_where=_ASKED,
        postgresql_where=_ASKED,
    )
    op.create_index(
        "ix_accommodation_granted",
        "accommodation",
        ["applicant_id"],
        unique=True,
        sqlite_where=_GRANTED,
        postgresql_where=_GRANTED,
    )


def downgrade() -> None:
    op.drop_table("accommodation")
