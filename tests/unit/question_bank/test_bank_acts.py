"""The register of acts: what is in force when."""

from datetime import date, timedelta

import pytest
from synthetic_bank import make_edition, make_register

from question_bank.acts import ACTS, Register, Standing, expand, provisions_of
from question_bank.items import Citation
from question_bank.loading import load_pool
from question_bank.programmes import Programmes
from question_bank.reading import FaultyFiles

AUGUST = date(2026, 8, 1)
CODES = {path.stem for path in ACTS.glob("*.toml")}


@pytest.fixture(scope="module")
def register():
    return Register.load()


def standing(register, act, address, on=AUGUST, **facts):
    return register.cited_in_force(act, Citation.parse(address), on, **facts).standing


@pytest.mark.parametrize(
    ("code", "articles"),
    [
        ("constitution-2026", 96),
        ("civil-service-law", 90),
        ("anti-corruption-law", 35),
        ("ethics-code", 12),
        ("constitution-1995", 101),
        ("civil-service-law-2015", 78),
    ],
)
def test_every_act_has_its_articles_and_titles(register, code, articles):
    act = register.act(code)

    assert len({provision.article for provision in act.editions[-1].provisions}) == articles
    assert all(act.title[language] and act.short[language] for language in ("kk", "ru", "en"))


def test_ethics_code_is_marked_for_review_and_no_other_act_is(register):
    marked = [act.code for act in register.acts.values() for edition in act.editions if edition.review]

    assert marked == ["ethics-code"]


def test_register_has_six_acts():
    assert len(CODES) == 6


@pytest.mark.parametrize(
    ("notation", "addresses"),
    [
        ("", ["5"]),
        ("1..3", ["5", "5(1)", "5(2)", "5(3)"]),
        ("(1..2 2-1)", ["5", "5(1)", "5(2)", "5(2-1)"]),
        ("1 2(1..2) 3", ["5", "5(1)", "5(2)", "5(2)(1)", "5(2)(2)", "5(3)"]),
        ("1..2(1)", ["5", "5(1)", "5(2)", "5(2)(1)"]),
        ("3-1(4)", ["5", "5(3-1)", "5(3-1)(4)"]),
    ],
)
def test_notation_names_these_provisions(notation, addresses):
    assert {str(provision) for provision in provisions_of("5", notation)} == set(addresses)


@pytest.mark.parametrize("notation", ["3..1", "one", "1(2", "1)", "1..", "2..2"])
def test_notation_that_is_not_understood_is_refused(notation):
    with pytest.raises(ValueError, match=r"not understood|address"):
        provisions_of("5", notation)


def test_range_keeps_the_inserted_numbers_in_place():
    assert expand("1..3 3-1 4") == ["1", "2", "3", "3-1", "4"]


@pytest.mark.parametrize(
    ("act", "address", "expected"),
    [
        ("civil-service-law", "21(2)(10)", Standing.IN_FORCE),
        ("civil-service-law", "21(2)(11)", Standing.PENDING),
        ("civil-service-law", "19(1)", Standing.PENDING),
        ("civil-service-law", "68(29)", Standing.PENDING),
        ("civil-service-law", "61(2)(5)", Standing.SUSPENDED),
        ("civil-service-law", "64(4)(4)", Standing.SUSPENDED),
        ("civil-service-law", "64(4)(3)", Standing.IN_FORCE),
        ("civil-service-law", "90(2)(4)", Standing.IN_FORCE),
        ("civil-service-law", "91", Standing.UNKNOWN_PROVISION),
        ("civil-service-law", "21(9)", Standing.UNKNOWN_PROVISION),
        ("anti-corruption-law", "11(9)", Standing.DOUBTFUL),
        ("anti-corruption-law", "24-3(5)", Standing.DOUBTFUL),
        ("anti-corruption-law", "13(2)", Standing.UNKNOWN_PROVISION),
        ("anti-corruption-law", "21-1(1)(2)", Standing.IN_FORCE),
        ("constitution-2026", "46(22)", Standing.IN_FORCE),
        ("ethics-code", "6(4)", Standing.IN_FORCE),
        ("constitution-1995", "1", Standing.NOT_IN_FORCE),
        ("civil-service-law-2015", "13", Standing.NOT_IN_FORCE),
        ("tax-code", "1", Standing.UNKNOWN_ACT),
    ],
)
def test_citation_stands_like_this_in_august_2026(register, act, address, expected):
    assert standing(register, act, address) is expected


