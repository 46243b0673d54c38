"""Who is left without a seat, where seats are lacking?"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.rules import OnRoster, left_without_seat

NOON = datetime(2026, 11, 24, 7, tzinfo=UTC)


def roster(*accessible: bool) -> list[OnRoster]:
    """Return bookings in the order in which they were made."""
    return [
        OnRoster(id=uuid.UUID(int=number), accessible=special, created_at=NOON + timedelta(minutes=number))
        for number, special in enumerate(accessible)
    ]


@pytest.mark.parametrize(
    ("accessible", "seats", "accessible_seats", "left"),
    [
        ([False, False, False], 3, 0, []),
        ([False, False, False], 2, 0, [2]),
        ([False, False, False], 0, 0, [2, 1, 0]),
        ([True, True, False], 3, 1, [1]),
        ([True, True, False], 2, 1, [1]),
        ([True, False, False], 2, 1, [2]),
        ([True, False, True], 1, 1, [2, 1]),
        ([True, False], 1, 0, [0]),
    ],
)
def test_who_booked_last_is_left_without(
    accessible: list[bool], seats: int, accessible_seats: int, left: list[int]
) -> None:
    found = left_without_seat(roster(*accessible), seats=seats, accessible_seats=accessible_seats)

    assert [each.int for each in found] == left


@given(st.lists(st.booleans(), max_size=12), st.integers(0, 12), st.integers(0, 12))
def test_everybody_else_has_a_seat_that_fits(accessible: list[bool], seats: int, special: int) -> None:
    special = min(special, seats)
    people = roster(*accessible)

    left = set(left_without_seat(people, seats=seats, accessible_seats=special))

    staying = [each for each in people if each.id not in left]
    assert len(staying) <= seats
    assert sum(each.accessible for each in staying) <= special
