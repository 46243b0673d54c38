"""The lint of a pool: each bad item is found, a good pool is not blamed."""

from dataclasses import replace
from datetime import date

import pytest
from scipy import stats
from synthetic_bank import DAY, make_edition, make_item, make_items, make_pool, make_programme, make_register

from question_bank import depth, giveaways
from question_bank.acts import Register, Restraint, Standing, is_eligible
from question_bank.checks import check_pool, settled_day
from question_bank.findings import Severity, listed
from question_bank.items import LANGUAGES, OPTION_LETTERS, Citation, ItemText, Level
from question_bank.likeness import likeness, normalised, shingles
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


def messages(findings, check):
    return [finding.message for finding in findings if finding.check == check]


def tidy(item):
    """Write the options of an invented item without letters that look Cyrillic and are Latin."""
    texts = {
        language: replace(text, options=tuple(f"{text.options[place][:-1]}{place}" for place in range(4)))
        for language, text in item.texts.items()
    }
    return replace(item, texts=texts)


def items_with(count, make=lambda _, item: item, act="fruit-act", **facts):
    """Make a block that has nothing wrong with it but what ``make`` does to each item."""
    prefix = act.removesuffix("-act")
    return [
        make(
            number,
            make_item(
                f"{prefix}-{number:03}", key=OPTION_LETTERS[number % 4], **{"act": act, "level": Level.APPLY, **facts}
            ),
        )
        for number in range(count)
    ]


def test_good_pool_is_not_blamed():
    items = [replace(tidy(item), level=Level.APPLY) for item in make_items(in_a_cell=8)]

    assert check_pool(make_pool(*items), make_register(), [make_programme()], DAY) == []


