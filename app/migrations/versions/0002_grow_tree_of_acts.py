"""Make the log a tree of hashes: audit_entry gets commitment and leaf, its facts move to audit_body.

The acts that are there are numbered anew without gaps (audit_entry.seq) and enter the tree in their order, with salts
made now. The way down puts the facts back (erased ones as none) and loses the tree: audit_body, audit_erasure,
audit_node, audit_head, audit_checkpoint.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from certs.log import SALT_BYTES, Act, commitment, leaf_bytes
from certs.merkle import Frontier, leaf_hash

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("audit_entry", "audit_erasure", "audit_node", "audit_checkpoint")

OLD_SQLITE = (
    """
    CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END
    """,
    """
    CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END
    """,
)
OLD_POSTGRESQL = (
    """
    CREATE FUNCTION audit_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit_entry is append-only' USING ERRCODE = 'restrict_violation'; END
    $$
    """,
    """
    CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_append_only()
    """,
)


def upgrade() -> None:
    rows = _take_old_log()
    _create_tables()
    _plant(rows)
    for statement in _append_only_sqlite() if _on_sqlite() else _append_only_postgresql():
        op.execute(statement)


def downgrade() -> None:
    rows = _take_new_log()
    op.create_table(
        "audit_entry",
        sa.Column("seq", NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        sqlite_autoincrement=True,
    )
    _create_indexes()
    entry = sa.table("audit_entry", *(sa.column(name) for name in ("seq", "at", "actor", "kind", "subject")),
                     sa.column("facts", sa.JSON()))  # fmt: skip
    if rows:
        op.bulk_insert(entry, rows)
    if not _on_sqlite():
        op.execute("SELECT setval('audit_entry_seq_seq', (SELECT coalesce(max(seq), 0) + 1 FROM audit_entry), false)")
    for statement in OLD_SQLITE if _on_sqlite() else OLD_POSTGRESQL:
        op.execute(statement)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _take_old_log() -> list[dict[str, Any]]:
    """Return the acts of the old table, in their order, and drop it."""
    columns = sa.table(
        "audit_entry",
        sa.column("seq", NUMBER),
        sa.column("at", sa.DateTime(timezone=True)),
        *(sa.column(name, sa.String()) for name in ("actor", "kind", "subject")),
        sa.column("facts", sa.JSON()),
    )
    rows = [dict(row) for row in op.get_bind().execute(sa.select(columns).order_by(columns.c.seq)).mappings()]
    if not _on_sqlite():
        op.execute("DROP TRIGGER audit_entry_append_only ON audit_entry")
        op.execute("DROP FUNCTION audit_entry_append_only()")
    op.drop_table("audit_entry")
    return rows


def _take_new_log() -> list[dict[str, Any]]:
    """Return the acts with their facts, and drop the tables of the tree."""
    query = """
        SELECT e.seq, e.at, e.actor, e.kind, e.subject, b.facts FROM audit_entry e
        LEFT JOIN audit_body b ON b.seq = e.seq ORDER BY e.seq
    """
    columns = (
        sa.column("seq", NUMBER),
        sa.column("at", sa.DateTime(timezone=True)),
        *(sa.column(name, sa.String()) for name in ("actor", "kind", "subject")),
        sa.column("facts", sa.JSON()),
    )
    found = op.get_bind().execute(sa.text(query).columns(*columns)).mappings()
    rows = [{**row, "facts": row["facts"] or {}} for row in found]
    if not _on_sqlite():
        for table in (*APPEND_ONLY, "audit_body"):
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute("DROP TRIGGER audit_body_erasure ON audit_body")
        op.execute("DROP FUNCTION audit_append_only()")
        op.execute("DROP FUNCTION audit_body_erasure()")
    for table in ("audit_checkpoint", "audit_head", "audit_node", "audit_erasure", "audit_body", "audit_entry"):
        op.drop_table(table)
    return rows


def _create_tables() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
    )
    _create_indexes()
    op.create_table(
        "audit_body",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["audit_entry.seq"], name=op.f("fk_audit_body_seq_audit_entry")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_body")),
    )
    op.create_table(
        "audit_erasure",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["audit_entry.seq"], name=op.f("fk_audit_erasure_seq_audit_entry")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_erasure")),
    )
    op.create_table(
        "audit_node",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name=op.f("pk_audit_node")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", NUMBER, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )


def _create_indexes() -> None:
    op.create_index(op.f("ix_audit_entry_kind_seq"), "audit_entry", ["kind", "seq"], unique=False)
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"], unique=False)


def _plant(rows: list[dict[str, Any]]) -> None:
    """Let the acts enter the tree."""
    frontier, entries, bodies, nodes = Frontier(), [], [], []
    for seq, row in enumerate(rows, start=1):
        salt, facts = secrets.token_bytes(SALT_BYTES), row["facts"]
        named = {name: row[name] for name in ("actor", "kind", "subject")}
        act = Act(seq=seq, at=_aware(row["at"]), commitment=commitment(salt, facts), **named)
        leaf = leaf_hash(leaf_bytes(act))
        frontier, finished = frontier.grown(leaf)
        entries.append({**vars(act), "leaf": leaf})
        bodies.append({"seq": seq, "salt": salt, "facts": facts})
        nodes.extend({"level": node.level, "position": node.index, "hash": node.hash} for node in finished)
    metadata = sa.MetaData()
    metadata.reflect(op.get_bind(), only=("audit_entry", "audit_body", "audit_node", "audit_head"))
    written = {"audit_entry": entries, "audit_body": bodies, "audit_node": nodes}
    for name, planted in written.items():
        if planted:
            op.get_bind().execute(metadata.tables[name].insert(), planted)
    if rows:
        op.get_bind().execute(metadata.tables["audit_head"].insert(), {"id": 1, "frontier": frontier.to_bytes()})


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _append_only_sqlite() -> Iterator[str]:
    for table in (*APPEND_ONLY, "audit_body"):
        yield f"""
        CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
        """
    for table in APPEND_ONLY:
        yield f"""
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
        """
    yield """
    CREATE TRIGGER audit_body_erasure BEFORE DELETE ON audit_body
    WHEN NOT EXISTS (SELECT 1 FROM audit_erasure WHERE seq = OLD.seq)
    BEGIN SELECT RAISE(ABORT, 'audit_body is append-only but for a recorded erasure'); END
    """


def _append_only_postgresql() -> Iterator[str]:
    yield """
    CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
    $$
    """
    yield """
    CREATE FUNCTION audit_body_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT 1 FROM audit_erasure WHERE seq = OLD.seq) THEN
            RAISE EXCEPTION 'audit_body is append-only but for a recorded erasure' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END
    $$
    """
    for table in APPEND_ONLY:
        yield f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()
        """
    yield """
    CREATE TRIGGER audit_body_append_only BEFORE UPDATE OR TRUNCATE ON audit_body
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()
    """
    yield """
    CREATE TRIGGER audit_body_erasure BEFORE DELETE ON audit_body
    FOR EACH ROW EXECUTE FUNCTION audit_body_erasure()
    """
