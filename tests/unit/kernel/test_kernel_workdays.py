"""Which days does the country work? Against the published days of 2026 and the rule for the years after."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from app.kernel.workdays import Standing, Workdays, moved, workdays
from question_bank.reading import FaultyFiles

PUBLISHED = {
    2026: "01-01 01-02 01-07 03-08 03-09 03-21 03-22 03-23 03-24 03-25 05-01 05-07 05-09 05-11 05-27 07-06 10-25 10-26 "
    "12-16",
    2027: "01-01 01-02 01-04 01-07 03-08 03-15 03-21 03-22 03-23 03-24 05-01 05-03 05-07 05-09 05-10 05-16 07-06 10-25 "
    "12-16",
    2028: "01-01 01-02 01-03 01-04 01-07 03-08 03-15 03-21 03-22 03-23 05-01 05-05 05-07 05-08 05-09 07-06 10-25 12-16 "
    "12-18",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_days_off_of_a_year_are_those_of_the_law(year: int) -> None:
    found = [f"{day:%m-%d}" for day in sorted(workdays().days_off) if day.year == year]

    assert found == PUBLISHED[year].split()


def test_august_holiday_is_no_more() -> None:
    assert not any(day.month == 8 for day in workdays().days_off)


def test_constitution_day_is_first_off_in_2027() -> None:
    assert workdays().day_off(date(2026, 3, 15)) is None
    assert workdays().days_off[date(2027, 3, 15)].title["en"] == "Constitution Day"


def test_only_the_year_that_is_published_is_official() -> None:
    assert workdays().years == {2026: Standing.OFFICIAL, 2027: Standing.PROJECTED, 2028: Standing.PROJECTED}


def test_moved_day_says_from_where_it_moved() -> None:
    found = workdays().days_off[date(2027, 5, 10)]

    assert (found.moved_from, found.title["en"]) == (date(2027, 5, 9), "Victory Day")


def test_christmas_and_kurban_ait_do_not_move() -> None:
    assert workdays().is_workday(date(2027, 5, 17)), "Kurban Ait falls on Sunday 16 May 2027"


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param(date(2026, 11, 24), True, id="an ordinary Tuesday"),
        pytest.param(date(2026, 11, 28), False, id="a Saturday"),
        pytest.param(date(2026, 12, 16), False, id="Independence Day"),
        pytest.param(date(2027, 1, 4), False, id="2 January moved from a Saturday"),
        pytest.param(date(2027, 1, 5), True, id="the day after it"),
    ],
)
def test_workday_is_neither_weekend_nor_day_off(day: date, works: bool) -> None:
    assert workdays().is_workday(day) is works


def test_working_days_are_counted_over_a_holiday() -> None:
    assert workdays().after(date(2026, 12, 15), 1) == date(2026, 12, 17)
    assert workdays().after(date(2026, 12, 31), 3) == date(2027, 1, 8)
    assert workdays().after(date(2026, 12, 15), 0) == date(2026, 12, 15)


def test_year_that_is_not_known_is_not_guessed() -> None:
    assert not workdays().knows(date(2029, 1, 10))
    with pytest.raises(KeyError):
        workdays().is_workday(date(2029, 1, 10))


def test_two_holidays_on_one_weekend_take_two_days() -> None:
    saturday = date(2026, 3, 21)
    three = [saturday + timedelta(days=number) for number in range(3)]

    assert moved(three) == {three[0]: date(2026, 3, 24), three[1]: date(2026, 3, 25)}


def test_moved_holiday_does_not_land_on_another_day_off() -> None:
    assert moved([date(2026, 3, 8)], fixed=[date(2026, 3, 9)]) == {date(2026, 3, 8): date(2026, 3, 10)}


def test_exchanged_day_is_off_and_its_weekend_is_worked(tmp_path: Path) -> None:
    file = tmp_path / "workdays.toml"
    file.write_text(
        '[[year]]\nyear = 2027\nstanding = "official"\nbasis = "x"\n'
        '[[exchange]]\nday_off = 2027-03-26\nworked = 2027-04-03\nbasis = "x"\n',
        encoding="utf-8",
    )
    found = Workdays.load(file)

    assert not found.is_workday(date(2027, 3, 26))
    assert found.is_workday(date(2027, 4, 3))
    assert not found.is_workday(date(2027, 4, 4))


def test_faults_of_the_file_are_told_all_at_once(tmp_path: Path) -> None:
    file = tmp_path / "workdays.toml"
    file.write_text(
        '[[year]]\nyear = 2027\nstanding = "hoped"\nbasis = "x"\n'
        '[[holiday]]\ncode = "a"\nday = "02-30"\nmoves = true\ntitle = { kk = "a", ru = "b" }\n'
        "[[kurban_ait]]\nday = 2027-05-16\n",
        encoding="utf-8",
    )

    with pytest.raises(FaultyFiles) as refused:
        Workdays.load(file)

    told = "\n".join(fault.message for fault in refused.value.faults)
    for part in ("standing must be", "day must be a month and a day", "en is missing", "basis is missing", "no year"):
        assert part in told
