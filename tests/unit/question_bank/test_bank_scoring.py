"""Scores, the two conditions of passing, and the days that follow."""

from datetime import date

import pytest
from synthetic_bank import make_items, make_manifest, make_programme, seed_number

from question_bank.draw import draw
from question_bank.programme import Wait
from question_bank.programmes import Programmes
from question_bank.scoring import (
    Condition,
    ProgrammeMismatch,
    Score,
    after,
    ban_ends_on,
    certificate_valid_until,
    judge,
    key_of,
    retest_opens_on,
    score,
)

PROGRAMME = Programmes.load().version("corps-b-legislation", "2026.1")
PRACTICE = Programmes.load().version("practice-legislation", "2026.1")
ACTS = ("constitution-2026", "civil-service-law", "anti-corruption-law", "ethics-code")


@pytest.mark.parametrize(
    ("correct", "failed"),
    [
        ((10, 10, 5, 5), []),
        ((10, 9, 5, 5), ["total"]),
        ((15, 15, 15, 4), ["ethics-code"]),
        ((15, 15, 4, 10), ["anti-corruption-law"]),
        ((5, 5, 5, 5), ["total"]),
        ((15, 5, 5, 5), []),
        ((4, 15, 15, 10), ["constitution-2026"]),
        ((15, 4, 15, 10), ["civil-service-law"]),
        ((15, 15, 15, 10), []),
        ((0, 0, 0, 0), ["total", *ACTS]),
        ((4, 4, 10, 10), ["total", "constitution-2026", "civil-service-law"]),
    ],
    ids=str,
)
def test_both_conditions_decide(correct, failed):
    judgement = judge(Score(blocks=tuple(zip(ACTS, correct, strict=True))), PROGRAMME)

    assert judgement.passed is (not failed)
    assert [failure.block or "total" for failure in judgement.failures] == failed


def test_failure_says_what_was_reached_and_what_was_needed():
    score_of_total_29 = Score(blocks=tuple(zip(ACTS, (10, 9, 5, 5), strict=True)))

    (failure,) = judge(score_of_total_29, PROGRAMME).failures

    assert (failure.condition, failure.correct, failure.minimum) == (Condition.TOTAL, 29, 30)


@pytest.mark.parametrize("acts", [ACTS[:3], ACTS[::-1], (*ACTS[:3], "tax-code")])
def test_score_of_other_blocks_is_refused(acts):
    with pytest.raises(ProgrammeMismatch):
        judge(Score(blocks=tuple((act, 5) for act in acts)), PROGRAMME)


@pytest.fixture
def key():
    paper = draw(seed_number(7), make_manifest())
    return key_of(paper, {item.id: item for item in make_items()})


def test_all_right_answers_count(key):
    full = score(key, {question.position: question.option for question in key})

    assert full.blocks == (("fruit-act", 11), ("river-act", 5))
    assert full.total == 16
    assert judge(full, make_programme()).passed


@pytest.mark.parametrize("answer", [None, 0, 5])
def test_blank_and_impossible_answers_are_wrong(key, answer):
    assert score(key, {question.position: answer for question in key}).total == 0
    assert score(key, {}).total == 0


def test_wrong_answer_takes_nothing_off(key):
    answers = {question.position: question.option for question in key}
    answers[1] = answers[1] % 4 + 1

    assert score(key, answers).blocks == (("fruit-act", 10), ("river-act", 5))


def test_credited_position_counts_whatever_was_answered(key):
    assert score(key, {}, credited={1, 12}).blocks == (("fruit-act", 1), ("river-act", 1))


def test_key_follows_the_shuffled_options():
    paper = draw(seed_number(7), make_manifest())
    items = {item.id: item for item in make_items()}

    for question, keyed in zip(paper.questions, key_of(paper, items), strict=True):
        item = items[question.item_id]
        shown = [item.texts["kk"].options[place] for place in question.order]
        assert shown[keyed.option - 1] == item.texts["kk"].options[item.key_index]


@pytest.mark.parametrize(
    ("day", "wait", "expected"),
    [
        (date(2026, 12, 1), Wait(days=3), date(2026, 12, 4)),
        (date(2026, 12, 30), Wait(days=3), date(2027, 1, 2)),
        (date(2026, 12, 1), Wait(days=0), date(2026, 12, 1)),
        (date(2026, 1, 15), Wait(months=1), date(2026, 2, 15)),
        (date(2026, 1, 31), Wait(months=1), date(2026, 2, 28)),
        (date(2028, 1, 31), Wait(months=1), date(2028, 2, 29)),
        (date(2026, 8, 31), Wait(months=6), date(2027, 2, 28)),
        (date(2026, 12, 31), Wait(months=12), date(2027, 12, 31)),
        (date(2028, 2, 29), Wait(months=12), date(2029, 2, 28)),
    ],
)
def test_wait_counts_calendar_days_and_months(day, wait, expected):
    assert after(day, wait) == expected


def test_days_after_a_test_follow_the_programme():
    day = date(2026, 12, 1)

    assert retest_opens_on(day, PROGRAMME) == date(2026, 12, 4)
    assert retest_opens_on(day, PRACTICE) == day
    assert ban_ends_on(day, PROGRAMME) == date(2027, 6, 1)
    assert certificate_valid_until(day, PROGRAMME) == date(2027, 12, 1)


def test_practice_gives_no_certificate():
    with pytest.raises(ValueError, match="no certificate"):
        certificate_valid_until(date(2026, 12, 1), PRACTICE)
