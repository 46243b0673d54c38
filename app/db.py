"""How do rows reach the database, and when are they committed?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import psycopg
from flask_sqlalchemy import SQLAlchemy
from psycopg.rows import namedtuple_row
from sqlalchemy import DateTime, MetaData, TextClause, create_engine, event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables; every constraint has a name, so that migrations and refusals can speak of it."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. Refuses a naive one, which would be a defect."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given to the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Commit everything the block did, or nothing. Opened once at an edge: a request, a job, a command.

    A read that ran before (who is asking?) is ended first: on SQLite a writer has to start as one.
    """
    session = db.session()
    session.rollback()
    session.connection(execution_options={"synaq_writer": True})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def execute_alone(statement: TextClause, values: Mapping[str, Any], *, engine: Engine) -> Any:
    """Execute a statement on PostgreSQL that commits by itself, and return its first row, if there is one.

    It goes below SQLAlchemy, on connections that do nothing else: what SQLAlchemy does around one statement costs more
    than all that is done for it beyond (see docs/benchmarks.md). For what comes hundreds of times in each sitting.
    """
    alone = _self_committing(engine)
    held = alone.raw_connection()
    try:
        cursor = cast(psycopg.Connection, held.driver_connection).cursor(row_factory=namedtuple_row)
        return cursor.execute(_as_psycopg_takes_it(statement, engine), values, prepare=True).fetchone()
    except psycopg.OperationalError:
        held.invalidate()
        alone.dispose()  # the database went away: the other connections that wait here are as dead as this one
        raise
    finally:
        held.close()


@cache
def _self_committing(engine: Engine) -> Engine:
    """Return an engine for the same database whose connections begin no transactions, so that none is to be ended."""
    return create_engine(engine.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, hide_parameters=True)


@cache
def _as_psycopg_takes_it(statement: TextClause, engine: Engine) -> bytes:
    return str(statement.compile(dialect=engine.dialect)).encode()


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Durable write-ahead log, enforced references, patience with the one writer."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """A writer takes SQLite's one lock at once: taking it later can fail halfway."""
    if connection.dialect.name == "sqlite":
        writer = connection.get_execution_options().get("synaq_writer", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")
