"""Until when must an erasure be done, and how long is a record kept? Pure: standard library, ``question_bank``."""

from __future__ import annotations

import enum
from datetime import date, datetime, timedelta

from app.kernel.clock import local_day
from question_bank.programme import Wait
from question_bank.scoring import after

DAYS_TO_ERASE = 15
"""Calendar days. Basis: Law No. 94-V of 21 May 2013 on personal data, the articles on the withdrawal of consent."""

LONGEST_REASON = 500


class State(enum.Enum):
    """Where a request stands."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Whoever asked has thought better of it."""


def due_on(asked_at: datetime) -> date:
    """Return the last day on which the data may still be there; the day of asking is not counted."""
    return local_day(asked_at) + timedelta(days=DAYS_TO_ERASE)


def days_left(asked_at: datetime, now: datetime) -> int:
    """Return how many days remain after today; below zero when it is late."""
    return (due_on(asked_at) - local_day(now)).days


def kept_until(day: date, years: int) -> date:
    """Return the day on which a record of ``day`` has served its term."""
    return after(day, Wait(months=12 * years))
