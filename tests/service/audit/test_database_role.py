"""What can the application's own role do to the log on PostgreSQL, and what can it not?"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.accounts import service as accounts
from app.accounts.rules import Role
from app.audit import queries, roles, service
from app.audit.models import APPEND_ONLY
from tests.kit.factories.accounts import PASSWORD
from tests.kit.factories.audit import CheckLog, RecordAct
from tests.kit.outside import CountedEntropy, HandClock

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

ROLE = "synaq app " + os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture
def restricted(session: Session, engine: Engine, record_act: RecordAct) -> Iterator[Session]:
    """A session that signs in as the application's role does, after two acts were recorded."""
    record_act(address="one")
    record_act(address="two")
    session.execute(text(f'CREATE ROLE "{ROLE}"'))
    roles.restrict(ROLE, session=session)
    session.commit()
    of_role = create_engine(engine.url, poolclass=NullPool)

    @event.listens_for(of_role, "connect")
    def become(connection: Any, _record: object) -> None:
        connection.execute(f'SET ROLE "{ROLE}"')
        connection.commit()

    with Session(of_role) as own:
        yield own
    session.rollback()
    session.execute(text(f'DROP OWNED BY "{ROLE}"'))
    session.execute(text(f'DROP ROLE "{ROLE}"'))
    session.commit()


@pytest.mark.parametrize(
    "statement",
    [
        *(f"UPDATE {table} SET {column} = {column}" for table, column in (
            ("audit_entry", "actor"), ("audit_body", "facts"), ("audit_erasure", "erased_at"),
            ("audit_node", "hash"), ("audit_checkpoint", "note"),
        )),
        *(f"DELETE FROM {table}" for table in (*APPEND_ONLY, "audit_head")),
        *(f"TRUNCATE {table} CASCADE" for table in (*APPEND_ONLY, "audit_body", "audit_head")),
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entry_append_only ON audit_entry",
        "DROP TABLE audit_checkpoint",
        "SET session_replication_role = replica",
        "ALTER TABLE audit_entry OWNER TO CURRENT_USER",
    ],
)  # fmt: skip
def test_role_cannot_change_what_was_recorded(restricted: Session, session: Session, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        restricted.execute(text(statement))

    restricted.rollback()
    assert [entry.facts for entry in queries.latest(session, limit=5)] == [{"address": "two"}, {"address": "one"}]


def test_role_records_erases_and_opens_accounts(
    restricted: Session, clock: HandClock, entropy: CountedEntropy, check_log: CheckLog
) -> None:
    new = accounts.NewAccount(sign_in_name="auditor@example.kz", display_name="A", role=Role.AUDITOR, password=PASSWORD)
    person = accounts.create_account(new, session=restricted, now=clock.now(), entropy=entropy)
    service.erase_facts(1, reason="r", actor="a", session=restricted, now=clock.now())
    restricted.commit()

    kinds = [entry.kind for entry in queries.latest(restricted, limit=2)]
    assert kinds == ["audit.facts.erased", "accounts.account.created"]
    assert restricted.scalar(text("SELECT current_user")) == ROLE, "it has to be the role that did all this"
    assert isinstance(person.id, uuid.UUID)
    assert check_log() is None


def test_role_cannot_delete_facts_without_a_record(restricted: Session) -> None:
    with pytest.raises(Exception, match="recorded erasure"):
        restricted.execute(text("DELETE FROM audit_body WHERE seq = 1"))


def test_role_can_forge_an_erasure_but_not_unseen(restricted: Session, check_log: CheckLog) -> None:
    restricted.execute(text("INSERT INTO audit_erasure SELECT 1, at FROM audit_entry WHERE seq = 1"))
    restricted.execute(text("DELETE FROM audit_body WHERE seq = 1"))
    restricted.commit()

    assert check_log() == "The facts of act 1 are missing, and no erasure is recorded."
