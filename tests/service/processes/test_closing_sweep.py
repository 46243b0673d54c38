"""Which sittings does the closing sweep end, when, and what follows?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.certificates.service import RECORD
from app.jobs import queries as jobs
from app.jobs.rules import JobState
from app.processes import closing_time
from app.processes.closing_time import close_expired
from app.scoring.queries import result_of_sitting
from app.sittings import service
from app.sittings.queries import SittingFacts
from app.sittings.rules import Cause, State
from app.wiring import Tools
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.scoring import PASSING
from tests.kit.factories.sittings import AnswerCounts, EndSitting, SaveOne, StartSitting
from tests.kit.outside import HandClock

Sweep = Callable[[], int]
Reread = Callable[[SittingFacts], SittingFacts]
GRACE = timedelta(seconds=5)
CAP = timedelta(minutes=15)


@pytest.fixture
def sweep(app: Flask, session: Session, tools: Tools) -> Sweep:
    def act() -> int:
        session.commit()
        with app.app_context():
            return close_expired(tools)

    return act


@pytest.fixture
def beat(session: Session, clock: HandClock) -> Callable[[SittingFacts], None]:
    def act(sitting: SittingFacts) -> None:
        session.rollback()
        nonce = sitting.live_nonce or b""
        service.record_events(sitting.id, [], nonce=nonce, session=session, now=clock.now())
        session.commit()

    return act


@pytest.fixture
def heard(start_sitting: StartSitting, beat: Callable[[SittingFacts], None], clock: HandClock) -> SittingFacts:
    """A sitting whose page was heard up to the deadline, where the clock stands now."""
    sitting = start_sitting()
    clock.set(sitting.timing.deadline)
    beat(sitting)
    return sitting


def test_sitting_that_was_heard_to_the_end_is_ended_after_the_grace(
    heard: SittingFacts, sweep: Sweep, reread: Reread, clock: HandClock
) -> None:
    clock.set(heard.timing.deadline + GRACE - timedelta(microseconds=1))
    assert sweep() == 0

    clock.advance(microseconds=1)
    assert sweep() == 1

    ended = reread(heard)
    assert (ended.state, ended.ended_by, ended.ended_at) == (State.ENDED, Cause.TIME, clock.now())


def test_silent_sitting_is_ended_only_when_no_credit_can_come(
    start_sitting: StartSitting, answer: SaveOne, sweep: Sweep, reread: Reread, clock: HandClock
) -> None:
    sitting = start_sitting()
    answer(sitting, 1)
    clock.set(sitting.timing.deadline + CAP + GRACE - timedelta(microseconds=1))
    assert sweep() == 0

    clock.advance(microseconds=1)
    assert sweep() == 1

    assert reread(sitting).ended_by is Cause.TIME


def test_last_answer_is_a_sign_of_life_like_a_beat(
    start_sitting: StartSitting, answer: SaveOne, sweep: Sweep, clock: HandClock
) -> None:
    sitting = start_sitting()
    clock.set(sitting.timing.deadline - timedelta(seconds=15))
    answer(sitting, 1)
    clock.set(sitting.timing.deadline + GRACE)

    assert sweep() == 1


def test_second_sweep_ends_nothing(heard: SittingFacts, sweep: Sweep, session: Session, clock: HandClock) -> None:
    clock.set(heard.timing.deadline + GRACE)
    assert sweep() == 1
    first = result_of_sitting(heard.id, session=session)
    session.rollback()

    clock.advance(hours=1)
    assert sweep() == 0

    assert result_of_sitting(heard.id, session=session) == first


def test_running_and_ended_sittings_are_left_alone(
    start_sitting: StartSitting, end: EndSitting, sweep: Sweep, reread: Reread, clock: HandClock
) -> None:
    ended = start_sitting()
    end(ended)
    before = reread(ended)
    clock.advance(hours=1, minutes=30)
    running = start_sitting()

    assert sweep() == 0

    assert reread(running).state is State.RUNNING
    assert reread(ended) == before


def test_sweep_scores_what_was_saved_and_asks_for_the_certificate(
    start_sitting: StartSitting,
    answer_counts: AnswerCounts,
    beat: Callable[[SittingFacts], None],
    sweep: Sweep,
    session: Session,
    clock: HandClock,
) -> None:
    sitting = start_sitting()
    answer_counts(sitting, PASSING)
    clock.set(sitting.timing.deadline)
    beat(sitting)
    clock.advance(seconds=5)

    sweep()

    assert result_of_sitting(sitting.id, session=session).passed
    assert len(jobs.of_kinds([RECORD], JobState.QUEUED, session=session, limit=5)) == 1


def test_sweep_signs_the_log_as_the_system(
    heard: SittingFacts, sweep: Sweep, session: Session, clock: HandClock
) -> None:
    clock.advance(seconds=5)
    sweep()

    entry = audit.about(session, str(heard.id))[-1]
    assert (entry.kind, entry.actor, entry.facts["cause"]) == ("sittings.sitting.ended", "system:sweep", "time")


def test_sweep_ends_all_that_are_over_in_one_go(
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    sweep: Sweep,
    clock: HandClock,
) -> None:
    exam_session = make_exam_session()
    for _ in range(3):
        start_sitting(make_booking(exam_session=exam_session))
    clock.advance(hours=2)

    assert sweep() == 3


def test_one_sitting_that_cannot_be_ended_does_not_keep_the_others_open(
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    sweep: Sweep,
    reread: Reread,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exam_session = make_exam_session()
    sittings = [start_sitting(make_booking(exam_session=exam_session)) for _ in range(3)]
    clock.advance(hours=2)
    ending = closing_time.end_sitting

    def broken_for_the_first(sitting_id, *args, **kwargs):
        if sitting_id == sittings[0].id:
            raise KeyError("a programme file was removed")
        return ending(sitting_id, *args, **kwargs)

    monkeypatch.setattr(closing_time, "end_sitting", broken_for_the_first)

    assert sweep() == 2

    assert [reread(sitting).state for sitting in sittings] == [State.RUNNING, State.ENDED, State.ENDED]


def test_command_does_what_the_timer_does(heard: SittingFacts, app: Flask, reread: Reread, clock: HandClock) -> None:
    clock.set(heard.timing.deadline + GRACE)

    with app.app_context():
        first, second = (app.test_cli_runner().invoke(args=["close-expired"]) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 0), (first.exception, first.output)
    assert "1 sittings ended" in first.output
    assert "0 sittings ended" in second.output
    assert reread(heard).state is State.ENDED
