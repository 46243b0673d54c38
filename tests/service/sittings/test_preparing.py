"""What makes a start a read and a small write, and what still stops it?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.applicants.service import ImposeBan
from app.audit import queries as audit
from app.bookings.errors import SessionNotOpen, TooLate
from app.bookings.queries import BookingFacts, SessionFacts
from app.checkin.errors import NotReleased
from app.db import unit_of_work
from app.kernel.clock import local_day
from app.kernel.entropy import SystemEntropy
from app.processes.before_sitting import PrepareTest, Started, freeze_paper, prepare_test, start_test
from app.processes.release import release_session
from app.processes.violations import record_violation
from app.sittings import preparing
from app.sittings.errors import NotPrepared
from app.sittings.queries import sitting_of_booking, sitting_with_id
from app.sittings.rules import first_head
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.bookings import MakeBooking, MakeExamSession, let_start
from tests.kit.factories.ceremonies import CloseAndCommit, MakeRoster, Throw
from tests.kit.factories.sittings import at_once
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import CountedEntropy, HandClock

NONCE, OTHER = b"n" * 16, b"o" * 16
TICK = timedelta(microseconds=1)
Prepare = Callable[..., None]
Begin = Callable[..., Started]


@pytest.fixture
def prepare(session: Session, clock: HandClock, entropy: CountedEntropy) -> Prepare:
    """Return what freezes and prepares, as the last step does."""

    def act(booking: BookingFacts, nonce: bytes = NONCE, language: str = "kk") -> None:
        outside = {"session": session, "now": clock.now(), "entropy": entropy}
        freeze_paper(booking, **outside)
        prepare_test(PrepareTest(booking=booking, language=language, nonce=nonce), **outside)
        session.commit()

    return act


@pytest.fixture
def begin(session: Session, clock: HandClock) -> Begin:
    """Return the press of the button; what it refuses is rolled back."""

    def act(booking: BookingFacts, nonce: bytes = NONCE) -> Started:
        session.commit()
        try:
            started = start_test(booking.id, nonce, session=session, now=clock.now())
        except Exception:
            session.rollback()
            raise
        session.commit()
        return started

    return act


def test_prepared_sitting_starts_as_it_was_prepared(
    make_booking: MakeBooking, prepare: Prepare, begin: Begin, session: Session, clock: HandClock
) -> None:
    booking = make_booking()
    prepare(booking, language="ru")
    clock.advance(minutes=3)

    started = begin(booking)

    sitting = sitting_with_id(started.sitting_id, session=session)
    assert (sitting.booking_id, sitting.language, sitting.live_nonce) == (booking.id, "ru", NONCE)
    assert sitting.timing.deadline == clock.now() + timedelta(minutes=55)
    (act,) = audit.about(session, str(sitting.id))
    assert first_head(sitting.id, bytes.fromhex(act.facts["fingerprint"])) == sitting.first_head
    assert (act.facts["seconds"], act.facts["extra_seconds"]) == (55 * 60, 0)
    assert not preparing.is_prepared(booking.id, NONCE, session=session)


def test_start_writes_one_row_beside_its_act_and_loads_no_person(
    make_booking: MakeBooking, prepare: Prepare, begin: Begin, engine: Engine
) -> None:
    booking = make_booking()
    prepare(booking)
    said: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        begin(booking)
    finally:
        event.remove(engine, "before_cursor_execute", listen)

    own = [line for line in said if "audit_" not in line and not line.startswith("BEGIN")]
    assert [line.split()[0] for line in own] == ["DELETE", "SELECT", "INSERT"], own
    assert not [line for line in own if "FROM applicant" in line or "FROM account" in line]


def test_other_browser_starts_nothing_and_takes_nothing(
    make_booking: MakeBooking, prepare: Prepare, begin: Begin, session: Session
) -> None:
    booking = make_booking()
    prepare(booking)

    with pytest.raises(NotPrepared):
        begin(booking, OTHER)

    assert preparing.is_prepared(booking.id, NONCE, session=session)
    begin(booking)
    with pytest.raises(NotPrepared):
        begin(booking, OTHER)


def test_second_press_finds_the_sitting_of_the_first(make_booking: MakeBooking, prepare: Prepare, begin: Begin) -> None:
    booking = make_booking()
    prepare(booking)

    assert begin(booking) == begin(booking)


def test_start_before_the_release_is_refused_and_stays_prepared(
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    prepare: Prepare,
    begin: Begin,
    session: Session,
    clock: HandClock,
) -> None:
    exam_session = make_exam_session(released=False)
    booking = make_booking(exam_session=exam_session)
    prepare(booking)

    with pytest.raises(NotReleased):
        begin(booking)

    release_session(exam_session, actor="test", session=session, now=clock.now())
    assert begin(booking).nonce == NONCE


def test_prepared_sitting_does_not_start_after_the_closing(
    make_booking: MakeBooking, prepare: Prepare, begin: Begin, session: Session, clock: HandClock
) -> None:
    booking = make_booking()
    prepare(booking)
    clock.set(booking.session.closes_at)

    with pytest.raises(SessionNotOpen):
        begin(booking)

    assert sitting_of_booking(booking.id, session=session) is None


@pytest.mark.usefixtures("pool")
def test_time_of_entry_counts_from_a_release_that_was_late(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    close_and_commit: CloseAndCommit,
    throw: Throw,
    prepare: Prepare,
    begin: Begin,
    session: Session,
    clock: HandClock,
) -> None:
    found = plan(make_room())[0]
    waiting, late, too_late = make_roster(found, 3, released=False)
    clock.set(found.opens_at - timedelta(hours=1))
    close_and_commit(found)
    throw(found)
    clock.set(found.opens_at + timedelta(minutes=30))
    prepare(waiting)
    let_start(found, session=session, now=clock.now())
    assert begin(waiting).nonce == NONCE
    clock.set(found.opens_at + timedelta(minutes=50) - TICK)
    prepare(late)
    prepare(too_late, OTHER)
    assert begin(late).nonce == NONCE
    clock.advance(microseconds=1)

    with pytest.raises(TooLate):
        begin(too_late, OTHER)


def ban_in_a_thread(app: Flask, booking: BookingFacts, actor: object, now: datetime) -> object:
    command = ImposeBan(
        applicant_id=booking.applicant_id,
        reference=f"AST-01/{booking.id}",
        act_on=local_day(now),
        programme=booking.session.programme,
        description="A telephone was on the table.",
    )
    with app.app_context(), unit_of_work() as session:
        return record_violation(command, actor=actor, session=session, now=now, entropy=SystemEntropy())


def prepare_in_a_thread(app: Flask, booking: BookingFacts, now: datetime) -> object:
    command = PrepareTest(booking=booking, language="kk", nonce=NONCE)
    with app.app_context(), unit_of_work() as session:
        prepare_test(command, session=session, now=now, entropy=SystemEntropy())
    with app.app_context(), unit_of_work() as session:
        return start_test(booking.id, NONCE, session=session, now=now)


def test_ban_and_start_at_one_moment_leave_nobody_ready_who_is_barred(
    app: Flask,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    make_account: MakeAccount,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    exam_session: SessionFacts = make_exam_session()
    actor = make_account().id
    for _ in range(5):
        booking = make_booking(exam_session=exam_session)
        freeze_paper(booking, session=session, now=clock.now(), entropy=entropy)
        session.commit()

        at_once(
            partial(ban_in_a_thread, app, booking, actor, clock.now()),
            partial(prepare_in_a_thread, app, booking, clock.now()),
        )

        session.rollback()
        assert not preparing.is_prepared(booking.id, NONCE, session=session)
        session.rollback()
        with pytest.raises(NotPrepared), app.app_context(), unit_of_work() as own:
            start_test(booking.id, OTHER, session=own, now=clock.now())


def test_ten_presses_at_once_start_one_sitting(
    app: Flask, make_booking: MakeBooking, prepare: Prepare, session: Session, clock: HandClock
) -> None:
    booking = make_booking()
    prepare(booking)

    def press() -> object:
        with app.app_context(), unit_of_work() as own:
            return start_test(booking.id, NONCE, session=own, now=clock.now())

    pressed = at_once(*[press] * 10)

    assert {type(one) for one in pressed} == {Started}, pressed
    assert len({one.sitting_id for one in pressed if isinstance(one, Started)}) == 1
