"""What can be done about a clock that was set? It is shown, and taken when nobody sits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.sittings.queries import SittingFacts
from app.sittings.rules import Cause
from app.steadyclock import SteadyClock

HOUR = 3600 * 10**9


@pytest.fixture
def _set_forward(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the clock was before somebody set it, an hour ago."""
    monkeypatch.setattr("app.steadyclock._boot_id", lambda: "boot")
    monkeypatch.setattr("app.steadyclock._since_boot_ns", lambda: 50 * 10**9)
    kept = app.extensions["synaq_settings"].instance / "clock"
    machine = 1_800_000_000 * 10**9
    monkeypatch.setattr("app.cli.clock_of", lambda _settings: _clock(kept, machine + HOUR))
    kept.write_text(f"boot {machine - 50 * 10**9}\n")


def _clock(kept: Path, machine: int) -> SteadyClock:
    return SteadyClock(kept, machine=lambda: machine)


def run(app: Flask, command: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["clock", command])
    return done.exit_code, done.output


@pytest.mark.usefixtures("_set_forward")
def test_both_times_are_shown(app: Flask) -> None:
    assert run(app, "show") == (0, "2027-01-15T08:00:00+00:00; the clock of the machine is +3600.0 s off.\n")


@pytest.mark.usefixtures("_set_forward")
def test_the_time_of_the_machine_is_taken_when_nobody_sits(app: Flask) -> None:
    assert run(app, "accept") == (0, "Restart the server now; its time then moves by +3600.0 s.\n")
    assert "+0.0 s off" in run(app, "show")[1]


@pytest.mark.usefixtures("_set_forward")
def test_it_is_not_taken_while_anybody_sits(
    app: Flask, session: Session, start_sitting: Callable[..., SittingFacts], end: Callable[..., object]
) -> None:
    sitting = start_sitting()
    session.commit()

    status, said = run(app, "accept")

    assert (status, "Somebody sits a test now" in said) == (1, True)
    assert "+3600.0 s off" in run(app, "show")[1]
    end(sitting, Cause.CLICK)
    session.commit()
    assert run(app, "accept")[0] == 0
