"""When is a sitting open, in grace, over, and when may the sweep end it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.sittings.rules import Phase, Timing

START = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SILENCE = timedelta(seconds=30)

TIMING = Timing(
    started_at=START,
    allowance=timedelta(minutes=55),
    credit=timedelta(minutes=2),
    grace=timedelta(seconds=5),
    credit_cap=timedelta(minutes=15),
)
DEADLINE = START + timedelta(minutes=57)
OVER = DEADLINE + timedelta(seconds=5)
CAP = DEADLINE + timedelta(minutes=15, seconds=5)


def test_deadline_is_start_allowance_and_credit() -> None:
    assert TIMING.deadline == DEADLINE


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        pytest.param(START, Phase.OPEN, id="at the start"),
        pytest.param(DEADLINE - TICK, Phase.OPEN, id="just before the deadline"),
        pytest.param(DEADLINE, Phase.GRACE, id="at the deadline"),
        pytest.param(OVER - TICK, Phase.GRACE, id="just before the end of the grace"),
        pytest.param(OVER, Phase.OVER, id="at the end of the grace"),
        pytest.param(OVER + timedelta(days=1), Phase.OVER, id="a day later"),
    ],
)
def test_every_boundary_belongs_to_the_later_phase(now: datetime, phase: Phase) -> None:
    assert TIMING.phase_at(now) is phase


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (START, timedelta(minutes=57)),
        (DEADLINE - TICK, TICK),
        (DEADLINE, timedelta(0)),
        (OVER, timedelta(0)),
    ],
)
def test_remaining_time_counts_to_the_deadline_without_grace(now: datetime, left: timedelta) -> None:
    assert TIMING.remaining(now) == left


@pytest.mark.parametrize(
    ("now", "last_seen", "swept"),
    [
        pytest.param(OVER - TICK, DEADLINE, False, id="in the grace, heard to the end"),
        pytest.param(OVER, DEADLINE, True, id="over, heard at the deadline"),
        pytest.param(OVER, DEADLINE - SILENCE, True, id="over, heard as late as silence allows"),
        pytest.param(OVER, DEADLINE - SILENCE - TICK, False, id="over, silent a moment too long"),
        pytest.param(OVER, START, False, id="over, silent since the start"),
        pytest.param(OVER, None, False, id="over, never heard"),
        pytest.param(CAP - TICK, None, False, id="just before the cap, never heard"),
        pytest.param(CAP, None, True, id="at the cap, never heard"),
        pytest.param(CAP, START, True, id="at the cap, silent since the start"),
        pytest.param(START, None, False, id="just begun"),
    ],
)
def test_sweep_waits_for_silent_sittings_up_to_the_credit_cap(
    now: datetime, last_seen: datetime | None, swept: bool
) -> None:
    assert TIMING.may_be_swept(now, last_seen, SILENCE) is swept


def test_phase_does_not_depend_on_the_time_zone_of_now() -> None:
    elsewhere = DEADLINE.astimezone(datetime.now().astimezone().tzinfo)

    assert TIMING.phase_at(elsewhere) is Phase.GRACE
