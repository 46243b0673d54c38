"""What is an item: its texts, its key and the provision that it rests on? Pure: standard library only."""

import enum
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from question_bank.canonical import canonical_json

LANGUAGES = ("kk", "ru", "en")
OPTION_LETTERS = ("a", "b", "c", "d")
DIFFICULTY_STEPS = (1, 2, 3, 4, 5)

_NUMBER = r"\d+(?:-\d+)?"
_CITATION = re.compile(rf"({_NUMBER})(?:\(({_NUMBER})\))?(?:\(({_NUMBER})\))?")


class Level(enum.Enum):
    """What an item asks of the applicant."""

    RECALL = "recall"
    APPLY = "apply"


@dataclass(frozen=True, kw_only=True)
class Citation:
    """The address of a provision inside an act, such as ``21(2)(11)``.

    ``point`` is the first bracket and ``subpoint`` the second. In an article that has subpoints
    but no numbered points the first bracket holds the subpoint.
    """

    article: str
    point: str | None = None
    subpoint: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address.

        Raises:
            ValueError: The text is not ARTICLE, ARTICLE(POINT) or ARTICLE(POINT)(SUBPOINT).
        """
        match = _CITATION.fullmatch(text)
        if match is None:
            message = f"not an address: {text!r}"
            raise ValueError(message)
        article, point, subpoint = match.groups()
        return cls(article=article, point=point, subpoint=subpoint)

    @property
    def parts(self) -> tuple[str, ...]:
        """The numbers from the article inwards, as many as are given."""
        return tuple(part for part in (self.article, self.point, self.subpoint) if part is not None)

    def contains(self, other: "Citation") -> bool:
        """Tell whether ``other`` is this provision or a part of it."""
        return other.parts[: len(self.parts)] == self.parts

    def __str__(self) -> str:
        """Return the address as it is written in item files."""
        return self.article + "".join(f"({part})" for part in self.parts[1:])


@dataclass(frozen=True, kw_only=True)
class ItemText:
    """An item in one language; ``options`` stand in the order a, b, c, d."""

    stem: str
    options: tuple[str, str, str, str]
    why: str

    def to_dict(self) -> dict[str, str]:
        """Return the six fields of an item file."""
        return {"stem": self.stem, **dict(zip(OPTION_LETTERS, self.options, strict=True)), "why": self.why}

    @classmethod
    def from_dict(cls, data: Mapping[str, str]) -> Self:
        """Read the six fields of an item file."""
        a, b, c, d = (data[letter] for letter in OPTION_LETTERS)
        return cls(stem=data["stem"], options=(a, b, c, d), why=data["why"])


@dataclass(frozen=True, kw_only=True)
class Item:
    """One version of an item; its texts in all languages are versioned together."""

    id: str
    version: int
    act: str
    edition: str
    subtopic: str
    level: Level
    difficulty: int
    cites: tuple[Citation, ...]
    enemies: tuple[str, ...]
    key: str
    texts: Mapping[str, ItemText]

    @property
    def key_index(self) -> int:
        """The place of the right option before any shuffling, from 0."""
        return OPTION_LETTERS.index(self.key)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON object that ``from_dict`` turns back into an equal item."""
        return {
            "id": self.id,
            "version": self.version,
            "act": self.act,
            "edition": self.edition,
            "subtopic": self.subtopic,
            "level": self.level.value,
            "difficulty": self.difficulty,
            "cites": [str(citation) for citation in self.cites],
            "enemies": list(self.enemies),
            "key": self.key,
            "texts": {language: text.to_dict() for language, text in self.texts.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote.

        Raises:
            KeyError, ValueError: The object was not written by ``to_dict``.
        """
        plain = {name: data[name] for name in ("id", "version", "act", "edition", "subtopic", "difficulty", "key")}
        return cls(
            **plain,
            level=Level(data["level"]),
            cites=tuple(Citation.parse(text) for text in data["cites"]),
            enemies=tuple(data["enemies"]),
            texts={language: ItemText.from_dict(text) for language, text in data["texts"].items()},
        )

    def canonical(self) -> bytes:
        """Return the bytes that stand for this version: the same for equal items, on any machine."""
        return canonical_json(self.to_dict())

    def digest(self) -> bytes:
        """Return the SHA-256 of the canonical bytes."""
        return hashlib.sha256(self.canonical()).digest()

    def leaf(self, salt: bytes) -> bytes:
        """Return the salted hash under which this version is committed without showing it."""
        return hashlib.sha256(salt + self.canonical()).digest()
