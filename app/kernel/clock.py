"""What time is it? Pure: standard library only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Almaty")
"""The one time zone of the country since 1 March 2024."""


class Clock(Protocol):
    """Anything that tells the time; only ``wiring.py`` makes one that asks the system."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def local_day(moment: datetime) -> date:
    """Return the calendar day in Kazakhstan at ``moment`` (aware)."""
    return moment.astimezone(LOCAL).date()


def start_of_local_day(day: date) -> datetime:
    """Return 00:00 in Kazakhstan on ``day``, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL).astimezone(UTC)


def check_time_zone_data() -> None:
    """Refuse time zone data from before the country moved to UTC+5.

    Raises:
        RuntimeError: The data still gives Almaty UTC+6, so every shown time would be an hour off.

    Basis:
        One time zone UTC+5 for the whole country since 1 March 2024.
    """
    if datetime(2026, 1, 1, tzinfo=LOCAL).utcoffset() != timedelta(hours=5):
        raise RuntimeError("The time zone data of this machine is older than 2024a; update the tzdata package.")
