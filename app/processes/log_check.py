"""Is the log what it was, and are the tables what the log says? Reads everything, changes nothing."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.audit.queries import (
    Entry,
    acts_of_kind,
    checkpoints,
    erased_acts,
    first_wrong_node,
    head_of_log,
    kept_acts,
)
from app.audit.rules import is_erasable
from app.certificates.queries import certificate_with_number
from app.db import db
from app.kernel.errors import DomainError
from app.papers.queries import draws_of_session, paper_with_id, seating_of_draw, whole_fingerprint, whole_fingerprints
from app.processes.log_keeping import root_of_heads
from app.scoring.queries import digest_of, result_ids, result_with_id
from app.sittings.queries import JournalHead, SittingFacts, journal, sitting_ids, sitting_with_id
from app.sittings.rules import first_head, next_head
from certs.errors import MalformedError
from certs.log import first_fault
from certs.note import VerifierKey
from question_bank.canonical import canonical_digest


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a check came to; ``fault`` is the first thing that is wrong, in an English sentence."""

    acts: int
    signed: int
    sittings: int
    fault: str | None


@contextmanager
def one_moment() -> Iterator[Session]:
    """Open a session that sees the database as it was at one moment, whatever is written meanwhile."""
    connection = db.engine.connect()
    if connection.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
    with connection, Session(connection) as session:
        yield session


def check(verifier_keys: Collection[VerifierKey], *, session: Session, kept_elsewhere: Collection[str] = ()) -> Report:
    """Go through the log, then hold what it says of answers, papers and results against the tables.

    Args:
        verifier_keys: The keys that this log has been signed with.
        session: Of one moment; see ``one_moment``.
        kept_elsewhere: Notes of checkpoints that somebody else has kept.
    """
    signed = checkpoints(session)
    try:
        head = head_of_log(session)
    except MalformedError:
        return Report(acts=0, signed=0, sittings=0, fault="The head of the log cannot be read: it was changed.")
    found = first_fault(
        kept_acts(session),
        head=head,
        checkpoints=signed,
        erased=erased_acts(session),
        verifier_keys=verifier_keys,
        kept_elsewhere=kept_elsewhere,
    )
    fault = found.sentence if found else _of_the_tree(session)
    tables = _Tables(session)
    if fault is None:
        fault = tables.first_fault()
    size = signed[-1].size if signed else 0
    return Report(acts=head.size, signed=size, sittings=tables.sittings_seen, fault=fault)


def _of_the_tree(session: Session) -> str | None:
    wrong = first_wrong_node(session)
    if wrong is None:
        return None
    return f"The hash over acts {wrong[0]} to {wrong[1]} is not that of these acts: proofs made from it do not hold."