@pytest.mark.parametrize(
    ("provision", "last_day", "before", "after"),
    [
        (("civil-service-law", "21(2)(11)"), date(2026, 12, 31), Standing.PENDING, Standing.IN_FORCE),
        (("civil-service-law", "61(2)"), date(2028, 12, 31), Standing.SUSPENDED, Standing.IN_FORCE),
        (("anti-corruption-law", "11(4)"), date(2026, 12, 31), Standing.IN_FORCE, Standing.DOUBTFUL),
        (("constitution-1995", "1"), date(2026, 6, 30), Standing.IN_FORCE, Standing.NOT_IN_FORCE),
        (("civil-service-law-2015", "1"), date(2026, 6, 30), Standing.IN_FORCE, Standing.NOT_IN_FORCE),
        (("constitution-2026", "1"), date(2026, 6, 30), Standing.NOT_IN_FORCE, Standing.IN_FORCE),
    ],
)
def test_boundary_day_belongs_to_the_later_state(register, provision, last_day, before, after):
    assert standing(register, *provision, last_day) is before
    assert standing(register, *provision, last_day + timedelta(days=1)) is after


def test_wide_citation_names_what_is_held_back_inside(register):
    ruling = register.cited_in_force("civil-service-law", Citation.parse("61"), AUGUST)

    assert ruling.is_in_force
    assert [str(address) for address in ruling.partly] == ["61(2)", "61(3)"]


@pytest.mark.parametrize(
    ("changed", "address", "expected"),
    [
        ((), "1(2)", Standing.IN_FORCE),
        (("1(2)",), "1(2)", Standing.AMENDED),
        (("1",), "1(2)", Standing.AMENDED),
        (("1(2)",), "1", Standing.AMENDED),
        (("1(3)",), "1(2)", Standing.IN_FORCE),
        (None, "1(2)", Standing.AMENDED),
    ],
)
def test_item_outlives_its_edition_only_where_nothing_changed(changed, address, expected):
    turn = date(2026, 8, 1)
    addresses = None if changed is None else tuple(Citation.parse(text) for text in changed)
    second = make_edition("second", turn, changed=addresses)
    register = make_register(fruit=(make_edition(ends=turn), second))

    assert standing(register, "fruit-act", address, turn, written_from="first") is expected
    assert standing(register, "fruit-act", address, turn, written_from="second") is Standing.IN_FORCE


def test_unknown_edition_is_refused():
    assert standing(make_register(), "fruit-act", "1", written_from="third") is Standing.UNKNOWN_EDITION


def test_editions_that_overlap_are_refused(tmp_path):
    second = '[[edition]]\nname = "next"\nin_force_from = 2024-01-01\n[edition.provisions]\n"1" = ""\n'
    (tmp_path / "ethics-code.toml").write_text(GOOD + second, encoding="utf-8")

    with pytest.raises(FaultyFiles, match="edition next begins before 2023-06-05 ends"):
        Register.load(tmp_path)


def test_act_without_editions_is_refused(tmp_path):
    (tmp_path / "ethics-code.toml").write_text(GOOD.split("[[edition]]", maxsplit=1)[0], encoding="utf-8")

    with pytest.raises(FaultyFiles, match="no edition"):
        Register.load(tmp_path)


def test_edition_on_a_day_follows_the_register(register):
    assert register.edition_on("anti-corruption-law", AUGUST).name == "2026-07-12"
    assert register.edition_on("anti-corruption-law", date(2026, 7, 11)) is None
    assert register.edition_on("tax-code", AUGUST) is None


