"""How are grounds and the days of the week said on a page?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import format_date
from flask_babel import lazy_gettext as _l

from app.kernel.clock import LOCAL
from app.processes.eligibility import Because, Ground

GROUNDS = {
    Because.UNDER_AGE: _l("You have not reached the age of %(value)s."),
    Because.PENSION_AGE: _l("You will have reached the pension age, %(value)s years."),
    Because.RETEST_WAIT: _l("The waiting time after a result below the threshold runs."),
    Because.BAN: _l("You are barred after a violation of the rules, by act %(reference)s."),
    Because.CERTIFICATE_HELD: _l("You hold a certificate of this test that is valid."),
    Because.OPEN_BOOKING: _l("You have a place at this test already."),
    Because.NO_SHOWS: _l("You missed %(value)s tests within a short time."),
}
RULES = {
    Because.UNDER_AGE: _l("The test is for people of full age."),
    Because.PENSION_AGE: _l("The test is for people below the pension age."),
    Because.RETEST_WAIT: _l("The test may be taken again after a waiting time, counted from the day of the test."),
    Because.BAN: _l("Whoever breaks the rules may not take the test for a time, counted from the day of the act."),
    Because.CERTIFICATE_HELD: _l("Nobody takes the test again while a certificate is valid."),
    Because.OPEN_BOOKING: _l("One person has one place at a time. You can move it to another time or give it back."),
    Because.NO_SHOWS: _l("Whoever misses too many tests waits, so that others find a place."),
}


@dataclass(frozen=True, kw_only=True)
class GroundLine:
    """A ground as a page shows it."""

    code: str
    text: str
    rule: str
    basis: str
    until: datetime | None
    booking_id: str | None


def ground_line(ground: Ground) -> GroundLine:
    """Say a ground in the reader's language; its basis stays in the language of the rule file."""
    return GroundLine(
        code=ground.code.value,
        text=str(GROUNDS[ground.code]) % {"value": ground.clause.value, "reference": ground.reference},
        rule=str(RULES[ground.code]),
        basis=ground.clause.basis,
        until=ground.stands_until,
        booking_id=str(ground.booking.id) if ground.booking else None,
    )


def weekday_of(moment: datetime) -> str:
    """Return the name of the day of the week in UTC+5."""
    return str(format_date(moment.astimezone(LOCAL), "EEEE", rebase=False))
