"""How often does a page beat, and how often is it counted who sits?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.sittings.pace import Pace
from app.sittings.rules import beat_under_load

NOON = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("running", "seconds"),
    [(0, 3), (1_000, 3), (1_001, 4), (4_000, 9), (5_500, 12), (9_999, 20), (10_000, 20), (50_000, 20)],
)
def test_beat_lengthens_with_the_number_of_those_who_sit(running: int, seconds: int) -> None:
    assert beat_under_load(timedelta(seconds=3), running) == timedelta(seconds=seconds)


def test_long_beat_of_a_programme_is_never_shortened() -> None:
    assert beat_under_load(timedelta(seconds=30), 10_000) == timedelta(seconds=30)


def test_number_is_counted_once_in_a_few_seconds() -> None:
    pace, counted = Pace(), []

    def count() -> int:
        counted.append(True)
        return 10 * len(counted)

    asked = [pace.running(NOON + timedelta(seconds=second), count) for second in (0, 0, 4, 5, 9, 10)]

    assert asked == [10, 10, 10, 20, 20, 30]


def test_clock_that_was_set_back_is_no_reason_to_keep_an_old_number() -> None:
    pace = Pace()
    pace.running(NOON, lambda: 1)

    assert pace.running(NOON - timedelta(hours=1), lambda: 2) == 2
