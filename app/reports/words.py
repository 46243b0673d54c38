"""What does a page say of acts? Plain facts for templates, put together from other rooms."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.accounts.queries import display_names
from app.audit import queries as audit
from app.audit.errors import NoCheckpoint
from app.audit.queries import ActProof, Entry, Recorded
from app.kernel.clock import local_day
from app.reports.texts import ACTOR_NAMES
from certs.log import Act, commitment, leaf_bytes
from certs.merkle import leaf_hash, verify_inclusion
from certs.note import VerifierKey

Names = dict[str, str | LazyString]
PROOF_FORM = "synaq-act-proof-v1"


@dataclass(frozen=True, kw_only=True)
class ActPage:
    """An act with its proof, if the log was signed since; and the act that erased its facts, if one did."""

    act: Recorded
    proof: ActProof | None
    holds: bool
    erasure: Entry | None


def act_page(seq: int, *, session: Session) -> ActPage:
    """Return what a page shows of one act. Raises ``ActNotFound``."""
    act = audit.recorded(seq, session=session)
    try:
        proof = audit.prove(seq, session=session)
    except NoCheckpoint:
        proof = None
    erasure = audit.erasure_of(seq, session=session) if act.entry.facts is None else None
    return ActPage(act=act, proof=proof, holds=proof is not None and holds(proof), erasure=erasure)


def holds(proof: ActProof) -> bool:
    """Say whether the act gives its leaf, its facts give the commitment, and the path leads to the signed root."""
    entry, checkpoint = proof.entry, proof.checkpoint
    named = {name: getattr(entry, name) for name in ("seq", "at", "actor", "kind", "subject")}
    gives_leaf = leaf_hash(leaf_bytes(Act(**named, commitment=proof.commitment))) == proof.leaf
    whole = proof.salt is None or commitment(proof.salt, entry.facts or {}) == proof.commitment
    return (
        gives_leaf
        and whole
        and verify_inclusion(proof.leaf, entry.seq - 1, checkpoint.size, proof.path, checkpoint.root)
    )


def by_day(entries: Iterable[Entry]) -> list[tuple[date, list[Entry]]]:
    """Group acts by the day on which they were done in Kazakhstan, in the order in which they come."""
    return [(day, list(of_day)) for day, of_day in groupby(entries, lambda entry: local_day(entry.at))]


def names_of(entries: Iterable[Entry], *, session: Session) -> Names:
    """Return how people and accounts among actors and subjects are called."""
    told = {name for entry in entries for name in (entry.actor, entry.subject)}
    ids = {account_id: name for name in told if (account_id := _id_in(name)) is not None}
    found = display_names(ids.keys(), session)
    return {**ACTOR_NAMES, **{ids[account_id]: name for account_id, name in found.items()}}


def proof_document(proof: ActProof, keys: Sequence[VerifierKey]) -> dict[str, Any]:
    """Return a proof in the form that docs/log.md describes."""
    entry = proof.entry
    return {
        "form": PROOF_FORM,
        "act": {
            "seq": entry.seq,
            "at": entry.at.isoformat(),
            "actor": entry.actor,
            "kind": entry.kind,
            "subject": entry.subject,
            "commitment": proof.commitment.hex(),
        },
        "salt": proof.salt.hex() if proof.salt is not None else None,
        "facts": entry.facts,
        "leaf": proof.leaf.hex(),
        "path": [node.hex() for node in proof.path],
        "checkpoint": proof.checkpoint.note,
        "key": [str(key) for key in keys],
    }


def _id_in(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name)
    except ValueError:
        return None
