"""Until when may one appeal, by when is it decided, and what do votes come to?"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.appeals.rules import (
    Ballot,
    Ground,
    carried,
    decision_due,
    number_of,
    outcome_of,
    violation_window_ends,
    window_of_test_ends,
)
from app.kernel.rulebook import programmes
from app.kernel.workdays import workdays
from question_bank.programme import AppealWindow

RULES = programmes().latest("corps-b-legislation").appeals


@pytest.mark.parametrize(
    ("ended_on", "until"),
    [
        pytest.param(date(2026, 11, 24), datetime(2026, 11, 24, 19, tzinfo=UTC), id="an ordinary day"),
        pytest.param(date(2026, 11, 30), datetime(2026, 11, 30, 19, tzinfo=UTC), id="the end of a month"),
        pytest.param(date(2028, 2, 28), datetime(2028, 2, 28, 19, tzinfo=UTC), id="before a leap day"),
        pytest.param(date(2026, 12, 31), datetime(2026, 12, 31, 19, tzinfo=UTC), id="the end of a year"),
    ],
)
def test_test_is_contested_until_midnight_in_kazakhstan(ended_on: date, until: datetime) -> None:
    assert window_of_test_ends(AppealWindow.END_OF_TEST_DAY, ended_on) == until


def test_practice_is_not_contested() -> None:
    assert window_of_test_ends(AppealWindow.NONE, date(2026, 11, 24)) is None
    practice = programmes().latest("practice-legislation").appeals
    assert (practice.content_window, practice.technical_window) == (AppealWindow.NONE, AppealWindow.NONE)


@pytest.mark.parametrize(
    ("act_on", "until"),
    [
        pytest.param(date(2026, 11, 24), datetime(2026, 11, 27, 19, tzinfo=UTC), id="Tuesday: through Friday"),
        pytest.param(date(2026, 11, 26), datetime(2026, 12, 1, 19, tzinfo=UTC), id="over a weekend and a month"),
        pytest.param(date(2026, 12, 14), datetime(2026, 12, 18, 19, tzinfo=UTC), id="over Independence Day"),
        pytest.param(date(2026, 12, 31), datetime(2027, 1, 8, 19, tzinfo=UTC), id="over New Year and Christmas"),
        pytest.param(date(2027, 3, 19), datetime(2027, 3, 29, 19, tzinfo=UTC), id="over Nauryz"),
        pytest.param(date(2028, 2, 25), datetime(2028, 3, 1, 19, tzinfo=UTC), id="over a leap day"),
        pytest.param(date(2026, 11, 28), datetime(2026, 12, 2, 19, tzinfo=UTC), id="an act of a Saturday"),
    ],
)
def test_act_is_contested_for_three_working_days(act_on: date, until: datetime) -> None:
    assert violation_window_ends(act_on, RULES, workdays()) == until
    assert decision_due(act_on, RULES, workdays()) == until, "the same count, from the filing"


@pytest.mark.parametrize(
    ("votes", "outcome"),
    [
        ([True, True, True], True),
        ([False, True, True], True),
        ([True, False, False], False),
        ([False, False, False], False),
        ([True, True, False, False], True),
        ([False, True, True, False], False),
        ([False, True, True, True], True),
        ([True, False, False, False, True], False),
    ],
)
def test_more_than_half_decide_and_in_a_tie_the_chair(votes: list[bool], outcome: bool) -> None:
    assert carried(votes) is outcome


def ballot(*upheld: int) -> Ballot:
    return Ballot(granted=bool(upheld), upheld=frozenset(upheld))


def test_each_question_is_voted_on_by_itself() -> None:
    found = outcome_of(Ground.CONTENT, [ballot(3, 7), ballot(7), ballot(3, 7, 9)])

    assert (found.granted, found.upheld) == (True, (3, 7))


def test_appeal_is_refused_where_no_two_find_the_same_question_faulty() -> None:
    found = outcome_of(Ground.CONTENT, [ballot(3), ballot(7), ballot(9)])

    assert (found.granted, found.upheld) == (False, ())


@pytest.mark.parametrize("ground", [Ground.TECHNICAL, Ground.VIOLATION])
def test_other_grounds_are_one_decision(ground: Ground) -> None:
    yes, no = Ballot(granted=True), Ballot(granted=False)

    assert outcome_of(ground, [no, yes, yes]).granted
    assert not outcome_of(ground, [yes, no, no]).granted


def test_number_of_an_appeal_has_year_and_serial() -> None:
    assert number_of(2026, 123) == "A-2026-000123"
