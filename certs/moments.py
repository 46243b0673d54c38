"""How do times become whole seconds and back, and when is it so many months later?

Pure: standard library only.
"""

import calendar
from datetime import UTC, datetime, timedelta

from certs.errors import MalformedError

# 31 December 9999, 23:59:59 UTC: the last second that ``datetime`` knows.
LAST_SECOND = 253_402_300_799
MONTHS_A_YEAR = 12


def whole_seconds(moment: datetime) -> datetime:
    """Cut a moment down to its second, in UTC: signed times know nothing finer.

    Raises:
        ValueError: The moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).replace(microsecond=0)


def to_seconds(moment: datetime) -> int:
    """Give the seconds since 1970, as claims hold them."""
    return int(whole_seconds(moment).timestamp())


def from_seconds(seconds: object) -> datetime:
    """Read the seconds since 1970 from a claim.

    Raises:
        MalformedError: Not a whole number, or outside the years 1970-9999.
    """
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= LAST_SECOND:
        raise MalformedError("not a time in whole seconds")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def months_later(moment: datetime, months: int) -> datetime:
    """Go on by calendar months; where the month is shorter, its last day is taken."""
    years, month_index = divmod(moment.month - 1 + months, MONTHS_A_YEAR)
    year, month = moment.year + years, month_index + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
