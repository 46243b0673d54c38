"""How does a round of a public beacon stand for the throw?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.audit import queries as audit
from app.beacon import DrandBeacon, NoBeacon
from app.bookings import service as bookings
from app.bookings.queries import SessionFacts
from app.db import db
from app.papers import service as papers
from app.papers.errors import ThrowNotUsable
from app.papers.queries import DrawFacts, draw_of_session, seats_of_session, transcript_of
from app.papers.rules import Stage
from app.processes import ceremony
from app.wiring import Tools
from question_bank import verify_draw
from question_bank.throw import NOT_THROWN, BeaconRound, beacon_salt, dice_salt
from tests.kit.drand import CHAIN, DrandRelay, drand_relay
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.outside import CountedEntropy, HandClock

Turn = Callable[[], None]
Draw = Callable[[], DrawFacts]


@pytest.fixture
def relay(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[DrandRelay]:
    with drand_relay(clock, monkeypatch) as relay:
        yield relay


@pytest.fixture
def tools(tools: Tools, relay: DrandRelay) -> Tools:
    """The tools of a test, with a beacon that it asks over HTTP."""
    return replace(tools, beacon=DrandBeacon(relay.url))


@pytest.fixture
def exam_session(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, session: Session, clock: HandClock
) -> SessionFacts:
    """A session with three bookings and four seats, at the moment when its booking closes."""
    made = make_exam_session(committed=False, opens_in=timedelta(days=2))
    seats = ["1", "2", "3", "4"]
    bookings.ensure_workstations(made.centre_id, seats, session=session, now=clock.now())
    for _ in range(3):
        make_booking(exam_session=made)
    clock.set(made.booking_closes_at)
    return made


@pytest.fixture
def turn(app: Flask, session: Session, tools: Tools) -> Turn:
    """One round of the worker's timer."""

    def act() -> None:
        session.commit()
        with app.app_context():
            ceremony.close_due(tools)
            ceremony.throw_due(tools)
            ceremony.reveal_due(tools)

    return act


@pytest.fixture
def drawn(exam_session: SessionFacts, session: Session) -> Draw:
    """Read the session's draw anew."""

    def act() -> DrawFacts:
        session.rollback()
        found = draw_of_session(exam_session.id, session=session)
        assert found is not None
        return found

    return act


@pytest.fixture
def committed(turn: Turn, drawn: Draw) -> BeaconRound:
    """The round to which the session's draw is committed."""
    turn()
    beacon = drawn().inputs.beacon
    assert beacon is not None
    return beacon


# --- planning


def test_draw_is_committed_to_a_round_an_hour_before_opening(
    exam_session: SessionFacts, committed: BeaconRound, drawn: Draw, relay: DrandRelay, session: Session
) -> None:
    published_at = relay.published_at(committed.number)

    assert committed.chain == CHAIN
    assert timedelta(0) <= published_at - (exam_session.opens_at - timedelta(hours=1)) < timedelta(seconds=30)
    assert drawn().stage is Stage.COMMITTED
    entries = {entry.kind: entry for entry in audit.about(session, str(exam_session.id))}
    assert entries["papers.draw.committed"].facts["beacon"] == f"{CHAIN}:{committed.number}"


def test_round_of_a_late_commitment_lies_ten_minutes_ahead(
    exam_session: SessionFacts, turn: Turn, drawn: Draw, relay: DrandRelay, clock: HandClock
) -> None:
    clock.set(exam_session.opens_at - timedelta(minutes=65))

    turn()

    beacon = drawn().inputs.beacon
    assert beacon is not None
    ahead = relay.published_at(beacon.number) - drawn().committed_at
    assert timedelta(minutes=10) <= ahead < timedelta(minutes=10, seconds=30)


