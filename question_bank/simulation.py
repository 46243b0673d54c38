"""How often would a guesser pass, how alike are papers in difficulty, and how much do they share?

Pure: standard library only. The papers come from the real draw and the real rule judges them; only people
and true difficulties are simulated, from a word that names the run, so that it can be repeated.
"""

import hashlib
import math
import random
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from question_bank import giveaways
from question_bank.draw import draw
from question_bank.items import DIFFICULTY_STEPS, LANGUAGES, Item
from question_bank.manifest import Manifest
from question_bank.paper import Paper
from question_bank.programme import Programme
from question_bank.scoring import Score, judge

# The true difficulty of an item is the chance of a right answer of a person near the threshold. Over the whole pool
# it has a standard deviation of SPREAD: the expected score of 55 items taken at random from a large pool then has one
# of 0.15 * sqrt(55) = 1.11 questions. The expected step of an item says most of it: the five steps lie at equal
# distances round CENTRE, and NOISE is how far items lie from their step. With these values the distance is a tenth,
# 0.75 down to 0.35, for the mean square of five steps is 2: sqrt(2 * 0.10**2 + 0.05**2) = 0.15.
CENTRE, SPREAD, NOISE = 0.55, 0.15, 0.05
EASIEST, HARDEST = 0.99, 0.01
# One who knows nothing passes less often than this.
PASS_LIMIT = 0.001
# Standard deviation of the expected score of drawn papers, in questions.
SPREAD_LIMIT = 0.45
RANDOM = "random"
# Papers of one stretch of work; its people do not depend on the other stretches, nor on who works through it.
STRETCH = 500
# One paper in so many is compared with another one, with a retest and with a plain random draw.
COMPARED = 10


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a run rests on.

    ``chances`` has for each solver the chance of a right answer on each leaf, ``difficulty`` that of a
    person near the threshold.
    """

    word: str
    programme: Programme
    manifest: Manifest
    chances: Mapping[str, Mapping[bytes, float]]
    difficulty: Mapping[bytes, float]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a stretch of papers came to, or a whole run.

    ``expected`` and ``plain`` are the expected scores of drawn and of plain random papers; ``shared`` and
    ``repeated`` count how many questions two papers, and a first sitting and a retest, have in common.
    """

    papers: int
    passes: Mapping[str, int]
    uses: Mapping[bytes, int]
    shared: Mapping[int, int]
    repeated: Mapping[int, int]
    expected: tuple[float, ...]
    plain: tuple[float, ...]

    def pass_rate(self, solver: str) -> float:
        """Return the share of papers that a solver passes."""
        return self.passes.get(solver, 0) / self.papers

    @property
    def spread(self) -> float:
        """The standard deviation of the expected score of drawn papers, in questions."""
        return statistics.pstdev(self.expected)

    @property
    def plain_spread(self) -> float:
        """The same of plain random papers."""
        return statistics.pstdev(self.plain)


@dataclass(kw_only=True)
class _Gathering:
    """Figures while they are being counted."""

    passes: Counter[str] = field(default_factory=Counter)
    uses: Counter[bytes] = field(default_factory=Counter)
    shared: Counter[int] = field(default_factory=Counter)
    repeated: Counter[int] = field(default_factory=Counter)
    expected: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)

    def figures(self, papers: int) -> Figures:
        return Figures(
            papers=papers,
            passes=self.passes,
            uses=self.uses,
            shared=self.shared,
            repeated=self.repeated,
            expected=tuple(self.expected),
            plain=tuple(self.plain),
        )


def prepare(word: str, manifest: Manifest, programme: Programme, items: Mapping[str, Item]) -> Trial:
    """Return what a run rests on.

    Args:
        word: Names the run; the same word, manifest and programme give the same figures.
        manifest: What papers are drawn from.
        programme: Its thresholds judge the papers.
        items: By id, the items of the manifest.
    """
    by_leaf = {leaf: items[name.id] for leaf, name in manifest.names.items()}
    chances = {RANDOM: dict.fromkeys(by_leaf, giveaways.CHANCE)}
    for name, solver in giveaways.SOLVERS.items():
        for language in LANGUAGES:
            chances[f"{name} {language}"] = {leaf: solver(item, language) for leaf, item in by_leaf.items()}
    difficulty = true_difficulties(word, {item.id: item.difficulty for item in by_leaf.values()})
    return Trial(
        word=word,
        programme=programme,
        manifest=manifest,
        chances=chances,
        difficulty={leaf: difficulty[item.id] for leaf, item in by_leaf.items()},
    )


def true_difficulties(word: str, steps: Mapping[str, int]) -> dict[str, float]:
    """Simulate the chance of a right answer of each item, round its expected step, with a spread of SPREAD in all.

    Args:
        word: Names the run.
        steps: The expected step of each item, by id.
    """
    person = _person(word, "difficulty")
    middle = statistics.mean(DIFFICULTY_STEPS)
    distance = math.sqrt((SPREAD**2 - NOISE**2) / statistics.pvariance(DIFFICULTY_STEPS))
    around = {name: (middle - steps[name]) * distance + person.gauss(0, NOISE) for name in sorted(steps)}
    mean, found = statistics.fmean(around.values()), statistics.pstdev(around.values())
    # A pool may have more items of one step than of another: the spread is that of the items that there are.
    scale = SPREAD / found if found else 0.0
    return {name: min(EASIEST, max(HARDEST, CENTRE + (value - mean) * scale)) for name, value in around.items()}


