"""How does a test go up and down the revisions, fill the tables of any revision, and read the schema?"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.script import Script, ScriptDirectory
from flask import Flask
from sqlalchemy.engine import Connection

from app.db import db

MOMENT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

REFERRED = object()
"""A reference that may be absent in other rows, and is there in this one."""

FACTS: Mapping[str, Any] = {
    "accommodation.accessible": False,
    "accommodation.extra_percent": 0,
    "accommodation.reader": False,
    "accommodation.state": "asked",
    "account.role": "auditor",
    "appeal.ended_at": MOMENT,
    "appeal.ground": "technical",
    "appeal.sitting_id": REFERRED,
    "appeal.state": "refused",
    "approval_request.state": "waiting",
    "ban.ends_at": MOMENT + timedelta(days=1),
    "certificate_status.state": "revoked",
    "erasure_request.state": "asked",
    "exam_session.closes_at": MOMENT + timedelta(hours=1),
    "hours_exception.kind": "closed",
    "invitation.role": "auditor",
    "job.state": "done",
    "outbound_event.kind": "result.recorded",
    "result_void.ground": "technical",
    "sitting.state": "running",
    "sitting_credit.cause": "outage",
    "struck_booking.fate": "pending",
    "struck_booking.reach": "nowhere",
    "weekly_hours.closes_minute": 1080,
}
"""Values where the constraints of a table take no other; everything else is made by its type."""

VERSION_TABLE = "alembic_version"

Rows = dict[str, list[dict[str, Any]]]


class Steps:
    """The revisions of an application, on its database."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.config = app.extensions["migrate"].migrate.get_config(str(folder))
        self.scripts = ScriptDirectory.from_config(self.config)

    @property
    def revisions(self) -> list[Script]:
        """All revisions, the first one first."""
        return list(reversed(list(self.scripts.walk_revisions())))

    def up(self, revision: str = "head") -> None:
        command.upgrade(self.config, revision)

    def down(self, revision: str = "base") -> None:
        command.downgrade(self.config, revision)

    def tables(self) -> dict[str, sa.Table]:
        """Return the tables as they stand in the database, those that are referred to first."""
        found = sa.MetaData()
        with reading() as connection:
            found.reflect(connection)
        return {table.name: table for table in found.sorted_tables if table.name != VERSION_TABLE}

    def fill(self) -> None:
        """Write one row into every table that has none."""
        tables = self.tables()
        with writing() as connection:
            for table in tables.values():
                if not connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
                    _insert_row(connection, table)

    def rows(self) -> Rows:
        """Return all that is stored, by table."""
        tables = self.tables()
        with reading() as connection:
            return {
                name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
                for name, table in tables.items()
            }


@contextmanager
def reading() -> Iterator[Connection]:
    with db.engine.connect() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[Connection]:
    with db.engine.connect().execution_options(synaq_writer=True) as connection, connection.begin():
        yield connection


def _insert_row(connection: Connection, table: sa.Table) -> None:
    try:
        connection.execute(table.insert().values(_values(connection, table)))
    except sa.exc.IntegrityError as error:
        raise AssertionError(
            f"no row of {table.name} could be made: {error.orig}; "
            f"give the values that its constraints take in FACTS of {__name__}"
        ) from error


def _values(connection: Connection, table: sa.Table) -> dict[str, Any]:
    """Return what a row must say; what may be absent is absent."""
    return {
        column.name: _value(connection, column) if FACTS.get(str(column), REFERRED) is REFERRED else FACTS[str(column)]
        for column in table.columns
        if str(column) in FACTS or not (column.nullable or column.server_default is not None)
    }


def _value(connection: Connection, column: sa.Column[Any]) -> Any:
    for key in column.foreign_keys:
        return connection.execute(sa.select(key.column).limit(1)).scalar_one()
    kind = column.type
    if isinstance(kind, sa.Uuid):
        return uuid.uuid4()
    if isinstance(kind, sa.CHAR) and kind.length == 32:  # how SQLite keeps a UUID
        return uuid.uuid4().hex
    if isinstance(kind, sa.JSON):
        return {}
    by_type = {bool: True, int: 1, str: "x", bytes: b"x", datetime: MOMENT, date: MOMENT.date(), float: 1.0}
    return by_type[kind.python_type]


def definitions() -> dict[str, str]:
    """Return how the database defines indexes, triggers and constraints, by kind and name."""
    with reading() as connection:
        query = SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL
        found = connection.execute(sa.text(query)).all()
        checks = _checks(connection) if connection.dialect.name == "sqlite" else {}
    return {name: " ".join(text.split()) for name, text in found if VERSION_TABLE not in text} | checks


def _checks(connection: Connection) -> dict[str, str]:
    """SQLite keeps constraints within the text of their table."""
    inspector = sa.inspect(connection)
    return {
        f"check {check['name']}": " ".join(check["sqltext"].split())
        for table in inspector.get_table_names()
        for check in inspector.get_check_constraints(table)
    }


SQLITE = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"

POSTGRESQL = """
    SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'constraint ' || conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL
    SELECT 'function ' || proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