def test_unreachable_beacon_leaves_the_throw_to_dice(
    exam_session: SessionFacts, turn: Turn, drawn: Draw, relay: DrandRelay, clock: HandClock
) -> None:
    relay.down = True

    with capture_logs() as logs:
        turn()

    assert ("beacon.not_planned", "warning") in {(line["event"], line["log_level"]) for line in logs}
    assert drawn().stage is Stage.COMMITTED
    assert drawn().inputs.beacon is None
    relay.down = False
    clock.set(exam_session.opens_at)
    turn()
    assert drawn().stage is Stage.COMMITTED


def test_without_a_beacon_nothing_is_planned_or_noted(
    app: Flask, exam_session: SessionFacts, tools: Tools, drawn: Draw
) -> None:
    with app.app_context(), capture_logs() as logs:
        assert ceremony.close_due(replace(tools, beacon=NoBeacon())) == 1
        assert ceremony.throw_due(replace(tools, beacon=NoBeacon())) == 0

    assert drawn().inputs.beacon is None
    assert logs == []


def test_round_after_the_end_of_a_session_is_not_planned(
    exam_session: SessionFacts, turn: Turn, drawn: Draw, clock: HandClock
) -> None:
    clock.set(exam_session.closes_at - timedelta(minutes=10))

    turn()

    assert drawn().inputs.beacon is None


def test_sessions_of_one_hour_share_a_round_and_a_question_to_the_beacon(
    make_exam_session: MakeExamSession, app: Flask, tools: Tools, relay: DrandRelay
) -> None:
    due: Sequence[SessionFacts] = [make_exam_session(opens_in=timedelta(days=1)) for _ in range(3)]

    with app.app_context():
        rounds = ceremony.plan_rounds(due, tools)

    assert set(rounds) == {found.id for found in due}
    assert len(set(rounds.values())) == 1
    assert relay.asked == ["/info", "/public/latest"]


# --- the round is published


def test_published_round_draws_seats_and_papers(
    exam_session: SessionFacts,
    committed: BeaconRound,
    turn: Turn,
    drawn: Draw,
    relay: DrandRelay,
    session: Session,
    clock: HandClock,
) -> None:
    clock.set(relay.published_at(committed.number))

    turn()

    assert drawn().stage is Stage.DRAWN
    assert drawn().salt == beacon_salt(committed, relay.randomness(committed.number))
    assert not drawn().weak
    assert len(seats_of_session(exam_session.id, session=session)) == 3
    entries = {entry.kind: entry for entry in audit.about(session, str(exam_session.id))}
    assert (entries["papers.salt.thrown"].actor, entries["papers.salt.thrown"].facts["witnesses"]) == (
        "system:worker",
        [],
    )


def test_beacon_is_not_asked_before_the_time(
    exam_session: SessionFacts, committed: BeaconRound, turn: Turn, relay: DrandRelay, clock: HandClock
) -> None:
    relay.asked.clear()
    clock.set(exam_session.opens_at - timedelta(minutes=60, microseconds=1))

    turn()

    assert relay.asked == []


@pytest.mark.parametrize("how", ["late", "down", "told"])
def test_round_that_cannot_be_had_is_asked_for_again(
    committed: BeaconRound, turn: Turn, drawn: Draw, relay: DrandRelay, clock: HandClock, how: str
) -> None:
    setattr(relay, how, {"late": timedelta(minutes=5), "down": True, "told": {"randomness": "11" * 32}}[how])
    clock.set(relay.published_at(committed.number))
    with capture_logs() as logs:
        turn()
    assert drawn().stage is Stage.COMMITTED
    assert [line["event"] for line in logs] == ["beacon.not_taken"]

    relay.down, relay.told = False, {}
    clock.advance(minutes=5)
    turn()

    assert drawn().stage is Stage.DRAWN


def test_drawn_session_is_not_drawn_again(
    committed: BeaconRound, turn: Turn, drawn: Draw, relay: DrandRelay, clock: HandClock
) -> None:
    clock.set(relay.published_at(committed.number))
    turn()
    before = drawn()
    relay.asked.clear()
    clock.advance(minutes=1)

    turn()

    assert drawn() == before
    assert relay.asked == []


