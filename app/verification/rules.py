"""When is a look-up by number refused, and how much of a name is shown? Pure: standard library only."""

from __future__ import annotations

from datetime import datetime, timedelta

TRIES = 5
PAUSE = timedelta(hours=1)


def is_barred(failures: int, last_at: datetime, now: datetime) -> bool:
    """Say whether a number may not be tried at ``now``."""
    return failures >= TRIES and now < last_at + PAUSE


def failures_after(failures: int, last_at: datetime, now: datetime) -> int:
    """Return the count after one more failure; a pause without tries forgets the old ones."""
    return 1 if now >= last_at + PAUSE else failures + 1


def masked(name: str) -> str:
    """Return the first letter of each part: enough to compare with a document, too little to collect."""
    return " ".join(f"{part[0]}." for part in name.split())
