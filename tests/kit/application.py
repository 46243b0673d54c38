"""Which application do the tests use? One per database, emptied between tests, wired to hand-turned tools."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.db import db
from app.factory import create_app
from app.keycabinet import KeyCabinet
from app.wiring import Tools
from config import Settings
from tests.kit import databases
from tests.kit.client import ClientRequest
from tests.kit.outside import CountedEntropy, HandBeacon, HandClock, ListMailer, ListSms


@pytest.fixture
def beacon() -> HandBeacon:
    """A public beacon that a test turns on: ``beacon.upcoming = BeaconRound(…)``."""
    return HandBeacon()


@pytest.fixture
def tools(
    clock: HandClock,
    entropy: CountedEntropy,
    mailer: ListMailer,
    texter: ListSms,
    beacon: HandBeacon,
    settings: Settings,
) -> Tools:
    """The outside world of a test; the keys are made anew for each."""
    keys = KeyCabinet(settings.keys_folder, settings.keys_passphrase_file)
    return Tools(clock=clock, entropy=entropy, keys=keys, mailer=mailer, texter=texter, beacon=beacon, webhook=None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of an installation below ``tmp_path``, where the test's keys are; see ``app`` for its database."""
    return Settings.for_tests(tmp_path)


@pytest.fixture(params=databases.KINDS)
def database(request: pytest.FixtureRequest) -> str:
    """Which database this run of the test uses; narrow it by ``parametrize("database", [...], indirect=True)``."""
    return str(request.param)


@pytest.fixture
def app(
    database: str, _applications: Callable[[str], Flask], _cleaners: dict[str, databases.Cleaner], tools: Tools
) -> Flask:
    """The application on an empty database, wired to the tools of this test."""
    app = _applications(database)
    _cleaners[database].clean()
    app.extensions["synaq_tools"] = tools
    return app


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A unit of work of the test's own. ``client_request`` and ``run_jobs`` commit it before they begin."""
    with app.app_context():
        engine = db.engine
    with Session(engine) as session:
        yield session


@pytest.fixture
def client_request(app: Flask, session: Session) -> ClientRequest:
    """A browser that checks each page which it fetches."""
    return ClientRequest(app, session)


@pytest.fixture
def make_browser(app: Flask, session: Session) -> Callable[[], ClientRequest]:
    """Return a maker of further browsers, each with cookies of its own."""
    return lambda: ClientRequest(app, session)


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[str]:
    with databases.postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def _cleaners() -> dict[str, databases.Cleaner]:
    return {}


@pytest.fixture(scope="session")
def _applications(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _cleaners: dict[str, databases.Cleaner]
) -> Iterator[Callable[[str], Flask]]:
    """One application per database, made when the first test asks."""
    made: dict[str, Flask] = {}

    def application(kind: str) -> Flask:
        if kind not in made:
            settings = Settings.for_tests(tmp_path_factory.mktemp(kind))
            if kind == "postgresql":
                name = "synaq_test_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
                address = databases.make_postgresql_database(request.getfixturevalue("_postgresql"), name)
                settings = Settings.for_tests(settings.instance, database_url=address)
            made[kind] = create_app(settings)
            databases.make_schema(made[kind])
            _cleaners[kind] = databases.Cleaner(made[kind])
        return made[kind]

    yield application
    for app in made.values():
        with app.app_context():
            db.engine.dispose()
