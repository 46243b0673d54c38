"""When is a job tried again, and when is it given up? Pure: standard library only."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

MOST_ATTEMPTS = 12
"""With the waits below, about ten hours: a mail server may be away for a night."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=2)
LONGEST_ERROR = 500
"""Characters of an error that are kept."""


LEASE = timedelta(minutes=5)
"""So long a job that works outside the database is nobody else's; a worker that dies loses it after that."""


class Hopeless(Exception):
    """A handler says that trying again would not help; the message says why."""


class JobState(enum.Enum):
    """Where a job stands. A running one is still queued: its row is locked, not marked."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"


def next_try(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after ``attempts`` failures, or None to give up.

    The wait doubles from 30 seconds up to two hours.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    doubled: int = 2 ** (attempts - 1)
    return now + min(FIRST_WAIT * doubled, LONGEST_WAIT)


def error_line(error: BaseException) -> str:
    """Return class and message of ``error``, short enough for the table.

    Only the first line: a database adds the values that it was given, which may be personal.
    """
    message = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {message}"[:LONGEST_ERROR]
