"""Add what is told to the state HR system. The way down loses outbound_event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbound_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "result.recorded",
                "result.voided",
                "certificate.issued",
                "certificate.revoked",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.SmallInteger(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_event")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_outbound_event_kind_subject_id")),
    )
    op.create_index(op.f("ix_outbound_event_created_at"), "outbound_event", ["created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outbound_event_created_at"), "outbound_event")
    op.drop_table("outbound_event")
