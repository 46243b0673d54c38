"""Programme files: every value founded, sums that add up, refusals with their line."""

import re
from datetime import date

import pytest

from question_bank.programme import Confidence, Kind, Wait
from question_bank.programmes import PROGRAMMES, Programmes, programme_on
from question_bank.reading import FaultyFiles

NAME = "corps-b-legislation.2026-07-01.toml"
GOOD = (PROGRAMMES / NAME).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def programmes():
    return Programmes.load()


def refused(folder):
    with pytest.raises(FaultyFiles) as refusal:
        Programmes.load(folder)
    return refusal.value.faults


def test_certifying_programme_has_the_known_blocks():
    programme = programme_on("corps-b-legislation", date(2026, 11, 21))

    assert [(block.act, block.questions, block.minimum) for block in programme.blocks] == [
        ("constitution-2026", 15, 5),
        ("civil-service-law", 15, 5),
        ("anti-corruption-law", 15, 5),
        ("ethics-code", 10, 5),
    ]
    assert (programme.thresholds.total_questions, programme.thresholds.total_minimum) == (55, 30)
    assert programme.kind is Kind.CERTIFYING
    assert programme.sitting.languages == ("kk", "ru")
    assert programme.sitting.duration_minutes == 55
    assert programme.retest.after_fail == Wait(days=3)
    assert programme.retest.violation_ban == Wait(months=6)


def test_practice_programme_adds_english_and_gives_no_certificate(programmes):
    practice = programmes.on("practice-legislation", date(2026, 7, 1))

    assert practice.sitting.languages == ("kk", "ru", "en")
    assert practice.kind is Kind.PRACTICE
    assert practice.certificate.valid_months == 0


def test_every_value_has_a_basis_and_a_confidence(programmes):
    for programme in programmes.versions:
        assert all(clause.basis for clause in programme.clauses)
        assert len({clause.name for clause in programme.clauses}) == len(programme.clauses)


def test_clause_is_found_by_its_path(programmes):
    programme = programmes.version("corps-b-legislation", "2026.1")

    assert programme.clause("sitting.duration_minutes").value == 55
    assert programme.clause("block.ethics-code.minimum").confidence is Confidence.SURE
    assert programme.clause("retest.after_fail").value == "3 days"
    with pytest.raises(KeyError):
        programme.clause("sitting.colour")


@pytest.mark.parametrize("day", [date(2026, 6, 30), date(1995, 1, 1)])
def test_no_programme_before_it_came_into_force(day):
    with pytest.raises(KeyError):
        programme_on("corps-b-legislation", day)


def test_unknown_code_block_and_version_are_key_errors(programmes):
    programme = programmes.latest("corps-b-legislation")
    with pytest.raises(KeyError):
        programmes.latest("corps-a")
    with pytest.raises(KeyError):
        programmes.version("corps-b-legislation", "1999.1")
    with pytest.raises(KeyError):
        programme.block("tax-code")
    assert programme.block("ethics-code").quota("principles-and-duties", 3) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("principles-and-duties = [1, 1, 1, 1, 1]", "principles-and-duties = [1, 1, 1, 1, 2]", "asks for 11 questions"),
        ("principles-and-duties = [1, 1, 1, 1, 1]", "principles-and-duties = [1, 1, 1, 1]", "one quota for each"),
        ("principles-and-duties = [1, 1, 1, 1, 1]", "principles-and-duties = [1, 1, 1, 3, -1]", "one quota for each"),
        ("total_questions = { value = 55", "total_questions = { value = 56", "the blocks have 55 questions"),
        ("total_minimum = { value = 30", "total_minimum = { value = 56", "above the total"),
        ("total_minimum = { value = 30", "total_minimum = { value = -1", "must not be negative"),
        ("minimum = { value = 5", "minimum = { value = 16", "above its questions"),
        ("[sitting]", "[sitting]\ncolour = 1", "unknown key colour"),
        ("[sitting]", "[sitting]\ndurations = 1", "unknown key durations"),
        ("navigation = { value", "navigation = { valeu", "unknown key valeu"),
        ('navigation = { value = "free"', 'navigation = { value = "backwards"', "must be one of free"),
        ('after_fail = { value = "3 days"', 'after_fail = { value = "soon"', "not a wait"),
        ('languages = { value = ["kk", "ru"]', 'languages = { value = ["kk", "de"]', "languages must be"),
        ('languages = { value = ["kk", "ru"]', "languages = { value = [1]", "list of texts"),
        ("duration_minutes = { value = 55", "duration_minutes = { value = 0", "at least a minute"),
        ("duration_minutes = { value = 55", "duration_minutes = { value = true", "a whole number"),
        ("correct_options = { value = 1", "correct_options = { value = 4", "4 options and one key"),
        ("options_per_question = { value = 4", "options_per_question = { value = 5", "4 options and one key"),
        ("first_day_ahead = { value = 1", "first_day_ahead = { value = 31", "ends before it begins"),
        ("answer_from_hour = { value = 9", "answer_from_hour = { value = 21", "end before they begin"),
        ("answer_until_hour = { value = 21", "answer_until_hour = { value = 25", "end before they begin"),
        ("valid_months = { value = 12", "valid_months = { value = 0", "has a certificate"),
        ('act = "ethics-code"', 'act = "civil-service-law"', "has two blocks"),
        ('kind = "certifying"', 'kind = "secret"', "must be one of certifying"),
        ("in_force_from = 2026-07-01", "in_force_from = 2026-07-02", "named CODE.IN_FORCE_FROM"),
        ("in_force_from = 2026-07-01", "in_force_from = 2026-07-01\nin_force_to = 2026-07-01", "ends before it begins"),
    ],
)
def test_programme_that_contradicts_itself_is_refused_with_its_line(tmp_path, old, new, message):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    (tmp_path / NAME).write_text(text, encoding="utf-8")

    faults = [fault for fault in refused(tmp_path) if message in fault.message]

    assert faults
    pairs = zip(text.splitlines(), GOOD.splitlines(), strict=False)
    changed = next(number for number, (ours, theirs) in enumerate(pairs, start=1) if ours != theirs)
    assert changed - 7 <= faults[0].line <= changed + 1


