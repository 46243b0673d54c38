"""When do sessions take place? In any week, with any exceptions, from 2026 to 2028."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.calendar import (
    CentreHours,
    DayException,
    ExceptionKind,
    Interval,
    Slot,
    joined,
    parse_hours,
    session_length,
    slots_on,
    window,
    write_hours,
)
from app.kernel.clock import LOCAL, start_of_local_day
from app.kernel.rulebook import programmes
from app.kernel.workdays import workdays

CORPS_B = programmes().on("corps-b-legislation", date(2026, 11, 24))
MINUTE = timedelta(minutes=1)

days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
intervals = st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda pair: pair[0] < pair[1])
intervals_of_a_day = intervals.map(lambda pair: Interval(opens_minute=pair[0], closes_minute=pair[1]))
hours_of_a_day = st.lists(intervals_of_a_day, max_size=3).map(joined)
weeks = st.dictionaries(st.integers(1, 7), hours_of_a_day, max_size=7)
lengths = st.integers(5, 240).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def centres(draw: st.DrawFn) -> tuple[CentreHours, date]:
    """Give a centre, and a day on which it may be closed, open longer, or as on any such weekday."""
    day = draw(days | st.sampled_from(sorted(workdays().days_off)))
    exceptions = draw(
        st.one_of(
            st.just({}),
            st.just({day: DayException(day=day, kind=ExceptionKind.CLOSED)}),
            intervals_of_a_day.map(lambda extra: {day: DayException(day=day, kind=ExceptionKind.EXTRA, extra=extra)}),
        )
    )
    return CentreHours(weekly=draw(weeks), exceptions=exceptions), day


@given(centres(), lengths)
def test_no_session_is_on_a_day_off(centre: tuple[CentreHours, date], length: timedelta) -> None:
    hours, day = centre

    if workdays().day_off(day):
        assert not list(slots_on(day, hours, workdays(), length))
        assert not hours.on(day, workdays())


@given(centres(), lengths)
def test_every_session_lies_within_one_interval_of_its_day(centre: tuple[CentreHours, date], length: timedelta) -> None:
    hours, day = centre
    exception = hours.exceptions.get(day)
    open_minutes = {
        minute
        for interval in [
            *hours.weekly.get(day.isoweekday(), ()),
            *([exception.extra] if exception and exception.extra else []),
        ]
        for minute in range(interval.opens_minute, interval.closes_minute)
    }

    for slot in slots_on(day, hours, workdays(), length):
        start = slot.opens_at.astimezone(LOCAL)
        first = start.hour * 60 + start.minute
        assert start.date() == day
        assert slot.closes_at - slot.opens_at == length
        assert set(range(first, first + length // MINUTE)) <= open_minutes
        assert hours.hold(slot.opens_at, slot.closes_at, workdays())
        assert exception is None or exception.kind is not ExceptionKind.CLOSED


@given(centres(), lengths)
def test_sessions_of_a_day_follow_each_other_without_meeting(
    centre: tuple[CentreHours, date], length: timedelta
) -> None:
    hours, day = centre
    slots = list(slots_on(day, hours, workdays(), length))

    assert slots == sorted(slots, key=lambda slot: slot.opens_at)
    assert not any(one.meets(other) for number, one in enumerate(slots) for other in slots[number + 1 :])


@given(centres(), lengths)
def test_no_further_session_would_fit_into_an_interval(centre: tuple[CentreHours, date], length: timedelta) -> None:
    hours, day = centre
    fitting = sum(
        (interval.closes_minute - interval.opens_minute) * MINUTE // length for interval in hours.on(day, workdays())
    )

    assert len(list(slots_on(day, hours, workdays(), length))) == fitting


@given(centres(), st.integers(0, 1439), lengths)
def test_hours_hold_exactly_what_is_open_throughout(
    centre: tuple[CentreHours, date], first: int, length: timedelta
) -> None:
    hours, day = centre
    opens_at = datetime(day.year, day.month, day.day, tzinfo=LOCAL).astimezone(UTC) + first * MINUTE
    closes_minute = first + length // MINUTE
    wanted = any(
        interval.opens_minute <= first and closes_minute <= interval.closes_minute
        for interval in hours.on(day, workdays())
    )

    assert hours.hold(opens_at, opens_at + length, workdays()) is wanted


@given(st.lists(intervals_of_a_day, max_size=6))
def test_joined_hours_are_the_same_minutes_with_gaps_between(found: list[Interval]) -> None:
    hours = joined(found)

    def minutes(several: object) -> set[int]:
        return {each for one in several for each in range(one.opens_minute, one.closes_minute)}  # type: ignore[attr-defined]

    assert minutes(hours) == minutes(found)
    assert all(one.closes_minute < other.opens_minute for one, other in pairwise(hours))


@given(hours_of_a_day)
def test_hours_are_read_as_they_are_written(hours: tuple[Interval, ...]) -> None:
    assert parse_hours(write_hours(hours)) == hours


@pytest.mark.parametrize(
    "text", ["9", "09:00", "09:00-08:00", "09:00-09:00", "09:60-10:00", "09:00-25:00", "09:00-13:00, 12:00-14:00"]
)
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours|time of one day"):
        parse_hours(text)


@pytest.mark.parametrize("text", ["9:00-13:00", "09:00 – 13:00", " 09:00—13:00; "])
def test_hours_may_be_typed_with_any_dash(text: str) -> None:
    assert write_hours(parse_hours(text)) == "09:00–13:00"


def test_extra_hours_open_a_saturday_and_lengthen_a_weekday() -> None:
    extra = Interval(opens_minute=600, closes_minute=900)
    saturday, monday = date(2026, 11, 28), date(2026, 11, 30)
    hours = CentreHours(
        weekly={1: parse_hours("09:00-12:00")},
        exceptions={day: DayException(day=day, kind=ExceptionKind.EXTRA, extra=extra) for day in (saturday, monday)},
    )

    assert write_hours(hours.on(saturday, workdays())) == "10:00–15:00"
    assert write_hours(hours.on(monday, workdays())) == "09:00–15:00"


def test_centre_is_closed_in_a_year_that_nobody_knows() -> None:
    hours = CentreHours(weekly={weekday: parse_hours("09:00-18:00") for weekday in range(1, 8)})

    assert not hours.on(date(2029, 6, 5), workdays())


def test_session_lasts_admission_and_the_longest_sitting() -> None:
    assert session_length(CORPS_B) == timedelta(minutes=20 + 70), "55 minutes by 125 %, rounded up to 5"


def test_programme_without_extra_time_lasts_its_minutes() -> None:
    plain = replace(CORPS_B, sitting=replace(CORPS_B.sitting, extra_time_percent=0))

    assert session_length(plain) == timedelta(minutes=20 + 55)


@given(days)
def test_window_is_that_of_the_programme(today: date) -> None:
    found = window(CORPS_B, start_of_local_day(today))

    assert (found[0] - today, found[-1] - today) == (timedelta(days=1), timedelta(days=30))
    assert len(found) == 30


def test_sessions_that_touch_do_not_meet() -> None:
    noon = datetime(2026, 11, 24, 7, tzinfo=UTC)
    first, second = (
        Slot(opens_at=noon + number * timedelta(hours=1), closes_at=noon + (number + 1) * timedelta(hours=1))
        for number in range(2)
    )

    assert not first.meets(second)
    assert first.meets(replace(second, opens_at=second.opens_at - MINUTE))
