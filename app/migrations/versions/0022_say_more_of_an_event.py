"""Let an event of a page say more than its question: counts as shown, names of messages, when it happened.

The way down loses the column facts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sitting_event", sa.Column("facts", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("sitting_event", "facts")
