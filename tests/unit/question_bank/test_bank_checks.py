"""The lint of a pool: each bad item is found, a good pool is not blamed."""

from dataclasses import replace
from datetime import date

import pytest
from scipy import stats
from synthetic_bank import DAY, make_edition, make_item, make_items, make_pool, make_programme, make_register

from question_bank import depth, giveaways
from question_bank.acts import Register, Restraint, Standing, is_eligible
from question_bank.checks import Severity, check_pool, normalised, settled_day, shingles
from question_bank.items import OPTION_LETTERS, Citation, ItemText
from question_bank.loading import Place, Pool
from question_bank.programme import Block
from question_bank.programmes import Programmes
from question_bank.reading import Fault

ONE_CELL = (Block(act="fruit-act", questions=1, minimum=1, blueprint={"trees": (1, 0, 0, 0, 0)}),)


def find(*items, register=None, blocks=ONE_CELL, **facts):
    return check_pool(make_pool(*items), register or make_register(), [make_programme(blocks)], DAY, **facts)


def names(findings, severity=None):
    return {finding.check for finding in findings if severity in (None, finding.severity)}


def with_text(item, language="ru", **facts):
    text = item.texts[language]
    return replace(item, texts={**item.texts, language: replace(text, **facts)})


def test_good_pool_is_not_blamed():
    assert check_pool(make_pool(*make_items(in_a_cell=6)), make_register(), [make_programme()], DAY) == []


@pytest.mark.parametrize(
    ("item", "check", "severity"),
    [
        (with_text(make_item(), stem=" "), "text-blank", Severity.ERROR),
        (with_text(make_item(), why="Two  spaces."), "text-untidy", Severity.WARNING),
        (with_text(make_item(), stem="Not a question."), "stem-open", Severity.WARNING),
        (replace(make_item(), texts={"kk": make_item().texts["kk"]}), "language-missing", Severity.ERROR),
        (with_text(make_item(), options=("Один!", "один", "два", "три")), "options-equal", Severity.ERROR),
        (make_item(cites=(Citation.parse("9"),)), "citation", Severity.ERROR),
        (make_item(act="stone-act"), "citation", Severity.ERROR),
        (make_item(edition="third"), "citation", Severity.ERROR),
        (make_item(subtopic="roots"), "subtopic", Severity.ERROR),
        (make_item("Fruit_1"), "id", Severity.ERROR),
        (make_item(enemies=("fruit-nobody",)), "enemy-unknown", Severity.ERROR),
        (make_item(enemies=("fruit-trees-001",)), "enemy-unknown", Severity.ERROR),
    ],
)
def test_bad_item_is_found(item, check, severity):
    assert check in names(find(item), severity)


@pytest.mark.parametrize(
    ("language", "option"),
    [
        ("ru", "Все перечисленные варианты"),
        ("ru", "Всё вышеперечисленное"),
        ("ru", "Нет правильного ответа"),
        ("ru", "Варианты А и Б"),
        ("ru", "Все ответы верны"),
        ("kk", "Барлығы дұрыс"),
        ("kk", "Аталғандардың барлығы"),
        ("kk", "Дұрыс жауап жоқ"),
        ("en", "All of the above"),
        ("en", "None of the listed"),
        ("en", "Both A and B"),
    ],
)
def test_option_that_speaks_about_others_is_an_error(language, option):
    item = with_text(make_item(), language, options=("one", option, "three", "four"))

    found = [finding for finding in find(item) if finding.check == "forbidden-phrase"]

    assert [finding.severity for finding in found] == [Severity.ERROR]
    assert "option b" in found[0].message


@pytest.mark.parametrize(
    ("language", "option"),
    [("ru", "Все государственные органы"), ("kk", "Барлық мемлекеттік органдар"), ("en", "All citizens")],
)
def test_ordinary_option_with_all_is_allowed(language, option):
    item = with_text(make_item(), language, options=("one", option, "three", "four"))

    assert "forbidden-phrase" not in names(find(item))


