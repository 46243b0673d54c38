"""Do acts come into the log in one order, with the unit of work that they belong to, however many write at once?"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.audit import queries, service
from app.audit.errors import ActNotFound, NoCheckpoint
from app.audit.models import AuditEntry
from app.db import db, unit_of_work
from certs.log import Act, leaf_bytes
from certs.merkle import leaf_hash, verify_consistency, verify_inclusion
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.audit import CheckLog, RecordAct, SignLog
from tests.kit.factories.sittings import at_once
from tests.kit.outside import MORNING

AtOnce = Callable[..., list[object]]


def record(session: Session, number: int, kind: str = "tests.thing.done") -> None:
    service.record(kind, session=session, at=MORNING, actor="a test", subject="thing", number=number)


def numbers(session: Session) -> list[tuple[int, int]]:
    """Return (number in the log, the fact ``number``), oldest first."""
    return [(entry.seq, (entry.facts or {})["number"]) for entry in queries.about(session, "thing")]


def test_acts_are_numbered_from_one_without_gaps(session: Session) -> None:
    for number in (10, 11):
        record(session, number)
    session.commit()
    record(session, 12)
    session.commit()

    assert numbers(session) == [(1, 10), (2, 11), (3, 12)]
    assert queries.size_of_log(session) == 3


def test_act_has_no_number_before_its_unit_of_work_is_kept(session: Session) -> None:
    record(session, 1)

    assert session.scalar(text("SELECT count(*) FROM audit_entry")) == 0


def test_unit_of_work_reads_its_own_acts(session: Session) -> None:
    record(session, 1)

    assert numbers(session) == [(1, 1)]
    assert [entry.seq for entry in queries.latest(session, limit=1)] == [1]


@pytest.mark.parametrize("read_before", [False, True], ids=["unread", "read before"])
def test_acts_of_a_unit_of_work_that_is_undone_leave_nothing(
    session: Session, read_before: bool, check_log: CheckLog
) -> None:
    record(session, 1)
    if read_before:
        assert numbers(session) == [(1, 1)]
    session.rollback()
    record(session, 2)
    session.commit()

    assert numbers(session) == [(1, 2)]
    assert check_log() is None


def test_acts_of_a_session_that_is_left_do_not_enter_with_the_next_ones(session: Session) -> None:
    record(session, 1)
    session.close()
    record(session, 2)
    session.commit()

    assert numbers(session) == [(1, 2)]


def test_act_within_a_savepoint_is_refused(session: Session) -> None:
    with session.begin_nested(), pytest.raises(RuntimeError, match="savepoint"):
        record(session, 1)


def test_savepoints_neither_keep_nor_drop_what_was_recorded_before(session: Session) -> None:
    record(session, 1)
    with session.begin_nested():
        session.execute(text("SELECT 1"))
    undone = session.begin_nested()
    undone.rollback()
    assert session.scalar(text("SELECT count(*) FROM audit_entry")) == 0
    session.commit()

    assert numbers(session) == [(1, 1)]


def test_leaf_is_that_of_the_act_as_it_is_stored(session: Session, record_act: RecordAct) -> None:
    record_act(subject="Әбенова", share=1.0, nothing=None)

    row = session.get_one(AuditEntry, 1)
    act = Act(seq=1, at=row.at, actor=row.actor, kind=row.kind, subject=row.subject, commitment=row.commitment)
    assert row.leaf == leaf_hash(leaf_bytes(act))


def test_many_at_once_get_one_order(app: Flask, session: Session, check_log: CheckLog) -> None:
    def write(worker: int) -> None:
        for round_ in range(4):
            with app.app_context(), unit_of_work() as own:
                for step in range(3):
                    record(own, worker * 100 + round_ * 10 + step)

    outcomes = at_once(*(lambda worker=worker: write(worker) for worker in range(6)))

    assert outcomes == [None] * 6
    found = numbers(session)
    assert [seq for seq, _ in found] == list(range(1, 73))
    assert all(found[at][1] + 1 == found[at + 1][1] for at in range(72) if at % 3 < 2), "a unit of work was torn apart"
    for worker in range(6):
        of_worker = [number for _, number in found if number // 100 == worker]
        assert of_worker == sorted(of_worker)
    assert check_log() is None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_recording_before_or_after_another_lock_leads_to_no_deadlock(
    app: Flask, session: Session, make_account: MakeAccount
) -> None:
    account = make_account()
    session.commit()
    lock = text("SELECT id FROM account WHERE id = :id FOR UPDATE").bindparams(id=account.id)
    recorded, locked = threading.Event(), threading.Event()

    def record_then_lock() -> None:
        with Session(engine) as own:
            record(own, 1)
            recorded.set()
            assert locked.wait(10)
            own.execute(lock)
            own.commit()

    def lock_then_record() -> None:
        with Session(engine) as own:
            assert recorded.wait(10)
            own.execute(lock)
            locked.set()
            record(own, 2)
            own.commit()

    with app.app_context():
        engine = db.engine
    assert at_once(record_then_lock, lock_then_record) == [None, None]

    assert numbers(session) == [(1, 2), (2, 1)]


# --- proofs


def test_act_is_proved_against_the_newest_checkpoint(
    session: Session, record_act: RecordAct, sign_log: SignLog
) -> None:
    for number in range(5):
        record_act(number=number)
    signed = sign_log()
    record_act(number=5)

    proof = queries.prove(3, session=session)

    assert (proof.entry.seq, proof.entry.facts, proof.checkpoint) == (3, {"number": 2}, signed)
    assert verify_inclusion(proof.leaf, 2, 5, proof.path, signed.root)


def test_proofs_of_a_long_log_rest_on_its_stored_hashes(session: Session, sign_log: SignLog) -> None:
    for number in range(700):
        record(session, number)
    session.commit()
    signed = sign_log()

    for seq in (1, 256, 257, 512, 513, 700):
        proof = queries.prove(seq, session=session)
        assert verify_inclusion(proof.leaf, seq - 1, 700, proof.path, signed.root), seq


def test_growth_is_proved_between_checkpoints(session: Session, record_act: RecordAct, sign_log: SignLog) -> None:
    record_act()
    record_act()
    old = sign_log()
    for _ in range(5):
        record_act()
    new = sign_log()

    proof = queries.prove_growth(2, 7, session=session)

    assert verify_consistency(2, 7, old.root, new.root, proof)


@pytest.mark.usefixtures("keys")
def test_what_is_not_there_or_not_signed_is_not_proved(session: Session, record_act: RecordAct) -> None:
    record_act()

    with pytest.raises(ActNotFound):
        queries.prove(2, session=session)
    with pytest.raises(NoCheckpoint):
        queries.prove(1, session=session)


@pytest.mark.parametrize(("old", "new"), [(0, 1), (2, 1), (1, 3)])
def test_growth_of_sizes_that_never_were_is_not_proved(
    session: Session, record_act: RecordAct, old: int, new: int
) -> None:
    record_act()
    record_act()

    with pytest.raises(NoCheckpoint):
        queries.prove_growth(old, new, session=session)
