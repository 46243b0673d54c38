"""How does the clock of a paused sitting stand?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sittings.rules import Phase, Timing, seconds_of

START = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
RUNNING = Timing(
    started_at=START,
    allowance=timedelta(minutes=55),
    credit=timedelta(0),
    grace=timedelta(seconds=5),
    credit_cap=timedelta(minutes=15),
)
PAUSED = replace(RUNNING, paused_at=START + timedelta(minutes=20))


@pytest.mark.parametrize("minutes", [20, 54, 56, 24 * 60])
def test_clock_of_a_paused_sitting_stands(minutes: int) -> None:
    now = START + timedelta(minutes=minutes)

    assert PAUSED.phase_at(now) is Phase.PAUSED
    assert PAUSED.remaining(now) == timedelta(minutes=35)


def test_no_sweep_ends_a_pause() -> None:
    assert not PAUSED.may_be_swept(START + timedelta(days=2), None, timedelta(seconds=15))


@given(
    before=st.timedeltas(timedelta(0), timedelta(minutes=54)),
    length=st.timedeltas(timedelta(0), timedelta(hours=3)),
)
def test_pause_takes_no_time_and_gives_less_than_a_second(before: timedelta, length: timedelta) -> None:
    paused_at = START + before
    goes_on_at = paused_at + length

    after = replace(RUNNING, credit=timedelta(seconds=seconds_of(length)))

    gained = after.remaining(goes_on_at) - replace(RUNNING, paused_at=paused_at).remaining(goes_on_at)
    assert timedelta(0) <= gained < timedelta(seconds=1)


def test_answer_is_reached_up_to_the_end_of_the_grace() -> None:
    over = RUNNING.deadline + RUNNING.grace

    assert RUNNING.reaches(over - timedelta(microseconds=1))
    assert not RUNNING.reaches(over)