def test_value_without_basis_or_confidence_is_refused(tmp_path):
    text = re.sub(r'(heartbeat_seconds = \{ value = 3), basis = "[^"]*", confidence = "[^"]*"', r"\1", GOOD)
    (tmp_path / NAME).write_text(text, encoding="utf-8")

    line = next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith("heartbeat"))
    assert [(fault.line, fault.message) for fault in refused(tmp_path)] == [
        (line, "basis is missing"),
        (line, "confidence is missing"),
    ]


def test_value_with_an_empty_basis_is_refused(tmp_path):
    text = re.sub(r'(heartbeat_seconds = \{ value = 3, basis = )"[^"]*"', r'\1" "', GOOD)
    (tmp_path / NAME).write_text(text, encoding="utf-8")

    assert "empty basis" in refused(tmp_path)[0].message


def test_missing_group_is_refused(tmp_path):
    (tmp_path / NAME).write_text(GOOD.split("[draw]")[0], encoding="utf-8")

    assert "draw is missing" in {fault.message for fault in refused(tmp_path)}


def test_everything_wrong_in_all_files_is_told_at_once(tmp_path):
    (tmp_path / NAME).write_text(GOOD.replace("value = 55", "value = 5", 1), encoding="utf-8")
    (tmp_path / "other.toml").write_text("code = \n", encoding="utf-8")
    (tmp_path / "third.toml").write_text(GOOD, encoding="utf-8")

    faults = refused(tmp_path)

    assert len({fault.file for fault in faults}) == 3
    assert any("overlaps" in fault.message for fault in faults)
    assert any("exists twice" in fault.message for fault in faults)


def test_two_versions_that_follow_each_other_are_told_apart_by_the_day(tmp_path):
    first = GOOD.replace("in_force_from = 2026-07-01", "in_force_from = 2026-07-01\nin_force_to = 2027-01-01")
    second = GOOD.replace("2026-07-01", "2027-01-01", 1).replace('"2026.1"', '"2027.1"', 1)
    (tmp_path / NAME).write_text(first, encoding="utf-8")
    (tmp_path / NAME.replace("2026-07", "2027-01")).write_text(second, encoding="utf-8")

    programmes = Programmes.load(tmp_path)

    assert programmes.on("corps-b-legislation", date(2026, 12, 31)).version == "2026.1"
    assert programmes.on("corps-b-legislation", date(2027, 1, 1)).version == "2027.1"
    assert programmes.latest("corps-b-legislation").version == "2027.1"


@pytest.mark.parametrize("text", ["3", "days", "-1 days", "3 weeks", "3 days 1 months", ""])
def test_wait_that_is_no_count_of_days_or_months_is_refused(text):
    with pytest.raises(ValueError, match="not a wait"):
        Wait.parse(text)


@pytest.mark.parametrize("text", ["3 days", "6 months", "0 days"])
def test_wait_is_written_as_it_was_read(text):
    assert str(Wait.parse(text)) == text
