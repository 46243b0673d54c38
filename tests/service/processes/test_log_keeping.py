"""What enters the log by the clock, and when is it signed by itself?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app import work
from app.audit import queries as audit
from app.keycabinet import KeysMissing
from app.processes import log_keeping
from app.sittings.rules import leaf_of_head
from app.wiring import Tools
from certs.merkle import root_of
from tests.kit.factories.audit import RecordAct
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.sittings import EndSitting, SaveOne, StartSitting
from tests.kit.outside import HandClock

NOTED = "sittings.heads.noted"


@pytest.fixture
def note_heads(app: Flask, session: Session, tools: Tools) -> Callable[[], int]:
    def act() -> int:
        session.commit()
        with app.app_context():
            return log_keeping.note_heads(tools)

    return act


@pytest.fixture
def sign_if_due(app: Flask, session: Session, tools: Tools) -> Callable[[], bool]:
    def act() -> bool:
        session.commit()
        with app.app_context():
            return log_keeping.sign_if_due(tools)

    return act


def noted(session: Session) -> list[audit.Entry]:
    session.rollback()
    return audit.latest(session, limit=50, kind=NOTED)


def test_nothing_is_noted_while_nobody_sits(
    note_heads: Callable[[], int], start_sitting: StartSitting, end: EndSitting, session: Session
) -> None:
    assert note_heads() == 0
    end(start_sitting())

    assert note_heads() == 0
    assert noted(session) == []


def test_heads_of_all_who_sit_in_a_session_are_one_act(
    note_heads: Callable[[], int],
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    answer: SaveOne,
    session: Session,
) -> None:
    exam_session = make_exam_session()
    sittings = [start_sitting(make_booking(exam_session=exam_session)) for _ in range(3)]
    heads = {sittings[0].id: (2, [answer(sittings[0], number) for number in (1, 2)][-1].head)}
    heads[sittings[1].id] = (1, answer(sittings[1], 1).head)
    heads[sittings[2].id] = (0, sittings[2].first_head)

    assert note_heads() == 1

    (entry,) = noted(session)
    assert (entry.subject, entry.actor) == (str(exam_session.id), "system:worker")
    leaves = [leaf_of_head(sitting_id, *heads[sitting_id]) for sitting_id in sorted(heads)]
    assert entry.facts == {
        "root": root_of(leaves).hex(),
        "sequences": {str(sitting_id): sequence for sitting_id, (sequence, _) in heads.items()},
    }


def test_each_session_has_its_own_act_a_minute(
    note_heads: Callable[[], int], start_sitting: StartSitting, session: Session, clock: HandClock
) -> None:
    start_sitting()
    start_sitting()

    assert note_heads() == 2
    clock.advance(minutes=1)
    assert note_heads() == 2

    assert len({entry.subject for entry in noted(session)}) == 2


def test_saving_answers_writes_no_act(start_sitting: StartSitting, answer: SaveOne, session: Session) -> None:
    sitting = start_sitting()
    before = audit.size_of_log(session)

    for number in range(1, 6):
        answer(sitting, number)

    session.rollback()
    assert audit.size_of_log(session) == before


def test_worker_notes_once_a_minute_and_looks_for_the_signature_more_often() -> None:
    every = {timer.run: timer.every for timer in work.TIMERS}

    assert every[work._note_heads] == timedelta(minutes=1)
    assert every[work._sign] <= timedelta(seconds=10)


# --- the log's own signature


@pytest.mark.usefixtures("keys")
def test_log_is_signed_within_a_minute_while_people_sit(
    start_sitting: StartSitting,
    note_heads: Callable[[], int],
    sign_if_due: Callable[[], bool],
    clock: HandClock,
) -> None:
    start_sitting()
    assert sign_if_due()
    note_heads()
    clock.advance(seconds=59)
    assert not sign_if_due()

    clock.advance(seconds=1)
    assert sign_if_due()
    assert not sign_if_due()


@pytest.mark.usefixtures("keys")
def test_log_is_signed_by_the_hour_while_nobody_sits(
    record_act: RecordAct, sign_if_due: Callable[[], bool], clock: HandClock
) -> None:
    record_act()
    assert sign_if_due()
    record_act()
    clock.advance(minutes=59)
    assert not sign_if_due()

    clock.advance(minutes=1)
    assert sign_if_due()


@pytest.mark.parametrize("turn", ["opens", "closes"])
@pytest.mark.usefixtures("keys")
def test_log_is_signed_when_a_session_opens_and_when_it_closes(
    make_exam_session: MakeExamSession,
    record_act: RecordAct,
    sign_if_due: Callable[[], bool],
    clock: HandClock,
    turn: str,
) -> None:
    far = {"opens": (timedelta(minutes=5), timedelta(hours=9)), "closes": (timedelta(hours=-1), timedelta(minutes=65))}
    opens_in, open_for = far[turn]
    make_exam_session(opens_in=opens_in, open_for=open_for)
    assert sign_if_due()
    record_act()
    clock.advance(minutes=4, seconds=59)
    assert not sign_if_due()

    clock.advance(seconds=1)

    assert sign_if_due()


@pytest.mark.usefixtures("keys")
def test_end_of_the_booking_is_signed_at_once(
    record_act: RecordAct, sign_if_due: Callable[[], bool], session: Session, clock: HandClock
) -> None:
    record_act()
    sign_if_due()
    record_act("papers.draw.committed")

    assert sign_if_due()
    newest = audit.newest_checkpoint(session)
    assert newest is not None
    assert (newest.size, newest.at) == (2, clock.now())


def test_without_keys_nothing_is_signed_and_nothing_breaks(
    record_act: RecordAct, sign_if_due: Callable[[], bool], app: Flask, tools: Tools, session: Session
) -> None:
    record_act()

    assert not sign_if_due()
    with pytest.raises(KeysMissing), app.app_context():
        log_keeping.sign_now(tools)

    assert audit.checkpoints(session) == []


def test_sitting_that_is_over_is_not_noted_any_more(
    note_heads: Callable[[], int],
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    end: EndSitting,
    session: Session,
) -> None:
    exam_session = make_exam_session()
    over, running = (start_sitting(make_booking(exam_session=exam_session)) for _ in range(2))
    end(over)

    note_heads()

    assert list((noted(session)[0].facts or {})["sequences"]) == [str(running.id)]