def stretches(papers: int) -> list[range]:
    """Return the numbers of the papers of a run, in stretches that can be worked through apart."""
    return [range(first, min(first + STRETCH, papers)) for first in range(0, papers, STRETCH)]


def simulate(trial: Trial, numbers: range) -> Figures:
    """Work through a stretch of papers."""
    people = _person(trial.word, f"people {numbers.start}")
    found = _Gathering()
    for number in numbers:
        paper = draw(_seed(trial.word, f"paper {number}"), trial.manifest)
        leaves = [question.leaf for question in paper.questions]
        found.uses.update(leaves)
        for solver, chances in trial.chances.items():
            found.passes[solver] += _passes(paper, chances, trial.programme, people)
        if number % COMPARED == 0:
            found.expected.append(sum(trial.difficulty[leaf] for leaf in leaves))
            found.plain.append(sum(trial.difficulty[leaf] for leaf in _plain_paper(trial, people)))
            other = draw(_seed(trial.word, f"other {number}"), trial.manifest)
            found.shared[_common(leaves, other)] += 1
            retest = draw(_seed(trial.word, f"retest {number}"), trial.manifest, seen=leaves)
            found.repeated[_common(leaves, retest)] += 1
    return found.figures(len(numbers))


def together(parts: Iterable[Figures]) -> Figures:
    """Return the figures of a run from those of its stretches."""
    whole, papers = _Gathering(), 0
    for part in parts:
        papers += part.papers
        whole.passes.update(part.passes)
        whole.uses.update(part.uses)
        whole.shared.update(part.shared)
        whole.repeated.update(part.repeated)
        whole.expected += part.expected
        whole.plain += part.plain
    return whole.figures(papers)


def _person(word: str, purpose: str) -> random.Random:
    return random.Random(f"{word}|{purpose}")  # noqa: S311  simulated people; the draw itself has no such source


def _seed(word: str, purpose: str) -> bytes:
    return hashlib.sha256(f"{word}|{purpose}".encode()).digest()


def _passes(paper: Paper, chances: Mapping[bytes, float], programme: Programme, people: random.Random) -> bool:
    correct = dict.fromkeys((block.act for block in programme.blocks), 0)
    for question in paper.questions:
        correct[question.block] += people.random() < chances[question.leaf]
    return judge(Score(blocks=tuple(correct.items())), programme).passed


def _plain_paper(trial: Trial, people: random.Random) -> Iterator[bytes]:
    """Take as many items of each block as a paper has, whatever their sub-topic and step."""
    for block in trial.programme.blocks:
        leaves = [leaf for stratum in trial.manifest.strata if stratum.block == block.act for leaf in stratum.leaves]
        yield from people.sample(leaves, block.questions)


def _common(leaves: Sequence[bytes], paper: Paper) -> int:
    return len(set(leaves) & {question.leaf for question in paper.questions})


def broken_limits(figures: Figures) -> list[str]:
    """Return what does not hold of the limits, one line for each."""
    guessed = [
        f"{solver} passes {figures.pass_rate(solver):.3%} of papers, the limit is {PASS_LIMIT:.1%}"
        for solver in figures.passes
        if figures.pass_rate(solver) >= PASS_LIMIT
    ]
    uneven = f"the expected score has a spread of {figures.spread:.2f} questions, the limit is {SPREAD_LIMIT}"
    again = sum(count for common, count in figures.repeated.items() if common)
    repeated = f"{again} retests show an item of the first sitting"
    return [*guessed, *([uneven] if figures.spread > SPREAD_LIMIT else []), *([repeated] if again else [])]


def report(figures: Figures, trial: Trial) -> list[str]:
    """Return the figures in words, one line for each."""
    total = trial.programme.thresholds.total_questions
    uses = [figures.uses.get(leaf, 0) / figures.papers for stratum in trial.manifest.strata for leaf in stratum.leaves]
    reached = {solver: sum(chances.values()) / len(chances) for solver, chances in trial.chances.items()}
    return [
        *(
            f"{solver:20} answers {reached[solver]:.1%} of the pool, passes {passes} of {figures.papers} papers"
            f" ({figures.pass_rate(solver):.4%})"
            for solver, passes in figures.passes.items()
        ),
        f"expected score of {len(figures.expected)} papers: mean {statistics.fmean(figures.expected):.2f} of {total},"
        f" spread {figures.spread:.3f} (plain random draw {figures.plain_spread:.3f};"
        f" from an endless pool {SPREAD * math.sqrt(total):.2f})",
        f"questions in common, two papers: {_distribution(figures.shared)}",
        f"questions in common, first sitting and retest: {_distribution(figures.repeated)}",
        f"an item is on {min(uses):.1%} to {max(uses):.1%} of papers (no exposure given)",
    ]


def _distribution(counts: Mapping[int, int]) -> str:
    total = sum(counts.values())
    mean = sum(value * count for value, count in counts.items()) / total
    shown = ", ".join(f"{value}: {count / total:.1%}" for value, count in sorted(counts.items()))
    return f"mean {mean:.2f}; {shown}"
