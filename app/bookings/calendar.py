"""When is a centre open, and which sessions fit into that? Pure: standard library only.

Hours are half-open intervals of minutes since midnight in UTC+5; moments are aware.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.bookings.errors import CompetitionOver, CompetitionTooEarly
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.workdays import Workdays
from question_bank.programme import Programme

MINUTES_OF_A_DAY = 24 * 60
DAY = timedelta(days=1)
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, kw_only=True, order=True)
class Interval:
    """The half-open time [opens_minute, closes_minute) of a day."""

    opens_minute: int
    closes_minute: int

    def __post_init__(self) -> None:
        """Refuse what is no time of one day.

        Raises:
            ValueError: It ends before it begins, or lies outside of the day.
        """
        if not 0 <= self.opens_minute < self.closes_minute <= MINUTES_OF_A_DAY:
            raise ValueError(f"not a time of one day: {self.opens_minute} to {self.closes_minute}")

    def __str__(self) -> str:
        """Return the interval as people write it: ``09:00–13:00``."""
        return f"{_clock(self.opens_minute)}–{_clock(self.closes_minute)}"


Hours = tuple[Interval, ...]


class ExceptionKind(enum.Enum):
    """How a day differs from its weekday."""

    CLOSED = "closed"
    EXTRA = "extra"


@dataclass(frozen=True, kw_only=True)
class DayException:
    """A day on which a centre is closed, or open at further hours."""

    day: date
    kind: ExceptionKind
    extra: Interval | None = None


@dataclass(frozen=True, kw_only=True)
class CentreHours:
    """The hours of a centre by weekday (1 Monday to 7 Sunday), and the days that differ."""

    weekly: Mapping[int, Hours] = field(default_factory=dict)
    exceptions: Mapping[date, DayException] = field(default_factory=dict)

    def on(self, day: date, workdays: Workdays) -> Hours:
        """Return when the centre is open on ``day``: never on a holiday, a moved or an unknown day."""
        if not workdays.knows(day) or workdays.day_off(day):
            return ()
        hours = self.weekly.get(day.isoweekday(), ())
        exception = self.exceptions.get(day)
        if exception is None:
            return hours
        if exception.kind is ExceptionKind.CLOSED:
            return ()
        return joined([*hours, *([exception.extra] if exception.extra else [])])

    def hold(self, opens_at: datetime, closes_at: datetime, workdays: Workdays) -> bool:
        """Tell whether the centre is open through all of [opens_at, closes_at)."""
        day = local_day(opens_at)
        return any(
            _moment(day, interval.opens_minute) <= opens_at and closes_at <= _moment(day, interval.closes_minute)
            for interval in self.on(day, workdays)
        )


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A time for which a room could be taken: half-open."""

    opens_at: datetime
    closes_at: datetime

    def meets(self, other: Slot) -> bool:
        """Tell whether both take the same moment."""
        return self.opens_at < other.closes_at and other.opens_at < self.closes_at


def session_length(programme: Programme) -> timedelta:
    """Return how long a room is taken by one session: admission, then the longest sitting of the programme.

    The longest is that of a person with extra time, so that nobody is still sitting when the centre closes.
    """
    return timedelta(minutes=programme.booking.admission_minutes + programme.sitting.longest_minutes)


def slots_on(day: date, hours: CentreHours, workdays: Workdays, length: timedelta) -> Iterator[Slot]:
    """Give the sessions of one room on ``day``, one after the other from the opening of each interval."""
    for interval in hours.on(day, workdays):
        opens_at, end = _moment(day, interval.opens_minute), _moment(day, interval.closes_minute)
        while opens_at + length <= end:
            yield Slot(opens_at=opens_at, closes_at=opens_at + length)
            opens_at += length


def window(programme: Programme, now: datetime) -> list[date]:
    """Return the days for which the programme lets people book at ``now``."""
    today, rules = local_day(now), programme.booking
    return [today + timedelta(days=ahead) for ahead in range(rules.first_day_ahead, rules.last_day_ahead + 1)]


def competition_days(deadline: date, programme: Programme, calendar: Workdays) -> tuple[date, date]:
    """Return the first and the last day on which a test is sat for a competition.

    It begins on the day after ``deadline``, the last on which the competition takes documents.

    Raises:
        KeyError: The days lie beyond the years that the calendar knows.

    Basis:
        Older rule: within five working days after the end of document acceptance.
    """
    return deadline + DAY, calendar.after(deadline, programme.booking.competition_window_working_days)


def bookable_days(programme: Programme, deadline: date | None, calendar: Workdays, now: datetime) -> list[date]:
    """Return the days for which somebody may book at ``now``, within those of a competition if it is for one.

    Raises:
        CompetitionOver: Those of the competition have gone by.
        CompetitionTooEarly: They lie beyond the last day that can be booked.
    """
    days = window(programme, now)
    if deadline is None:
        return days
    if deadline >= days[-1]:
        ahead = timedelta(days=programme.booking.last_day_ahead)
        raise CompetitionTooEarly(opens_on=deadline + DAY - ahead)
    try:
        first, last = competition_days(deadline, programme, calendar)
    except KeyError:  # a year of the past that the calendar does not hold; one ahead was refused above
        raise CompetitionOver(last=deadline) from None
    found = [day for day in days if first <= day <= last]
    if not found:
        raise CompetitionOver(last=last)
    return found


def joined(intervals: Iterable[Interval]) -> Hours:
    """Return the intervals in order, those that touch or overlap as one."""
    found: list[Interval] = []
    for interval in sorted(intervals):
        if found and interval.opens_minute <= found[-1].closes_minute:
            last = found.pop()
            end = max(last.closes_minute, interval.closes_minute)
            interval = Interval(opens_minute=last.opens_minute, closes_minute=end)  # noqa: PLW2901  # grows into it
        found.append(interval)
    return tuple(found)


def parse_hours(text: str) -> Hours:
    """Read ``09:00–13:00, 14:00–18:30``; an empty text is a closed day.

    Raises:
        ValueError: It is written otherwise, or two intervals overlap.
    """
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    matches = [_HOURS.fullmatch(part) for part in parts]
    intervals = []
    for match in matches:
        if match is None or int(match[2]) > 59 or int(match[4]) > 59:  # noqa: PLR2004  # minutes of an hour
            raise ValueError(f"not hours: {text!r}")
        opens, closes = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        intervals.append(Interval(opens_minute=opens, closes_minute=closes))
    found = joined(intervals)
    if sum(_length(interval) for interval in found) != sum(_length(interval) for interval in intervals):
        raise ValueError(f"these hours overlap: {text!r}")
    return found


def write_hours(hours: Sequence[Interval]) -> str:
    """Return hours as people write them; an empty text for a closed day."""
    return ", ".join(str(interval) for interval in hours)


def _length(interval: Interval) -> int:
    return interval.closes_minute - interval.opens_minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _moment(day: date, minute: int) -> datetime:
    return start_of_local_day(day) + timedelta(minutes=minute)