class _Tables:
    """Holds acts against the tables; the journal of a sitting is read once for the acts that speak of it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._heads: dict[uuid.UUID, list[bytes]] = {}
        self.sittings_seen = 0

    def first_fault(self) -> str | None:
        """Return the first act that the tables do not agree with, else the first row that no act tells of."""
        acts = acts_of_kind((_STARTED, *_HELD_AGAINST), session=self._session)
        untold = {
            _STARTED: ("sitting", sitting_ids(session=self._session)),
            _SCORED: ("result", result_ids(session=self._session)),
        }
        for entry in acts:
            if entry.kind in untold:
                untold[entry.kind][1].discard(uuid.UUID(entry.subject))
            fault = self.hold(entry)
            if fault is not None:
                return fault
        return next((f"No act tells of {what} {min(rows)}." for what, rows in untold.values() if rows), None)

    def hold(self, entry: Entry) -> str | None:
        """Return what differs from the tables, in words; None where nothing does."""
        if entry.kind not in _HELD_AGAINST or (entry.facts is None and is_erasable(entry.kind)):
            return None
        if entry.facts is None:
            return f"The facts of act {entry.seq} ({entry.kind}) were erased, though answers or results rest on them."
        try:
            return _HELD_AGAINST[entry.kind](self, entry)
        except _Changed as error:
            return str(error)
        except (DomainError, KeyError) as error:
            return f"What act {entry.seq} ({entry.kind} {entry.subject}) speaks of is not there: {error!r}."

    def noted(self, entry: Entry) -> str | None:
        """The root of a minute over the journals of a session."""
        sequences = {uuid.UUID(name): number for name, number in dict(entry.facts or {})["sequences"].items()}
        heads = [
            JournalHead(sitting_id=name, booking_id=name, sequence=number, head=self._head(name, number))
            for name, number in sequences.items()
        ]
        if root_of_heads(heads).hex() == dict(entry.facts or {})["root"]:
            return None
        return f"The answers of a sitting that runs in act {entry.seq} were changed after {entry.at.isoformat()}."

    def ended(self, entry: Entry) -> str | None:
        """The final head of a sitting."""
        facts, sitting_id = dict(entry.facts or {}), uuid.UUID(entry.subject)
        sitting = sitting_with_id(sitting_id, session=self._session)
        rows = len(self._all_heads(sitting_id)) - 1
        if rows != facts["sequence"]:
            return (
                f"Sitting {sitting_id} has {rows} saved answers; it ended with {facts['sequence']} (act {entry.seq})."
            )
        if self._head(sitting_id, rows).hex() != facts["head"] or sitting.final_head != self._head(sitting_id, rows):
            return f"The answers of sitting {sitting_id} are not those with which it ended (act {entry.seq})."
        return None

    def scored(self, entry: Entry) -> str | None:
        """The result of a sitting."""
        facts = dict(entry.facts or {})
        result = result_with_id(uuid.UUID(entry.subject), session=self._session)
        stated = (str(result.sitting_id), result.total, result.passed, result.journal_head.hex())
        recorded = (facts["sitting"], facts["total"], facts["passed"], facts["journal_head"])
        # Acts of before the digest was kept speak of the main facts alone.
        if stated == recorded and facts.get("digest") in {None, digest_of(result).hex()}:
            return None
        return f"Result {entry.subject} is not the one that was recorded (act {entry.seq})."

    def issued(self, entry: Entry) -> str | None:
        """A certificate that was signed."""
        facts = dict(entry.facts or {})
        found = certificate_with_number(facts["number"], session=self._session)
        if found is None or found.token is None:
            return f"Certificate {facts['number']} is not in the register any more (act {entry.seq})."
        if hashlib.sha256(found.token).hexdigest() != facts["digest"]:
            return f"Certificate {facts['number']} is not the one that was issued (act {entry.seq})."
        return None

    def committed(self, entry: Entry) -> str | None:
        """What a draw was committed to."""
        facts = dict(entry.facts or {})
        draws = draws_of_session(uuid.UUID(entry.subject), session=self._session)
        fixed = {draw.number: (draw.commitment.hex(), draw.inputs.digest.hex()) for draw in draws}
        if fixed[facts["number"]] == (facts["commitment"], facts["inputs"]):
            return None
        return f"Draw {facts['number']} of session {entry.subject} is not the one committed to (act {entry.seq})."

    def frozen(self, entry: Entry) -> str | None:
        """One paper, drawn alone."""
        found = whole_fingerprint(uuid.UUID(entry.subject), session=self._session)
        if found.hex() != dict(entry.facts or {})["fingerprint"]:
            return f"Paper {entry.subject} is not the one that was frozen (act {entry.seq})."
        return None

    def drawn(self, entry: Entry) -> str | None:
        """The papers of a roster."""
        facts = dict(entry.facts or {})
        found = whole_fingerprints(uuid.UUID(entry.subject), facts["number"], session=self._session)
        if canonical_digest(found).hex() != facts["fingerprints"]:
            return f"The papers of session {entry.subject} are not those that were drawn (act {entry.seq})."
        seated = seating_of_draw(uuid.UUID(entry.subject), facts["number"], session=self._session)
        if canonical_digest(seated).hex() != facts["seats"]:
            return f"The seats of session {entry.subject} are not those that were drawn (act {entry.seq})."
        return None

    def _head(self, sitting_id: uuid.UUID, sequence: int) -> bytes:
        heads = self._all_heads(sitting_id)
        if sequence >= len(heads):
            raise _Changed(f"Sitting {sitting_id} lacks its saved answer {len(heads)}.")
        return heads[sequence]

    def _all_heads(self, sitting_id: uuid.UUID) -> list[bytes]:
        """Return the heads of a journal, recomputed from its rows: the one before the first answer, then one a row."""
        if sitting_id not in self._heads:
            if len(self._heads) > _JOURNALS_HELD:
                self._heads.clear()
            sitting = sitting_with_id(sitting_id, session=self._session)
            self._heads[sitting_id] = self._recomputed(sitting)
            self.sittings_seen += 1
        return self._heads[sitting_id]

    def _recomputed(self, sitting: SittingFacts) -> list[bytes]:
        fingerprint = paper_with_id(sitting.paper_id, session=self._session).fingerprint
        heads = [first_head(sitting.id, fingerprint)]
        if heads[0] != sitting.first_head:
            raise _Changed(f"Sitting {sitting.id} does not begin with its paper.")
        for entry in journal(sitting.id, session=self._session):
            if entry.row.sequence != len(heads):
                raise _Changed(f"Sitting {sitting.id} lacks its saved answer {len(heads)}.")
            heads.append(next_head(heads[-1], entry.row))
            if heads[-1] != entry.head:
                raise _Changed(f"Saved answer {entry.row.sequence} of sitting {sitting.id} was changed.")
        return heads


class _Changed(Exception):
    """Something in the tables is not what it was."""


_JOURNALS_HELD = 500

_STARTED, _SCORED = "sittings.sitting.started", "scoring.result.recorded"

_HELD_AGAINST = {
    "papers.draw.committed": _Tables.committed,
    "papers.paper.frozen": _Tables.frozen,
    "papers.draw.made": _Tables.drawn,
    "sittings.heads.noted": _Tables.noted,
    "sittings.sitting.ended": _Tables.ended,
    _SCORED: _Tables.scored,
    "certificates.certificate.issued": _Tables.issued,
}
