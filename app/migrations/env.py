"""How does Alembic reach the database? Through the application, so that there is one set of settings."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

db = current_app.extensions["migrate"].db


def run() -> None:
    """Run the revisions in one transaction: a migration is whole or was never there."""
    with db.engine.connect().execution_options(synaq_writer=True) as connection:
        _let_tables_be_rebuilt(connection)
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
            _require_whole_references(connection)
        connection.commit()
        connection.invalidate()  # the next one begins with references enforced


def _let_tables_be_rebuilt(connection: Connection) -> None:
    """SQLite changes a table by copying it under a new name; what refers to the old one must bear that meanwhile."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.close()


def _require_whole_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"rows refer to nothing after the migration: {broken}")


run()
