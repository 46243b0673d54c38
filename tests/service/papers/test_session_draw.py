"""Are seats and papers of a roster drawn once, together, and from nothing but what was committed and thrown?"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.bookings.errors import SessionNotOpen
from app.bookings.models import Booking
from app.bookings.queries import BookingFacts, SessionFacts, seats_of_centre
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.kernel.ids import new_id
from app.papers import service
from app.papers.errors import (
    DrawAlreadyCommitted,
    DrawAlreadyMade,
    DrawNotCommitted,
    DrawNotMade,
    DrawReplaced,
    DrawTampered,
    PoolTooThin,
    ThrowNotUsable,
    TooFewSeats,
)
from app.papers.models import Draw, Paper
from app.papers.queries import (
    draw_of_session,
    draws_of_session,
    inputs_of,
    manifest_of,
    newest_draw,
    paper_of_booking,
    seats_of_session,
    transcript_of,
)
from app.papers.rules import Attending, Stage
from app.processes.before_sitting import freeze_paper
from question_bank import verify_draw
from question_bank.seeds import commitment
from question_bank.throw import NOT_THROWN, BeaconRound
from question_bank.transcript import transcript_text
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.ceremonies import BALLS, DICE, MakeCeremony, MakeSeats, Throw
from tests.kit.factories.papers import content
from tests.kit.factories.sittings import StartSitting, at_once
from tests.kit.outside import MORNING, CountedEntropy, HandClock

Freeze = Callable[[BookingFacts], object]
Transcribe = Callable[[SessionFacts], dict[str, Any]]
ROUND = BeaconRound(chain="quicknet", number=31_415_926)


@pytest.fixture
def roster(make_ceremony: MakeCeremony) -> list[BookingFacts]:
    """Four bookings, the first in need of an accessible seat; committed to, and nothing thrown."""
    return make_ceremony(count=4, accessible=1)


@pytest.fixture
def exam_session(roster: list[BookingFacts]) -> SessionFacts:
    return roster[0].session


@pytest.fixture
def freeze(session: Session, clock: HandClock, entropy: CountedEntropy) -> Freeze:
    return lambda booking: freeze_paper(booking, session=session, now=clock.now(), entropy=entropy)


@pytest.fixture
def transcribe(session: Session, clock: HandClock) -> Transcribe:
    """Reveal, and return the transcript as a file holds it."""

    def act(exam_session: SessionFacts) -> dict[str, Any]:
        session.rollback()
        service.reveal_draw(exam_session, session=session, now=clock.now())
        session.commit()
        text = transcript_text(transcript_of(exam_session, session=session))
        read: dict[str, Any] = verify_draw.read(text)
        return read

    return act


def kinds_about(exam_session: SessionFacts, session: Session) -> list[str]:
    return [entry.kind for entry in audit.about(session, str(exam_session.id))]


def papers_in(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Paper)) or 0


# --- what is committed to


def test_roster_seats_exposure_and_seen_lists_are_bound_by_the_commitment(
    roster: list[BookingFacts], exam_session: SessionFacts, session: Session
) -> None:
    row = newest_draw(exam_session.id, session=session)
    inputs = inputs_of(row)
    (entry,) = [one for one in audit.about(session, str(exam_session.id)) if one.kind == "papers.draw.committed"]

    assert row.commitment == commitment(row.secret, exam_session.code, 1, inputs.digest)
    assert entry.facts is not None
    assert entry.facts["commitment"] == row.commitment.hex()
    assert entry.facts["inputs"] == inputs.digest.hex()
    assert (entry.facts["bookings"], entry.facts["seats"]) == (4, 7)
    assert inputs.needs == {str(booking.id): booking.accessible for booking in roster}
    assert [seat.number for seat in inputs.seats if seat.accessible] == ["01", "02"]
    assert row.secret.hex() not in json.dumps(dict(entry.facts))


def test_committed_draw_waits_for_the_throw(exam_session: SessionFacts, session: Session) -> None:
    found = draw_of_session(exam_session.id, session=session)

    assert found is not None
    assert (found.stage, found.weak, found.salt, found.drawn_at) == (Stage.COMMITTED, False, None, None)
    assert papers_in(session) == 0


def test_no_paper_comes_before_the_throw(
    roster: list[BookingFacts], exam_session: SessionFacts, freeze: Freeze, session: Session, clock: HandClock
) -> None:
    clock.set(exam_session.opens_at)

    with pytest.raises(DrawNotMade):
        freeze(roster[0])

    assert papers_in(session) == 0


@pytest.mark.usefixtures("roster")
def test_second_commitment_without_a_reason_is_refused(
    exam_session: SessionFacts, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    with pytest.raises(DrawAlreadyCommitted):
        service.commit_draw(exam_session, roster=[], session=session, now=clock.now(), entropy=entropy)

    assert len(draws_of_session(exam_session.id, session=session)) == 1


def attending(count: int, accessible: int) -> list[Attending]:
    return [
        Attending(
            booking_id=uuid.UUID(int=number),
            applicant_id=uuid.UUID(int=number),
            accessible=number < accessible,
            seen=frozenset(),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "accessible", "refusal"),
    [
        pytest.param(4, 1, {"needed": 4, "found": 3, "accessible": False}, id="one seat too few"),
        pytest.param(3, 2, {"needed": 2, "found": 1, "accessible": True}, id="one accessible seat too few"),
        pytest.param(3, 1, None, id="just enough"),
    ],
)
def test_roster_that_does_not_fit_is_refused_and_nothing_is_written(
    tomorrow: SessionFacts,
    make_seats: MakeSeats,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
    count: int,
    accessible: int,
    refusal: dict[str, object] | None,
) -> None:
    make_seats(tomorrow, 3, accessible=1)
    seats = seats_of_centre(tomorrow.centre_id, session=session)
    commit = partial(service.commit_draw, tomorrow, seats=seats, session=session, now=clock.now(), entropy=entropy)

    if refusal is None:
        assert commit(roster=attending(count, accessible)) == 1
        return
    with pytest.raises(TooFewSeats) as refused:
        commit(roster=attending(count, accessible))

    assert refused.value.parameters == refusal
    assert draw_of_session(tomorrow.id, session=session) is None
    assert "papers.draw.committed" not in kinds_about(tomorrow, session)


def test_pool_that_cannot_fill_a_paper_is_refused_before_the_throw(
    tomorrow: SessionFacts, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    service.import_items(content()[:60], session=session, now=clock.now())

    with pytest.raises(PoolTooThin):
        service.commit_draw(tomorrow, roster=[], session=session, now=clock.now(), entropy=entropy)

    assert draw_of_session(tomorrow.id, session=session) is None


# --- what changes after the commitment


def test_booking_that_slips_in_after_the_commitment_is_not_drawn(
    roster: list[BookingFacts],
    exam_session: SessionFacts,
    make_applicant: MakeApplicant,
    throw: Throw,
    freeze: Freeze,
    transcribe: Transcribe,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    """Not by our verbs, which refuse it: by a hand in the database."""
    slipped = new_id(clock.now(), entropy)
    session.add(
        Booking(
            id=slipped,
            exam_session_id=exam_session.id,
            applicant_id=make_applicant().facts.id,
            created_at=clock.now(),
        )
    )
    session.commit()

    assert throw(exam_session) == len(roster)

    assert str(slipped) not in {paper["booking"] for paper in transcribe(exam_session)["papers"]}
    clock.set(exam_session.opens_at)
    booking = next(one for one in roster if one.id != slipped)
    with pytest.raises(DrawNotMade):
        freeze(replace(booking, id=slipped))


def test_seats_exposure_and_seen_lists_of_later_change_nothing(
    roster: list[BookingFacts],
    exam_session: SessionFacts,
    make_seats: MakeSeats,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    throw: Throw,
    transcribe: Transcribe,
    session: Session,
) -> None:
    row = newest_draw(exam_session.id, session=session)
    committed = row.inputs
    make_seats(exam_session, 12, accessible=12)
    start_sitting(make_booking(exam_session=make_exam_session()))

    throw(exam_session)

    told = transcribe(exam_session)
    assert verify_draw.verify(told) == []
    assert newest_draw(exam_session.id, session=session).inputs == committed
    assert told["inputs"]["exposure"] == {}
    assert set(seats_of_session(exam_session.id, session=session).values()) < {f"{n:02d}" for n in range(1, 8)}
    assert len(told["spares"]) == 3


def _another_roster(inputs: dict[str, Any]) -> None:
    name = next(name for name, who in inputs["roster"].items() if not who["accessible"])
    inputs["roster"][name]["accessible"] = True


def _another_seat(inputs: dict[str, Any]) -> None:
    inputs["seats"][0]["number"] = "00"


def _another_exposure(inputs: dict[str, Any]) -> None:
    inputs["exposure"] = {"LEAF": 1000}


def _another_seen_list(inputs: dict[str, Any]) -> None:
    next(iter(inputs["roster"].values()))["seen"] = ["LEAF"]


@pytest.mark.parametrize("when", ["before the throw", "after the draw"])
@pytest.mark.parametrize("change", [_another_roster, _another_seat, _another_exposure, _another_seen_list])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_inputs_changed_by_hand_are_found_out(
    exam_session: SessionFacts,
    throw: Throw,
    transcribe: Transcribe,
    session: Session,
    change: Callable[[dict[str, Any]], None],
    when: str,
) -> None:
    """Somebody with a hand in the database forges what was committed to; the log has the commitment."""
    if when == "after the draw":
        throw(exam_session)
    row = newest_draw(exam_session.id, session=session)
    logged = row.commitment.hex()
    inputs = json.loads(row.inputs)
    change(inputs)
    leaf = next(iter(row.names))
    forged = json.dumps(inputs, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("LEAF", leaf)
    session.execute(update(Draw).values(inputs=forged))
    session.commit()
    session.expire_all()
    if when == "before the throw":
        with pytest.raises(DrawTampered):
            throw(exam_session)
        return

    told = transcribe(exam_session)

    assert verify_draw.verify(told) != [] or told["commitment"] != logged


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_secret_chosen_after_the_commitment_draws_nothing(
    exam_session: SessionFacts, throw: Throw, session: Session
) -> None:
    session.execute(update(Draw).values(secret=bytes(32)))
    session.commit()
    session.expire_all()

    with pytest.raises(DrawTampered):
        throw(exam_session)

    session.rollback()
    assert newest_draw(exam_session.id, session=session).salt is None


# --- the throw


@pytest.mark.parametrize("salt", [DICE, BALLS])
def test_throw_draws_every_seat_and_paper_of_the_roster(
    roster: list[BookingFacts], exam_session: SessionFacts, throw: Throw, session: Session, clock: HandClock, salt: str
) -> None:
    assert throw(exam_session, salt, witnesses=roster[:2]) == len(roster)

    papers = [paper_of_booking(booking.id, session=session) for booking in roster]
    seats = seats_of_session(exam_session.id, session=session)
    found = draw_of_session(exam_session.id, session=session)
    assert found is not None
    assert (found.stage, found.weak, found.salt, found.drawn_at) == (Stage.DRAWN, False, salt, clock.now())
    assert found.witnesses == tuple(str(booking.id) for booking in roster[:2])
    assert [paper.seat for paper in papers if paper] == [seats[booking.id] for booking in roster]
    assert len({paper.fingerprint for paper in papers if paper}) == len(roster)
    assert not any(paper.weak for paper in papers if paper)


def test_who_needs_an_accessible_seat_gets_one_and_nobody_shares(
    make_ceremony: MakeCeremony, throw: Throw, session: Session
) -> None:
    booked = make_ceremony(count=8, accessible=3)

    throw(booked[0].session)

    seats = seats_of_session(booked[0].session.id, session=session)
    found = draw_of_session(booked[0].session.id, session=session)
    assert found is not None
    accessible = {seat.number for seat in found.inputs.seats if seat.accessible}
    assert {seats[booking.id] for booking in booked[:3]} <= accessible
    assert len(set(seats.values())) == len(booked)
    assert set(found.spares) == {seat.number for seat in found.inputs.seats} - set(seats.values())
    assert found.spares[-1] in accessible, "an accessible seat is given away last"


def test_paper_of_the_roster_is_the_one_that_is_sat_on(
    roster: list[BookingFacts],
    exam_session: SessionFacts,
    throw: Throw,
    start_sitting: StartSitting,
    session: Session,
    clock: HandClock,
) -> None:
    throw(exam_session)
    drawn = paper_of_booking(roster[1].id, session=session)
    clock.set(exam_session.opens_at)

    sitting = start_sitting(roster[1])

    assert drawn is not None
    assert sitting.paper_id == drawn.id
    assert papers_in(session) == len(roster)


@pytest.mark.parametrize("second", [DICE, BALLS, NOT_THROWN])
@pytest.mark.parametrize("first", [DICE, NOT_THROWN])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nothing_is_thrown_twice(
    roster: list[BookingFacts], exam_session: SessionFacts, throw: Throw, session: Session, first: str, second: str
) -> None:
    throw(exam_session, first)
    seats, kinds = seats_of_session(exam_session.id, session=session), kinds_about(exam_session, session)

    with pytest.raises(DrawAlreadyMade):
        throw(exam_session, second)

    session.rollback()
    assert seats_of_session(exam_session.id, session=session) == seats
    assert kinds_about(exam_session, session) == kinds
    assert newest_draw(exam_session.id, session=session).salt == first
    assert papers_in(session) == len(roster)


@pytest.mark.parametrize(
    "salt",
    [
        pytest.param("dice:316245341", id="nine dice"),
        pytest.param("dice:" + "1" * 61, id="sixty-one dice"),
        pytest.param("dice:3162453417", id="a seven"),
        pytest.param("dice:3162453416 ", id="a blank"),
        pytest.param("3162453416", id="no kind"),
        pytest.param("balls:07-31-90-12-55", id="five balls"),
        pytest.param("balls:07-31-90-12-55-07", id="one ball twice"),
        pytest.param("balls:00-31-90-12-55-68", id="a ball without a number"),
        pytest.param(f"beacon:quicknet:1:{'ab' * 32}", id="a beacon that was not agreed on"),
        pytest.param(" ", id="only a blank"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_no_throw_draws_nothing(exam_session: SessionFacts, throw: Throw, session: Session, salt: str) -> None:
    with pytest.raises(ThrowNotUsable):
        throw(exam_session, salt)

    session.rollback()
    assert newest_draw(exam_session.id, session=session).salt is None
    assert papers_in(session) == 0


@pytest.mark.parametrize(
    ("salt", "taken"),
    [
        pytest.param(f"beacon:quicknet:31415926:{'ab' * 32}", True, id="the round that was named"),
        pytest.param(f"beacon:quicknet:31415927:{'ab' * 32}", False, id="the next round"),
        pytest.param(f"beacon:default:31415926:{'ab' * 32}", False, id="another chain"),
        pytest.param(DICE, False, id="dice instead"),
        pytest.param(NOT_THROWN, True, id="nothing, which is weak"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_beacon_counts_only_with_the_round_that_was_named(
    tomorrow: SessionFacts,
    throw: Throw,
    transcribe: Transcribe,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
    salt: str,
    taken: bool,
) -> None:
    service.commit_draw(tomorrow, roster=[], beacon=ROUND, session=session, now=clock.now(), entropy=entropy)
    session.commit()

    if not taken:
        with pytest.raises(ThrowNotUsable):
            throw(tomorrow, salt)
        return
    throw(tomorrow, salt)

    assert verify_draw.verify(transcribe(tomorrow)) == []


def test_nothing_is_thrown_where_nothing_was_committed(tomorrow: SessionFacts, throw: Throw) -> None:
    with pytest.raises(DrawNotCommitted):
        throw(tomorrow)


def test_nothing_is_thrown_once_the_session_is_over(
    exam_session: SessionFacts, throw: Throw, session: Session, clock: HandClock
) -> None:
    """The secret may be public by then: dice could be chosen to fit."""
    clock.set(exam_session.closes_at)

    with pytest.raises(SessionNotOpen):
        throw(exam_session)

    session.rollback()
    assert newest_draw(exam_session.id, session=session).salt is None


def test_throw_before_an_older_commitment_is_refused(
    exam_session: SessionFacts, redraw: Callable[..., int], session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    """The dice fell while the first commitment stood on the table; another one has been made since."""
    redraw(exam_session)

    with pytest.raises(DrawReplaced):
        service.draw_session(
            exam_session, DICE, number=1, actor="test", session=session, now=clock.now(), entropy=entropy
        )

    assert newest_draw(exam_session.id, session=session).salt is None


def test_two_proctors_at_once_make_one_draw(
    app: Flask, roster: list[BookingFacts], exam_session: SessionFacts, session: Session
) -> None:
    def press(salt: str, actor: str) -> object:
        with app.app_context(), unit_of_work() as own:
            return service.draw_session(
                exam_session, salt, actor=actor, session=own, now=MORNING, entropy=SystemEntropy()
            )

    session.rollback()
    answers = at_once(partial(press, DICE, "one"), partial(press, BALLS, "two"), partial(press, NOT_THROWN, "three"))

    session.rollback()
    assert sorted(type(answer).__name__ for answer in answers) == ["DrawAlreadyMade", "DrawAlreadyMade", "int"], answers
    assert papers_in(session) == len(roster)
    made = [one for one in audit.about(session, str(exam_session.id)) if one.kind == "papers.draw.made"]
    assert [one.actor for one in made] == [("one", "two", "three")[_winner(answers)]]


def _winner(answers: Sequence[object]) -> int:
    return next(place for place, answer in enumerate(answers) if isinstance(answer, int))


def test_fault_in_the_middle_leaves_nothing(
    app: Flask,
    roster: list[BookingFacts],
    exam_session: SessionFacts,
    throw: Throw,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = iter(range(len(roster) - 1))
    real = service.draw

    def fail_at_the_last(*arguments: Any) -> object:
        if next(drawn, None) is None:
            raise OSError("the machine stopped")
        return real(*arguments)

    kinds = kinds_about(exam_session, session)
    session.rollback()
    with monkeypatch.context() as patched, app.app_context():
        patched.setattr(service, "draw", fail_at_the_last)
        with pytest.raises(OSError, match="stopped"), unit_of_work() as own:
            service.draw_session(exam_session, DICE, actor="test", session=own, now=MORNING, entropy=SystemEntropy())

    session.expire_all()
    row = newest_draw(exam_session.id, session=session)
    assert (row.salt, row.drawn_at, row.witnesses, row.spares) == (None, None, [], [])
    assert papers_in(session) == 0
    assert kinds_about(exam_session, session) == kinds
    assert throw(exam_session) == len(roster), "it can be thrown again, and nothing of the first try shows"


# --- what is told of it


def test_log_has_the_steps_in_their_order(
    roster: list[BookingFacts],
    exam_session: SessionFacts,
    throw: Throw,
    start_sitting: StartSitting,
    session: Session,
    clock: HandClock,
) -> None:
    throw(exam_session, witnesses=roster[:2])
    clock.set(exam_session.opens_at)
    sitting = start_sitting(roster[0])

    steps = {entry.kind: entry for entry in audit.about(session, str(exam_session.id))}
    (started,) = audit.about(session, str(sitting.id))
    order = ["bookings.session.closed", "papers.draw.committed", "papers.salt.thrown", "papers.draw.made"]
    assert [kind for kind in steps if kind in order] == order
    assert started.kind == "sittings.sitting.started"
    assert steps["papers.draw.made"].seq < started.seq
    thrown, made = steps["papers.salt.thrown"].facts, steps["papers.draw.made"].facts
    assert thrown == {"number": 1, "salt": DICE, "witnesses": [str(booking.id) for booking in roster[:2]]}
    assert made is not None
    assert (made["papers"], made["weak"]) == (len(roster), False)


def test_skipped_throw_is_weak_wherever_it_is_told(
    roster: list[BookingFacts], exam_session: SessionFacts, throw: Throw, transcribe: Transcribe, session: Session
) -> None:
    throw(exam_session, NOT_THROWN)

    found = draw_of_session(exam_session.id, session=session)
    papers = [paper_of_booking(booking.id, session=session) for booking in roster]
    steps = {entry.kind: entry.facts or {} for entry in audit.about(session, str(exam_session.id))}
    told = transcribe(exam_session)
    assert found is not None
    assert found.weak
    assert all(paper.weak for paper in papers if paper)
    assert steps["papers.salt.skipped"] == {"number": 1, "why": "Nobody has come but one."}
    assert steps["papers.draw.made"]["weak"] is True
    assert "papers.salt.thrown" not in steps
    assert told["weak"] is True
    assert verify_draw.verify(told) == []


@pytest.mark.parametrize("salt", [DICE, BALLS, NOT_THROWN])
def test_revealed_session_passes_the_auditors_check(
    roster: list[BookingFacts], exam_session: SessionFacts, throw: Throw, transcribe: Transcribe, salt: str
) -> None:
    throw(exam_session, salt)

    told = transcribe(exam_session)

    assert verify_draw.verify(told) == []
    assert told["salt"] == salt
    assert {paper["booking"] for paper in told["papers"]} == {str(booking.id) for booking in roster}


def test_another_throw_would_have_given_other_papers(
    roster: list[BookingFacts], exam_session: SessionFacts, throw: Throw, transcribe: Transcribe
) -> None:
    throw(exam_session)

    told = transcribe(exam_session)

    differences = verify_draw.verify({**told, "salt": "dice:3162453415"})
    assert sum("its fingerprint" in line for line in differences) == len(roster)


def test_draw_that_was_never_made_has_no_transcript(
    exam_session: SessionFacts, transcribe: Transcribe, clock: HandClock
) -> None:
    clock.set(exam_session.closes_at + timedelta(days=1))

    with pytest.raises(DrawNotMade):
        transcribe(exam_session)


# --- sessions without a roster


def test_session_without_a_roster_is_drawn_one_by_one_and_weak(
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    transcribe: Transcribe,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    place = make_exam_session(committed=False)
    service.commit_draw(place, session=session, now=clock.now(), entropy=entropy)
    session.commit()
    booking = make_booking(exam_session=place)

    start_sitting(booking)

    found, paper = draw_of_session(place.id, session=session), paper_of_booking(booking.id, session=session)
    assert found is not None
    assert paper is not None
    assert (found.stage, found.weak, paper.weak, paper.seat) == (Stage.OPEN, True, True, None)
    assert seats_of_session(place.id, session=session) == {}
    assert verify_draw.verify(transcribe(place)) == []


@pytest.mark.parametrize("salt", [DICE, NOT_THROWN])
def test_session_without_a_roster_takes_no_throw(
    make_exam_session: MakeExamSession, throw: Throw, session: Session, salt: str
) -> None:
    place = make_exam_session()

    with pytest.raises(DrawAlreadyMade):
        throw(place, salt)

    session.rollback()
    assert manifest_of(newest_draw(place.id, session=session)).strata
    assert newest_draw(place.id, session=session).drawn_at is None
