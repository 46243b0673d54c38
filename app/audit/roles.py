"""What may the database role of the application do to the log, where the tables belong to another role? PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.audit.models import APPEND_ONLY


def restrict(role: str, *, session: Session) -> None:
    """Let ``role`` read the log and add to it, and no more. Whoever owns the tables runs this, after the migrations.

    A trigger can be dropped by the owner of its table; with this the application, and whoever takes it over, is not
    the owner.

    Args:
        role: A role of the database that the application signs in with.
        session: Of the owner of the tables.
    """
    quoted = session.get_bind().dialect.identifier_preparer.quote(role)
    for statement in _statements(quoted):
        session.execute(text(statement))


def _statements(role: str) -> Iterator[str]:
    tables = "SELECT, INSERT, UPDATE, DELETE"
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"GRANT {tables} ON ALL TABLES IN SCHEMA public TO {role}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    for table in (*APPEND_ONLY, "audit_body", "audit_head"):
        yield f"REVOKE ALL ON {table} FROM {role}"
        yield f"GRANT SELECT, INSERT ON {table} TO {role}"
    yield f"GRANT UPDATE ON audit_head TO {role}"
    # The trigger lets only those facts go whose erasure is recorded.
    yield f"GRANT DELETE ON audit_body TO {role}"
