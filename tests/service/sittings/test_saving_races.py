"""What happens when saves, endings and starts come at the same moment?"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.bookings.queries import BookingFacts, SessionFacts
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.processes.after_sitting import end_sitting
from app.processes.before_sitting import freeze_paper
from app.scoring.models import Result
from app.scoring.queries import result_of_sitting
from app.sittings import moving
from app.sittings.errors import AlreadySat, MoveCodeMissing, SequenceGap, SittingEnded
from app.sittings.journal import SaveAnswer, Saved, save_answer
from app.sittings.queries import SittingFacts, answers_of, journal, sitting_of_booking, sitting_with_id
from app.sittings.rules import Cause, next_head
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.sittings import SaveOne, StartSitting, at_once, start_at_once
from tests.kit.outside import MORNING, CountedEntropy, HandClock

SAVES = 12


@pytest.fixture
def rounds(database: str) -> int:
    """SQLite has one writer and waits for the disk: fewer rounds say as much."""
    return 100 if database == "postgresql" else 20


@pytest.fixture
def hand_in(app: Flask) -> Callable[..., object]:
    """Return an ender for threads: a unit of work of its own."""

    def act(sitting: SittingFacts, cause: Cause = Cause.CLICK, delay: float = 0) -> object:
        time.sleep(delay)
        with app.app_context(), unit_of_work() as session:
            return end_sitting(sitting.id, cause, actor="test", session=session, now=MORNING, entropy=SystemEntropy())

    return act


def save(engine: Engine, sitting: SittingFacts, sequence: int, position: int, option: int) -> Saved:
    command = SaveAnswer(
        sitting_id=sitting.id, nonce=sitting.live_nonce or b"", sequence=sequence, position=position, option=option
    )
    return save_answer(command, engine=engine, now=MORNING)


def save_until_refused(engine: Engine, sitting: SittingFacts, key: dict[int, int]) -> list[Saved]:
    """Answer rightly, one after the other, as a page does; return what was acknowledged."""
    acknowledged: list[Saved] = []
    for position in range(1, SAVES + 1):
        try:
            acknowledged.append(save(engine, sitting, position, position, key[position]))
        except SittingEnded:
            break
    return acknowledged


def test_twenty_saves_of_one_sequence_write_one_row(
    start_sitting: StartSitting, engine: Engine, session: Session
) -> None:
    sitting = start_sitting()

    answers = at_once(*[partial(save, engine, sitting, 1, 5, 2)] * 20)

    assert {type(answer) for answer in answers} == {Saved}
    assert len({answer.head for answer in answers if isinstance(answer, Saved)}) == 1
    assert len(journal(sitting.id, session=session)) == 1


def test_twenty_different_saves_of_one_sequence_leave_one_winner(
    start_sitting: StartSitting, engine: Engine, session: Session
) -> None:
    sitting = start_sitting()

    answers = at_once(*[partial(save, engine, sitting, 1, position, 1) for position in range(1, 21)])

    kept = [answer for answer in answers if isinstance(answer, Saved)]
    refused = [answer for answer in answers if isinstance(answer, SequenceGap)]
    (entry,) = journal(sitting.id, session=session)
    assert len(kept) == 1
    assert len(refused) == 19
    assert entry.head == kept[0].head


def test_answers_that_overtake_each_other_are_saved_in_order_after_retries(
    start_sitting: StartSitting, engine: Engine, session: Session
) -> None:
    sitting = start_sitting()

    def insist(sequence: int) -> Saved:
        for _ in range(2000):
            try:
                return save(engine, sitting, sequence, sequence, 1)
            except SequenceGap:
                time.sleep(0.002)
        raise AssertionError(f"{sequence} was never taken")

    answers = at_once(*[partial(insist, sequence) for sequence in range(1, 9)])

    entries = journal(sitting.id, session=session)
    head = sitting.first_head
    for entry in entries:
        head = next_head(head, entry.row)
        assert entry.head == head
    assert [entry.row.sequence for entry in entries] == list(range(1, 9))
    assert [entry.head for entry in entries] == [answer.head for answer in answers if isinstance(answer, Saved)]


def test_what_was_acknowledged_before_an_ending_is_scored_and_nothing_else(
    rounds: int,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    right_options: Callable[[SittingFacts], dict[int, int]],
    engine: Engine,
    hand_in: Callable[..., object],
    session: Session,
) -> None:
    exam_session = make_exam_session()
    cut_short = 0
    for number in range(rounds):
        sitting = start_sitting(make_booking(exam_session=exam_session))
        key = right_options(sitting)

        acknowledged, _ = at_once(
            partial(save_until_refused, engine, sitting, key),
            partial(hand_in, sitting, delay=number % 10 * 0.002),
        )

        assert isinstance(acknowledged, list), acknowledged
        session.rollback()
        ended = sitting_with_id(sitting.id, session=session)
        result = result_of_sitting(sitting.id, session=session)
        assert ended.final_sequence == len(acknowledged) == result.total
        assert len(journal(sitting.id, session=session)) == len(acknowledged)
        assert ended.final_head == (acknowledged[-1].head if acknowledged else sitting.first_head)
        assert answers_of(sitting.id, session=session) == {place: key[place] for place in range(1, result.total + 1)}
        session.rollback()
        cut_short += len(acknowledged) < SAVES
    assert cut_short, "no ending came between the saves: the race did not take place"


def test_two_endings_at_once_give_one_result(
    start_sitting: StartSitting, answer: SaveOne, hand_in: Callable[..., object], session: Session
) -> None:
    sitting = start_sitting()
    answer(sitting, 1)

    results = at_once(*[partial(hand_in, sitting, cause) for cause in (Cause.CLICK, Cause.PROCTOR) * 3])

    assert len({getattr(result, "id", result) for result in results}) == 1
    assert session.scalar(select(func.count()).select_from(Result)) == 1
    ended = [entry for entry in audit.about(session, str(sitting.id)) if entry.kind == "sittings.sitting.ended"]
    assert len(ended) == 1


def start_in_a_thread(app: Flask, booking: BookingFacts) -> object:
    """Press the button on the page before the clock, as the view does it."""
    outside = {"now": MORNING, "entropy": SystemEntropy()}
    with app.app_context():
        with unit_of_work() as session:
            freeze_paper(booking, session=session, **outside)
        with unit_of_work() as session:
            return start_at_once(booking, session=session, **outside)


def test_two_starts_at_once_give_one_sitting_on_one_paper(
    app: Flask, make_exam_session: MakeExamSession, make_booking: MakeBooking, session: Session
) -> None:
    exam_session: SessionFacts = make_exam_session()
    for _ in range(5):
        booking = make_booking(exam_session=exam_session)

        begun = at_once(*[partial(start_in_a_thread, app, booking)] * 4)

        sittings = [one for one in begun if isinstance(one, SittingFacts)]
        assert len(sittings) == 1, begun
        assert {type(one) for one in begun} == {SittingFacts, AlreadySat}, begun
        session.rollback()
        assert sitting_of_booking(booking.id, session=session) == sittings[0]


def test_two_browsers_with_one_code_at_once_leave_one_live(
    app: Flask, start_sitting: StartSitting, session: Session, entropy: CountedEntropy, clock: HandClock
) -> None:
    sitting = start_sitting()
    life = timedelta(minutes=10)
    code = moving.make_code(
        sitting.id, life, actor=sitting.applicant_id, session=session, now=clock.now(), entropy=entropy
    )
    session.commit()

    def type_code() -> object:
        nonce = SystemEntropy().token(16)
        with app.app_context(), unit_of_work() as own:
            return moving.take_over(sitting.id, sitting.applicant_id, code, nonce=nonce, session=own, now=MORNING)

    taken = at_once(*[type_code] * 4)

    live = [one.live_nonce for one in taken if isinstance(one, SittingFacts)]
    assert live == [sitting_with_id(sitting.id, session=session).live_nonce]
    assert [type(one) for one in taken if not isinstance(one, SittingFacts)] == [MoveCodeMissing] * 3
