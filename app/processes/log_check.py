"""Is the log what it was, and are the tables what the log says? Reads everything, changes nothing."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from app.applicants.queries import ban_ids, ban_with_id, lifted_ban_ids
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
from app.certificates.queries import certificate_with_number, change_ids, change_with_id, signed_ids
from app.db import db
from app.kernel.errors import DomainError
from app.papers.errors import PaperTampered
from app.papers.queries import (
    DrawFacts,
    draws_of_session,
    items_of,
    manifest_digest,
    paper_owner,
    paper_with_id,
    papers_of_draw,
    revealed_secret,
    seating_of_draw,
    whole_fingerprint,
    whole_fingerprints,
)
from app.processes.log_keeping import root_of_heads
from app.scoring.queries import digest_of, recomputed, result_ids, result_with_id, void_of_result, voided_ids
from app.sittings.credit import credit_names, credits_of_sitting, logged
from app.sittings.queries import JournalHead, SittingFacts, journal, sitting_ids, sitting_with_id
from app.sittings.rules import CreditCause, Phase, first_head, next_head
from certs.errors import MalformedError, NumberError
from certs.log import Walk
from certs.note import VerifierKey
from certs.number import parse_number
from question_bank.canonical import canonical_digest
from question_bank.throw import NOT_THROWN

MOST_TOLD = 20
"""Of the log, and of the tables: who wants more mends these first."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a check came to; ``faults`` says in English sentences what is wrong, the first thing first."""

    acts: int
    signed: int
    sittings: int
    faults: tuple[str, ...]

    @property
    def fault(self) -> str | None:
        """The first thing that is wrong."""
        return self.faults[0] if self.faults else None


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
        return Report(acts=0, signed=0, sittings=0, faults=("The head of the log cannot be read: it was changed.",))
    walk = Walk(
        head=head,
        checkpoints=signed,
        erased=erased_acts(session),
        verifier_keys=verifier_keys,
        kept_elsewhere=kept_elsewhere,
    )
    # One fault must not hide another: a clock that was wrong once leaves its trace in the log for good.
    of_log = [fault.sentence for fault in islice(walk.faults(kept_acts(session)), MOST_TOLD)]
    if not of_log:
        of_log.extend(_of_the_tree(session))
    tables = _Tables(session)
    of_tables = islice(tables.faults(), MOST_TOLD)
    return Report(
        acts=head.size,
        signed=signed[-1].size if signed else 0,
        faults=(*of_log, *of_tables),
        sittings=tables.sittings_seen,
    )


def _of_the_tree(session: Session) -> Iterator[str]:
    wrong = first_wrong_node(session)
    if wrong is not None:
        yield f"The hash over acts {wrong[0]} to {wrong[1]} is not that of these acts: proofs made from it do not hold."


