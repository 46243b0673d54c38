"""What is there to read about a contested test? The own answers, the system's record, and the keys for members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from app.appeals.queries import AppealFacts
from app.audit import queries as audit
from app.kernel.rulebook import register
from app.papers.queries import items_of, paper_with_id, text_of
from app.sittings.queries import SittingFacts, answers_of, count_late, journal, last_seen, sitting_with_id

RELEASED, RESUMED = "sittings.sitting.released", "sittings.sitting.resumed"


@dataclass(frozen=True, kw_only=True)
class SheetQuestion:
    """A question as the paper showed it, with the answer that was given; nothing here tells the key."""

    position: int
    stem: str
    options: tuple[str, ...]
    given: int | None
    """Number of the option, from 1."""


@dataclass(frozen=True, kw_only=True)
class SheetBlock:
    """The questions on one act."""

    title: str
    questions: tuple[SheetQuestion, ...]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A paper with its answers, in the language of the test."""

    language: str
    blocks: tuple[SheetBlock, ...]

    @property
    def questions(self) -> Iterator[SheetQuestion]:
        return (question for block in self.blocks for question in block.questions)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the system itself noted of a sitting: so that a failure can be shown, or refuted."""

    started_at: datetime
    ended_at: datetime | None
    ended_by: str
    saved: int
    """Changes of answers that were saved."""
    late: int
    """Answers that arrived after the end."""
    last_seen_at: datetime | None
    longest_silence: timedelta
    """The longest time in which no answer was saved."""
    released_at: tuple[datetime, ...]
    """When the operator let another browser in."""
    resumed_at: tuple[datetime, ...]
    """When the test went on in another browser."""


@dataclass(frozen=True, kw_only=True)
class ContestedLine:
    """A contested question with its key, for members only."""

    question: SheetQuestion
    argument: str
    right: int
    """Number of the right option as the paper showed it, from 1."""
    why: str
    act: str
    provision: str
    upheld: bool | None


def sheet_of(sitting: SittingFacts, *, session: Session) -> Sheet:
    """Return the response sheet of a sitting, without any key."""
    text = text_of(paper_with_id(sitting.paper_id, session=session), sitting.language, session=session)
    answers = answers_of(sitting.id, session=session)
    questions = [
        SheetQuestion(
            position=question.position,
            stem=question.stem,
            options=question.options,
            given=answers.get(question.position),
        )
        for question in text.questions
    ]
    return Sheet(
        language=sitting.language,
        blocks=tuple(
            SheetBlock(
                title=block.title[sitting.language],
                questions=tuple(each for each in questions if block.first <= each.position <= block.last),
            )
            for block in text.blocks
        ),
    )


def record_of(sitting: SittingFacts, *, session: Session) -> Record:
    """Return what the system noted while the test ran."""
    saved = [entry.row.saved_at for entry in journal(sitting.id, session=session)]
    moments = [sitting.timing.started_at, *saved, *([sitting.ended_at] if sitting.ended_at else [])]
    acts = audit.about(session, str(sitting.id))
    return Record(
        started_at=sitting.timing.started_at,
        ended_at=sitting.ended_at,
        ended_by=sitting.ended_by.value if sitting.ended_by else "",
        saved=len(saved),
        late=count_late(sitting.id, session=session),
        last_seen_at=last_seen(sitting.id, session=session),
        longest_silence=max((later - earlier for earlier, later in pairwise(moments)), default=timedelta(0)),
        released_at=tuple(act.at for act in acts if act.kind == RELEASED),
        resumed_at=tuple(act.at for act in acts if act.kind == RESUMED),
    )


def contested_lines(found: AppealFacts, *, language: str, session: Session) -> list[ContestedLine]:
    """Return the contested questions with their keys: only for a page that members alone may open."""
    if found.sitting_id is None or not found.questions:
        return []
    sitting = sitting_with_id(found.sitting_id, session=session)
    paper = paper_with_id(sitting.paper_id, session=session)
    items = items_of(paper, session=session)
    drawn = {question.position: question for question in paper.questions}
    shown = {question.position: question for question in sheet_of(sitting, session=session).questions}
    return [
        ContestedLine(
            question=shown[contested.position],
            argument=contested.argument,
            right=drawn[contested.position].key_option(items[contested.position]),
            why=items[contested.position].texts[sitting.language].why,
            act=register().act(drawn[contested.position].block).title[language],
            provision=", ".join(str(citation) for citation in items[contested.position].cites),
            upheld=contested.upheld,
        )
        for contested in found.questions
    ]
