"""When do two texts say the same to a reader? Pure: standard library only."""

import itertools
import re
import unicodedata


def normalised(text: str) -> str:
    """Return a text without case, punctuation and double spaces, with ё as е."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return " ".join(re.findall(r"\w+", plain))


def words(text: str) -> frozenset[str]:
    """Return the words of a text, each once."""
    return frozenset(normalised(text).split())


def shingles(text: str) -> frozenset[str]:
    """Return the words and the pairs of neighbouring words of a text."""
    row = normalised(text).split()
    return frozenset([*row, *(f"{one} {other}" for one, other in itertools.pairwise(row))])


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of the shingles of two texts that both have."""
    return len(one & other) / len(one | other) if one or other else 0.0
