"""Tests that are not held here: what is known of them, and refusals of a file that contradicts itself."""

import pytest

from question_bank.elsewhere import FILE, State, load_elsewhere
from question_bank.programme import Confidence
from question_bank.reading import FaultyFiles

GOOD = FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def known():
    return {programme.code: programme for programme in load_elsewhere()}


@pytest.mark.parametrize(
    ("code", "acts", "questions", "minimum", "minutes"),
    [
        ("law-enforcement-1", 9, 135, 95, 110),
        ("law-enforcement-2", 7, 105, 63, 90),
        ("law-enforcement-3", 5, 75, 35, 60),
    ],
)
def test_law_enforcement_programmes_have_their_numbers_of_2025(known, code, acts, questions, minimum, minutes):
    programme = known[code]

    assert (len(programme.acts), programme.questions_each, programme.minimum_each) == (acts, 15, 5)
    assert (programme.total_questions, programme.total_minimum, programme.minutes) == (questions, minimum, minutes)
    assert (programme.as_of, programme.state) == (2025, State.NOT_OPEN)


def test_what_is_not_known_is_none(known):
    civil = known["civil-protection"]

    assert (civil.total_questions, civil.minutes, civil.acts) == (None, None, ())
    assert all(civil.remark[language] for language in ("kk", "ru", "en"))
    assert known["corps-a-reserve"].minutes_to == 90


def test_no_number_is_said_to_be_sure(known):
    sure = [
        clause.name
        for programme in known.values()
        for clause in programme.clauses
        if clause.confidence is Confidence.SURE
    ]

    assert sure == ["civil-protection.as_of"]
    assert all(clause.basis for programme in known.values() for clause in programme.clauses)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('state = "not open"', 'state = "open"', "state must be not open"),
        ("total_questions = { value = 135", "total_questions = { value = 136", "are not 136"),
        ("total_minimum = { value = 95", "total_minimum = { value = 995", "above the questions"),
        ("minimum_each = { value = 5", "minimum_each = { value = 16", "above the questions"),
        ("minutes_to = { value = 90", "minutes_to = { value = 80", "not above minutes"),
        ('"criminal-code", ', '"tax-code", ', "no act of this file"),
        ('code = "law-enforcement-2"', 'code = "law-enforcement-1"', "stands twice"),
        ('code = "president-law"', 'code = "constitution"', "stands twice"),
        ("as_of = { value = 2025, basis", "as_of = { value = 2025, bases", "unknown key bases"),
        ('code = "state-language"', 'code = "state-language"\ncolour = 1', "unknown key colour"),
        ("[[act]]", "[[acts]]", "unknown key acts"),
    ],
)
def test_file_that_contradicts_itself_is_refused(tmp_path, old, new, message):
    assert old in GOOD
    path = tmp_path / "elsewhere.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(FaultyFiles) as refusal:
        load_elsewhere(path)

    assert [fault for fault in refusal.value.faults if message in fault.message]
