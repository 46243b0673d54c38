"""What does the log say, and what proves it?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.audit.errors import ActNotFound, NoCheckpoint
from app.audit.models import AuditBody, AuditCheckpoint, AuditEntry, AuditHead, AuditNode
from app.audit.writer import HEAD, append_waiting
from certs.log import Act, Kept, SignedCheckpoint
from certs.merkle import TILE_HEIGHT, TILE_WIDTH, Frontier, consistency_proof, inclusion_proof, root_of

FACTS_ERASED = "audit.facts.erased"
_READ_AT_ONCE = 2_000


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act as it was recorded; ``facts`` is None where they were erased."""

    seq: int
    at: datetime
    actor: str
    kind: str
    subject: str
    facts: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An act with all that stands for it in the tree; ``salt`` went with the facts where they were erased."""

    entry: Entry
    commitment: bytes
    salt: bytes | None
    leaf: bytes


@dataclass(frozen=True, kw_only=True)
class ActProof(Recorded):
    """What shows somebody outside that an act stands in the log: leaf, path, and the checkpoint that it leads to."""

    path: tuple[bytes, ...]
    checkpoint: SignedCheckpoint


def latest(
    session: Session, *, limit: int, before_seq: int | None = None, kind: str = "", about: str = ""
) -> list[Entry]:
    """Return entries, newest first.

    Args:
        session: Where to read; what it has recorded itself is seen.
        limit: Most entries to return.
        before_seq: Only entries older than this one, for the next page.
        kind: Only kinds that begin so: ``accounts`` or ``accounts.password``.
        about: Only what this subject met, or this actor did.
    """
    append_waiting(session)
    query = _entries().order_by(AuditEntry.seq.desc()).limit(limit)
    if before_seq is not None:
        query = query.where(AuditEntry.seq < before_seq)
    if kind:
        query = query.where(AuditEntry.kind.startswith(kind, autoescape=True))
    if about:
        query = query.where(or_(AuditEntry.subject == about, AuditEntry.actor == about))
    return [Entry(**row._mapping) for row in session.execute(query)]


def about(session: Session, subject: str) -> list[Entry]:
    """Return everything recorded about one thing, oldest first."""
    append_waiting(session)
    query = _entries().where(AuditEntry.subject == subject).order_by(AuditEntry.seq)
    return [Entry(**row._mapping) for row in session.execute(query)]


def done_by(actor: str, subjects: Collection[str], *, session: Session) -> list[Entry]:
    """Return what somebody did to any of these things, oldest first."""
    append_waiting(session)
    query = _entries().where(AuditEntry.actor == actor, AuditEntry.subject.in_(list(subjects)))
    return [Entry(**row._mapping) for row in session.execute(query.order_by(AuditEntry.seq))]


def concerning(names: Collection[str], *, session: Session) -> list[Entry]:
    """Return every act that one of these did or met, oldest first."""
    append_waiting(session)
    met = or_(AuditEntry.subject.in_(names), AuditEntry.actor.in_(names))
    return [Entry(**row._mapping) for row in session.execute(_entries().where(met).order_by(AuditEntry.seq))]


def acts_of_kind(kinds: Sequence[str], *, session: Session) -> Iterator[Entry]:
    """Go through all acts of these kinds, oldest first, a few thousand at a time; one may stop anywhere."""
    last = 0
    while True:
        query = _entries().where(AuditEntry.kind.in_(kinds), AuditEntry.seq > last).order_by(AuditEntry.seq)
        rows = session.execute(query.limit(_READ_AT_ONCE)).all()
        for row in rows:
            last = row.seq
            yield Entry(**row._mapping)
        if len(rows) < _READ_AT_ONCE:
            return


def since(session: Session, seq: int, *, kinds: Sequence[str]) -> bool:
    """Say whether an act of one of these kinds came after the act ``seq``."""
    query = select(AuditEntry.seq).where(AuditEntry.seq > seq, AuditEntry.kind.in_(kinds)).limit(1)
    return session.scalar(query) is not None


def size_of_log(session: Session) -> int:
    """Return how many acts the log has."""
    return head_of_log(session).size


def head_of_log(session: Session, *, hold: bool = False) -> Frontier:
    """Return where the log stands, as its last append left it.

    Args:
        session: Where to read.
        hold: Let nobody else append or sign before the unit of work ends.
    """
    query = select(AuditHead.frontier).where(AuditHead.id == HEAD)
    stored = session.scalar(query.with_for_update() if hold else query)
    return Frontier.from_bytes(stored) if stored else Frontier()


def newest_checkpoint(session: Session) -> SignedCheckpoint | None:
    found = session.scalar(select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1))
    return _checkpoint(found) if found else None


def first_checkpoint_since(session: Session, moment: datetime) -> SignedCheckpoint | None:
    """Return the first signature at or after a moment: it covers what was recorded until then."""
    query = select(AuditCheckpoint).where(AuditCheckpoint.at >= moment).order_by(AuditCheckpoint.size).limit(1)
    found = session.scalar(query)
    return _checkpoint(found) if found else None


def checkpoints(session: Session, *, limit: int | None = None) -> list[SignedCheckpoint]:
    """Return what was signed: all of it, the oldest first; or the newest ``limit``, the newest first."""
    order = AuditCheckpoint.size if limit is None else AuditCheckpoint.size.desc()
    query = select(AuditCheckpoint).order_by(order).limit(limit)
    return [_checkpoint(row) for row in session.scalars(query)]


def recorded(seq: int, *, session: Session) -> Recorded:
    """Return an act as it is stored. Raises ``ActNotFound``."""
    if not 0 < seq <= size_of_log(session):
        raise ActNotFound(seq=seq)
    query = select(AuditEntry, AuditBody).outerjoin(AuditBody, AuditBody.seq == AuditEntry.seq)
    found = session.execute(query.where(AuditEntry.seq == seq)).one_or_none()
    if found is None:
        raise ActNotFound(seq=seq)
    row, body = found
    entry = Entry(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        kind=row.kind,
        subject=row.subject,
        facts=body.facts if body else None,
    )
    return Recorded(entry=entry, commitment=row.commitment, salt=body.salt if body else None, leaf=row.leaf)


def erasure_of(seq: int, *, session: Session) -> Entry | None:
    """Return the act by which the facts of another were erased, if they were."""
    query = _entries().where(AuditEntry.kind == FACTS_ERASED, AuditEntry.subject == str(seq))
    row = session.execute(query.order_by(AuditEntry.seq).limit(1)).one_or_none()
    return Entry(**row._mapping) if row else None


def prove(seq: int, *, session: Session) -> ActProof:
    """Prove an act against the newest checkpoint.

    Raises:
        ActNotFound: There is no such act.
        NoCheckpoint: None has been signed that covers the act.
    """
    act, checkpoint = recorded(seq, session=session), newest_checkpoint(session)
    if checkpoint is None or checkpoint.size < seq:
        raise NoCheckpoint(seq=seq)
    path = tuple(inclusion_proof(seq - 1, checkpoint.size, StoredNodes(session)))
    return ActProof(**vars(act), path=path, checkpoint=checkpoint)


def prove_growth(old_size: int, new_size: int, *, session: Session) -> list[bytes]:
    """Prove that the log of ``new_size`` acts begins with that of ``old_size``.

    Raises:
        NoCheckpoint: The log never had so many acts, or the sizes are in the wrong order.
    """
    if not 0 < old_size <= new_size <= size_of_log(session):
        raise NoCheckpoint
    return consistency_proof(old_size, new_size, StoredNodes(session))


def kept_acts(session: Session) -> Iterator[Kept]:
    """Go through the whole log as it is stored, in its order, a few thousand acts at a time."""
    last = None
    while True:
        query = select(AuditEntry, AuditBody.salt, AuditBody.facts)
        query = query.outerjoin(AuditBody, AuditBody.seq == AuditEntry.seq)
        if last is not None:
            query = query.where(AuditEntry.seq > last)
        rows = session.execute(query.order_by(AuditEntry.seq).limit(_READ_AT_ONCE)).all()
        if not rows:
            return
        for row, salt, facts in rows:
            last = row.seq
            yield _kept(row, salt, facts)
        session.expunge_all()


def erased_acts(session: Session) -> frozenset[int]:
    """Return the numbers of the acts whose facts were erased, as other acts say: the tree proves those."""
    told = select(AuditEntry.subject).where(AuditEntry.kind == FACTS_ERASED)
    return frozenset(int(subject) for subject in session.scalars(told) if subject.isdecimal())


def first_wrong_node(session: Session) -> tuple[int, int] | None:
    """Return the first and the last act below the first stored hash that is not the hash of its acts' leaves."""
    nodes, size = StoredNodes(session), size_of_log(session)
    for level in range(TILE_HEIGHT, size.bit_length(), TILE_HEIGHT):
        for position in range(size >> level):
            below = nodes.hashes(level - TILE_HEIGHT, position * TILE_WIDTH, TILE_WIDTH)
            if list(nodes.hashes(level, position, 1)) != [root_of(below)]:
                return (position << level) + 1, (position + 1) << level
    return None


