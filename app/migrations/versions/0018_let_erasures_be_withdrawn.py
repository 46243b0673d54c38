"""Let people withdraw their requests for erasure.

The way down loses that they did: such a request is refused then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NAME = "ck_erasure_request_state"


def upgrade() -> None:
    _let("asked", "done", "refused", "withdrawn")


def downgrade() -> None:
    request = sa.table("erasure_request", sa.column("state", sa.String), sa.column("reason", sa.String))
    gone = request.update().where(request.c.state == "withdrawn")
    op.execute(gone.values(state="refused", reason="withdrawn"))
    _let("asked", "done", "refused")


def _let(*states: str) -> None:
    named = ", ".join(f"'{state}'" for state in states)
    with op.batch_alter_table("erasure_request") as table:
        table.drop_constraint(op.f(NAME), type_="check")
        table.create_check_constraint(op.f(NAME), f"state IN ({named})")
