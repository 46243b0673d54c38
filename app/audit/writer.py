"""How do acts come into the log in one order? They wait until their unit of work is about to be committed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, SessionTransaction

from app.audit.models import AuditBody, AuditEntry, AuditHead, AuditNode
from certs.log import SALT_BYTES, Act, commitment, leaf_bytes
from certs.merkle import Frontier, leaf_hash

HEAD = 1
"""The only row of its table."""

_WAITING = "synaq_audit_waiting"

# Made once, and executed below the ORM: each act pays for what statements cost.
_STORED_HEAD = select(AuditHead.frontier).where(AuditHead.id == HEAD).with_for_update()
_NEW_HEAD = update(AuditHead).where(AuditHead.id == HEAD)
_ENTRIES, _BODIES, _NODES = (insert(model) for model in (AuditEntry, AuditBody, AuditNode))


@dataclass(frozen=True, kw_only=True)
class WaitingAct:
    """An act that has been recorded in this unit of work and has no number yet."""

    at: datetime
    actor: str
    kind: str
    subject: str
    facts: dict[str, Any]


def enlist(act: WaitingAct, session: Session) -> None:
    """Let an act enter the log when the unit of work is committed.

    Raises:
        RuntimeError: Within a savepoint, whose end could be undone alone; a defect of the caller.
    """
    if session.in_nested_transaction():
        raise RuntimeError("an act is recorded outside of savepoints")
    if not session.in_transaction():
        session.begin()  # so that its end is told below, even if nothing else is done in it
    session.info.setdefault(_WAITING, []).append(act)


def append_waiting(session: Session) -> None:
    """Give the waiting acts their numbers and leaves. The head is locked last, for as short as can be.

    Every unit of work that records something waits here for its turn: no other row is locked after this one, so two
    of them cannot wait for each other.
    """
    acts: list[WaitingAct] = session.info.pop(_WAITING, [])
    if not acts:
        return
    session.flush()
    connection = session.connection()
    frontier = _locked_head(connection)
    entries: list[dict[str, Any]] = []
    bodies: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []
    for act in acts:
        # The salt hides and decides nothing, so no test needs to foresee it.
        salt = secrets.token_bytes(SALT_BYTES)
        numbered = Act(
            seq=frontier.size + 1,
            at=act.at.astimezone(UTC),
            actor=act.actor,
            kind=act.kind,
            subject=act.subject,
            commitment=commitment(salt, act.facts),
        )
        leaf = leaf_hash(leaf_bytes(numbered))
        frontier, finished = frontier.grown(leaf)
        entries.append({**vars(numbered), "leaf": leaf})
        bodies.append({"seq": numbered.seq, "salt": salt, "facts": act.facts})
        nodes.extend({"level": node.level, "position": node.index, "hash": node.hash} for node in finished)
    connection.execute(_ENTRIES, entries)
    connection.execute(_BODIES, bodies)
    if nodes:
        connection.execute(_NODES, nodes)
    connection.execute(_NEW_HEAD, {"frontier": frontier.to_bytes()})


def _locked_head(connection: Connection) -> Frontier:
    found = connection.scalar(_STORED_HEAD)
    if found is None:  # the very first act of an installation
        insert_or_not = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        first = insert_or_not(AuditHead).values(id=HEAD, frontier=Frontier().to_bytes())
        connection.execute(first.on_conflict_do_nothing(index_elements=["id"]))
        found = connection.scalar(_STORED_HEAD)
    assert found is not None  # noqa: S101  # it was there, or was inserted by us or by somebody faster
    return Frontier.from_bytes(found)


@event.listens_for(Session, "before_commit")
def _append_at_commit(session: Session) -> None:
    """A savepoint that is released commits nothing yet."""
    if not session.in_nested_transaction():
        append_waiting(session)


@event.listens_for(Session, "after_transaction_end")
def _forget_at_the_end(session: Session, transaction: SessionTransaction) -> None:
    """What did not happen is not recorded, whether it was rolled back or left. A savepoint that ends held no act."""
    if transaction.parent is None:
        session.info.pop(_WAITING, None)
