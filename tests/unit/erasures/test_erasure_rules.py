"""Are the days until an erasure, and the years of a record, counted as the calendar has them?"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.erasures.rules import days_left, due_on, kept_until


@pytest.mark.parametrize(
    ("asked_at", "due"),
    [
        (datetime(2026, 11, 24, 5, 0, tzinfo=UTC), date(2026, 12, 9)),
        (datetime(2026, 11, 24, 18, 59, 59, tzinfo=UTC), date(2026, 12, 9)),
        (datetime(2026, 11, 24, 19, 0, tzinfo=UTC), date(2026, 12, 10)),  # midnight in Kazakhstan
        (datetime(2026, 12, 20, 5, 0, tzinfo=UTC), date(2027, 1, 4)),  # holidays count: the days are of the calendar
        (datetime(2028, 2, 20, 5, 0, tzinfo=UTC), date(2028, 3, 6)),
    ],
)
def test_fifteen_days_begin_on_the_day_after_the_request(asked_at: datetime, due: date) -> None:
    assert due_on(asked_at) == due


def test_days_left_end_at_midnight_in_kazakhstan() -> None:
    asked = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

    assert days_left(asked, asked) == 15
    assert days_left(asked, datetime(2026, 12, 9, 18, 59, tzinfo=UTC)) == 0
    assert days_left(asked, datetime(2026, 12, 9, 19, 0, tzinfo=UTC)) == -1


@pytest.mark.parametrize(
    ("day", "years", "until"),
    [
        (date(2026, 11, 24), 5, date(2031, 11, 24)),
        (date(2028, 2, 29), 3, date(2031, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
    ],
)
def test_years_of_a_record_end_on_the_same_day(day: date, years: int, until: date) -> None:
    assert kept_until(day, years) == until
