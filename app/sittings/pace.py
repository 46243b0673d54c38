"""How many sit at this moment? Counted now and then in each process, so that no beat has to count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

COUNTED_FOR = timedelta(seconds=5)


class Pace:
    """The number of sittings that run, as this process counted it last."""

    def __init__(self) -> None:
        self._running = 0
        self._counted_at: datetime | None = None

    def running(self, now: datetime, count: Callable[[], int]) -> int:
        """Return the number; ``count`` is asked only when the last answer is too old."""
        if self._counted_at is None or not timedelta(0) <= now - self._counted_at < COUNTED_FOR:
            self._counted_at = now  # before the count: of requests at one moment one counts
            self._running = count()
        return self._running