class StoredNodes:
    """The hashes of the tree as they are stored: leaves at level 0, then one for each 256 below."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        """Return ``count`` neighbouring hashes of a level that is a multiple of ``TILE_HEIGHT``."""
        if level == 0:
            leaves = select(AuditEntry.leaf).where(AuditEntry.seq > start, AuditEntry.seq <= start + count)
            return self._session.scalars(leaves.order_by(AuditEntry.seq)).all()
        assert level % TILE_HEIGHT == 0  # noqa: S101  # the proofs ask for stored levels only
        nodes = select(AuditNode.hash).where(
            AuditNode.level == level, AuditNode.position >= start, AuditNode.position < start + count
        )
        return self._session.scalars(nodes.order_by(AuditNode.position)).all()


def _entries() -> Select[Any]:
    entry = AuditEntry
    columns = (entry.seq, entry.at, entry.actor, entry.kind, entry.subject, AuditBody.facts)
    return select(*columns).outerjoin(AuditBody, AuditBody.seq == entry.seq)


def _kept(row: AuditEntry, salt: bytes | None, facts: dict[str, Any] | None) -> Kept:
    act = Act(seq=row.seq, at=row.at, actor=row.actor, kind=row.kind, subject=row.subject, commitment=row.commitment)
    return Kept(act=act, leaf=row.leaf, body=None if salt is None or facts is None else (salt, facts))


def _checkpoint(row: AuditCheckpoint) -> SignedCheckpoint:
    return SignedCheckpoint(size=row.size, root=row.root, at=row.at, note=row.note)
