"""How is the log kept? One table that grows and never changes; triggers refuse the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, JSON, BigInteger, Index, Integer, String, event
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class AuditEntry(Base):
    """One consequential act: who did what to which thing, when."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "kind", "seq"), Index(None, "subject"), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


APPEND_ONLY_SQLITE = (
    """
    CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END
    """,
    """
    CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END
    """,
)
"""One statement each: the migration runs them in this order."""

APPEND_ONLY_POSTGRESQL = (
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

UNDO_APPEND_ONLY_POSTGRESQL = (
    "DROP TRIGGER audit_entry_append_only ON audit_entry",
    "DROP FUNCTION audit_entry_append_only()",
)
"""For the way down of the migration; SQLite drops its triggers with the table."""


def _listen(dialect: str, statements: tuple[str, ...]) -> None:
    for statement in statements:
        trigger = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        event.listen(AuditEntry.__table__, "after_create", trigger)


_listen("sqlite", APPEND_ONLY_SQLITE)
_listen("postgresql", APPEND_ONLY_POSTGRESQL)


@event.listens_for(AuditEntry.__table__, "after_drop")
def _drop_function(target: object, connection: Any, **_: object) -> None:  # noqa: ARG001  # SQLAlchemy names them
    """The function stays behind when PostgreSQL drops the table."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS audit_entry_append_only()")