@pytest.mark.parametrize(
    ("item", "check", "severity"),
    [
        (with_text(make_item(), stem=" "), "text-blank", Severity.ERROR),
        (with_text(make_item(), why="Два  пробела."), "typography", Severity.ERROR),
        (with_text(make_item(), why="Первое. Второе."), "typography", Severity.ERROR),
        (with_text(make_item(), why="Без точки"), "typography", Severity.ERROR),
        (with_text(make_item(), options=("Один.", "два", "три", "пять")), "typography", Severity.ERROR),
        (with_text(make_item(), stem="Что не является наказанием?"), "negated-stem", Severity.WARNING),
        (with_text(make_item(), stem="Кто не вправе не явиться?"), "double-negation", Severity.WARNING),
        (with_text(make_item(), options=("Ответ А", "два", "три", "пять")), "option-place", Severity.ERROR),
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
        ("ru", "Все ответы верны"),
        ("kk", "Барлығы дұрыс"),
        ("kk", "Аталғандардың барлығы"),
        ("kk", "Дұрыс жауап жоқ"),
        ("en", "All of the above"),
        ("en", "None of the listed"),
        ("en", "Neither of them"),
        ("ru", "Ни один из названных органов"),
        ("kk", "Екеуі де"),
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
    assert names(around) - {"thin", "typography"} == {"citation-partly"}


def test_item_of_an_ended_act_is_not_eligible():
    register = make_register(fruit=(make_edition(ends=DAY),))

    assert not is_eligible(make_item(), register, DAY)
    assert "depth" in names(find(make_item(), register=register), Severity.ERROR)


def test_same_question_twice_is_an_error_even_of_enemies():
    twin = replace(make_item("fruit-trees-002"), texts=make_item().texts, enemies=("fruit-trees-001",))

    found = [finding for finding in find(make_item(), twin) if finding.check == "near-duplicate"]

    assert [(finding.item_id, finding.severity) for finding in found] == [("fruit-trees-002", Severity.ERROR)]
    assert "fruit-trees-001" in found[0].message


def test_same_stem_in_another_act_is_an_error():
    stem = "How many days are there to answer?"
    one = with_text(make_item(), "en", stem=stem)
    other = with_text(make_item("river-001", act="river-act"), "en", stem=f"{stem[:-1]} ?")

    assert "has the en stem of fruit-trees-001" in messages(find(one, other), "near-duplicate")


def test_question_close_in_one_language_and_the_same_in_another_is_an_error():
    stem = "In how many days must the head of a body answer the letter of a citizen about a field of {}?"
    one = with_text(with_text(make_item(), "kk", stem=stem.format("apples")), "en", stem="What is asked?")
    other = with_text(with_text(make_item("fruit-b"), "kk", stem=stem.format("pears")), "en", stem="What is asked?")

    assert names(find(one, other), Severity.ERROR) >= {"near-duplicate"}


def test_close_question_is_a_warning():
    stem = "In how many days must the head of a body answer the letter of a citizen about a field of {}?"
    one = with_text(make_item(), "en", stem=stem.format("apples"))
    other = with_text(make_item("fruit-trees-002"), "en", stem=stem.format("pears"))

    assert "near-duplicate" in names(find(one, other), Severity.WARNING)
    assert "near-duplicate" not in names(find(one, replace(other, enemies=("fruit-trees-001",))))


def test_texts_are_compared_without_case_and_punctuation():
    assert normalised("  «Ещё РАЗ», -  да! ") == "еще раз да"
    assert shingles("a b a") == {"a", "b", "a b", "b a"}
    assert shingles("") == frozenset()
    assert likeness(shingles(""), shingles("")) == 0.0


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


def test_keys_at_one_place_are_an_error_that_names_them():
    items = [make_item(f"fruit-{number:03}", key="a" if number < 5 else "b") for number in range(20)]

    found = [finding for finding in find(*items) if finding.check == "key-positions"]

    assert [finding.severity for finding in found] == [Severity.ERROR]
    assert "a 5, b 15, c 0, d 0" in found[0].message
    assert found[0].message.endswith("fruit-" + " ".join(f"{number:03}" for number in range(5, 20)))


@pytest.mark.parametrize(("at_a", "blamed"), [(18, False), (19, True)])
def test_keys_are_spread_as_evenly_as_chance_would_nineteen_times_in_twenty(at_a, blamed):
    letters = "a" * at_a + "bcd" * 8
    items = [make_item(f"fruit-{number}", key=letter) for number, letter in enumerate(letters)]

    assert ("key-positions" in names(find(*items))) is blamed


def guessed_by_length(number, item, rewarded):
    place = item.key_index if number < rewarded else (item.key_index + 1) % 4
    options = tuple("option" + "s" * (each == place) for each in range(4))
    return with_text(item, "en", options=options)


def guessed_by_words(number, item, rewarded):
    place = item.key_index if number < rewarded else (item.key_index + 1) % 4
    options = tuple("same word" if each == place else f"other {each}" for each in range(4))
    return with_text(item, "en", stem="Which word is the same?", options=options)


@pytest.mark.parametrize(
    ("make", "check"),
    [(guessed_by_length, "longest-option"), (guessed_by_words, "stem-words")],
    ids=["length", "words"],
)
@pytest.mark.parametrize(("rewarded", "blamed"), [(8, False), (9, True)])
def test_guesser_who_answers_over_32_percent_is_an_error(make, check, rewarded, blamed):
    items = items_with(25, lambda number, item: make(number, item, rewarded))

    found = [finding for finding in find(*items) if finding.check == check]

    assert [finding.severity for finding in found] == [Severity.ERROR] * blamed
    assert all(" in en " in finding.message for finding in found)
    assert all(finding.message.endswith("fruit-000 001 002 003 004 005 006 007 008") for finding in found)


def test_share_of_the_pool_is_held_beside_those_of_the_blocks():
    fruit = items_with(25, lambda number, item: guessed_by_length(number, item, 9))
    river = items_with(25, lambda number, item: guessed_by_length(number, item, 6), act="river-act")

    both = messages(find(*fruit, *river), "longest-option")
    more = messages(find(*fruit, *(guessed_by_length(0, item, 1) for item in river)), "longest-option")

    assert [message.split(":")[0] for message in both] == ["fruit-act"]
    assert sorted(message.split(":")[0] for message in more) == ["fruit-act", "river-act", "the pool"]


def test_ties_of_a_guesser_are_shared():
    item = make_item()

    assert giveaways.share([item], "en", giveaways.longest) == 0.25
    assert giveaways.share([item], "en", giveaways.most_words_of_stem) == 0.25
    assert giveaways.share([], "en", giveaways.longest) == 0.0


def test_words_are_counted_once_and_without_case():
    item = with_text(make_item(), "en", stem="Which Court decides?", options=("A judge", "court, court", "Court", "x"))

    assert giveaways.most_words_of_stem(item, "en") == 0.5


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

    def lengths(uneven):
        return [hint for hint in giveaways.hints(pool(uneven)) if hint.check == "option-lengths"]

    assert lengths(3) == []
    assert [hint.items for hint in lengths(4)] == [tuple(f"fruit-{number}" for number in range(4))] * len(LANGUAGES)


def test_short_options_are_uneven_too():
    assert giveaways.is_uneven(("3 days", "15 working days", "a month", "a year"))
    assert not giveaways.is_uneven(("5 days", "10 days", "one month", "one year"))


def test_few_items_are_not_judged_by_their_shares():
    assert list(giveaways.hints([make_item(key="a")] * 19)) == []
    assert "apply-share" not in names(find(*items_with(19, level=Level.RECALL)))


@pytest.mark.parametrize(("apply", "blamed"), [(9, False), (8, True)])
def test_pool_with_few_cases_is_an_error(apply, blamed):
    items = items_with(20, lambda number, item: replace(item, level=Level.APPLY if number < apply else Level.RECALL))

    found = [finding for finding in find(*items) if finding.check == "apply-share"]

    assert [finding.severity for finding in found] == [Severity.ERROR] * blamed
    assert all("fruit-008 009" in finding.message for finding in found)


def test_block_with_few_cases_in_a_pool_with_many_is_a_warning():
    items = [*items_with(20, level=Level.RECALL), *items_with(20, act="river-act")]

    found = [finding for finding in find(*items) if finding.check == "apply-share"]

    assert [finding.severity for finding in found] == [Severity.WARNING]


def test_items_of_an_edition_marked_for_review_are_counted_in_a_note():
    register = make_register(fruit=(make_edition(review="a newer one is expected"),))

    found = [finding for finding in find(*items_with(3), register=register) if finding.check == "review"]

    assert [finding.severity for finding in found] == [Severity.NOTE]
    assert found[0].message.startswith("3 items of fruit-act rest on the edition of first")
    assert found[0].message.endswith("a newer one is expected")


def test_ids_are_listed_with_a_shared_beginning_once():
    assert listed(["et-duties-002", "con-power-017", "con-power-003", "x"]) == "con-power-003 017, et-duties-002, x"


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
