"""Does the time go on evenly, whatever the clock of the machine is set to?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from app.steadyclock import SteadyClock

NOON = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUR = 3600


class Machine:
    """A clock that can be set, and a counter that cannot."""

    def __init__(self, kept: Path) -> None:
        self.kept, self.boot = kept, "first"
        self.set_to = int(NOON.timestamp()) * 10**9
        self.counted = 50 * 10**9

    def run(self, seconds: float) -> None:
        self.set_to += int(seconds * 10**9)
        self.counted += int(seconds * 10**9)

    def step(self, seconds: float) -> None:
        self.set_to += int(seconds * 10**9)

    def process(self) -> SteadyClock:
        """Return the clock of a process that starts now."""
        return SteadyClock(self.kept, machine=lambda: self.set_to, counter=lambda: self.counted, boot=lambda: self.boot)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "instance" / "clock")


def test_time_is_that_of_the_machine_and_goes_on_with_it(machine: Machine) -> None:
    clock = machine.process()
    machine.run(90.25)

    assert clock.now() == NOON + timedelta(seconds=90.25)
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("seconds", [3 * HOUR, -3 * HOUR, 5])
def test_a_step_of_the_machine_moves_nothing(machine: Machine, seconds: int) -> None:
    clock = machine.process()
    machine.run(60)
    machine.step(seconds)
    machine.run(1)

    assert clock.now() == NOON + timedelta(seconds=61)
    assert clock.apart() == timedelta(seconds=seconds)


def test_a_process_that_starts_after_a_step_has_the_time_of_the_others(machine: Machine) -> None:
    before = machine.process()
    machine.step(3 * HOUR)
    machine.run(10)

    assert machine.process().now() == before.now() == NOON + timedelta(seconds=10)


def test_a_step_is_noted_once_and_so_is_the_way_back(machine: Machine) -> None:
    clock = machine.process()
    with structlog.testing.capture_logs() as noted:
        clock.now()
        for seconds in (1, 3 * HOUR, 0, -3 * HOUR):
            machine.step(seconds)
            clock.now()
            clock.now()

    assert [(line["event"], line["seconds"]) for line in noted] == [("clock.stepped", 10801.0), ("clock.stepped", 1.0)]


def test_when_the_machine_starts_anew_its_time_is_taken(machine: Machine) -> None:
    machine.process()
    machine.step(HOUR)
    machine.boot = "second"

    assert machine.process().now() == NOON + timedelta(hours=1)


def test_the_time_of_the_machine_is_taken_when_that_is_wished(machine: Machine) -> None:
    running = machine.process()
    machine.step(HOUR)
    running.forget()

    assert machine.process().now() == NOON + timedelta(hours=1)
    assert running.now() == NOON, "one that runs goes on as it was, until it is restarted"


@pytest.mark.parametrize("kept", ["", "first", "first x", "\x00" * 20])
def test_a_damaged_file_is_written_anew(machine: Machine, kept: str) -> None:
    machine.kept.parent.mkdir()
    machine.kept.write_text(kept)

    assert machine.process().now() == NOON
    assert machine.kept.read_text().startswith("first ")


def test_where_nothing_can_be_kept_the_clock_goes_on_alone(machine: Machine) -> None:
    machine.kept.parent.write_text("a file where the folder should be")

    assert machine.process().now() == NOON


def test_where_the_start_of_the_machine_is_unknown_nothing_is_kept(machine: Machine) -> None:
    machine.boot = ""
    machine.process()
    machine.step(HOUR)

    assert machine.process().now() == NOON + timedelta(hours=1)
    assert not machine.kept.exists()


def test_the_real_clock_of_this_machine_goes_forward(tmp_path: Path) -> None:
    clock = SteadyClock(tmp_path / "clock")

    assert clock.now() <= clock.now()
