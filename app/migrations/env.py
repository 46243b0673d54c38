"""How does Alembic reach the database? Through the application, so that there is one set of settings."""

from __future__ import annotations

from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db


def run() -> None:
    """Run the revisions in one transaction: a migration is whole or was never there."""
    with db.engine.connect().execution_options(synaq_writer=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
