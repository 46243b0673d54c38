"""On which days is a test sat for a competition?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.calendar import bookable_days, competition_days, window
from app.bookings.errors import CompetitionOver, CompetitionTooEarly
from app.kernel.clock import start_of_local_day
from app.kernel.workdays import workdays
from question_bank.programmes import programme_on

PROGRAMME = programme_on("corps-b-legislation", date(2026, 11, 24))
NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS_OF_THREE_YEARS = st.dates(date(2026, 1, 1), date(2028, 12, 15))


@pytest.mark.parametrize(
    ("deadline", "last"),
    [
        pytest.param(date(2026, 11, 20), date(2026, 11, 27), id="Friday: the next working week"),
        pytest.param(date(2026, 11, 21), date(2026, 11, 27), id="Saturday counts from Monday too"),
        pytest.param(date(2026, 12, 11), date(2026, 12, 21), id="Independence Day, a Wednesday, is left out"),
        pytest.param(date(2027, 3, 12), date(2027, 3, 22) + 3 * DAY, id="15 March and Nauryz with its moved day"),
        pytest.param(date(2026, 12, 31), date(2027, 1, 12), id="New Year, the moved 4 January, Christmas"),
        pytest.param(date(2028, 2, 28), date(2028, 3, 6), id="over a leap day"),
    ],
)
def test_window_ends_with_the_fifth_working_day_after_the_deadline(deadline: date, last: date) -> None:
    assert competition_days(deadline, PROGRAMME, workdays()) == (deadline + DAY, last)


@given(deadline=DAYS_OF_THREE_YEARS)
def test_window_holds_exactly_five_working_days_and_ends_with_one(deadline: date) -> None:
    first, last = competition_days(deadline, PROGRAMME, workdays())

    days = [first + number * DAY for number in range((last - first).days + 1)]
    assert first == deadline + DAY
    assert sum(workdays().is_workday(day) for day in days) == 5
    assert workdays().is_workday(last)


def outcome(deadline: date, now: datetime) -> list[date] | CompetitionOver | CompetitionTooEarly:
    try:
        return bookable_days(PROGRAMME, deadline, workdays(), now)
    except (CompetitionOver, CompetitionTooEarly) as refusal:
        return refusal


@given(today=st.dates(date(2026, 7, 1), date(2028, 10, 1)), ahead=st.integers(-400, 400))
def test_days_are_within_both_windows_or_the_reason_is_said(today: date, ahead: int) -> None:
    now, deadline = start_of_local_day(today) + timedelta(hours=9), today + ahead * DAY

    found = outcome(deadline, now)

    if isinstance(found, CompetitionOver):
        assert found.parameters["last"] <= today
    elif isinstance(found, CompetitionTooEarly):
        opens_on = found.parameters["opens_on"]
        assert opens_on > today
        assert deadline + DAY in window(PROGRAMME, start_of_local_day(opens_on))
    else:
        assert found
        assert set(found) <= set(window(PROGRAMME, now))
        assert all(deadline < day <= workdays().after(deadline, 5) for day in found)


def test_without_a_competition_the_whole_booking_window_is_open() -> None:
    assert bookable_days(PROGRAMME, None, workdays(), NOW) == window(PROGRAMME, NOW)


def test_last_minute_of_a_local_day_belongs_to_it() -> None:
    """Midnight in UTC+5 is 19:00 UTC."""
    before = datetime(2026, 11, 23, 18, 59, tzinfo=UTC)

    assert window(PROGRAMME, before)[0] == date(2026, 11, 24)
    assert window(PROGRAMME, before + timedelta(minutes=1))[0] == date(2026, 11, 25)


@pytest.mark.parametrize("deadline", [date(2019, 5, 5), date(2026, 11, 1)])
def test_competition_of_the_past_is_over(deadline: date) -> None:
    with pytest.raises(CompetitionOver):
        bookable_days(PROGRAMME, deadline, workdays(), NOW)


@pytest.mark.parametrize("deadline", [date(2026, 12, 24), date(2060, 1, 1)])
def test_competition_too_far_ahead_says_when_to_come_back(deadline: date) -> None:
    with pytest.raises(CompetitionTooEarly) as refused:
        bookable_days(PROGRAMME, deadline, workdays(), NOW)

    assert refused.value.parameters == {"opens_on": deadline - 29 * DAY}
