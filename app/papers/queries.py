"""What is on a paper? Item versions never change, so each process reads one once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from app.bookings.queries import SessionFacts
from app.kernel.rulebook import programme_version, register
from app.papers.errors import DrawNotCommitted, DrawNotRevealed, PaperNotFound
from app.papers.models import Draw, ItemVersion, Paper
from question_bank.items import Item
from question_bank.manifest import ItemRef, Manifest
from question_bank.paper import Paper as DrawnQuestions
from question_bank.paper import Question
from question_bank.programme import Programme
from question_bank.scoring import KeyedQuestion
from question_bank.transcript import DrawnPaper, build_transcript

_CACHED_VERSIONS = 20_000


@dataclass(frozen=True, kw_only=True)
class PaperFacts:
    """A frozen paper."""

    id: uuid.UUID
    booking_id: uuid.UUID
    programme_code: str
    programme_version: str
    questions: tuple[Question, ...]
    fingerprint: bytes
    weak: bool
    drawn_at: datetime

    @property
    def programme(self) -> Programme:
        return programme_version(self.programme_code, self.programme_version)


@dataclass(frozen=True, kw_only=True)
class QuestionText:
    """A question as the applicant reads it; nothing here tells the key."""

    position: int
    block: str
    stem: str
    options: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BlockText:
    """The stretch of a paper that belongs to one act."""

    code: str
    title: Mapping[str, str]
    first: int
    last: int
    minimum: int


@dataclass(frozen=True, kw_only=True)
class PaperText:
    """A paper in one language."""

    programme_title: Mapping[str, str]
    blocks: tuple[BlockText, ...]
    questions: tuple[QuestionText, ...]


class ItemShelf:
    """Item versions of this process, by id and version: they are immutable, so the shelf is never wrong."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, int], Item] = {}

    def fetch(self, wanted: Iterable[tuple[str, int]], *, session: Session) -> dict[tuple[str, int], Item]:
        """Return the item versions, reading those that are new to this process."""
        names = list(wanted)
        missing = [name for name in names if name not in self._items]
        if missing:
            if len(self._items) > _CACHED_VERSIONS:
                self._items.clear()
            query = select(ItemVersion).where(tuple_(ItemVersion.item_id, ItemVersion.version).in_(missing))
            for row in session.scalars(query):
                self._items[row.item_id, row.version] = Item.from_dict(row.body)
        return {name: self._items[name] for name in names}


_shelf = ItemShelf()


def paper_of_booking(booking_id: uuid.UUID, *, session: Session) -> PaperFacts | None:
    found = session.execute(_papers().where(Paper.booking_id == booking_id)).one_or_none()
    return _facts(*found) if found else None


def paper_with_id(paper_id: uuid.UUID, *, session: Session) -> PaperFacts:
    """Return the paper. Raises ``PaperNotFound``."""
    found = session.execute(_papers().where(Paper.id == paper_id)).one_or_none()
    if found is None:
        raise PaperNotFound
    return _facts(*found)


def text_of(paper: PaperFacts, language: str, *, session: Session) -> PaperText:
    """Return the paper as it is read in one language."""
    items = items_of(paper, session=session)
    return PaperText(
        programme_title=paper.programme.title,
        blocks=tuple(_blocks(paper)),
        questions=tuple(_question_text(question, items[question.position], language) for question in paper.questions),
    )


def key_of(paper: PaperFacts, *, session: Session) -> tuple[KeyedQuestion, ...]:
    """Return the right answer at each position, as this paper shows it. Only scoring asks."""
    items = items_of(paper, session=session)
    return tuple(
        KeyedQuestion(
            position=question.position,
            block=question.block,
            option=question.key_option(items[question.position]),
        )
        for question in paper.questions
    )


def items_of(paper: PaperFacts, *, session: Session) -> dict[int, Item]:
    """Return the item at each position."""
    names = {question.position: (question.item_id, question.version) for question in paper.questions}
    items = _shelf.fetch(names.values(), session=session)
    return {position: items[name] for position, name in names.items()}


