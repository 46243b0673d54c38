"""What happens when a clock is stopped or moved in the same instant in which something else is done?"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.processes.after_sitting import end_sitting
from app.processes.log_check import check
from app.sittings import credit, service
from app.sittings.credit import GiveTime, credits_of_sitting
from app.sittings.errors import CreditAboveLimit, SittingEnded, SittingPaused
from app.sittings.journal import SaveAnswer, Saved, save_answer
from app.sittings.queries import SittingFacts, answers_of, count_late, journal, sitting_with_id
from app.sittings.rules import Cause, CreditCause, Reason, State
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.sittings import StartSitting, at_once
from tests.kit.outside import MORNING

PROCTOR = uuid.UUID("019a0000-0000-7000-8000-0000000000aa")
SAVES = 8


@pytest.fixture
def in_own_unit(app: Flask) -> Callable[..., object]:
    """Return a doer for threads: each act in a unit of work of its own."""

    def act(what: Callable[[Session], object], delay: float = 0) -> object:
        time.sleep(delay)
        with app.app_context(), unit_of_work() as session:
            return what(session)

    return act


@pytest.fixture
def sittings(
    database: str, start_sitting: StartSitting, make_booking: MakeBooking, make_exam_session: MakeExamSession
) -> Callable[[int], list[SittingFacts]]:
    """Return a starter of so many; SQLite has one writer and waits for the disk: fewer rounds say as much."""

    def start(rounds: int) -> list[SittingFacts]:
        exam_session = make_exam_session(PRACTICE)
        many = rounds if database == "postgresql" else -(-rounds // 10)
        return [start_sitting(make_booking(exam_session=exam_session)) for _ in range(many)]

    return start


def saves(engine: Engine, sitting: SittingFacts) -> list[Saved]:
    """Save until the pause refuses; return what was acknowledged."""
    saved: list[Saved] = []
    for sequence in range(1, SAVES + 1):
        command = SaveAnswer(
            sitting_id=sitting.id,
            nonce=sitting.live_nonce or b"",
            sequence=sequence,
            position=sequence,
            option=1,
        )
        try:
            saved.append(save_answer(command, engine=engine, now=MORNING))
        except SittingPaused:
            break
    return saved


def stop(sitting: SittingFacts, session: Session) -> bool:
    return credit.pause(sitting.id, Reason.POWER, actor=PROCTOR, session=session, now=MORNING)


def go_on(sitting: SittingFacts, session: Session) -> bool:
    return credit.unpause(sitting.id, actor=PROCTOR, session=session, now=MORNING + timedelta(minutes=3))


def extend(sitting: SittingFacts, session: Session, minutes: int = 5) -> int:
    command = GiveTime(sitting_id=sitting.id, cause=CreditCause.EXTENSION, seconds=minutes * 60, reason=Reason.OTHER)
    return credit.give(command, actor=PROCTOR, session=session, now=MORNING)


def finish(sitting: SittingFacts, session: Session, after: timedelta = timedelta(0)) -> object:
    now = MORNING + after
    return end_sitting(sitting.id, Cause.PROCTOR, actor="test", session=session, now=now, entropy=SystemEntropy())


def test_pause_against_saves_leaves_exactly_what_was_acknowledged(
    sittings: Callable[[int], list[SittingFacts]], in_own_unit: Callable[..., object], engine: Engine, session: Session
) -> None:
    cut_short = 0
    for number, sitting in enumerate(sittings(60)):
        session.rollback()
        acknowledged, paused = at_once(
            partial(saves, engine, sitting), partial(in_own_unit, partial(stop, sitting), number % 8 * 0.002)
        )

        assert paused is True
        assert isinstance(acknowledged, list), acknowledged
        session.rollback()
        assert len(journal(sitting.id, session=session)) == len(acknowledged)
        cut_short += len(acknowledged) < SAVES
    assert cut_short, "no pause came between the saves: the race did not take place"


def test_two_who_let_it_go_on_give_the_pause_back_once(
    sittings: Callable[[int], list[SittingFacts]], in_own_unit: Callable[..., object], session: Session
) -> None:
    for sitting in sittings(10):
        session.rollback()
        in_own_unit(partial(stop, sitting))

        done = at_once(*[partial(in_own_unit, partial(go_on, sitting))] * 3)

        assert sorted(map(str, done)) == ["False", "False", "True"]
        session.rollback()
        assert [each.seconds for each in credits_of_sitting(sitting.id, session=session)] == [180]


def test_two_who_add_time_at_once_do_not_pass_the_limit(
    sittings: Callable[[int], list[SittingFacts]], in_own_unit: Callable[..., object], session: Session
) -> None:
    for sitting in sittings(10):
        session.rollback()

        done = at_once(*[partial(in_own_unit, partial(extend, sitting, minutes=10))] * 3)

        assert [type(each) for each in done].count(CreditAboveLimit) == 2, done
        session.rollback()
        assert sitting_with_id(sitting.id, session=session).timing.credit == timedelta(minutes=10)


def test_time_against_an_ending_is_added_before_it_or_refused(
    sittings: Callable[[int], list[SittingFacts]], in_own_unit: Callable[..., object], session: Session
) -> None:
    """A late answer is there: it counts if the credit came first, and stays in quarantine if it did not."""
    outcomes = set()
    late = timedelta(minutes=56)
    for number, sitting in enumerate(sittings(100)):
        session.rollback()
        command = SaveAnswer(sitting_id=sitting.id, nonce=sitting.live_nonce or b"", sequence=1, position=1, option=1)
        assert service.quarantine(command, session=session, now=MORNING + late)
        session.commit()
        turn = number % 4 * 0.001

        added, _ = at_once(
            partial(in_own_unit, partial(extend, sitting), turn if number % 2 else 0),
            partial(in_own_unit, partial(finish, sitting, after=late), 0 if number % 2 else turn),
        )

        session.rollback()
        ended = sitting_with_id(sitting.id, session=session)
        assert ended.state is State.ENDED
        counted = len(journal(sitting.id, session=session))
        assert (ended.final_sequence, len(answers_of(sitting.id, session=session))) == (counted, counted)
        assert counted + count_late(sitting.id, session=session) == 1
        if isinstance(added, SittingEnded):
            assert (ended.timing.credit, counted) == (timedelta(0), 0)
        else:
            assert (added, ended.timing.credit, counted) == (1, timedelta(minutes=5), 1)
        outcomes.add(type(added))
    session.rollback()
    assert len(outcomes) == 2, f"always the same one came first: {outcomes}"
    assert check([], session=session).faults == ()
