"""Which questions, in which order, did one applicant get? Pure: standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from question_bank.canonical import canonical_digest
from question_bank.items import Item


@dataclass(frozen=True, kw_only=True)
class Question:
    """An item on a paper.

    ``position`` counts from 1. ``order`` has for each displayed place the place of the option in
    the item: (2, 0, 3, 1) shows c, a, d, b.
    """

    position: int
    block: str
    leaf: bytes
    item_id: str
    version: int
    order: tuple[int, ...]

    def key_option(self, item: Item) -> int:
        """Return the number, from 1, under which this paper shows the right option.

        Raises:
            ValueError: It is not the item version of this question.
        """
        if (item.id, item.version) != (self.item_id, self.version):
            message = f"question {self.position} is {self.item_id} version {self.version}, not {item.id} {item.version}"
            raise ValueError(message)
        return self.order.index(item.key_index) + 1

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON object that ``from_dict`` turns back into an equal question."""
        return {
            "position": self.position,
            "block": self.block,
            "leaf": self.leaf.hex(),
            "item_id": self.item_id,
            "version": self.version,
            "order": list(self.order),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote."""
        return cls(**{**data, "leaf": bytes.fromhex(data["leaf"]), "order": tuple(data["order"])})


@dataclass(frozen=True, kw_only=True)
class Paper:
    """The questions of one applicant, in the order in which they are shown."""

    programme: str
    programme_version: str
    manifest_digest: bytes
    questions: tuple[Question, ...]

    def fingerprint(self) -> bytes:
        """Return the hash that stands for the paper: what was drawn from, which leaves and which orders."""
        return canonical_digest(
            {
                "manifest": self.manifest_digest.hex(),
                "programme": self.programme,
                "programme_version": self.programme_version,
                "questions": [
                    {"leaf": question.leaf.hex(), "order": list(question.order)} for question in self.questions
                ],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON object that ``from_dict`` turns back into an equal paper."""
        return {
            "programme": self.programme,
            "programme_version": self.programme_version,
            "manifest_digest": self.manifest_digest.hex(),
            "questions": [question.to_dict() for question in self.questions],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote."""
        return cls(
            programme=data["programme"],
            programme_version=data["programme_version"],
            manifest_digest=bytes.fromhex(data["manifest_digest"]),
            questions=tuple(Question.from_dict(question) for question in data["questions"]),
        )
