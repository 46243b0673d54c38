"""What does the supervisor do when what it started ends? Real processes, but small ones."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import serving
from config import Settings

PAUSES = "import time; time.sleep(60)"
FAILS = "raise SystemExit(3)"
SERVES_A_WHILE = "import time; time.sleep(1.5); raise SystemExit(3)"


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.for_tests(tmp_path)


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_a_web_server_that_never_came_up_is_not_tried_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "web_command", lambda _settings: python(FAILS))
    monkeypatch.setattr(serving, "worker_command", lambda: python(PAUSES))

    assert serving.serve(settings) == 1


def test_a_web_server_that_has_served_is_started_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[list[str]] = []

    def web_command(_settings: Settings) -> list[str]:
        starts.append(python(FAILS if starts else SERVES_A_WHILE))
        if len(starts) == 3:
            raise KeyboardInterrupt  # as Ctrl-C does
        return starts[-1]

    monkeypatch.setattr(serving, "web_command", web_command)
    monkeypatch.setattr(serving, "worker_command", lambda: python(PAUSES))
    monkeypatch.setattr(serving, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(serving, "_listens", lambda _port: True)

    assert serving.serve(settings) == 0
    assert len(starts) == 3
