"""Which days does the whole country work? Pure: standard library only."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Self

from question_bank.reading import Document, FaultyFiles, Table

WORKDAYS = Path(__file__).with_name("workdays.toml")
KURBAN_AIT = {"kk": "Құрбан айт", "ru": "Курбан айт", "en": "Kurban Ait"}
EXCHANGED = {"kk": "Ауыстырылған демалыс күні", "ru": "Перенесённый выходной день", "en": "Exchanged day off"}
LANGUAGES = tuple(KURBAN_AIT)
DAY = timedelta(days=1)
FRIDAY = 5


class Standing(enum.Enum):
    """Whether the days off of a year are published, or computed by us from the rule."""

    OFFICIAL = "official"
    PROJECTED = "projected"


@dataclass(frozen=True, kw_only=True)
class DayOff:
    """A holiday, the day to which one has moved, or one that the Government has exchanged."""

    day: date
    title: Mapping[str, str]
    moved_from: date | None = None


@dataclass(frozen=True, kw_only=True)
class Workdays:
    """The calendar of the country for the years that it knows."""

    days_off: Mapping[date, DayOff]
    """Beside weekends."""
    worked: frozenset[date]
    """Weekends on which people work, because the Government has exchanged them."""
    years: Mapping[int, Standing]

    @classmethod
    def load(cls, path: Path = WORKDAYS) -> Self:
        """Read the file.

        Raises:
            FaultyFiles: With everything that is wrong in it.
        """
        reader = _Reader(Document.read(path))
        years, days_off, worked = reader.years(), reader.days_off(), reader.worked()
        if reader.document.faults:
            raise FaultyFiles(reader.document.faults)
        return cls(days_off=days_off, worked=worked, years=years)

    def knows(self, day: date) -> bool:
        """Tell whether the calendar says anything of the year of ``day``."""
        return day.year in self.years

    def day_off(self, day: date) -> DayOff | None:
        """Return the holiday or moved day that ``day`` is; None on other days, weekends among them."""
        return self.days_off.get(day)

    def is_workday(self, day: date) -> bool:
        """Tell whether ``day`` is a working day of the country.

        Raises:
            KeyError: The calendar does not know the year.

        Basis:
            Labour Code, articles 84 and 85; Law on Holidays.
        """
        if not self.knows(day):
            raise KeyError(day.year)
        return day not in self.days_off and (not _is_weekend(day) or day in self.worked)

    def after(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day``.

        Raises:
            KeyError: It lies beyond the years that are known.
        """
        found = day
        for _ in range(count):
            found += DAY
            while not self.is_workday(found):
                found += DAY
        return found


@cache
def workdays() -> Workdays:
    """Return the calendar of this installation, read once."""
    return Workdays.load()


def moved(holidays: Iterable[date], fixed: Iterable[date] = ()) -> dict[date, date]:
    """Return for each holiday on a weekend the next day that is nothing else: no weekend, no other day off.

    Args:
        holidays: Those that move.
        fixed: Days off that do not.

    Basis:
        Law on Holidays: where a holiday falls on a day off, the next working day is off.
    """
    ordered = sorted(holidays)
    taken = {*ordered, *fixed}
    found = {}
    for holiday in ordered:
        if not _is_weekend(holiday):
            continue
        day = holiday + DAY
        while _is_weekend(day) or day in taken:
            day += DAY
        taken.add(day)
        found[holiday] = day
    return found


def _is_weekend(day: date) -> bool:
    return day.isoweekday() > FRIDAY


class _Reader:
    """Reads the file, and complains of each line that is wrong."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root = document.root
        self.root.allow("year", "holiday", "kurban_ait", "exchange")

    def years(self) -> dict[int, Standing]:
        found = {}
        for table in self.root.tables("year"):
            table.allow("year", "standing", "basis")
            table.take("basis", str)
            standing = table.take("standing", str)
            if standing not in {each.value for each in Standing}:
                table.complain(f"standing must be official or projected, not {standing!r}", "standing")
                continue
            found[table.take("year", int)] = Standing(standing)
        if not found:
            self.root.complain("no year is known")
        return found

    def days_off(self) -> dict[date, DayOff]:
        """Return all days off: moving ones, those that stay, those that moved, and exchanged ones."""
        moving, staying = self._holidays()
        staying.update({day: DayOff(day=day, title=KURBAN_AIT) for day in self._dated("kurban_ait", "day")})
        exchanged = {day: DayOff(day=day, title=EXCHANGED) for day in self._dated("exchange", "day_off")}
        shifted = moved(moving, [*staying, *exchanged])
        found = {**exchanged, **staying, **moving}
        for holiday, day in shifted.items():
            found[day] = DayOff(day=day, title=moving[holiday].title, moved_from=holiday)
        return found

    def worked(self) -> frozenset[date]:
        return frozenset(self._dated("exchange", "worked"))

    def _holidays(self) -> tuple[dict[date, DayOff], dict[date, DayOff]]:
        known = sorted(table.take("year", int) for table in self.root.tables("year"))
        moving: dict[date, DayOff] = {}
        staying: dict[date, DayOff] = {}
        for table in self.root.tables("holiday"):
            table.allow("code", "day", "moves", "first_year", "title")
            table.take("code", str)
            title, goal = _title(table), moving if table.take("moves", bool) else staying
            first = table.optional("first_year", int) or 0
            for year in known:
                day = _in_year(table, year)
                if day is None:
                    break
                if year >= first:
                    goal[day] = DayOff(day=day, title=title)
        return moving, staying

    def _dated(self, key: str, column: str) -> Iterator[date]:
        for table in self.root.tables(key):
            table.take("basis", str)
            yield table.take(column, date)


def _title(table: Table) -> dict[str, str]:
    title = table.table("title")
    title.allow(*LANGUAGES)
    return {language: title.take(language, str) for language in LANGUAGES}


def _in_year(table: Table, year: int) -> date | None:
    """Return the day of a holiday in one year; a day that is none is a fault."""
    written = table.take("day", str)
    try:
        return date.fromisoformat(f"{year}-{written}")
    except ValueError:
        table.complain(f"day must be a month and a day as in 03-08, not {written!r}", "day")
        return None