GOOD = (ACTS / "ethics-code.toml").read_text(encoding="utf-8")
TABLE = "[edition.provisions]"
DOUBTFUL = f'[[edition.doubtful]]\naddresses = ["99"]\nreason = ""\n{TABLE}'
PENDING = f'[[edition.pending]]\naddresses = ["x"]\nreason = ""\n{TABLE}'


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('code = "ethics-code"', 'code = "other"', 1, "not named after the code"),
        ('unit = "point"', 'unit = "verse"', 4, "unit must be"),
        ('"7" = ""', '"7" = "x"', 33, "article 7: not understood"),
        ('"7" = ""', '"7" = 7', 33, "must be a text"),
        ("in_force_from = 2023-06-05", "in_force_from = 2023", 22, "must be a date"),
        ("in_force_from = 2023-06-05", "in_force_from = 2023-06-05\nin_force_to = 2023-06-05", 23, "ends before"),
        ('ru = "Этический кодекс"', "", 11, "ru is missing"),
        (
            "[edition.provisions]",
            '[[edition.doubtful]]\naddresses = ["99"]\nreason = ""\n[edition.provisions]',
            20,
            "99 is not",
        ),
        (
            "[edition.provisions]",
            '[[edition.pending]]\naddresses = ["x"]\nreason = ""\n[edition.provisions]',
            26,
            "until is",
        ),
        ("[edition.provisions]", "[edition.provisions", 26, "Expected"),
        ("adopted", "adoptd", 3, "unknown key adoptd"),
        ("review = ", "reviewed = ", 24, "unknown key reviewed"),
    ],
)
def test_faulty_register_file_is_refused_with_its_line(tmp_path, old, new, line, message):
    assert old in GOOD
    (tmp_path / "ethics-code.toml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(FaultyFiles) as refusal:
        Register.load(tmp_path)

    assert len(refusal.value.faults) <= 3
    assert (line, True) in [(fault.line, message in fault.message) for fault in refusal.value.faults]


def test_every_subtopic_of_every_blueprint_has_a_title_and_articles(register):
    for programme in Programmes.load().versions:
        for block in programme.blocks:
            act = register.act(block.act)
            assert [subtopic.code for subtopic in act.subtopics] == list(block.blueprint)
            assert all(subtopic.title[language] for subtopic in act.subtopics for language in ("kk", "ru", "en"))


def test_every_item_stands_in_the_articles_of_its_subtopic(register):
    astray = [
        item.id
        for item in load_pool().items
        if item.cites[0].article not in expand(register.act(item.act).subtopic(item.subtopic).units)
    ]

    assert astray == []


def test_every_act_leads_to_its_official_text_in_both_languages_of_the_state(register):
    assert {code: sorted(act.address) for code, act in register.acts.items()} == {code: ["kk", "ru"] for code in CODES}


@pytest.mark.parametrize("code", ["anti-corruption-law", "civil-service-law", "civil-service-law-2015", "ethics-code"])
def test_address_of_official_text_is_made_of_year_and_number_of_the_act(register, code):
    act = register.act(code)
    letter = "U" if code == "ethics-code" else "Z"
    document = f"{letter}{act.adopted:%y}{int(act.number.split('-')[0]):08}"

    assert act.address == {
        "kk": f"https://adilet.zan.kz/kaz/docs/{document}",
        "ru": f"https://adilet.zan.kz/rus/docs/{document}",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('units = "1..7"', 'units = "1..13"', "has no 13"),
        ('units = "1..7"', 'units = "all"', "not understood"),
        ('kk = "https://adilet', 'kk = "ftp://adilet', "begins with https://"),
    ],
)
def test_act_that_contradicts_itself_is_refused(tmp_path, old, new, message):
    text = (ACTS / "ethics-code.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "ethics-code.toml").write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(FaultyFiles) as refusal:
        Register.load(tmp_path)

    assert [fault for fault in refusal.value.faults if message in fault.message]


@pytest.mark.parametrize(
    ("act", "subtopic", "stretches"),
    [
        ("constitution-2026", "state-power", [("42", "71")]),
        ("anti-corruption-law", "concepts-and-measures", [("1", "10"), ("16", "17")]),
        ("anti-corruption-law", "bodies-and-consequences", [("18", "26-1")]),
        ("civil-service-law", "entry-and-course", [("21", "44"), ("90", "90")]),
    ],
)
def test_articles_of_a_subtopic_are_told_in_stretches(register, act, subtopic, stretches):
    found = register.act(act)

    assert found.stretches(found.subtopic(subtopic)) == stretches
