"""How do acts enter the log of a test, how is it signed and checked, and what does an attacker do to it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, text, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from app.audit import models, queries, service
from app.audit.models import AuditBody, AuditEntry, AuditErasure, AuditHead, AuditNode
from app.db import db
from app.processes import log_check, log_keeping
from app.wiring import Tools
from certs.authority import Authority
from certs.log import Act, Kept, SignedCheckpoint, commitment, leaf_bytes
from certs.merkle import MemoryNodes, leaf_hash
from tests.kit.outside import HandClock

RecordAct = Callable[..., int]
SignLog = Callable[[], SignedCheckpoint]
CheckLog = Callable[..., str | None]
Tamper = Callable[[list[Kept]], list[Kept]]


@pytest.fixture
def record_act(session: Session, clock: HandClock) -> RecordAct:
    """Return a recorder of one committed act: ``record_act("tests.thing.done", colour="red")`` gives its number."""

    def record(kind: str = "tests.thing.done", *, actor: str = "a test", subject: str = "thing", **facts: Any) -> int:
        service.record(kind, session=session, at=clock.now(), actor=actor, subject=subject, **facts)
        session.commit()
        seq = queries.size_of_log(session)
        session.rollback()
        return seq

    return record


@pytest.fixture
def sign_log(app: Flask, session: Session, tools: Tools, keys: Authority) -> SignLog:
    """Return a signer of the log as it stands."""

    def sign() -> SignedCheckpoint:
        session.commit()
        with app.app_context():
            assert log_keeping.sign_now(tools)
        signed = queries.newest_checkpoint(session)
        assert signed is not None
        session.rollback()
        return signed

    return sign


@pytest.fixture
def check_log(app: Flask, session: Session, tools: Tools) -> CheckLog:
    """Return a checker: the first thing that is wrong, or None. Checkpoints that somebody has kept may be given."""

    def check(*kept_elsewhere: str) -> str | None:
        session.commit()
        known = tools.keys.log_keys() if tools.keys.is_filled else []
        with app.app_context(), log_check.one_moment() as moment:
            return log_check.check(known, session=moment, kept_elsewhere=kept_elsewhere).fault

    return check


class Attacker:
    """Somebody who owns the tables: no trigger stops them, and they know how leaves are made. They have no key."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def drop_triggers(self) -> None:
        """Take the triggers away."""
        with self.engine.begin() as connection:
            for statement in self._drops():
                connection.exec_driver_sql(statement)

    def restore_triggers(self) -> None:
        """Put them back for the next test; SQLite's file is thrown away anyhow."""
        if self.engine.dialect.name == "postgresql":
            with self.engine.begin() as connection:
                for statement in models.append_only_postgresql():
                    connection.exec_driver_sql(statement.replace("%", "%%"))

    def sql(self, *statements: str, **values: object) -> None:
        """Run statements, all in one transaction."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)

    def acts(self) -> list[Kept]:
        """Read the whole log."""
        with Session(self.engine) as session:
            return list(queries.kept_acts(session))

    def put(self, tamper: Tamper) -> None:
        """Replace the rows of all acts by what ``tamper`` makes of them; leaves, tree and head stay as they were."""
        acts = tamper(self.acts())
        with self.engine.begin() as connection:
            self._replace(acts, connection)

    def rewrite(self, tamper: Tamper) -> None:
        """The same, and cover it: numbers, commitments, leaves, nodes and the head are all made anew."""
        acts = recomputed(tamper(self.acts()))
        tree = MemoryNodes(kept.leaf for kept in acts)
        with self.engine.begin() as connection:
            self._replace(acts, connection)
            connection.execute(delete(AuditNode))
            nodes = tree.hashes(8, 0, len(acts))
            if nodes:
                rows = [{"level": 8, "position": at, "hash": node} for at, node in enumerate(nodes)]
                connection.execute(insert(AuditNode), rows)
            connection.execute(update(AuditHead).values(frontier=tree.frontier.to_bytes()))

    def _replace(self, acts: Iterable[Kept], connection: Connection) -> None:
        for table in (AuditErasure, AuditBody, AuditEntry):
            connection.execute(delete(table))
        entries = [{**vars(kept.act), "leaf": kept.leaf} for kept in acts]
        bodies = [{"seq": kept.act.seq, "salt": kept.body[0], "facts": kept.body[1]} for kept in acts if kept.body]
        if entries:
            connection.execute(insert(AuditEntry), entries)
            connection.execute(insert(AuditBody), bodies)

    def _drops(self) -> Iterable[str]:
        if self.engine.dialect.name == "postgresql":
            return models.undo_append_only_postgresql()
        names = [f"{table}_no_{what}" for table in models.APPEND_ONLY for what in ("update", "delete")]
        return [f"DROP TRIGGER {name}" for name in (*names, "audit_body_no_update", "audit_body_erasure")]


def recomputed(acts: Sequence[Kept]) -> list[Kept]:
    """Number acts from 1, and make commitments and leaves that fit what they say."""
    return [_recomputed(seq, kept) for seq, kept in enumerate(acts, start=1)]


def _recomputed(seq: int, kept: Kept) -> Kept:
    committed = commitment(*kept.body) if kept.body else kept.act.commitment
    act: Act = replace(kept.act, seq=seq, commitment=committed)
    return Kept(act=act, leaf=leaf_hash(leaf_bytes(act)), body=kept.body)


@pytest.fixture
def attacker(app: Flask, session: Session) -> Iterable[Attacker]:
    """An attacker before whom the triggers fell; they stand again after the test."""
    with app.app_context():
        somebody = Attacker(db.engine)
    session.commit()
    somebody.drop_triggers()
    yield somebody
    session.rollback()
    somebody.restore_triggers()
