"""Can the facts of an act be erased without breaking a proof, and not without a record?"""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.audit import queries, service
from app.audit.errors import ActNotErasable, ActNotFound
from certs.merkle import verify_inclusion
from tests.kit.factories.audit import Attacker, CheckLog, RecordAct, SignLog
from tests.kit.outside import HandClock


@pytest.fixture
def erase(session: Session, clock: HandClock):
    def act(seq: int) -> None:
        service.erase_facts(seq, reason="decision 12", actor="two people", session=session, now=clock.now())
        session.commit()

    return act


@pytest.fixture
def three_acts(record_act: RecordAct, sign_log: SignLog) -> None:
    for name in ("one", "two", "three"):
        record_act(address=name)
    sign_log()


@pytest.mark.usefixtures("three_acts")
def test_erased_facts_are_gone_and_the_erasure_is_recorded(erase, session: Session) -> None:
    erase(2)

    newest, *_ = entries = queries.latest(session, limit=10)
    assert [entry.facts for entry in entries[1:]] == [{"address": "three"}, None, {"address": "one"}]
    assert (newest.kind, newest.subject, newest.actor) == ("audit.facts.erased", "2", "two people")
    assert newest.facts == {"reason": "decision 12"}
    assert session.scalar(text("SELECT count(*) FROM audit_body WHERE seq = 2")) == 0


@pytest.mark.usefixtures("three_acts")
def test_proof_of_an_act_holds_after_its_facts_are_erased(erase, session: Session, check_log: CheckLog) -> None:
    before = queries.prove(2, session=session)

    erase(2)

    after = queries.prove(2, session=session)
    assert (after.leaf, after.path, after.commitment) == (before.leaf, before.path, before.commitment)
    assert (after.entry.facts, after.salt) == (None, None)
    assert verify_inclusion(after.leaf, 1, after.checkpoint.size, after.path, after.checkpoint.root)
    assert check_log() is None


def test_act_can_be_recorded_and_erased_in_one_unit_of_work(
    session: Session, clock: HandClock, check_log: CheckLog
) -> None:
    service.record("tests.thing.done", session=session, at=clock.now(), actor="a", subject="b", address="here")
    service.erase_facts(1, reason="r", actor="a", session=session, now=clock.now())
    session.commit()

    assert [entry.facts for entry in queries.latest(session, limit=2)] == [{"reason": "r"}, None]
    assert check_log() is None


@pytest.mark.usefixtures("three_acts")
@pytest.mark.parametrize("seq", [0, 4, 2])
def test_what_is_not_there_is_not_erased(erase, session: Session, seq: int) -> None:
    erase(2)
    if seq == 4:
        seq = 5

    with pytest.raises(ActNotFound):
        erase(seq)

    session.rollback()
    assert queries.size_of_log(session) == 4


@pytest.mark.parametrize("kind", ["scoring.result.recorded", "sittings.heads.noted", "papers.draw.made"])
def test_facts_that_others_rest_on_are_not_erased(erase, session: Session, record_act: RecordAct, kind: str) -> None:
    record_act(kind, total=1)

    with pytest.raises(ActNotErasable):
        erase(1)

    session.rollback()
    assert [entry.facts for entry in queries.latest(session, limit=2)] == [{"total": 1}]


@pytest.mark.usefixtures("three_acts")
def test_record_of_an_erasure_is_not_erased(erase) -> None:
    erase(2)

    with pytest.raises(ActNotErasable):
        erase(4)


@pytest.mark.usefixtures("three_acts")
def test_deletion_without_a_record_is_refused_by_the_database(session: Session) -> None:
    with pytest.raises(DBAPIError, match="recorded erasure"):
        session.execute(text("DELETE FROM audit_body WHERE seq = 2"))


@pytest.mark.usefixtures("three_acts")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_body SET salt = commitment FROM audit_entry",
        "UPDATE audit_erasure SET seq = 1",
        "DELETE FROM audit_erasure",
        "UPDATE audit_node SET level = 8",
        "DELETE FROM audit_node",
        "UPDATE audit_checkpoint SET note = ''",
        "DELETE FROM audit_checkpoint",
    ],
)
def test_no_other_table_of_the_log_gives_up_a_row(erase, session: Session, clock: HandClock, statement: str) -> None:
    erase(2)
    for _ in range(256):
        service.record("tests.thing.done", session=session, at=clock.now(), actor="a", subject="b")
    session.commit()

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


@pytest.mark.usefixtures("three_acts")
def test_facts_that_vanish_behind_a_false_row_of_erasure_are_named(session: Session, check_log: CheckLog) -> None:
    """No trigger has to fall for this: the row opens the way. But no act tells of it."""
    session.execute(text("INSERT INTO audit_erasure (seq, erased_at) SELECT 2, at FROM audit_entry WHERE seq = 2"))
    session.execute(text("DELETE FROM audit_body WHERE seq = 2"))
    session.commit()

    assert check_log() == "The facts of act 2 are missing, and no erasure is recorded."


@pytest.mark.usefixtures("three_acts")
def test_facts_put_back_after_their_erasure_must_be_the_old_ones(
    erase, attacker: Attacker, check_log: CheckLog
) -> None:
    erase(2)

    attacker.sql("INSERT INTO audit_body (seq, salt, facts) SELECT 2, salt, facts FROM audit_body WHERE seq = 1")

    assert check_log() == "The facts of act 2 are not those that were recorded."
