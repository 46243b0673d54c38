"""What time is it in Kazakhstan?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.kernel import clock
from app.kernel.clock import LOCAL, check_time_zone_data, local_day, start_of_local_day


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 24, 18, 59, 59, 999999, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 19, 0, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 12, 31, 19, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 11, 24, 23, 0, tzinfo=LOCAL), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 23, 0, tzinfo=ZoneInfo("America/New_York")), date(2026, 11, 25)),
    ],
)
def test_local_day_begins_at_nineteen_utc(moment: datetime, day: date) -> None:
    assert local_day(moment) == day


def test_local_day_starts_five_hours_before_utc() -> None:
    assert start_of_local_day(date(2026, 11, 25)) == datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize("day", [date(2024, 3, 1), date(2026, 2, 28), date(2027, 1, 1)])
def test_start_of_a_day_belongs_to_it(day: date) -> None:
    start = start_of_local_day(day)

    assert local_day(start) == day
    assert local_day(start - timedelta(microseconds=1)) == day - timedelta(days=1)


def test_time_zone_data_of_this_machine_is_accepted() -> None:
    check_time_zone_data()


def test_time_zone_data_from_before_the_change_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "LOCAL", ZoneInfo("Etc/GMT-6"))

    with pytest.raises(RuntimeError, match="older than 2024a"):
        check_time_zone_data()
