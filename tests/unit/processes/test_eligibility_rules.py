"""Which grounds stand at which moment?"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.applicants.queries import BanFacts
from app.applicants.rules import Sex
from app.kernel.clock import local_day, start_of_local_day
from app.processes.eligibility import Because, Decision, Standing, judge
from question_bank.programme import Wait
from question_bank.programmes import programme_on
from question_bank.scoring import after, retest_opens_on

PROGRAMME = programme_on("corps-b-legislation", date(2026, 11, 24))
PRACTICE = programme_on("practice-legislation", date(2026, 11, 24))
NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
GROWN_UP = Standing(birth_date=date(1990, 5, 15), sex=Sex.FEMALE)
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


def codes(decision: Decision) -> set[Because]:
    return {ground.code for ground in decision.grounds}


def ban(ends_at: datetime) -> BanFacts:
    return BanFacts(
        id=uuid.UUID(int=1),
        applicant_id=uuid.UUID(int=2),
        reference="V-7",
        act_on=date(2026, 6, 1),
        starts_at=NOW - 180 * DAY,
        ends_at=ends_at,
        programme_code=PROGRAMME.code,
        programme_version=PROGRAMME.version,
        description="A telephone rang.",
        booking_id=None,
        sitting_id=None,
        imposed_by=uuid.UUID(int=3),
        imposed_at=NOW - 180 * DAY,
        lifted_at=None,
        lifted_reason=None,
    )


def test_nothing_stands_against_a_grown_up_who_never_sat() -> None:
    decision = judge(GROWN_UP, PROGRAMME, NOW)

    assert decision.eligible
    assert decision.opens_at is None


@given(birth=st.dates(date(2008, 7, 1), date(2015, 12, 31)))
def test_person_may_sit_from_the_first_moment_of_the_eighteenth_birthday(birth: date) -> None:
    standing = replace(GROWN_UP, birth_date=birth)
    grown = start_of_local_day(after(birth, Wait(months=216)))

    (ground,) = judge(standing, PROGRAMME, grown - TICK).grounds

    assert (ground.code, ground.stands_until) == (Because.UNDER_AGE, grown)
    assert ground.clause.value == 18
    assert judge(standing, PROGRAMME, grown).eligible
    assert grown.astimezone(UTC).hour == 19, "midnight in UTC+5"


def test_who_was_born_on_a_leap_day_is_of_age_on_the_last_of_february() -> None:
    standing = replace(GROWN_UP, birth_date=date(2008, 2, 29))
    assert judge(standing, PROGRAMME, start_of_local_day(date(2026, 2, 28))).eligible
    assert not judge(standing, PROGRAMME, start_of_local_day(date(2026, 2, 28)) - TICK).eligible


@pytest.mark.parametrize(("sex", "age"), [(Sex.FEMALE, 61), (Sex.MALE, 63)])
@given(birth=st.dates(date(1950, 1, 1), date(1975, 12, 31)))
def test_pension_age_begins_on_the_birthday_and_never_ends(sex: Sex, age: int, birth: date) -> None:
    standing = Standing(birth_date=birth, sex=sex)
    reached = start_of_local_day(after(birth, Wait(months=12 * age)))

    (ground,) = judge(standing, PROGRAMME, reached).grounds

    assert (ground.code, ground.stands_until) == (Because.PENSION_AGE, None)
    assert ground.clause.value == age
    assert judge(standing, PROGRAMME, reached - TICK).eligible


def test_practice_knows_no_age() -> None:
    for birth in (date(2020, 1, 1), date(1930, 1, 1)):
        assert judge(Standing(birth_date=birth, sex=Sex.MALE), PRACTICE, NOW).eligible


@given(tested=DAYS)
def test_wait_after_a_fail_bars_until_its_first_moment(tested: date) -> None:
    opens = start_of_local_day(retest_opens_on(tested, PROGRAMME))
    standing = replace(GROWN_UP, retest_from=opens)

    assert local_day(opens) == tested + 3 * DAY
    assert codes(judge(standing, PROGRAMME, opens - TICK)) == {Because.RETEST_WAIT}
    assert judge(standing, PROGRAMME, opens).eligible


@pytest.mark.parametrize(
    ("tested", "wait", "opens"),
    [
        (date(2026, 12, 1), Wait(days=3), date(2026, 12, 4)),
        (date(2026, 12, 30), Wait(days=3), date(2027, 1, 2)),
        (date(2028, 2, 27), Wait(days=3), date(2028, 3, 1)),
        (date(2027, 2, 27), Wait(days=3), date(2027, 3, 2)),
        (date(2027, 1, 31), Wait(months=1), date(2027, 2, 28)),
        (date(2028, 1, 31), Wait(months=1), date(2028, 2, 29)),
        (date(2026, 12, 31), Wait(months=6), date(2027, 6, 30)),
    ],
)
def test_waits_in_days_and_months_over_month_ends_and_a_leap_day(tested: date, wait: Wait, opens: date) -> None:
    programme = replace(PROGRAMME, retest=replace(PROGRAMME.retest, after_fail=wait))

    assert retest_opens_on(tested, programme) == opens


@given(passed=DAYS)
def test_certificate_bars_until_it_ends(passed: date) -> None:
    ends = start_of_local_day(after(passed, Wait(months=12)))
    standing = replace(GROWN_UP, passed_on=passed)

    (ground,) = judge(standing, PROGRAMME, ends - TICK).grounds

    assert (ground.code, ground.stands_until, ground.clause.name) == (
        Because.CERTIFICATE_HELD,
        ends,
        "retest.after_pass",
    )
    assert judge(standing, PROGRAMME, ends).eligible
    assert judge(standing, PRACTICE, ends - TICK).eligible


def test_ban_bars_until_it_ends_and_names_its_act() -> None:
    standing = replace(GROWN_UP, ban=ban(NOW + DAY))

    (ground,) = judge(standing, PROGRAMME, NOW).grounds

    assert (ground.code, ground.stands_until, ground.reference) == (Because.BAN, NOW + DAY, "V-7")
    assert judge(standing, PROGRAMME, NOW + DAY).eligible


@given(days=st.lists(st.integers(-60, -1), max_size=8))
def test_third_no_show_within_thirty_days_bars_until_the_oldest_of_the_three_falls_out(days: list[int]) -> None:
    today = local_day(NOW)
    standing = replace(GROWN_UP, missed_on=[today + number * DAY for number in days])
    recent = sorted(number for number in days if number > -30)

    ground = judge(standing, PROGRAMME, NOW).ground(Because.NO_SHOWS)

    assert (ground is not None) == (len(recent) >= 3)
    if ground:
        ends = start_of_local_day(today + (recent[-3] + 30) * DAY)
        assert ground.stands_until == ends
        assert judge(standing, PROGRAMME, ends).eligible


def test_missed_test_sets_no_wait_unless_the_programme_says_so() -> None:
    standing = replace(GROWN_UP, missed_on=[local_day(NOW)])
    strict = replace(PROGRAMME, booking=replace(PROGRAMME.booking, no_show_uses_the_attempt=True))

    assert judge(standing, PROGRAMME, NOW).eligible
    (ground,) = judge(standing, strict, NOW).grounds
    assert (ground.code, ground.stands_until) == (
        Because.RETEST_WAIT,
        start_of_local_day(local_day(NOW) + 3 * DAY),
    )


def test_decision_names_all_grounds_and_the_last_of_their_ends() -> None:
    standing = replace(GROWN_UP, retest_from=NOW + DAY, ban=ban(NOW + 9 * DAY), passed_on=local_day(NOW))

    decision = judge(standing, PROGRAMME, NOW)

    assert codes(decision) == {Because.RETEST_WAIT, Because.BAN, Because.CERTIFICATE_HELD}
    assert decision.opens_at == start_of_local_day(date(2027, 11, 24))
    assert all(ground.clause.basis for ground in decision.grounds)


def test_ground_without_an_end_gives_no_date() -> None:
    pensioner = Standing(birth_date=date(1950, 1, 1), sex=Sex.MALE, retest_from=NOW + DAY)

    assert judge(pensioner, PROGRAMME, NOW).opens_at is None
