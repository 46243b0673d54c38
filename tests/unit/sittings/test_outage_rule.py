"""Which silences give time back, and how much? The examples are those of docs/outages.md."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sittings.outages import (
    RoomRule,
    Span,
    credit_seconds,
    gaps_between,
    lost_time,
    merged,
    room_gaps,
    shared,
    there,
    without,
)

START = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
GONE = timedelta(minutes=15)
HALF = RoomRule(percent=50, least=2, gone_after=GONE)
ALL = RoomRule(percent=100, least=2, gone_after=GONE)
BEATS = timedelta(seconds=15)
HOUR = 3600


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def span(begins: int, ends: int) -> Span:
    return Span(at(begins), at(ends))


def seconds(spans: list[Span]) -> list[tuple[int, int]]:
    return [(int((each.begins - START).total_seconds()), int((each.ends - START).total_seconds())) for each in spans]


def test_gap_is_a_silence_that_is_longer_than_the_beats() -> None:
    signs = [at(0), at(3), at(18), at(34), at(30), at(100)]

    assert seconds(gaps_between(signs, BEATS)) == [(34, 100)]


@pytest.mark.parametrize(
    ("gaps", "cut_off"),
    [
        pytest.param([], [], id="nobody is silent"),
        pytest.param([(600, 780)], [], id="one of four is not the room"),
        pytest.param([(600, 780), (620, 800)], [(620, 780)], id="two of four are half"),
        pytest.param([(600, 780)] * 4, [(600, 780)], id="all at once"),
        pytest.param([(600, 700), (700, 800)], [], id="one after the other is never two"),
        pytest.param([(600, 700), (600, 700), (650, 900), (690, 900)], [(600, 900)], id="one goes, another comes"),
    ],
)
def test_room_is_cut_off_while_half_of_those_who_sit_are_silent(
    gaps: list[tuple[int, int]], cut_off: list[tuple[int, int]]
) -> None:
    running = [span(0, HOUR)] * 4

    assert seconds(room_gaps(running, [span(*gap) for gap in gaps], HALF)) == cut_off


def test_who_has_finished_does_not_count_for_the_share() -> None:
    running = [span(0, 100), span(0, 100), span(0, HOUR), span(0, HOUR), span(0, HOUR)]
    silent = [span(50, 300), span(50, 300)]

    assert seconds(room_gaps(running, silent, HALF)) == [(100, 300)]


def test_one_silent_test_alone_is_no_outage_of_the_room() -> None:
    assert room_gaps([span(0, HOUR)], [span(600, 780)], HALF) == []
    assert room_gaps([span(0, HOUR)], [span(600, 780)], ALL) == []


def test_who_is_silent_for_longer_than_the_limit_has_gone() -> None:
    ran, silent = there(span(0, HOUR), [span(60, 1200), span(2000, 2100), span(3500, 4000)], GONE)

    assert seconds(ran) == [(0, 960), (1200, HOUR)]
    assert seconds(silent) == [(60, 960), (2000, 2100), (3500, HOUR)]


def test_server_is_down_while_nobody_is_heard() -> None:
    running = [span(0, HOUR)] * 3

    assert seconds(room_gaps(running, [span(600, 780), span(603, 781), span(598, 779)], ALL)) == [(603, 779)]
    assert room_gaps(running, [span(600, 780), span(603, 781)], ALL) == []


@pytest.mark.parametrize(
    ("gap", "room", "covered", "left", "given"),
    [
        pytest.param((600, 780), [(600, 780)], [], 900, 165, id="three minutes less the tolerance"),
        pytest.param((600, 900), [(620, 780)], [], 900, 145, id="only what the room lost"),
        pytest.param((600, 780), [(600, 780)], [(700, 2000)], 900, 85, id="not what a pause gave back"),
        pytest.param((600, 610), [(600, 610)], [], 900, 0, id="shorter than the tolerance"),
        pytest.param((600, 780), [], [], 900, 0, id="alone"),
        pytest.param((600, 2400), [(600, 2400)], [], 900, 900, id="up to the limit"),
        pytest.param((600, 780), [(600, 780)], [], 60, 60, id="up to what is left of it"),
        pytest.param((600, 780), [(600, 780)], [], 0, 0, id="nothing is left of it"),
    ],
)
def test_lost_time_is_given_back_less_the_tolerance_and_up_to_the_limit(
    gap: tuple[int, int], room: list[tuple[int, int]], covered: list[tuple[int, int]], left: int, given: int
) -> None:
    lost = lost_time(span(*gap), [span(*each) for each in room], [span(*each) for each in covered])

    assert credit_seconds(lost, timedelta(seconds=15), left) == given


def test_part_of_a_second_counts_whole() -> None:
    lost = [Span(START, START + timedelta(seconds=20, microseconds=1))]

    assert credit_seconds(lost, timedelta(seconds=15), 900) == 6


SPANS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 300)).map(lambda pair: span(min(pair), max(pair))), max_size=8
)


def moments(spans: list[Span]) -> set[int]:
    """Return the seconds that lie in one of these times: another way to the same sets."""
    return {second for each in spans for second in range(*seconds([each])[0])}


@given(SPANS, SPANS)
def test_times_behave_like_sets_of_seconds(some: list[Span], others: list[Span]) -> None:
    assert moments(merged(some)) == moments(some)
    assert moments(shared(some, others)) == moments(some) & moments(others)
    assert moments(without(some, others)) == moments(some) - moments(others)
    assert all(first.ends < second.begins for first, second in zip(merged(some), merged(some)[1:], strict=False))


@given(SPANS, SPANS, st.integers(1, 100), st.integers(2, 4))
def test_room_is_cut_off_exactly_where_the_share_is_silent(
    running: list[Span], silent: list[Span], percent: int, least: int
) -> None:
    rule = RoomRule(percent=percent, least=least, gone_after=GONE)
    inside = shared(silent, running)
    expected = set()
    for second in range(301):
        sat = sum(each.begins <= at(second) < each.ends for each in running)
        mute = sum(each.begins <= at(second) < each.ends for each in silent)
        if mute >= least and mute * 100 >= sat * percent:
            expected.add(second)

    assert moments(room_gaps(running, silent, rule)) == expected
    assert moments(inside) <= moments(running)


@given(SPANS, SPANS, SPANS, st.integers(0, 60), st.integers(0, 900))
def test_credit_is_never_more_than_the_gap_its_room_or_the_limit(
    room: list[Span], covered: list[Span], gaps: list[Span], tolerance: int, left: int
) -> None:
    for gap in gaps:
        lost = lost_time(gap, room, covered)
        given_back = credit_seconds(lost, timedelta(seconds=tolerance), left)

        assert 0 <= given_back <= min(left, max(0, len(moments([gap]) & moments(room)) - tolerance))
        assert not moments(lost) & moments(covered)