@pytest.mark.parametrize("standing", [Standing.PENDING, Standing.SUSPENDED, Standing.DOUBTFUL])
def test_citation_that_is_held_back_is_refused_on_the_day(standing):
    held = Restraint(
        standing=standing, addresses=(Citation.parse("1(2)"),), begins=date.min, ends=date(2027, 1, 1), reason="later"
    )
    register = make_register(fruit=(make_edition(restraints=(held,)),))

    inside = find(make_item(cites=(Citation.parse("1(2)"),)), register=register)
    around = find(make_item(cites=(Citation.parse("1"),)), register=register)

    assert "citation" in names(inside, Severity.ERROR)
    assert standing.value in next(finding.message for finding in inside if finding.check == "citation")
    assert names(around) - {"thin"} == {"citation-partly"}


def test_item_of_an_ended_act_is_not_eligible():
    register = make_register(fruit=(make_edition(ends=DAY),))

    assert not is_eligible(make_item(), register, DAY)
    assert "depth" in names(find(make_item(), register=register), Severity.ERROR)


def test_same_question_twice_is_an_error_unless_they_are_enemies():
    twin = replace(make_item("fruit-trees-002"), texts=make_item().texts)

    assert "near-duplicate" in names(find(make_item(), twin), Severity.ERROR)
    assert "near-duplicate" not in names(find(make_item(), replace(twin, enemies=("fruit-trees-001",))))


def test_close_question_is_a_warning():
    stem = "In how many days must the head of a body answer the letter of a citizen about a field of {}?"
    one = with_text(make_item(), "en", stem=stem.format("apples"))
    other = with_text(make_item("fruit-trees-002"), "en", stem=stem.format("pears"))

    assert "near-duplicate" in names(find(one, other), Severity.WARNING)


def test_texts_are_compared_without_case_and_punctuation():
    assert normalised("  «Ещё РАЗ», -  да! ") == "еще раз да"
    assert shingles("a b a") == {"a", "b", "a b", "b a"}
    assert shingles("") == frozenset()


def test_finding_points_at_the_line_of_the_field():
    item = make_item(cites=(Citation.parse("9"),))
    place = Place(file="trees.toml", line=5, lines={"cites": 10})
    pool = Pool(items=(item,), places={item.id: place})

    finding = check_pool(pool, make_register(), [make_programme(ONE_CELL)], DAY)[-1]

    assert str(finding).startswith(
        "trees.toml:10: error citation: fruit-trees-001: 9 of fruit-act is unknown_provision"
    )


def test_fault_of_the_loader_is_an_error_of_the_check():
    faults = [Fault(file="x.toml", line=3, message="key is missing")]

    assert str(find(make_item(), faults=faults)[-1]) == "x.toml:3: error unreadable: key is missing"


def test_default_day_is_the_first_on_which_everything_is_in_force():
    programmes = Programmes.load().versions

    assert settled_day(programmes, Register.load()) == date(2026, 7, 14)


@pytest.mark.parametrize("observed", [(25, 25, 25, 25), (30, 20, 25, 25), (40, 20, 20, 20), (97, 1, 1, 1)])
def test_chance_of_key_positions_agrees_with_scipy(observed):
    assert giveaways.even_chance(observed) == pytest.approx(stats.chisquare(observed).pvalue)


def test_keys_at_one_place_are_a_warning():
    items = [make_item(f"fruit-trees-{number}", key="a") for number in range(40)]

    assert "key-positions" in names(find(*items), Severity.WARNING)


@pytest.mark.parametrize(("longest_keys", "severity"), [(5, None), (15, Severity.WARNING), (30, Severity.ERROR)])
def test_longest_option_is_watched(longest_keys, severity):
    items = []
    for number in range(40):
        key = OPTION_LETTERS[number % 4]
        longest = number % 4 if number < longest_keys else (number + 1) % 4
        options = tuple("option" + "s" * (place == longest) for place in range(4))
        items.append(with_text(make_item(f"fruit-trees-{number}", key=key), "en", options=options))

    found = [finding.severity for finding in find(*items) if finding.check == "longest-option"]

    assert found == ([] if severity is None else [severity])


def test_ties_for_the_longest_option_are_shared():
    item = make_item()

    assert giveaways.longest_solver([item], "en") == 0.25
    assert giveaways.longest_solver([], "en") == 0.0


@pytest.mark.parametrize(
    ("options", "telling"),
    [
        (("a" * 60, "b" * 30, "c" * 30, "d" * 30), "much longer"),
        (("a" * 30, "b" * 60, "c" * 60, "d" * 60), "much shorter"),
        (("a" * 40, "b" * 30, "c" * 30, "d" * 30), None),
        (("3 years", "30 years and more", "5", "10"), None),
    ],
)
def test_key_set_apart_by_its_length_is_told(options, telling):
    assert giveaways.telling_length(options, 0) == telling


