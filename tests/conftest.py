"""What does every test stand on? Hand-turned tools, and guards; ``kit/application.py`` adds the application."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from tests.kit import guards
from tests.kit.outside import CountedEntropy, HandClock, ListMailer, ListSms

HERE = Path(__file__).parent


def _application_parts() -> list[str]:
    """Return the plugins that need the application; none while it cannot be imported, so that rules can be tested."""
    try:
        import app  # noqa: F401, PLC0415  # is it whole?
    except ImportError:
        return []
    factories = sorted((HERE / "kit" / "factories").glob("[!_]*.py"))
    return ["tests.kit.application", *(f"tests.kit.factories.{module.stem}" for module in factories)]


pytest.register_assert_rewrite("tests.kit.factories")  # one factory imports another before pytest has seen that
pytest_plugins = _application_parts()


def pytest_configure(config: pytest.Config) -> None:
    """Make warnings errors, and close the network for the whole run."""
    for line in ("error", "ignore::platformdirs.api.RuntimeDirWarning"):
        config.addinivalue_line("filterwarnings", line)
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, plain])
    guards.close_network()
    config.add_cleanup(guards.open_network)


def pytest_report_header() -> str | None:
    """Say why fixtures of the application are missing, if they are."""
    return None if pytest_plugins else "the application cannot be imported: only tests of rules can run"


@pytest.fixture(autouse=True)
def _rules_need_no_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if HERE / "unit" in request.path.parents:
        guards.close_database(monkeypatch)


@pytest.fixture
def clock() -> HandClock:
    """A clock that a test turns: ``clock.advance(minutes=5)``."""
    return HandClock()


@pytest.fixture
def entropy() -> CountedEntropy:
    """Chance that is the same in every run."""
    return CountedEntropy()


@pytest.fixture
def mailer() -> ListMailer:
    """Where letters end up: ``mailer.letters``."""
    return ListMailer()


@pytest.fixture
def texter() -> ListSms:
    """Where short messages end up: ``texter.messages``."""
    return ListSms()
