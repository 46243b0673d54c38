"""Which step comes next, and what does a check of a computer say?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.checkin.rules import STEPS, Equipment, Step, Trouble, next_step, read_equipment
from app.checkin.samples import sample_paper
from question_bank.loading import load_pool

GOOD: dict[str, Any] = {
    "keys": ["1", "2", "3", "4"],
    "width": 1366,
    "height": 700,
    "storage": True,
    "round_trip_ms": 12,
    "clock_seconds": -3,
}


@pytest.mark.parametrize("count", range(len(STEPS)))
def test_first_step_that_is_not_done_is_next(count: int) -> None:
    done = dict.fromkeys(STEPS[:count], True)

    assert next_step(done) is STEPS[count]


def test_step_that_was_left_out_comes_before_those_after_it() -> None:
    done = dict.fromkeys(STEPS, True) | {Step.RULES: False}

    assert next_step(done) is Step.RULES


def test_whole_report_has_no_troubles_and_is_kept_as_it_is() -> None:
    found = read_equipment(json.dumps(GOOD))

    assert found is not None
    assert found.troubles == ()
    assert Equipment.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"keys": ["1", "2", "4"]}, Trouble.KEYBOARD),
        ({"keys": "1234"}, Trouble.KEYBOARD),
        ({"width": 1023}, Trouble.SCREEN),
        ({"height": None}, Trouble.SCREEN),
        ({"width": "1366"}, Trouble.SCREEN),
        ({"storage": 1}, Trouble.STORAGE),
        ({"round_trip_ms": 1000}, Trouble.CONNECTION),
        ({"round_trip_ms": None}, Trouble.CONNECTION),
        ({"round_trip_ms": -1}, Trouble.CONNECTION),
        ({"round_trip_ms": True}, Trouble.CONNECTION),
    ],
)
def test_what_is_wanting_is_named(change: dict[str, Any], trouble: Trouble) -> None:
    found = read_equipment(json.dumps(GOOD | change))

    assert found is not None
    assert found.troubles == (trouble,)


@pytest.mark.parametrize("seconds", [-(10**8), 0, 86_400])
def test_clock_of_the_computer_is_no_trouble(seconds: int) -> None:
    found = read_equipment(json.dumps(GOOD | {"clock_seconds": seconds}))

    assert found is not None
    assert (found.clock_seconds, found.troubles) == (seconds, ())


@pytest.mark.parametrize("report", ["", "{", "[]", "null", "7", "[" * 400, json.dumps(GOOD | {"more": "x" * 500})])
def test_what_is_no_report_is_nothing(report: str) -> None:
    assert read_equipment(report) is None


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_samples_are_three_questions_of_four_answers_without_a_key(language: str) -> None:
    paper = sample_paper(language)

    assert [question["position"] for question in paper["questions"]] == [1, 2, 3]
    assert {len(question["options"]) for question in paper["questions"]} == {4}
    assert "key" not in json.dumps(list(paper["questions"][0]))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_samples_are_no_items_of_the_pool(language: str) -> None:
    stems = {item.texts[language].stem for item in load_pool().items}

    assert not stems & {question["stem"] for question in sample_paper(language)["questions"]}
