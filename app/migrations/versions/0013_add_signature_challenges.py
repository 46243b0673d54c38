"""Add the texts that were signed in with by a digital signature.

The way down loses signature_challenge: a text of the last five minutes could be used once more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signature_challenge",
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_signature_challenge")),
    )
    op.create_index(op.f("ix_signature_challenge_good_until"), "signature_challenge", ["good_until"])


def downgrade() -> None:
    op.drop_index(op.f("ix_signature_challenge_good_until"), "signature_challenge")
    op.drop_table("signature_challenge")