def seen_items(applicant_id: uuid.UUID, *, session: Session) -> set[str]:
    """Return the items that were on earlier papers of this person."""
    rows = session.scalars(select(Paper.questions).where(Paper.applicant_id == applicant_id))
    return {question["item_id"] for questions in rows for question in questions}


def exposure(*, session: Session) -> dict[str, int]:
    """Count on how many papers each item has been."""
    counts: dict[str, int] = {}
    for questions in session.scalars(select(Paper.questions).execution_options(yield_per=1000)):
        for question in questions:
            counts[question["item_id"]] = counts.get(question["item_id"], 0) + 1
    return counts


def active_items(*, session: Session) -> list[Item]:
    """Return the newest version of every item that is not retired."""
    newest: dict[str, Item] = {}
    query = select(ItemVersion.body).where(ItemVersion.retired_at.is_(None)).order_by(ItemVersion.version)
    for body in session.scalars(query):
        item = Item.from_dict(body)
        newest[item.id] = item
    return list(newest.values())


def draw_is_committed(exam_session_id: uuid.UUID, *, session: Session) -> bool:
    return session.scalar(select(Draw.id).where(Draw.exam_session_id == exam_session_id).limit(1)) is not None


def transcript_of(exam_session: SessionFacts, *, session: Session) -> dict[str, Any]:
    """Return what lets anyone re-draw the session's papers.

    Raises:
        DrawNotCommitted: There is no draw.
        DrawNotRevealed: Its secret is still needed.
    """
    row = newest_draw(exam_session.id, session=session)
    if row.revealed_at is None:
        raise DrawNotRevealed
    papers = session.scalars(select(Paper).where(Paper.draw_id == row.id).order_by(Paper.id))
    manifest = manifest_of(row)
    return build_transcript(
        session=exam_session.code,
        secret=row.secret,
        salt=row.salt,
        manifest=manifest,
        exposure={bytes.fromhex(leaf): count for leaf, count in row.exposure.items()},
        papers=[
            DrawnPaper(
                booking=str(paper.booking_id),
                seen=frozenset(bytes.fromhex(leaf) for leaf in paper.seen),
                paper=DrawnQuestions(
                    programme=manifest.programme,
                    programme_version=manifest.programme_version,
                    manifest_digest=manifest.digest,
                    questions=tuple(Question.from_dict(question) for question in paper.questions),
                ),
            )
            for paper in papers
        ],
    )


def newest_draw(exam_session_id: uuid.UUID, *, session: Session) -> Draw:
    """Return the draw that counts: the last one committed. Raises ``DrawNotCommitted``."""
    query = select(Draw).where(Draw.exam_session_id == exam_session_id).order_by(Draw.number.desc()).limit(1)
    row = session.scalar(query)
    if row is None:
        raise DrawNotCommitted
    return row


def manifest_of(row: Draw) -> Manifest:
    """Return the committed inputs of a draw, with the names behind the leaves."""
    names = {bytes.fromhex(leaf): ItemRef(**name) for leaf, name in row.names.items()}
    return Manifest.from_dict(json.loads(row.manifest), names=names)


def _papers() -> Select[Paper, bool]:
    return select(Paper, Draw.weak).join(Draw, Draw.id == Paper.draw_id)


def _facts(row: Paper, weak: bool) -> PaperFacts:
    return PaperFacts(
        id=row.id,
        booking_id=row.booking_id,
        programme_code=row.programme_code,
        programme_version=row.programme_version,
        questions=tuple(Question.from_dict(question) for question in row.questions),
        fingerprint=row.fingerprint,
        weak=weak,
        drawn_at=row.drawn_at,
    )


def _question_text(question: Question, item: Item, language: str) -> QuestionText:
    text = item.texts[language]
    return QuestionText(
        position=question.position,
        block=question.block,
        stem=text.stem,
        options=tuple(text.options[index] for index in question.order),
    )


def _blocks(paper: PaperFacts) -> Iterator[BlockText]:
    for code, questions in groupby(paper.questions, lambda question: question.block):
        positions = [question.position for question in questions]
        yield BlockText(
            code=code,
            title=register().act(code).short,
            first=positions[0],
            last=positions[-1],
            minimum=paper.programme.block(code).minimum,
        )