def test_round_is_not_taken_after_the_end_of_the_session(
    exam_session: SessionFacts, committed: BeaconRound, turn: Turn, drawn: Draw, clock: HandClock
) -> None:
    clock.set(exam_session.closes_at)

    turn()

    assert drawn().salt is None
    assert drawn().stage is Stage.REVEALED


def test_beacon_is_asked_while_no_transaction_is_open(
    app: Flask, exam_session: SessionFacts, tools: Tools, relay: DrandRelay, session: Session, clock: HandClock
) -> None:
    session.commit()
    seen: list[bool] = []

    class Watched(DrandBeacon):
        def _fetch(self, path: str) -> object:
            seen.append(db.session().in_transaction())
            return super()._fetch(path)

    watched = replace(tools, beacon=Watched(relay.url))
    with app.app_context():
        ceremony.close_due(watched)
        clock.set(exam_session.opens_at)
        assert ceremony.throw_due(watched) == 1

    assert seen == [False, False, False, False]


# --- what else may stand for the throw


@pytest.fixture
def throw(
    exam_session: SessionFacts, session: Session, clock: HandClock, entropy: CountedEntropy
) -> Callable[..., int]:
    """What a proctor does on the page of the draw."""

    def act(salt: str, *, why_weak: str | None = None, at: datetime | None = None) -> int:
        session.rollback()
        now = at or clock.now()
        count = papers.draw_session(
            exam_session, salt, why_weak=why_weak, actor="proctor", session=session, now=now, entropy=entropy
        )
        session.commit()
        return count

    return act


@pytest.mark.parametrize("kind", ["dice", "another round", "another chain"])
def test_where_a_round_is_committed_nothing_else_is_thrown(
    committed: BeaconRound, throw: Callable[..., int], drawn: Draw, kind: str
) -> None:
    salts = {
        "dice": dice_salt([1, 2, 3, 4, 5, 6, 1, 2, 3, 4]),
        "another round": beacon_salt(replace(committed, number=committed.number + 1), bytes(32)),
        "another chain": beacon_salt(replace(committed, chain="another"), bytes(32)),
    }

    with pytest.raises(ThrowNotUsable):
        throw(salts[kind])

    assert drawn().salt is None


def test_proctor_can_skip_a_late_round_and_the_draw_is_weak(
    committed: BeaconRound, throw: Callable[..., int], turn: Turn, drawn: Draw, relay: DrandRelay, clock: HandClock
) -> None:
    relay.down = True
    clock.set(relay.published_at(committed.number))
    turn()

    assert throw(NOT_THROWN, why_weak="The beacon does not answer") == 3

    assert drawn().weak
    relay.down = False
    turn()
    assert drawn().salt == NOT_THROWN


def test_round_that_comes_while_somebody_skips_is_dropped(
    committed: BeaconRound,
    throw: Callable[..., int],
    app: Flask,
    tools: Tools,
    drawn: Draw,
    relay: DrandRelay,
    clock: HandClock,
) -> None:
    clock.set(relay.published_at(committed.number))

    class Slow(DrandBeacon):
        def randomness(self, committed: BeaconRound) -> bytes | None:
            throw(NOT_THROWN, why_weak="The beacon does not answer")
            return super().randomness(committed)

    with app.app_context():
        assert ceremony.throw_due(replace(tools, beacon=Slow(relay.url))) == 0

    assert drawn().weak


# --- anybody checks


def test_revealed_draw_of_a_beacon_is_checked_by_anyone(
    exam_session: SessionFacts,
    committed: BeaconRound,
    turn: Turn,
    relay: DrandRelay,
    session: Session,
    clock: HandClock,
) -> None:
    clock.set(relay.published_at(committed.number))
    turn()
    clock.set(exam_session.closes_at)
    turn()
    session.rollback()

    transcript = transcript_of(exam_session, session=session)

    assert verify_draw.verify(transcript) == []
    assert transcript["salt"].endswith(relay.randomness(committed.number).hex())
    assert verify_draw.verify(transcript | {"salt": dice_salt([6] * 10)}) != []
