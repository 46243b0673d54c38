"""How many answers are right, does that pass, and what may follow when? Pure: standard library only."""

import calendar
import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from question_bank.items import Item
from question_bank.paper import Paper
from question_bank.programme import Kind, Programme, Wait


class ProgrammeMismatch(ValueError):
    """A score and a programme do not have the same blocks: they belong to different versions."""


@dataclass(frozen=True, kw_only=True)
class KeyedQuestion:
    """The right answer at one position of one paper: the number, from 1, under which it was shown."""

    position: int
    block: str
    option: int


@dataclass(frozen=True, kw_only=True)
class Score:
    """Correct answers per block, in the order of the paper."""

    blocks: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Correct answers on the whole paper."""
        return sum(correct for _, correct in self.blocks)


class Condition(enum.Enum):
    """The two conditions of passing."""

    TOTAL = "total"
    BLOCK = "block"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A condition that was not met; ``block`` is the act, empty for the total."""

    condition: Condition
    block: str
    correct: int
    minimum: int


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Whether a score passes, and every condition that it fails."""

    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        """Whether no condition failed."""
        return not self.failures


def key_of(paper: Paper, items: Mapping[str, Item]) -> tuple[KeyedQuestion, ...]:
    """Return the right answers of a paper as it was shown.

    Args:
        paper: The paper.
        items: By id, the versions that are on it.

    Raises:
        KeyError, ValueError: An item is missing or of another version.
    """
    return tuple(
        KeyedQuestion(
            position=question.position, block=question.block, option=question.key_option(items[question.item_id])
        )
        for question in paper.questions
    )


def score(key: Sequence[KeyedQuestion], answers: Mapping[int, int | None], *, credited: Collection[int] = ()) -> Score:
    """Count the right answers.

    Args:
        key: The right answers, in the order of the paper.
        answers: The option number chosen at each position; a blank is None or absent, and is wrong.
        credited: Positions that count as right whatever was answered, because the item was found faulty.

    Basis:
        Correct answers are counted; nothing is taken off for wrong ones. A faulty item is
        credited to everyone who got it.
    """
    correct = dict.fromkeys((question.block for question in key), 0)
    for question in key:
        if question.position in credited or answers.get(question.position) == question.option:
            correct[question.block] += 1
    return Score(blocks=tuple(correct.items()))


def judge(reached: Score, programme: Programme) -> Judgement:
    """Decide whether a score meets the total and every block minimum, without any rounding.

    Raises:
        ProgrammeMismatch: The score has other blocks than the programme.

    Basis:
        Both the total and each act must be reached; the acts alone do not add up to the total.
    """
    if [act for act, _ in reached.blocks] != [block.act for block in programme.blocks]:
        raise ProgrammeMismatch
    minimum = programme.thresholds.total_minimum
    total = Failure(condition=Condition.TOTAL, block="", correct=reached.total, minimum=minimum)
    blocks = [
        Failure(condition=Condition.BLOCK, block=block.act, correct=correct, minimum=block.minimum)
        for block, (_, correct) in zip(programme.blocks, reached.blocks, strict=True)
    ]
    return Judgement(failures=tuple(line for line in (total, *blocks) if line.correct < line.minimum))


def retest_opens_on(test_day: date, programme: Programme) -> date:
    """Return the first day on which one who failed may sit again.

    Basis:
        Calendar days from the day of the test: failed on 1 December with a wait of 3 days, open on 4 December.
    """
    return after(test_day, programme.retest.after_fail)


def ban_ends_on(act_day: date, programme: Programme) -> date:
    """Return the first day on which one who broke the rules may sit again, counted from the day of the act."""
    return after(act_day, programme.retest.violation_ban)


def certificate_valid_until(test_day: date, programme: Programme) -> date:
    """Return the day on which a certificate ends, counted from the day of the test.

    Raises:
        ValueError: The programme gives no certificate.
    """
    if programme.kind is not Kind.CERTIFYING:
        message = f"{programme.code} gives no certificate"
        raise ValueError(message)
    return after(test_day, Wait(months=programme.certificate.valid_months))


def after(day: date, wait: Wait) -> date:
    """Return the day that lies a wait after another.

    Months keep the number of the day, or take the last day of a month that is too short.
    """
    months = day.year * 12 + day.month - 1 + wait.months
    year, month = months // 12, months % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(day.day, last)) + timedelta(days=wait.days)
