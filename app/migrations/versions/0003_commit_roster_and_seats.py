"""Draw seats and papers of a roster in one batch: workstations, closed bookings, one record of all inputs of a draw.

draw.manifest_digest, draw.exposure and draw.weak become parts of draw.inputs or follow from draw.salt; draw.commitment
of the draws that are there (all of them without a roster, and weak) is written anew in the form that binds all inputs.
The way down keeps the draws and loses what only a roster has: workstation, exam_session.booking_closed_at,
booking.accessible, paper.seat, draw.reason, draw.replaced_at, draw.witnesses, draw.drawn_at, draw.spares, draw.inputs,
draw.salt.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workstation",
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("accessible", sa.Boolean(), nullable=False),
        sa.Column("in_service", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_workstation_centre_id_centre")),
        sa.PrimaryKeyConstraint("centre_id", "number", name=op.f("pk_workstation")),
    )
    with op.batch_alter_table("exam_session") as table:
        table.add_column(sa.Column("booking_closed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("booking") as table:
        table.add_column(sa.Column("accessible", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("booking") as table:
        table.alter_column("accessible", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    with op.batch_alter_table("paper") as table:
        table.add_column(sa.Column("seat", sa.String(length=16), nullable=True))
        table.drop_constraint("uq_paper_booking_id", type_="unique")
        table.create_unique_constraint("uq_paper_booking_id_draw_id", ["booking_id", "draw_id"])
    _gather_inputs()


def downgrade() -> None:
    connection = op.get_bind()
    twice = "SELECT booking_id FROM paper GROUP BY booking_id HAVING count(*) > 1 LIMIT 1"
    if connection.execute(sa.text(twice)).first():
        raise RuntimeError("a session was drawn again: the tables of before have no place for two papers of a booking")
    _scatter_inputs()
    with op.batch_alter_table("paper") as table:
        table.drop_constraint("uq_paper_booking_id_draw_id", type_="unique")
        table.create_unique_constraint("uq_paper_booking_id", ["booking_id"])
        table.drop_column("seat")
    with op.batch_alter_table("booking") as table:
        table.drop_column("accessible")
    with op.batch_alter_table("exam_session") as table:
        table.drop_column("booking_closed_at")
    op.drop_table("workstation")


def _gather_inputs() -> None:
    """Fold what steered the draws that are there into one record each, and commit to all of it."""
    rows = _rows("SELECT d.id, d.number, d.manifest_digest, d.exposure, d.secret, s.code FROM draw d"
                 " JOIN exam_session s ON s.id = d.exam_session_id", exposure=sa.JSON())  # fmt: skip
    with op.batch_alter_table("draw") as table:
        for name in ("manifest_digest", "exposure", "weak", "salt"):
            table.drop_column(name)
    with op.batch_alter_table("draw") as table:
        table.add_column(sa.Column("reason", sa.String(length=500), nullable=True))
        table.add_column(sa.Column("inputs", sa.Text(), nullable=True))
        table.add_column(sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("salt", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("witnesses", sa.JSON(), nullable=True))
        table.add_column(sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("spares", sa.JSON(), nullable=True))
    draw = _draw("inputs", "commitment", "salt", "witnesses", "spares")
    for row in rows:
        inputs = _inputs(row["manifest_digest"], row["exposure"])
        values = {"inputs": inputs, "salt": "", "witnesses": [], "spares": []}
        values["commitment"] = _commitment(row["secret"], row["code"], row["number"], inputs)
        op.get_bind().execute(draw.update().where(draw.c.id == row["id"]).values(values))
    with op.batch_alter_table("draw") as table:
        table.alter_column("inputs", existing_type=sa.Text(), nullable=False)
        table.alter_column("witnesses", existing_type=sa.JSON(), nullable=False)
        table.alter_column("spares", existing_type=sa.JSON(), nullable=False)


def _scatter_inputs() -> None:
    rows = _rows("SELECT d.id, d.inputs, d.secret, d.salt, s.code FROM draw d"
                 " JOIN exam_session s ON s.id = d.exam_session_id")  # fmt: skip
    with op.batch_alter_table("draw") as table:
        for name in ("reason", "inputs", "replaced_at", "salt", "witnesses", "drawn_at", "spares"):
            table.drop_column(name)
    with op.batch_alter_table("draw") as table:
        table.add_column(sa.Column("manifest_digest", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("exposure", sa.JSON(), nullable=True))
        table.add_column(sa.Column("salt", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("weak", sa.Boolean(), nullable=True))
    draw = _draw("manifest_digest", "exposure", "salt", "weak")
    for row in rows:
        inputs, salt = json.loads(row["inputs"] or "{}"), row["salt"] or ""
        values = {
            "manifest_digest": bytes.fromhex(inputs.get("manifest", "")),
            "exposure": inputs.get("exposure", {}),
            "salt": salt.encode("ascii"),
            "weak": not salt,
        }
        op.get_bind().execute(draw.update().where(draw.c.id == row["id"]).values(values))
    with op.batch_alter_table("draw") as table:
        for name, kind in (("manifest_digest", sa.LargeBinary()), ("exposure", sa.JSON()), ("salt", sa.LargeBinary()),
                           ("weak", sa.Boolean())):  # fmt: skip
            table.alter_column(name, existing_type=kind, nullable=False)


def _rows(query: str, **kinds: Any) -> list[dict[str, Any]]:
    typed = sa.text(query).columns(id=sa.Uuid(), **kinds)
    return [dict(row) for row in op.get_bind().execute(typed).mappings()]


def _draw(*names: str) -> sa.TableClause:
    kinds: dict[str, Any] = {"exposure": sa.JSON(), "witnesses": sa.JSON(), "spares": sa.JSON()}
    return sa.table("draw", sa.column("id", sa.Uuid()), *(sa.column(name, kinds.get(name)) for name in names))


def _inputs(manifest_digest: bytes, exposure: dict[str, int]) -> str:
    told = {"beacon": None, "exposure": exposure, "manifest": manifest_digest.hex(), "roster": None, "seats": []}
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def _commitment(secret: bytes, code: str, number: int, inputs: str) -> bytes:
    prefix = b"\x00".join([b"synaq-draw-commit-v2", code.encode(), str(number).encode("ascii"), b""])
    return hashlib.sha256(prefix + hashlib.sha256(inputs.encode()).digest() + secret).digest()
