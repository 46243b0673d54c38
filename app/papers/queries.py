"""What is on a paper? Item versions never change, so each process reads one once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from app.bookings.queries import SessionFacts
from app.kernel.rulebook import programme_version, register
from app.papers.errors import DrawNotCommitted, DrawNotMade, DrawNotRevealed, PaperNotFound, PaperTampered
from app.papers.models import Draw, ItemVersion, Paper
from app.papers.rules import Stage, stage_of
from question_bank.inputs import DrawInputs
from question_bank.items import Item
from question_bank.loading import load_pool
from question_bank.manifest import ItemRef, Manifest, salt_for
from question_bank.paper import Paper as DrawnQuestions
from question_bank.paper import Question
from question_bank.programme import Kind, Programme
from question_bank.scoring import KeyedQuestion
from question_bank.throw import NOT_THROWN
from question_bank.transcript import DrawnPaper, build_transcript

_CACHED_VERSIONS = 20_000


@dataclass(frozen=True, kw_only=True)
class PaperFacts:
    """A frozen paper."""

    id: uuid.UUID
    booking_id: uuid.UUID
    draw_id: uuid.UUID
    programme_code: str
    programme_version: str
    questions: tuple[Question, ...]
    seat: str | None
    fingerprint: bytes
    weak: bool
    drawn_at: datetime

    @property
    def programme(self) -> Programme:
        return programme_version(self.programme_code, self.programme_version)


@dataclass(frozen=True, kw_only=True)
class DrawFacts:
    """A draw of an exam session, without what is secret about it until it is revealed."""

    exam_session_id: uuid.UUID
    number: int
    reason: str | None
    commitment: bytes
    inputs: DrawInputs
    committed_at: datetime
    salt: str | None
    witnesses: tuple[str, ...]
    drawn_at: datetime | None
    spares: tuple[str, ...]
    revealed_at: datetime | None

    @property
    def stage(self) -> Stage:
        return stage_of(salt=self.salt, drawn_at=self.drawn_at, revealed_at=self.revealed_at)

    @property
    def weak(self) -> bool:
        """Whether it is decided that nothing was thrown."""
        return self.salt == NOT_THROWN


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
_committed: set[tuple[bytes, str, int]] = set()
"""Leaves and items of this process that belong together."""


def paper_of_booking(booking_id: uuid.UUID, *, session: Session, hold: bool = False) -> PaperFacts | None:
    """Return the paper that counts, the one of the session's newest draw, if it was drawn.

    Args:
        booking_id: The booking.
        session: Where to read.
        hold: Let no redraw replace it until the unit of work ends.
    """
    query = _papers().where(Paper.booking_id == booking_id, Draw.replaced_at.is_(None))
    if hold:
        query = query.with_for_update(read=True, of=Draw)
    found = session.execute(query).one_or_none()
    return _facts(*found) if found else None


def seats_of_session(exam_session_id: uuid.UUID, *, session: Session) -> dict[uuid.UUID, str]:
    """Return the drawn seat of every booking that has one, by the newest draw."""
    row = draw_of_session(exam_session_id, session=session)
    if row is None:
        return {}
    query = select(Paper.booking_id, Paper.seat).join(Draw, Draw.id == Paper.draw_id)
    query = query.where(Draw.exam_session_id == exam_session_id, Draw.number == row.number, Paper.seat.is_not(None))
    return {booking_id: seat for booking_id, seat in session.execute(query) if seat}


def paper_with_id(paper_id: uuid.UUID, *, session: Session) -> PaperFacts:
    """Return the paper. Raises ``PaperNotFound``."""
    found = session.execute(_papers().where(Paper.id == paper_id)).one_or_none()
    if found is None:
        raise PaperNotFound
    return _facts(*found)


def programme_of_paper(paper_id: uuid.UUID, *, session: Session) -> Programme:
    """Return the rules that a paper was drawn under, without reading its questions. Raises ``PaperNotFound``."""
    query = select(Paper.programme_code, Paper.programme_version).where(Paper.id == paper_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise PaperNotFound
    return programme_version(found.programme_code, found.programme_version)


def text_of(paper: PaperFacts, language: str, *, session: Session) -> PaperText:
    """Return the paper as it is read in one language."""
    return paper_text(paper.questions, paper.programme, items_of(paper, session=session), language)


def paper_text(
    questions: Sequence[Question], programme: Programme, items: Mapping[int, Item], language: str
) -> PaperText:
    """Return questions as they are read in one language, from the item at each position."""
    return PaperText(
        programme_title=programme.title,
        blocks=tuple(_blocks(questions, programme)),
        questions=tuple(_question_text(question, items[question.position], language) for question in questions),
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
    """Return the item at each position.

    Raises:
        PaperTampered: One of them is not the item version whose salted hash was committed to.
    """
    names = {question.position: (question.item_id, question.version) for question in paper.questions}
    items = _shelf.fetch(names.values(), session=session)
    _require_committed(paper, items, session=session)
    return {position: items[name] for position, name in names.items()}


def items_uncommitted(questions: Sequence[Question], *, session: Session) -> dict[int, Item]:
    """Return the item at each position of a paper that no commitment stands behind, as in practice."""
    names = {question.position: (question.item_id, question.version) for question in questions}
    items = _shelf.fetch(names.values(), session=session)
    return {position: items[name] for position, name in names.items()}


def _require_committed(paper: PaperFacts, items: Mapping[tuple[str, int], Item], *, session: Session) -> None:
    """Hold each item against its leaf, once in the life of a process: text and key were fixed by the commitment."""
    unseen = [
        question
        for question in paper.questions
        if (question.leaf, question.item_id, question.version) not in _committed
    ]
    if not unseen:
        return
    pool_secret = session.scalar(select(Draw.pool_secret).where(Draw.id == paper.draw_id))
    if len(_committed) > _CACHED_VERSIONS:
        _committed.clear()
    for question in unseen:
        item = items[question.item_id, question.version]
        if pool_secret is None or item.leaf(salt_for(pool_secret, item)) != question.leaf:
            raise PaperTampered(position=question.position)
        _committed.add((question.leaf, question.item_id, question.version))


def seen_items(applicant_id: uuid.UUID, *, session: Session) -> set[str]:
    """Return the items that were on earlier papers of this person."""
    rows = session.scalars(select(Paper.questions).where(Paper.applicant_id == applicant_id))
    return {question["item_id"] for questions in rows for question in questions}


def items_on(paper_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, frozenset[str]]:
    """Return the ids of the items on each of these papers."""
    query = select(Paper.id, Paper.questions).where(Paper.id.in_(list(paper_ids)))
    return {row.id: frozenset(question["item_id"] for question in row.questions) for row in session.execute(query)}


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


def items_for(programme: Programme, *, session: Session) -> list[Item]:
    """Return the items from which the papers of a programme are drawn.

    After practice everybody reads the keys. So only items are practised that are published with this program; what an
    agency keeps secret is asked in tests that give a certificate, and nowhere else.
    """
    items = active_items(session=session)
    if programme.kind is Kind.CERTIFYING:
        return items
    return [item for item in items if _published().get(item.id) == item]


@cache
def _published() -> Mapping[str, Item]:
    return {item.id: item for item in load_pool().items}


def pool_mark(*, session: Session) -> tuple[object, ...]:
    """Return what changes whenever an item comes in, is retired or comes back."""
    query = select(
        func.count(),
        func.count(ItemVersion.retired_at),
        func.max(ItemVersion.imported_at),
        func.max(ItemVersion.retired_at),
    )
    return tuple(session.execute(query).one())


def draw_of_session(exam_session_id: uuid.UUID, *, session: Session) -> DrawFacts | None:
    """Return the draw that counts, the last one committed; None where there is none."""
    found = draws_of_session(exam_session_id, session=session)
    return found[-1] if found else None


def awaits_throw(exam_session_id: uuid.UUID, *, session: Session) -> bool:
    """Say whether the session's draw is committed and nothing has been thrown for it."""
    query = select(Draw.id).where(
        Draw.exam_session_id == exam_session_id, Draw.replaced_at.is_(None), Draw.salt.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def drawn_sessions(limit: int, *, session: Session) -> list[uuid.UUID]:
    """Return the exam sessions that have a draw, the one committed last first."""
    newest = func.max(Draw.committed_at)
    query = select(Draw.exam_session_id).group_by(Draw.exam_session_id).order_by(newest.desc()).limit(limit)
    return list(session.scalars(query))


def draws_of_session(exam_session_id: uuid.UUID, *, session: Session) -> list[DrawFacts]:
    """Return all draws of a session, the first one first; more than one only after a redraw."""
    rows = session.scalars(select(Draw).where(Draw.exam_session_id == exam_session_id).order_by(Draw.number))
    return [_draw_facts(row) for row in rows]


def whole_fingerprints(exam_session_id: uuid.UUID, number: int, *, session: Session) -> dict[str, str]:
    """Return the fingerprints of a draw's papers by booking, each computed anew from the questions that are stored."""
    row = _draw(exam_session_id, number, session)
    digest = inputs_of(row).manifest_digest
    papers = session.scalars(select(Paper).where(Paper.draw_id == row.id))
    return {str(paper.booking_id): _recomputed(paper, digest).hex() for paper in papers}


def papers_of_draw(exam_session_id: uuid.UUID, number: int, *, session: Session) -> list[PaperFacts]:
    """Return the frozen papers of one draw of a session."""
    row = _draw(exam_session_id, number, session)
    return [_facts(*found) for found in session.execute(_papers().where(Paper.draw_id == row.id).order_by(Paper.id))]


def manifest_digest(exam_session_id: uuid.UUID, number: int, *, session: Session) -> bytes:
    """Return the digest of the items of a draw, computed anew."""
    return manifest_of(_draw(exam_session_id, number, session)).digest


def paper_owner(paper_id: uuid.UUID, *, session: Session) -> uuid.UUID | None:
    """Return whose paper it is."""
    return session.scalar(select(Paper.applicant_id).where(Paper.id == paper_id))


def revealed_secret(exam_session_id: uuid.UUID, number: int, *, session: Session) -> bytes | None:
    """Return the secret of a draw once it is public, else None."""
    row = _draw(exam_session_id, number, session)
    return row.secret if row.revealed_at is not None else None


def seating_of_draw(exam_session_id: uuid.UUID, number: int, *, session: Session) -> dict[str, Any]:
    """Return the stored seats of a draw, as its act in the log hashes them."""
    row = _draw(exam_session_id, number, session)
    places = session.execute(select(Paper.booking_id, Paper.seat).where(Paper.draw_id == row.id))
    return {"places": {str(booking_id): seat for booking_id, seat in places}, "spares": list(row.spares)}


def whole_fingerprint(paper_id: uuid.UUID, *, session: Session) -> bytes:
    """Return the fingerprint of a paper, computed anew from its questions. Raises ``PaperNotFound``."""
    found = session.execute(select(Paper, Draw).join(Draw, Draw.id == Paper.draw_id).where(Paper.id == paper_id))
    row = found.one_or_none()
    if row is None:
        raise PaperNotFound
    return _recomputed(row.Paper, inputs_of(row.Draw).manifest_digest)


def sessions_to_reveal(*, session: Session) -> set[uuid.UUID]:
    """Return the exam sessions with a draw whose secret is not revealed."""
    return set(session.scalars(select(Draw.exam_session_id).where(Draw.revealed_at.is_(None))))


def transcript_of(exam_session: SessionFacts, *, session: Session, number: int | None = None) -> dict[str, Any]:
    """Return what lets anyone re-draw the session's papers, by the newest draw or the one of ``number``.

    Raises:
        DrawNotCommitted: There is no such draw.
        DrawNotRevealed: Its secret is still needed.
        DrawNotMade: Nothing was ever drawn from it: it was replaced, or the session passed, before the throw.
    """
    row = newest_draw(exam_session.id, session=session) if number is None else _draw(exam_session.id, number, session)
    if row.revealed_at is None:
        raise DrawNotRevealed
    if row.salt is None:
        raise DrawNotMade
    papers = session.scalars(select(Paper).where(Paper.draw_id == row.id).order_by(Paper.booking_id))
    manifest = manifest_of(row)
    return build_transcript(
        session=exam_session.code,
        number=row.number,
        secret=row.secret,
        salt=row.salt,
        inputs=inputs_of(row),
        manifest=manifest,
        papers=[
            DrawnPaper(
                booking=str(paper.booking_id),
                seat=paper.seat,
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
        spares=row.spares,
    )


def newest_draw(exam_session_id: uuid.UUID, *, session: Session) -> Draw:
    """Return the draw that counts: the last one committed. Raises ``DrawNotCommitted``."""
    query = select(Draw).where(Draw.exam_session_id == exam_session_id).order_by(Draw.number.desc()).limit(1)
    row = session.scalar(query)
    if row is None:
        raise DrawNotCommitted
    return row


def manifest_of(row: Draw) -> Manifest:
    """Return the items of a draw, with the names behind the leaves."""
    names = {bytes.fromhex(leaf): ItemRef(**name) for leaf, name in row.names.items()}
    return Manifest.from_dict(json.loads(row.manifest), names=names)


def inputs_of(row: Draw) -> DrawInputs:
    """Return everything that was committed to beside the secret."""
    return DrawInputs.from_dict(json.loads(row.inputs))


def _draw(exam_session_id: uuid.UUID, number: int, session: Session) -> Draw:
    query = select(Draw).where(Draw.exam_session_id == exam_session_id, Draw.number == number)
    row = session.scalar(query)
    if row is None:
        raise DrawNotCommitted
    return row


def _recomputed(paper: Paper, manifest_digest: bytes) -> bytes:
    return DrawnQuestions(
        programme=paper.programme_code,
        programme_version=paper.programme_version,
        manifest_digest=manifest_digest,
        questions=tuple(Question.from_dict(question) for question in paper.questions),
    ).fingerprint()


def _draw_facts(row: Draw) -> DrawFacts:
    return DrawFacts(
        exam_session_id=row.exam_session_id,
        number=row.number,
        reason=row.reason,
        commitment=row.commitment,
        inputs=inputs_of(row),
        committed_at=row.committed_at,
        salt=row.salt,
        witnesses=tuple(row.witnesses),
        drawn_at=row.drawn_at,
        spares=tuple(row.spares),
        revealed_at=row.revealed_at,
    )


def _papers() -> Select[Paper, str | None]:
    return select(Paper, Draw.salt).join(Draw, Draw.id == Paper.draw_id)


def _facts(row: Paper, salt: str | None) -> PaperFacts:
    return PaperFacts(
        id=row.id,
        booking_id=row.booking_id,
        draw_id=row.draw_id,
        programme_code=row.programme_code,
        programme_version=row.programme_version,
        questions=tuple(Question.from_dict(question) for question in row.questions),
        seat=row.seat,
        fingerprint=row.fingerprint,
        weak=salt == NOT_THROWN,
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


def _blocks(questions: Sequence[Question], programme: Programme) -> Iterator[BlockText]:
    for code, stretch in groupby(questions, lambda question: question.block):
        positions = [question.position for question in stretch]
        yield BlockText(
            code=code,
            title=register().act(code).short,
            first=positions[0],
            last=positions[-1],
            minimum=programme.block(code).minimum,
        )
