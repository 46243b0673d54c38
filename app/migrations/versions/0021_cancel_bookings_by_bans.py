"""Let a ban be the reason for which a booking is cancelled.

On the way down such a booking was cancelled by an administrator.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NAME = "ck_booking_cancelled_reason"
BEFORE = ("own_choice", "moved", "administrator", "session_withdrawn")


def upgrade() -> None:
    _let(*BEFORE, "ban")


def downgrade() -> None:
    booking = sa.table("booking", sa.column("cancelled_reason", sa.String))
    barred = booking.update().where(booking.c.cancelled_reason == "ban")
    op.execute(barred.values(cancelled_reason="administrator"))
    _let(*BEFORE)


def _let(*reasons: str) -> None:
    with op.batch_alter_table("booking") as table:
        table.drop_constraint(op.f(NAME), type_="check")
        table.create_check_constraint(op.f(NAME), sa.column("cancelled_reason", sa.String()).in_(reasons))
