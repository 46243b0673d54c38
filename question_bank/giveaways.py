"""Could one guess keys without knowing the law, from their place or their length? Pure: standard library only."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from question_bank.items import LANGUAGES, OPTION_LETTERS, Item

# Below this many items a share says nothing.
ENOUGH_ITEMS = 20
# One false alarm in a thousand blocks whose keys are spread evenly.
SIGNIFICANCE = 0.001
# Chance gives 0.25. At 0.45 a person who always takes the longest option comes near to passing.
LONGEST_SUSPECT, LONGEST_GRAVE = 0.35, 0.45
# Lengths that the eye takes in at a glance are not compared: "3 days" against "15 working days".
SHORT = 25
LENGTH_FACTOR = 2
# Share of items whose options may differ by more than the factor.
UNEVEN_ALLOWED = 0.10
TELLING_FACTOR = 1.5


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Something about a block that helps one who guesses."""

    check: str
    message: str
    grave: bool = False


def hints(items: Sequence[Item]) -> Iterator[Hint]:
    """Go through what gives keys away in the items of one block."""
    if len(items) < ENOUGH_ITEMS:
        return
    yield from _position_hints(items)
    for language in LANGUAGES:
        written = [item for item in items if language in item.texts]
        yield from _longest_hints(written, language)
        yield from _unevenness_hints(written, language)


def _position_hints(items: Sequence[Item]) -> Iterator[Hint]:
    counts = Counter(item.key for item in items)
    observed = [counts[letter] for letter in OPTION_LETTERS]
    if even_chance(observed) < SIGNIFICANCE:
        shown = ", ".join(f"{letter} {count}" for letter, count in zip(OPTION_LETTERS, observed, strict=True))
        yield Hint(check="key-positions", message=f"the keys are not spread evenly: {shown}")


def _longest_hints(items: Sequence[Item], language: str) -> Iterator[Hint]:
    share = longest_solver(items, language)
    if share >= LONGEST_SUSPECT:
        message = f"always taking the longest option answers {share:.0%} in {language} (chance 25%)"
        yield Hint(check="longest-option", message=message, grave=share >= LONGEST_GRAVE)


def _unevenness_hints(items: Sequence[Item], language: str) -> Iterator[Hint]:
    uneven = [item.id for item in items if is_uneven(item.texts[language].options)]
    if items and len(uneven) > UNEVEN_ALLOWED * len(items):
        named = ", ".join(uneven)
        message = f"options differ in length by more than {LENGTH_FACTOR}:1 in {len(uneven)} of {len(items)} items"
        yield Hint(check="option-lengths", message=f"{message} in {language}: {named}")


def even_chance(observed: Sequence[int]) -> float:
    """Return the chance of counts at least as uneven as these four if all letters were equally likely.

    The upper tail of chi-square with three degrees of freedom has a closed form:
    erfc(sqrt(x/2)) + sqrt(2x/pi) exp(-x/2).
    """
    expected = sum(observed) / len(observed)
    x = sum((count - expected) ** 2 / expected for count in observed)
    return math.erfc(math.sqrt(x / 2)) + math.sqrt(2 * x / math.pi) * math.exp(-x / 2)


def longest_solver(items: Sequence[Item], language: str) -> float:
    """Return the share of items answered by always taking the longest option; ties are shared out."""
    if not items:
        return 0.0
    return sum(_longest_wins(item.texts[language].options, item.key_index) for item in items) / len(items)


def _longest_wins(options: Sequence[str], key: int) -> float:
    longest = max(len(option) for option in options)
    ties = [place for place, option in enumerate(options) if len(option) == longest]
    return 1 / len(ties) if key in ties else 0.0


def is_uneven(options: Sequence[str]) -> bool:
    """Tell whether the longest option is over twice as long as the shortest, and long enough for it to show."""
    lengths = [len(option) for option in options]
    return max(lengths) > SHORT and max(lengths) > LENGTH_FACTOR * min(lengths)


def telling_length(options: Sequence[str], key: int) -> str | None:
    """Return "much longer" or "much shorter" where the length of the key alone sets it apart."""
    others = [len(option) for place, option in enumerate(options) if place != key]
    length = len(options[key])
    if length > SHORT and length > TELLING_FACTOR * max(others):
        return "much longer"
    if min(others) > SHORT and TELLING_FACTOR * length < min(others):
        return "much shorter"
    return None