def test_uneven_options_are_allowed_in_one_item_of_ten():
    def pool(uneven):
        long = ItemText(stem="Q?", options=("a" * 80, "b" * 20, "c" * 80, "d" * 80), why="W.")
        return [
            replace(make_item(f"fruit-{number}"), texts=dict.fromkeys(("kk", "ru", "en"), long))
            if number < uneven
            else make_item(f"fruit-{number}")
            for number in range(30)
        ]

    assert "option-lengths" not in {hint.check for hint in giveaways.hints(pool(3))}
    assert "option-lengths" in {hint.check for hint in giveaways.hints(pool(4))}


def test_few_items_are_not_judged_by_their_shares():
    assert list(giveaways.hints([make_item(key="a")] * 19)) == []


def test_thin_and_empty_cells_are_reported_not_crashed_on():
    thin = make_items()[:1]

    found = check_pool(make_pool(*thin), make_register(), [make_programme()], DAY)

    assert len([finding for finding in found if finding.check == "depth"]) == 14
    assert "fruit-act/juices/1 has 0 items in force, a paper needs 2" in {finding.message for finding in found}
    assert "thin" in names(found, Severity.WARNING)


def cell_of(items, subtopic, step, blocks):
    return next(
        cell
        for cell in depth.cells(items, make_programme(blocks))
        if (cell.subtopic, cell.difficulty) == (subtopic, step)
    )


TWO_CELLS = (Block(act="fruit-act", questions=3, minimum=1, blueprint={"trees": (2, 1, 0, 0, 0)}),)


@pytest.mark.parametrize(
    ("enemies_of_second_cell", "sure"),
    [
        ([(), ()], 1),
        ([("fruit-a",), ()], 1),
        ([("fruit-a",), ("fruit-b",)], 0),
        ([("fruit-a",), ("fruit-a",)], 0),
    ],
)
def test_depth_reckons_with_enemies_taken_before(enemies_of_second_cell, sure):
    first = [make_item(f"fruit-{letter}") for letter in "abc"]
    second = [
        make_item(f"fruit-{number}", difficulty=2, enemies=enemies)
        for number, enemies in enumerate(enemies_of_second_cell)
    ]

    assert cell_of(first + second, "trees", 2, TWO_CELLS).sure == sure


def test_enemies_that_cannot_stand_together_do_not_both_shut_out():
    first = [
        make_item("fruit-a"),
        make_item("fruit-b", enemies=("fruit-a",)),
        make_item("fruit-c"),
        make_item("fruit-d"),
    ]
    second = [
        make_item("fruit-1", difficulty=2, enemies=("fruit-a",)),
        make_item("fruit-2", difficulty=2, enemies=("fruit-b",)),
    ]

    assert cell_of(first + second, "trees", 2, TWO_CELLS).sure == 1


def test_enemies_inside_a_cell_lower_its_depth():
    items = [make_item("fruit-a"), make_item("fruit-b", enemies=("fruit-a",))]

    assert cell_of(items, "trees", 1, TWO_CELLS).sure == 1
    assert "enemies-empty-stratum" in {lack.check for lack in depth.lacks(items, make_programme(TWO_CELLS))}


def test_depth_with_very_many_enemies_uses_the_coarser_bound():
    first = [make_item(f"fruit-a{number}") for number in range(20)]
    enemies = tuple(item.id for item in first)
    second = [make_item("fruit-1", difficulty=2, enemies=enemies), make_item("fruit-2", difficulty=2)]

    assert cell_of(first + second, "trees", 2, TWO_CELLS).sure == 1


def test_table_of_depth_counts_each_language():
    items = [make_item("fruit-a"), replace(make_item("fruit-b"), texts={"kk": make_item().texts["kk"]})]

    kazakh = depth.table(items, make_programme(ONE_CELL), "kk")
    russian = depth.table(items, make_programme(ONE_CELL), "ru")

    assert kazakh[1].split() == ["fruit-act/trees", "2/1", "0/0", "0/0", "0/0", "0/0", "2/1"]
    assert russian[1].split()[1] == "1/1"
