"""What time is it, though somebody sets the clock of the machine? A step of it must not end a sitting."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

log = structlog.get_logger()

NANOSECONDS = Callable[[], int]
NOTICED = 2 * 10**9
"""Nanoseconds between the two clocks that are a step; what is less is how exactly they are read."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SteadyClock:
    """Counts on from the time that the machine had when it was first asked, by the counter that nobody can set.

    That counter follows the small corrections of a time service, as the machine's clock does, and goes on while the
    machine sleeps. What is between the two is kept in a file until the machine is started anew: so all processes
    have one time, also those that are started after a step. ``flask clock accept`` takes the machine's time again.
    """

    def __init__(
        self,
        kept: Path,
        *,
        machine: NANOSECONDS = time.time_ns,
        counter: NANOSECONDS | None = None,
        boot: Callable[[], str] | None = None,
    ) -> None:
        self._kept, self._machine = kept, machine
        self._counter = counter or _since_boot_ns
        self._boot = (boot or _boot_id)()
        self._between = self._read_or_keep()
        self._told = 0

    def now(self) -> datetime:
        counted = self._counter()
        apart = self._machine() - counted - self._between
        if abs(apart - self._told) > NOTICED:
            self._tell(apart)
        return _EPOCH + timedelta(microseconds=(counted + self._between) // 1000)

    def apart(self) -> timedelta:
        """Return by how much the clock of the machine is before this one."""
        return timedelta(microseconds=(self._machine() - self._counter() - self._between) // 1000)

    def forget(self) -> None:
        """Let the processes that start from now on take the time of the machine."""
        self._kept.unlink(missing_ok=True)

    def _tell(self, apart: int) -> None:
        self._told = apart
        seconds = round(apart / 10**9, 1)
        log.error("clock.stepped", seconds=seconds, next_step="flask clock show")

    def _read_or_keep(self) -> int:
        own = self._machine() - self._counter()
        if not self._boot:
            return own  # nothing tells a start of the machine from a step: the time of this process then
        try:
            boot, between = self._kept.read_text(encoding="ascii").split()
            if boot == self._boot:
                return int(between)
        except (OSError, ValueError):
            pass  # none is kept yet, or half of one
        self._keep(own)
        return own

    def _keep(self, between: int) -> None:
        part = self._kept.with_name(f"{self._kept.name}.{os.getpid()}")
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(f"{self._boot} {between}\n", encoding="ascii")
            part.replace(self._kept)
        except OSError as error:  # a full disk must not keep the server from starting
            log.error("clock.not_kept", error=type(error).__name__)


def _since_boot_ns() -> int:
    """Count nanoseconds, sleep of the machine included where the system can tell."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _boot_id() -> str:
    return _BOOT_ID.read_text(encoding="ascii").strip() if _BOOT_ID.exists() else ""
