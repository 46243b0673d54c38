"""How do the thresholds of a programme look as bars? Pure: standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from question_bank.programme import Programme

UNIT = 10
"""Width of one question in the drawing."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """As long as its questions are many; the notch stands at the minimum. ``act`` is empty for the total."""

    act: str
    questions: int
    minimum: int
    length: int
    notch: int
    span: int
    """Width of the whole drawing, the same for all bars, so that their lengths can be compared."""


def bars_of(programme: Programme) -> tuple[Bar, ...]:
    """Return a bar for each act and one for the total, on one scale."""
    total, minimum = programme.thresholds.total_questions, programme.thresholds.total_minimum
    rows = [(block.act, block.questions, block.minimum) for block in programme.blocks] + [("", total, minimum)]
    span = max(questions for _, questions, _ in rows) * UNIT
    return tuple(
        Bar(
            act=act,
            questions=questions,
            minimum=least,
            length=questions * UNIT,
            notch=least * UNIT,
            span=span,
        )
        for act, questions, least in rows
    )
