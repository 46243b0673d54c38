"""How long is a place kept for whom it is offered to?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.rules import answered_by, hold_until
from app.kernel.clock import LOCAL
from app.kernel.rulebook import programmes

RULES = programmes().on("corps-b-legislation", date(2026, 11, 24)).booking
NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


def in_minutes(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("closes_in", "kept_for"),
    [(1000, 120), (121, 120), (120, 120), (119, 119), (31, 31), (30, 30), (29, None), (0, None), (-60, None)],
)
def test_place_is_kept_no_longer_than_until_booking_closes(closes_in: int, kept_for: int | None) -> None:
    expected = None if kept_for is None else in_minutes(kept_for)

    assert hold_until(NOW, in_minutes(closes_in), RULES) == expected


@given(st.integers(-300, 3000), st.integers(0, 600), st.integers(0, 600))
def test_offer_never_outlives_booking_nor_its_rule(closes_in: int, hold: int, least: int) -> None:
    rules = replace(RULES, offer_hold_minutes=hold, offer_least_minutes=least)

    until = hold_until(NOW, in_minutes(closes_in), rules)

    if until is not None:
        assert in_minutes(least) <= until <= min(in_minutes(closes_in), in_minutes(hold))


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("offered_at", "kept_until"),
    [
        pytest.param(local(24, 18, 59), local(24, 20, 59), id="evening"),
        pytest.param(local(24, 19), local(24, 21), id="the last that ends today"),
        pytest.param(local(24, 20), local(25, 10), id="one hour today, one tomorrow"),
        pytest.param(local(24, 21), local(25, 11), id="end of the day"),
        pytest.param(local(24, 23, 59), local(25, 11), id="before midnight"),
        pytest.param(local(25, 0), local(25, 11), id="midnight"),
        pytest.param(local(25, 3), local(25, 11), id="night"),
        pytest.param(local(25, 9), local(25, 11), id="morning"),
    ],
)
def test_offer_of_the_night_is_answered_in_the_morning(offered_at: datetime, kept_until: datetime) -> None:
    assert hold_until(offered_at, local(30, 9), RULES) == kept_until


def test_nothing_is_offered_at_night_where_booking_closes_too_early_in_the_morning() -> None:
    assert hold_until(local(24, 23), local(25, 9, 29), RULES) is None
    assert hold_until(local(24, 23), local(25, 9, 30), RULES) == local(25, 9, 30)


def in_hours(moment: datetime, first: int, last: int) -> int:
    """Count the minutes of a day before a moment that lie within the hours."""
    minutes = moment.astimezone(LOCAL).hour * 60 + moment.astimezone(LOCAL).minute
    return min(max(minutes, first * 60), last * 60) - first * 60


@given(st.integers(0, 4 * 24 * 60), st.integers(0, 3000), st.integers(0, 23), st.integers(1, 24))
def test_time_to_answer_runs_by_day_alone(asked_after: int, minutes: int, first: int, hours: int) -> None:
    last = min(24, first + hours)
    rules = replace(RULES, answer_from_hour=first, answer_until_hour=last)
    asked_at = in_minutes(asked_after)

    answered = answered_by(asked_at, minutes, rules)

    days = (answered.astimezone(LOCAL).date() - asked_at.astimezone(LOCAL).date()).days
    run = days * (last - first) * 60 + in_hours(answered, first, last) - in_hours(asked_at, first, last)
    assert answered >= asked_at
    assert run == minutes
