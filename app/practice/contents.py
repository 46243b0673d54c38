"""What does the feedback say? Acts, what was missed, and the provision to read."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from app.kernel.rulebook import register
from app.practice.queries import RunFacts
from app.practice.rules import Feedback, Missed
from question_bank.acts import Act
from question_bank.items import Citation


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """One act of a run."""

    title: str
    correct: int
    asked: int
    minimum: int
    reached: bool


@dataclass(frozen=True, kw_only=True)
class MissedLine:
    """A question that was not answered rightly, in the language of the run; ``address`` may be empty."""

    position: int
    stem: str
    given: str | None
    right: str
    why: str
    act: str
    provision: str
    address: str
    address_language: str


@dataclass(frozen=True, kw_only=True)
class FeedbackPage:
    """A run in the reader's language."""

    passed: bool
    acts: tuple[ActLine, ...]
    total_correct: int
    total_questions: int
    total_minimum: int
    total_reached: bool
    failed: tuple[str, ...]
    """Titles of the acts below their minimum; empty for the total."""
    missed: tuple[MissedLine, ...]
    answered: int
    blank: int


def feedback_page(feedback: Feedback, run: RunFacts, *, language: str) -> FeedbackPage:
    """Return what the page of a run shows."""
    thresholds = run.programme.thresholds
    acts = {block.act: register().act(block.act) for block in run.programme.blocks}
    total = feedback.score.total
    return FeedbackPage(
        passed=feedback.judgement.passed,
        acts=tuple(
            ActLine(
                title=acts[block.act].title[language],
                correct=correct,
                asked=block.questions,
                minimum=block.minimum,
                reached=correct >= block.minimum,
            )
            for block, (_, correct) in zip(run.programme.blocks, feedback.score.blocks, strict=True)
        ),
        total_correct=total,
        total_questions=thresholds.total_questions,
        total_minimum=thresholds.total_minimum,
        total_reached=total >= thresholds.total_minimum,
        failed=tuple(
            acts[failure.block].title[language] if failure.block else "" for failure in feedback.judgement.failures
        ),
        missed=tuple(
            _missed_line(line, acts[line.question.block], run.language, language=language) for line in feedback.missed
        ),
        answered=feedback.answered,
        blank=len(run.questions) - feedback.answered,
    )


def _missed_line(missed: Missed, act: Act, text_language: str, *, language: str) -> MissedLine:
    text = missed.item.texts[text_language]
    address, address_language = act.official_text(language)
    return MissedLine(
        position=missed.question.position,
        stem=text.stem,
        given=None if missed.given is None else text.options[missed.given],
        right=text.options[missed.item.key_index],
        why=text.why,
        act=act.title[language],
        provision=provision_in_words(missed.provision, act),
        address=address,
        address_language=address_language,
    )


def provision_in_words(citation: Citation, act: Act) -> str:
    """Name a provision as readers look it up.

    A single bracket is left as it stands: it may be a point or a subpoint (see ``Citation``).
    """
    inside = f"({citation.point})" if citation.point else ""
    if act.unit == "point":
        return str(gettext("Point %(number)s %(inside)s", number=citation.article, inside=inside)).strip()
    if citation.subpoint:
        return str(
            gettext(
                "Article %(article)s, point %(point)s, subpoint %(subpoint)s",
                article=citation.article,
                point=citation.point,
                subpoint=citation.subpoint,
            )
        )
    return str(gettext("Article %(number)s %(inside)s", number=citation.article, inside=inside)).strip()
