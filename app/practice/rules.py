"""How long is a practice run kept, and what did it come to? Pure: standard library only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from question_bank.items import Citation, Item
from question_bank.paper import Question
from question_bank.programme import Programme
from question_bank.scoring import Judgement, KeyedQuestion, Score, judge, score

MOST_OPEN = 2000
"""Runs that may be open at once. Anybody can start one, and each is some ten kilobytes for a day: this keeps a script
from filling more than half a gigabyte, and is far above what a whole region practises in an evening."""

KEPT_FOR = timedelta(hours=24)
"""Long enough to read the feedback again, and to get other questions the next time."""


@dataclass(frozen=True, kw_only=True)
class Missed:
    """A question that was not answered rightly; ``given`` is the place of the chosen option in the item, if any."""

    question: Question
    item: Item
    given: int | None

    @property
    def provision(self) -> Citation:
        """Where the right answer stands."""
        return self.item.cites[0]


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What a run came to."""

    score: Score
    judgement: Judgement
    missed: tuple[Missed, ...]
    answered: int


def hash_of_token(token: str) -> str:
    """Return what the table knows of a browser: whoever reads it cannot open the runs."""
    return hashlib.sha256(token.encode()).hexdigest()


def feedback_of(
    questions: Sequence[Question], items: Mapping[int, Item], answers: Mapping[int, int], programme: Programme
) -> Feedback:
    """Judge a run by the rules of its programme.

    Args:
        questions: The paper.
        items: The item at each position.
        answers: The option chosen at each position, as the paper numbers them.
        programme: Its minima are those of the real test.
    """
    key = [
        KeyedQuestion(
            position=question.position, block=question.block, option=question.key_option(items[question.position])
        )
        for question in questions
    ]
    reached = score(key, answers)
    missed = [
        Missed(question=question, item=items[question.position], given=_given(question, answers))
        for question, keyed in zip(questions, key, strict=True)
        if answers.get(question.position) != keyed.option
    ]
    return Feedback(score=reached, judgement=judge(reached, programme), missed=tuple(missed), answered=len(answers))


def _given(question: Question, answers: Mapping[int, int]) -> int | None:
    option = answers.get(question.position)
    return None if option is None else question.order[option - 1]
