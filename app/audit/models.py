"""How is the log kept? Tables that grow and never change; triggers refuse the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime

ActNumber = BigInteger().with_variant(Integer(), "sqlite")


class AuditEntry(Base):
    """One consequential act: who did what to which thing, when; and the leaf of the tree that stands for it."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "kind", "seq"), Index(None, "subject"))

    seq: Mapped[int] = mapped_column(ActNumber, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    commitment: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)


class AuditBody(Base):
    """The facts of an act, apart from its leaf: they can be erased, and the tree still proves the act."""

    __tablename__ = "audit_body"

    seq: Mapped[int] = mapped_column(ActNumber, ForeignKey("audit_entry.seq"), primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class AuditErasure(Base):
    """Whose facts were erased, and by which act. Only what stands here can leave ``audit_body``."""

    __tablename__ = "audit_erasure"

    seq: Mapped[int] = mapped_column(ActNumber, ForeignKey("audit_entry.seq"), primary_key=True, autoincrement=False)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditNode(Base):
    """The root of 256, 65,536, … leaves: what lets a proof be made without reading the whole log."""

    __tablename__ = "audit_node"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(ActNumber, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHead(Base):
    """Where the log stands: one row, which every append locks, so that there is one order."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)


class AuditCheckpoint(Base):
    """What the log's key signed: so many acts, with this root, at this moment."""

    __tablename__ = "audit_checkpoint"

    size: Mapped[int] = mapped_column(ActNumber, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text)


APPEND_ONLY = ("audit_entry", "audit_erasure", "audit_node", "audit_checkpoint")
"""Tables that take new rows and nothing else. ``audit_body`` gives up a row that ``audit_erasure`` names."""


def append_only_sqlite() -> Iterator[str]:
    """One statement each: the migration runs them in this order."""
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


def append_only_postgresql() -> Iterator[str]:
    """The same, by functions."""
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


def undo_append_only_postgresql() -> Iterator[str]:
    """For the way down of the migration; SQLite drops its triggers with the table."""
    for table in (*APPEND_ONLY, "audit_body"):
        yield f"DROP TRIGGER {table}_append_only ON {table}"
    yield "DROP TRIGGER audit_body_erasure ON audit_body"
    yield "DROP FUNCTION audit_append_only()"
    yield "DROP FUNCTION audit_body_erasure()"


@event.listens_for(Base.metadata, "after_create")
def _add_triggers(_target: object, connection: Any, tables: Any = (), **_: object) -> None:
    """Guard the log wherever its tables are made from the models."""
    if AuditBody.__table__ not in (tables or ()):
        return
    statements = append_only_sqlite() if connection.dialect.name == "sqlite" else append_only_postgresql()
    for statement in statements:
        connection.exec_driver_sql(
            statement.replace("%", "%%") if connection.dialect.name == "postgresql" else statement
        )


@event.listens_for(Base.metadata, "after_drop")
def _drop_functions(_target: object, connection: Any, **_: object) -> None:
    """The functions stay behind when PostgreSQL drops the tables."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS audit_append_only()")
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS audit_body_erasure()")
