"""The simulated people and difficulties: what is printed is what was counted, and the shipped pool keeps its limits."""

import statistics
from dataclasses import replace

import pytest
from synthetic_bank import make_items, make_manifest, make_programme

from question_bank import simulation
from question_bank.__main__ import main
from question_bank.acts import Register
from question_bank.checks import settled_day
from question_bank.items import OPTION_LETTERS
from question_bank.loading import load_pool
from question_bank.manifest import build_manifest, salts_from
from question_bank.programmes import Programmes

DEEP = make_items(in_a_cell=8)


def trial_of(items=DEEP, word="test"):
    programme = make_programme()
    return simulation.prepare(word, make_manifest(items), programme, {item.id: item for item in items})


def run(trial, papers=300):
    return simulation.together(simulation.simulate(trial, numbers) for numbers in simulation.stretches(papers))


def telling(item):
    """Make the key of an item its longest option, in every language."""
    texts = {
        language: replace(
            text,
            options=tuple(f"key {number}" + " is this" * (number == item.key_index) for number in range(4)),
        )
        for language, text in item.texts.items()
    }
    return replace(item, texts=texts)


def test_same_word_gives_the_same_figures_and_another_word_others():
    assert run(trial_of()) == run(trial_of())
    assert run(trial_of()) != run(trial_of(word="other"))


def test_stretches_cover_every_paper_once():
    numbers = [number for stretch in simulation.stretches(1234) for number in stretch]

    assert numbers == list(range(1234))


def test_every_tenth_paper_is_compared():
    figures = run(trial_of(), papers=300)

    assert figures.papers == 300
    assert sum(figures.uses.values()) == 300 * 16
    assert [sum(counts.values()) for counts in (figures.shared, figures.repeated)] == [30, 30]
    assert len(figures.expected) == len(figures.plain) == 30


def test_solver_that_knows_every_key_passes_and_is_told():
    trial = trial_of([telling(item) for item in DEEP])

    figures = run(trial)

    assert figures.pass_rate("longest-option kk") == 1.0
    assert any(line.startswith("longest-option kk passes 100.000%") for line in simulation.broken_limits(figures))


def test_random_guesser_answers_a_quarter():
    assert set(trial_of().chances[simulation.RANDOM].values()) == {1 / len(OPTION_LETTERS)}


def test_retest_of_a_deep_pool_repeats_nothing_and_of_a_thin_one_is_told():
    deep, thin = run(trial_of()), run(trial_of(make_items(in_a_cell=2)))

    assert set(deep.repeated) == {0}
    assert max(thin.repeated) > 0
    assert any("show an item of the first sitting" in line for line in simulation.broken_limits(thin))


def test_true_difficulties_have_the_spread_in_all_and_follow_the_steps():
    steps = {f"item-{number}": number % 5 + 1 for number in range(1000)}

    found = simulation.true_difficulties("test", steps)

    means = [statistics.fmean(found[name] for name in steps if steps[name] == step) for step in (1, 2, 3, 4, 5)]
    assert statistics.pstdev(found.values()) == pytest.approx(0.15)
    assert means == pytest.approx([0.75, 0.65, 0.55, 0.45, 0.35], abs=0.02)


def test_pool_of_one_item_has_no_spread():
    assert simulation.true_difficulties("test", {"item": 3}) == {"item": simulation.CENTRE}


def test_papers_too_unlike_in_difficulty_are_told():
    figures = replace(run(trial_of()), expected=(20.0, 30.0))

    assert "the expected score has a spread of 5.00 questions, the limit is 0.45" in simulation.broken_limits(figures)


def test_report_has_a_line_for_every_figure():
    trial = trial_of()

    lines = simulation.report(run(trial), trial)

    assert len(lines) == 1 + 5 * 3 + 4
    assert lines[0].startswith("random               answers 25.0% of the pool, passes")
    assert lines[-2] == "questions in common, first sitting and retest: mean 0.00; 0: 100.0%"


def test_two_workers_print_what_one_prints(capsys):
    words = ["simulate", "--papers", "600", "--seed", "one word"]

    alone = main([*words, "--workers", "1"]), capsys.readouterr().out
    shared = main([*words, "--workers", "2"]), capsys.readouterr().out

    assert alone == shared
    assert "random" in alone[1]
    assert "'one word'" in alone[1]


def test_unknown_programme_is_told(capsys):
    assert main(["simulate", "--programme", "corps-a"]) == 1
    assert "no such programme: corps-a" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["corps-b-legislation", "practice-legislation"])
def test_shipped_pool_keeps_the_limits_in_a_short_run(code):
    programmes, register, pool = Programmes.load(), Register.load(), load_pool()
    programme = programmes.latest(code)
    on = settled_day([programme], register)
    manifest = build_manifest(pool.items, programme, register, on, salts_from(bytes(32)))

    figures = run(simulation.prepare("short", manifest, programme, pool.by_id))

    assert simulation.broken_limits(figures) == []
    assert figures.spread < figures.plain_spread / 2
