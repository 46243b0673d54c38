"""Could one guess keys without knowing the law, from their place, length or words? Pure: standard library only."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from question_bank.items import LANGUAGES, OPTION_LETTERS, Item
from question_bank.likeness import words

# Below this many items a share says nothing.
ENOUGH_ITEMS = 20
# Keys whose letters would be spread as unevenly by chance once in twenty times or less are moved.
SIGNIFICANCE = 0.05
CHANCE = 1 / len(OPTION_LETTERS)
# What a person may reach who knows nothing and goes by one rule; chance gives 0.25.
SOLVER_LIMIT = 0.32
# Who heard that the longest option is never right would try the next: no place by length may stand out either.
RANK_LIMIT = 0.37
LENGTH_FACTOR = 2
# Share of items whose options may differ by more than the factor: "3 days" against "15 working days".
UNEVEN_ALLOWED = 0.10
# Lengths that the eye takes in at a glance do not tell the key.
SHORT = 25
TELLING_FACTOR = 1.5

Solver = Callable[[Item, str], float]


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Something about a block, or the pool, that helps one who guesses; ``items`` are the ids to look at."""

    check: str
    message: str
    items: tuple[str, ...]


def hints(items: Sequence[Item]) -> Iterator[Hint]:
    """Go through what gives keys away in the items of a block or of the pool."""
    if len(items) < ENOUGH_ITEMS:
        return
    yield from _position_hints(items)
    for language in LANGUAGES:
        written = [item for item in items if language in item.texts]
        for check, solver in SOLVERS.items():
            yield from _solver_hints(written, language, check, solver)
        yield from _unevenness_hints(written, language)


def _position_hints(items: Sequence[Item]) -> Iterator[Hint]:
    counts = Counter(item.key for item in items)
    observed = [counts[letter] for letter in OPTION_LETTERS]
    chance = even_chance(observed)
    if chance <= SIGNIFICANCE:
        shown = ", ".join(f"{letter} {count}" for letter, count in zip(OPTION_LETTERS, observed, strict=True))
        most = max(OPTION_LETTERS, key=lambda letter: counts[letter])
        message = f"the keys are not spread evenly ({shown}; p = {chance:.3f}), most often the key is {most}"
        yield Hint(check="key-positions", message=message, items=tuple(item.id for item in items if item.key == most))


def _solver_hints(items: Sequence[Item], language: str, check: str, solver: Solver) -> Iterator[Hint]:
    reached = share(items, language, solver)
    limit = SOLVER_LIMIT if check in {"longest-option", "stem-words"} else RANK_LIMIT
    if reached > limit:
        message = f"{TOLD[check]} answers {reached:.1%} in {language} (limit {limit:.0%}), of these"
        helped = tuple(item.id for item in items if solver(item, language) > CHANCE)
        yield Hint(check=check, message=message, items=helped)


def _unevenness_hints(items: Sequence[Item], language: str) -> Iterator[Hint]:
    uneven = tuple(item.id for item in items if is_uneven(item.texts[language].options))
    if len(uneven) > UNEVEN_ALLOWED * len(items):
        message = f"options differ in length by more than {LENGTH_FACTOR}:1 in {len(uneven)} of {len(items)} items"
        yield Hint(
            check="option-lengths", message=f"{message} in {language} (limit {UNEVEN_ALLOWED:.0%})", items=uneven
        )


def even_chance(observed: Sequence[int]) -> float:
    """Return the chance of counts at least as uneven as these four if all letters were equally likely.

    The upper tail of chi-square with three degrees of freedom has a closed form:
    erfc(sqrt(x/2)) + sqrt(2x/pi) exp(-x/2).
    """
    expected = sum(observed) / len(observed)
    x = sum((count - expected) ** 2 / expected for count in observed)
    return math.erfc(math.sqrt(x / 2)) + math.sqrt(2 * x / math.pi) * math.exp(-x / 2)


def share(items: Sequence[Item], language: str, solver: Solver) -> float:
    """Return the share of items that a solver answers."""
    return sum(solver(item, language) for item in items) / len(items) if items else 0.0


def longest(item: Item, language: str) -> float:
    """Return the chance of an item's key for one who always takes the longest option; ties are shared out."""
    return _chance([len(option) for option in item.texts[language].options], item.key_index)


def by_length(rank: int) -> Solver:
    """Return the solver that always takes the option of one rank by length: 1 is the second longest, 3 the shortest."""

    def solve(item: Item, language: str) -> float:
        lengths = [len(option) for option in item.texts[language].options]
        key = lengths[item.key_index]
        longer, alike = sum(length > key for length in lengths), lengths.count(key)
        return 1 / alike if longer <= rank < longer + alike else 0.0

    return solve


def most_words_of_stem(item: Item, language: str) -> float:
    """Return the chance of an item's key for one who takes the option with most words of the stem; ties are shared."""
    text = item.texts[language]
    asked = words(text.stem)
    return _chance([len(words(option) & asked) for option in text.options], item.key_index)


SOLVERS: Mapping[str, Solver] = {
    "longest-option": longest,
    "second-longest": by_length(1),
    "third-longest": by_length(2),
    "shortest-option": by_length(3),
    "stem-words": most_words_of_stem,
}
TOLD = {
    "longest-option": "always taking the longest option",
    "second-longest": "always taking the second longest option",
    "third-longest": "always taking the third longest option",
    "shortest-option": "always taking the shortest option",
    "stem-words": "taking the option with most words of the stem",
}


def _chance(points: Sequence[int], key: int) -> float:
    most = max(points)
    return 1 / points.count(most) if points[key] == most else 0.0


def is_uneven(options: Sequence[str]) -> bool:
    """Tell whether the longest option is over twice as long as the shortest."""
    lengths = [len(option) for option in options]
    return max(lengths) > LENGTH_FACTOR * min(lengths)


def telling_length(options: Sequence[str], key: int) -> str | None:
    """Return "much longer" or "much shorter" where the length of the key alone sets it apart."""
    others = [len(option) for place, option in enumerate(options) if place != key]
    length = len(options[key])
    if length > SHORT and length > TELLING_FACTOR * max(others):
        return "much longer"
    if min(others) > SHORT and TELLING_FACTOR * length < min(others):
        return "much shorter"
    return None
