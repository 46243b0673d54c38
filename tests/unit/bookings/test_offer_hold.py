"""How long is a place kept for whom it is offered to?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.rules import hold_until
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