class _Tables:
    """Holds acts against the tables; the journal of a sitting is read once for the acts that speak of it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._heads: dict[uuid.UUID, list[bytes]] = {}
        self.sittings_seen = 0

    def faults(self) -> Iterator[str]:
        """Go through the acts that the tables do not agree with, then the rows that no act tells of."""
        acts = acts_of_kind(tuple(_HELD_AGAINST), session=self._session)
        untold = {
            _STARTED: ("sitting", set(map(str, sitting_ids(session=self._session)))),
            _SCORED: ("result", set(map(str, result_ids(session=self._session)))),
            _ISSUED: ("certificate", set(map(str, signed_ids(session=self._session)))),
            _CHANGED: ("the change of standing", set(map(str, change_ids(session=self._session)))),
            _VOIDED: ("the voiding of result", set(map(str, voided_ids(session=self._session)))),
            _BANNED: ("ban", set(map(str, ban_ids(session=self._session)))),
            _LIFTED: ("the lifting of ban", set(map(str, lifted_ban_ids(session=self._session)))),
            _CREDITED: ("credit", {f"{of} {number}" for of, number in credit_names(session=self._session)}),
        }
        for entry in acts:
            if entry.kind in _CREDITS:
                untold[_CREDITED][1].discard(f"{entry.subject} {dict(entry.facts or {}).get('number')}")
            elif entry.kind in untold:
                untold[entry.kind][1].discard(entry.subject)
            fault = self.hold(entry)
            if fault is not None:
                yield fault
        yield from (f"No act tells of {what} {row}." for what, rows in untold.values() for row in sorted(rows))

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
        except PaperTampered as error:
            position = error.parameters.get("position")
            return f"Question {position} of a paper of act {entry.seq} is not the item that was committed to."
        except (DomainError, NumberError, AttributeError, LookupError, TypeError, ValueError) as error:
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
        if stated != recorded or facts.get("digest") not in {None, digest_of(result).hex()}:
            return f"Result {entry.subject} is not the one that was recorded (act {entry.seq})."
        again = recomputed(sitting_with_id(result.sitting_id, session=self._session), session=self._session)
        if again != (result.total, tuple(section.correct for section in result.sections), result.passed):
            return f"Result {entry.subject} does not follow from its paper and its answers (act {entry.seq})."
        return None

    def voided(self, entry: Entry) -> str | None:
        """That a result counts for nothing."""
        facts, found = dict(entry.facts or {}), void_of_result(uuid.UUID(entry.subject), session=self._session)
        if found is None:
            return f"Result {entry.subject} counts, though it was voided (act {entry.seq})."
        reason = hashlib.sha256(found.reason.encode()).hexdigest()
        stated = (found.ground.value, reason, found.voided_at, str(found.voided_by))
        if stated == (facts["ground"], facts["digest"], entry.at, entry.actor):
            return None
        return f"Result {entry.subject} was voided by somebody else or otherwise than act {entry.seq} says."

    def banned(self, entry: Entry) -> str | None:
        """Who is barred, by which act, until when."""
        facts = dict(entry.facts or {})
        ban = ban_with_id(uuid.UUID(entry.subject), session=self._session)
        stated = (str(ban.applicant_id), ban.reference, ban.act_on.isoformat(), ban.ends_at, str(ban.imposed_by))
        ends_at = datetime.fromisoformat(facts["ends_at"])
        if stated == (facts["applicant"], facts["reference"], facts["act_on"], ends_at, entry.actor):
            return None
        return f"Ban {entry.subject} is not the one that was imposed (act {entry.seq})."

    def lifted(self, entry: Entry) -> str | None:
        """That a ban was lifted, and when."""
        if ban_with_id(uuid.UUID(entry.subject), session=self._session).lifted_at == entry.at:
            return None
        return f"Ban {entry.subject} runs, though it was lifted (act {entry.seq})."

    def issued(self, entry: Entry) -> str | None:
        """A certificate that was signed."""
        facts = dict(entry.facts or {})
        found = certificate_with_number(str(parse_number(facts["number"])), session=self._session)
        if found is None or found.token is None:
            return f"Certificate {facts['number']} is not in the register any more (act {entry.seq})."
        if hashlib.sha256(found.token).hexdigest() != facts["digest"]:
            return f"Certificate {facts['number']} is not the one that was issued (act {entry.seq})."
        if not result_with_id(found.result_id, session=self._session).earns_certificate:
            return f"Certificate {facts['number']} stands on a result that earns none (act {entry.seq})."
        return None

    def stands(self, entry: Entry) -> str | None:
        """That a certificate was revoked, suspended or restored, by whom and why."""
        facts, found = dict(entry.facts or {}), change_with_id(uuid.UUID(entry.subject), session=self._session)
        reason = hashlib.sha256(found.reason.encode()).hexdigest()
        stated = (str(found.certificate_id), found.state.value, str(found.requested_by), reason)
        recorded = (facts["certificate"], facts["state"], facts["requested_by"], facts["digest"])
        if (*stated, str(found.decided_by), found.changed_at) == (*recorded, entry.actor, entry.at):
            return None
        return f"Certificate {facts['number']} was {facts['state']} otherwise than act {entry.seq} says."

    def started(self, entry: Entry) -> str | None:
        """What a sitting began with."""
        facts, sitting = dict(entry.facts or {}), sitting_with_id(uuid.UUID(entry.subject), session=self._session)
        timing = sitting.timing
        stated = (str(sitting.paper_id), sitting.language, int(timing.allowance.total_seconds()), timing.started_at)
        rules = paper_with_id(sitting.paper_id, session=self._session).programme.sitting
        credits = credits_of_sitting(sitting.id, session=self._session)
        if timing.credit != timedelta(seconds=sum(credit.seconds for credit in credits)):
            return f"The time that was added to sitting {entry.subject} is not the sum of its credits."
        other_grace = timing.grace != timedelta(seconds=rules.answer_grace_seconds)
        # Acts of before there was extra time do not speak of it.
        ordinary = facts["seconds"] - facts.get("extra_seconds", 0) == rules.duration_minutes * 60
        people = {str(sitting.applicant_id), str(paper_owner(sitting.paper_id, session=self._session))}
        as_begun = stated == (facts["paper"], facts["language"], facts["seconds"], entry.at)
        if as_begun and ordinary and people == {entry.actor} and not other_grace:
            return None
        begun = "the person, paper, language and time that it began with"
        return f"Sitting {entry.subject} does not have {begun} (act {entry.seq})."

    def paused(self, entry: Entry) -> str | None:
        """That the clock of a sitting stood from then on."""
        sitting = sitting_with_id(uuid.UUID(entry.subject), session=self._session)
        credits = credits_of_sitting(sitting.id, session=self._session)
        began = {credit.from_at for credit in credits if credit.cause is CreditCause.PAUSE}
        if entry.at in began | {sitting.timing.paused_at}:
            return None
        return f"The pause of sitting {entry.subject} in act {entry.seq} was not given back, and does not go on."

    def credited(self, entry: Entry) -> str | None:
        """Time that was added to a sitting: by whom, for what, on which evidence."""
        facts = dict(entry.facts or {})
        credits = credits_of_sitting(uuid.UUID(entry.subject), session=self._session)
        found = next((credit for credit in credits if credit.number == facts["number"]), None)
        if found and (logged(found), found.decided_by, found.decided_at) == (facts, entry.actor, entry.at):
            return None
        return f"Credit {facts['number']} of sitting {entry.subject} is not the one that was given (act {entry.seq})."

    def reached(self, entry: Entry) -> str | None:
        """Late answers that count since time was added."""
        facts, sitting_id = dict(entry.facts or {}), uuid.UUID(entry.subject)
        if self._head(sitting_id, facts["sequence"]).hex() == facts["head"]:
            return None
        return f"The late answers of sitting {sitting_id} that count since act {entry.seq} were changed."

    def thrown(self, entry: Entry) -> str | None:
        """What was thrown for a draw, or that nothing was."""
        facts = dict(entry.facts or {})
        found = self._draws(entry)[facts["number"]]
        if (found.salt, list(found.witnesses)) == (facts.get("salt", NOT_THROWN), facts.get("witnesses", [])):
            return None
        return f"What was thrown for session {entry.subject} is not what stands in act {entry.seq}."

    def revealed(self, entry: Entry) -> str | None:
        """The secret that was made public."""
        facts = dict(entry.facts or {})
        secret = revealed_secret(uuid.UUID(entry.subject), _draw_number(facts), session=self._session)
        if secret is not None and secret.hex() == facts["secret"]:
            return None
        return f"The secret of session {entry.subject} is not the one that was revealed in act {entry.seq}."

    def committed(self, entry: Entry) -> str | None:
        """What a draw was committed to."""
        facts = dict(entry.facts or {})
        found = self._draws(entry)[facts["number"]]
        if "inputs" not in facts:  # the older form of a commitment, which did not bind all of it
            return None
        manifest = manifest_digest(uuid.UUID(entry.subject), facts["number"], session=self._session).hex()
        stated = (found.commitment.hex(), found.inputs.digest.hex(), manifest, found.reason)
        if stated == (facts["commitment"], facts["inputs"], facts["manifest"], facts["reason"]):
            return None
        return f"Draw {facts['number']} of session {entry.subject} is not the one committed to (act {entry.seq})."

    def frozen(self, entry: Entry) -> str | None:
        """One paper, drawn alone."""
        found = whole_fingerprint(uuid.UUID(entry.subject), session=self._session)
        if found.hex() != dict(entry.facts or {})["fingerprint"]:
            return f"Paper {entry.subject} is not the one that was frozen (act {entry.seq})."
        items_of(paper_with_id(uuid.UUID(entry.subject), session=self._session), session=self._session)
        return None

    def drawn(self, entry: Entry) -> str | None:
        """The papers of a roster."""
        facts = dict(entry.facts or {})
        found = whole_fingerprints(uuid.UUID(entry.subject), _draw_number(facts), session=self._session)
        if canonical_digest(found).hex() != facts["fingerprints"]:
            return f"The papers of session {entry.subject} are not those that were drawn (act {entry.seq})."
        seated = seating_of_draw(uuid.UUID(entry.subject), facts["number"], session=self._session)
        if canonical_digest(seated).hex() != facts["seats"]:
            return f"The seats of session {entry.subject} are not those that were drawn (act {entry.seq})."
        for paper in papers_of_draw(uuid.UUID(entry.subject), facts["number"], session=self._session):
            items_of(paper, session=self._session)
        return None

    def _draws(self, entry: Entry) -> dict[int, DrawFacts]:
        draws = draws_of_session(uuid.UUID(entry.subject), session=self._session)
        return {draw.number: draw for draw in draws}

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
            if sitting.timing.phase_at(entry.row.saved_at) is Phase.OVER:
                raise _Changed(f"Saved answer {entry.row.sequence} of sitting {sitting.id} came after its time.")
        return heads


def _draw_number(facts: Mapping[str, Any]) -> int:
    """Return the number of a draw, 1 in the oldest acts; a database would choke on what cannot be one."""
    number = facts.get("number", 1)
    if type(number) is not int or not 0 < number <= _MOST_DRAWS:
        raise ValueError(number)
    return number


class _Changed(Exception):
    """Something in the tables is not what it was."""


_JOURNALS_HELD = 500
_MOST_DRAWS = 9999

_STARTED, _SCORED = "sittings.sitting.started", "scoring.result.recorded"
_ISSUED, _CHANGED = "certificates.certificate.issued", "certificates.status.changed"
_CREDITED = "sittings.sitting.credited"
_CREDITS = frozenset({_CREDITED, "sittings.sitting.extended", "sittings.sitting.unpaused"})
_VOIDED, _BANNED, _LIFTED = "scoring.result.voided", "applicants.ban.imposed", "applicants.ban.lifted"

_HELD_AGAINST = {
    "papers.draw.committed": _Tables.committed,
    "papers.salt.thrown": _Tables.thrown,
    "papers.salt.skipped": _Tables.thrown,
    "papers.draw.revealed": _Tables.revealed,
    _STARTED: _Tables.started,
    "papers.paper.frozen": _Tables.frozen,
    "papers.draw.made": _Tables.drawn,
    "sittings.heads.noted": _Tables.noted,
    "sittings.sitting.ended": _Tables.ended,
    "sittings.sitting.paused": _Tables.paused,
    **dict.fromkeys(sorted(_CREDITS), _Tables.credited),
    "sittings.answers.reached": _Tables.reached,
    _SCORED: _Tables.scored,
    _ISSUED: _Tables.issued,
    _CHANGED: _Tables.stands,
    _VOIDED: _Tables.voided,
    _BANNED: _Tables.banned,
    _LIFTED: _Tables.lifted,
}
