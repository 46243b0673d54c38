"""When is the log signed, by which key, and never twice?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import checkpoints, queries
from app.audit.checkpoints import BUSY_EVERY, QUIET_EVERY, TELLING
from app.db import unit_of_work
from app.processes import log_keeping
from app.wiring import Tools
from certs.authority import Authority
from certs.keys import KeyUse
from certs.merkle import Frontier
from certs.note import Checkpoint, open_note
from tests.kit.factories.audit import RecordAct, SignLog
from tests.kit.factories.sittings import at_once
from tests.kit.outside import HandClock

IsDue = Callable[[bool], bool]
TICK = timedelta(microseconds=1)


@pytest.fixture
def is_due(session: Session, clock: HandClock) -> IsDue:
    return lambda busy: checkpoints.is_due(busy=busy, session=session, now=clock.now())


def test_empty_log_is_never_due(is_due: IsDue) -> None:
    assert not is_due(True)


def test_first_act_is_due_at_once(is_due: IsDue, record_act: RecordAct) -> None:
    record_act()

    assert is_due(False)


def test_log_without_a_new_act_is_not_due(
    is_due: IsDue, record_act: RecordAct, sign_log: SignLog, clock: HandClock
) -> None:
    record_act()
    sign_log()
    clock.advance(days=30)

    assert not is_due(True)


@pytest.mark.parametrize(
    ("busy", "waited", "due"),
    [
        (True, BUSY_EVERY - TICK, False),
        (True, BUSY_EVERY, True),
        (False, BUSY_EVERY, False),
        (False, QUIET_EVERY - TICK, False),
        (False, QUIET_EVERY, True),
    ],
)
def test_new_act_waits_for_its_minute_or_its_hour(
    is_due: IsDue,
    record_act: RecordAct,
    sign_log: SignLog,
    clock: HandClock,
    busy: bool,
    waited: timedelta,
    due: bool,
) -> None:
    record_act()
    sign_log()
    record_act()
    clock.set(clock.now() + waited)

    assert is_due(busy) is due


@pytest.mark.parametrize("kind", TELLING)
def test_act_that_ends_a_step_is_due_at_once(
    is_due: IsDue, record_act: RecordAct, sign_log: SignLog, kind: str
) -> None:
    record_act()
    sign_log()
    record_act(kind)
    assert is_due(False)

    sign_log()
    record_act()
    assert not is_due(False), "it was signed, and counts no more"


def test_checkpoint_states_the_head_under_the_key_of_the_log(
    record_act: RecordAct, sign_log: SignLog, session: Session, tools: Tools, clock: HandClock
) -> None:
    for _ in range(3):
        record_act()

    signed = sign_log()

    (key,) = tools.keys.log_keys()
    said = Checkpoint.from_text(open_note(signed.note, [key]))
    assert (said.origin, said.size, said.root) == ("synaq-test/log", 3, queries.head_of_log(session).root)
    assert (signed.size, signed.root, signed.at) == (3, said.root, clock.now())
    assert key.public_key == tools.keys.ring.certificate(KeyUse.LOG).public_key()


def test_nothing_is_signed_twice(
    record_act: RecordAct, sign_log: SignLog, app: Flask, tools: Tools, session: Session
) -> None:
    record_act()
    sign_log()
    with app.app_context():
        assert not log_keeping.sign_now(tools)

    record_act()
    sign_log()

    assert [signed.size for signed in queries.checkpoints(session)] == [1, 2]
    assert [signed.size for signed in queries.checkpoints(session, limit=1)] == [2]


@pytest.mark.usefixtures("keys")
def test_empty_log_is_not_signed(app: Flask, tools: Tools, session: Session) -> None:
    with app.app_context():
        assert not log_keeping.sign_now(tools)

    assert queries.newest_checkpoint(session) is None


def test_two_who_sign_at_once_make_one_checkpoint(
    keys: Authority, record_act: RecordAct, app: Flask, tools: Tools, session: Session
) -> None:
    """The worker by its timer, and somebody at the command line."""
    record_act()
    _ = tools.keys.ring

    def sign() -> bool:
        with app.app_context():
            return log_keeping.sign_now(tools)

    assert sorted(map(repr, at_once(*[sign] * 4))) == ["False", "False", "False", "True"]
    assert len(queries.checkpoints(session)) == 1


def test_signature_of_another_key_is_not_kept(
    keys: Authority, record_act: RecordAct, app: Flask, tools: Tools, session: Session
) -> None:
    record_act()
    (key,) = tools.keys.log_keys()

    with pytest.raises(Exception, match="bad-signature"), app.app_context(), unit_of_work() as own:
        checkpoints.sign_checkpoint(key, lambda _: bytes(64), session=own, now=tools.clock.now())

    assert queries.newest_checkpoint(session) is None


def test_head_of_an_empty_log_is_the_empty_tree(session: Session) -> None:
    assert queries.head_of_log(session) == Frontier()
