"""Which database do the tests of migrations use? An empty one for each test, of both kinds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.db import db
from app.factory import create_app
from config import Settings
from tests.kit import databases
from tests.migrations.steps import Steps


@pytest.fixture
def make_empty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, database: str
) -> Iterator[Callable[[str], Flask]]:
    """Return a maker of applications on databases without a table: ``make_empty("models")``."""
    made: list[Flask] = []

    def make(name: str) -> Flask:
        settings = Settings.for_tests(tmp_path_factory.mktemp(name))
        if database == "postgresql":
            full = f"synaq_{name}_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
            address = databases.make_postgresql_database(request.getfixturevalue("_postgresql"), full)
            settings = Settings.for_tests(settings.instance, database_url=address)
        made.append(create_app(settings))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def steps(make_empty: Callable[[str], Flask]) -> Iterator[Steps]:
    """Up and down the revisions, on a database that is empty at first."""
    app = make_empty("migrated")
    with app.app_context():
        yield Steps(app, Path(app.root_path) / "migrations")
