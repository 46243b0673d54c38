"""Does a session go from its booking to its reveal in the right order, by itself where nobody is needed?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.bookings.errors import BookingStillOpen
from app.bookings.queries import BookingFacts, SessionFacts, bookings_of_applicant, session_with_id
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.papers.errors import (
    DrawAlreadyCommitted,
    DrawNotCommitted,
    DrawNotMade,
    DrawNotRevealed,
    RedrawTooLate,
    TooFewSeats,
)
from app.papers.models import Draw, Paper
from app.papers.queries import (
    draw_of_session,
    draws_of_session,
    items_on,
    manifest_of,
    newest_draw,
    paper_of_booking,
    seats_of_session,
    transcript_of,
)
from app.papers.rules import Stage
from app.processes import ceremony
from app.processes.before_sitting import freeze_paper
from app.wiring import Tools
from question_bank import verify_draw
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.ceremonies import (
    BALLS,
    DAY,
    DICE,
    CloseAndCommit,
    MakeCeremony,
    MakeRoster,
    MakeSeats,
    Throw,
)
from tests.kit.factories.sittings import EndSitting, StartSitting, at_once
from tests.kit.outside import MORNING, CountedEntropy, HandClock

Round = Callable[[], int]
Redraw = Callable[..., int]
TICK = timedelta(microseconds=1)


@pytest.fixture
def close_due(app: Flask, session: Session, tools: Tools) -> Round:
    """One round of the worker's timer."""

    def act() -> int:
        session.commit()
        with app.app_context():
            return ceremony.close_due(tools)

    return act


@pytest.fixture
def reveal_due(app: Flask, session: Session, tools: Tools) -> Round:
    """One round of the worker's timer."""

    def act() -> int:
        session.commit()
        with app.app_context():
            return ceremony.reveal_due(tools)

    return act


def revealed(exam_session: SessionFacts, session: Session) -> list[bool]:
    session.rollback()
    return [found.revealed_at is not None for found in draws_of_session(exam_session.id, session=session)]


def is_closed(exam_session: SessionFacts, session: Session) -> bool:
    session.rollback()
    return session_with_id(exam_session.id, session=session).booking_closed_at is not None


def kinds_about(exam_session: SessionFacts, session: Session) -> list[str]:
    return [entry.kind for entry in audit.about(session, str(exam_session.id))]


# --- closing


@pytest.mark.parametrize(
    ("seats", "accessible"),
    [pytest.param(2, 1, id="too few seats"), pytest.param(5, 0, id="too few accessible ones")],
)
def test_roster_without_room_leaves_booking_open_and_nothing_written(
    tomorrow: SessionFacts,
    make_seats: MakeSeats,
    make_roster: MakeRoster,
    close_and_commit: CloseAndCommit,
    session: Session,
    seats: int,
    accessible: int,
) -> None:
    make_seats(tomorrow, seats, accessible=accessible)
    make_roster(tomorrow, 3, accessible=1)

    with pytest.raises(TooFewSeats):
        close_and_commit(tomorrow)

    assert not is_closed(tomorrow, session)
    assert draw_of_session(tomorrow.id, session=session) is None
    assert kinds_about(tomorrow, session) == ["bookings.session.opened"]


def test_list_is_fixed_once(make_ceremony: MakeCeremony, close_and_commit: CloseAndCommit, session: Session) -> None:
    (booking, *_) = make_ceremony()

    with pytest.raises(DrawAlreadyCommitted):
        close_and_commit(booking.session)

    session.rollback()
    assert len(draws_of_session(booking.session.id, session=session)) == 1


def test_two_who_fix_the_list_at_once_make_one_commitment(
    app: Flask, tomorrow: SessionFacts, make_seats: MakeSeats, make_roster: MakeRoster, session: Session
) -> None:
    make_seats(tomorrow, 3)
    make_roster(tomorrow, 3)

    def press() -> object:
        with app.app_context(), unit_of_work() as own:
            return ceremony.close_and_commit(tomorrow, actor="test", session=own, now=MORNING, entropy=SystemEntropy())

    answers = at_once(*[press] * 3)

    session.rollback()
    assert sorted(type(answer).__name__ for answer in answers) == ["DrawAlreadyCommitted"] * 2 + ["int"], answers
    assert session.scalar(select(func.count()).select_from(Draw)) == 1


def test_worker_closes_when_the_time_has_come_and_not_earlier(
    make_exam_session: MakeExamSession, make_roster: MakeRoster, make_seats: MakeSeats, close_due: Round,
    session: Session, clock: HandClock,
) -> None:  # fmt: skip
    place = make_exam_session(opens_in=DAY + timedelta(hours=1), committed=False)
    make_seats(place, 3)
    make_roster(place, 3)
    clock.set(place.booking_closes_at - TICK)
    assert close_due() == 0
    assert not is_closed(place, session)

    clock.set(place.booking_closes_at)
    assert close_due() == 1

    found = draw_of_session(place.id, session=session)
    assert found is not None
    assert (found.stage, len(found.inputs.roster or ())) == (Stage.COMMITTED, 3)
    assert {entry.actor for entry in audit.about(session, str(place.id))[1:]} == {"system:worker"}
    assert close_due() == 0


def test_session_that_cannot_be_closed_does_not_keep_the_others(
    make_exam_session: MakeExamSession,
    make_centre: Callable[..., object],
    make_roster: MakeRoster,
    make_seats: MakeSeats,
    close_due: Round,
    session: Session,
) -> None:
    crowded = make_exam_session(opens_in=timedelta(hours=2), committed=False)
    roomy = make_exam_session(opens_in=timedelta(hours=3), committed=False, centre_id=make_centre("ALA-02"))
    make_seats(roomy, 3)
    for place in (crowded, roomy):
        make_roster(place, 2)

    assert close_due() == 1

    assert [is_closed(place, session) for place in (crowded, roomy)] == [False, True]
    make_seats(crowded, 2)
    assert close_due() == 1, "the next round finds the seats that have come"


def test_session_without_a_roster_is_left_alone_by_the_worker(
    make_exam_session: MakeExamSession, close_due: Round, session: Session
) -> None:
    place = make_exam_session()

    assert close_due() == 0

    assert not is_closed(place, session)


# --- what has been seen


def ids_of(leaves: frozenset[bytes], exam_session: SessionFacts, session: Session) -> set[str]:
    names = manifest_of(newest_draw(exam_session.id, session=session)).names
    return {names[leaf].id for leaf in leaves}


@pytest.fixture
def returning(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant(family_name="Қайта")


@pytest.fixture
def seen_before(
    returning: Enrolled,
    make_exam_session: MakeExamSession,
    make_ceremony: MakeCeremony,
    session: Session,
) -> Callable[[], set[str]]:
    """Return what commits to a later session of the returning person, and gives the items that it holds as seen."""

    def act() -> set[str]:
        place = make_exam_session(opens_in=timedelta(hours=6), committed=False)
        (booking, *_) = make_ceremony(place, people=[returning])
        found = draw_of_session(place.id, session=session)
        assert found is not None
        assert found.inputs.roster is not None
        return ids_of(found.inputs.roster[str(booking.id)].seen, place, session)

    return act


def test_items_of_a_paper_that_was_sat_are_avoided(
    returning: Enrolled,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    end: EndSitting,
    seen_before: Callable[[], set[str]],
    throw: Throw,
    session: Session,
) -> None:
    sitting = start_sitting(make_booking(returning))
    end(sitting)
    sat = items_on([sitting.paper_id], session=session)[sitting.paper_id]

    assert seen_before() == sat

    later = newest_of(returning, session)
    throw(later.session)
    paper = paper_of_booking(later.id, session=session)
    assert paper is not None
    assert not sat & {question.item_id for question in paper.questions}


def newest_of(who: Enrolled, session: Session) -> BookingFacts:

    return max(bookings_of_applicant(who.facts.id, session=session), key=lambda booking: booking.session.opens_at)


def test_items_of_a_paper_that_nobody_came_for_are_not_seen(
    returning: Enrolled,
    make_ceremony: MakeCeremony,
    throw: Throw,
    seen_before: Callable[[], set[str]],
    session: Session,
) -> None:
    (missed, *_) = make_ceremony(people=[returning])
    throw(missed.session)
    assert paper_of_booking(missed.id, session=session) is not None

    assert seen_before() == set()


# --- another draw


@pytest.fixture
def roster(make_ceremony: MakeCeremony) -> list[BookingFacts]:
    return make_ceremony()


@pytest.fixture
def exam_session(roster: list[BookingFacts]) -> SessionFacts:
    return roster[0].session


def test_redraw_has_the_next_number_and_its_reason_in_the_log(
    exam_session: SessionFacts, throw: Throw, redraw: Redraw, session: Session
) -> None:
    throw(exam_session)

    assert redraw(exam_session, "A witness had left the room.") == 2

    first, second = draws_of_session(exam_session.id, session=session)
    entry = audit.about(session, str(exam_session.id))[-1]
    assert (second.number, second.reason, second.stage) == (2, "A witness had left the room.", Stage.COMMITTED)
    assert first.commitment != second.commitment
    assert first.reason is None
    assert entry.kind == "papers.draw.committed"
    assert entry.facts is not None
    assert (entry.facts["number"], entry.facts["reason"]) == (2, "A witness had left the room.")
    assert entry.facts["commitment"] == second.commitment.hex()


def test_papers_of_a_replaced_draw_do_not_count(
    roster: list[BookingFacts],
    exam_session: SessionFacts,
    throw: Throw,
    redraw: Redraw,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    throw(exam_session)
    old = paper_of_booking(roster[0].id, session=session)
    redraw(exam_session)

    assert [paper_of_booking(booking.id, session=session) for booking in roster] == [None] * len(roster)
    assert seats_of_session(exam_session.id, session=session) == {}
    clock.set(exam_session.opens_at)
    with pytest.raises(DrawNotMade):
        freeze_paper(roster[0], session=session, now=clock.now(), entropy=entropy)

    throw(exam_session, BALLS)
    new = paper_of_booking(roster[0].id, session=session)
    assert old is not None
    assert new is not None
    assert old.fingerprint != new.fingerprint
    assert session.scalar(select(func.count()).select_from(Paper)) == 2 * len(roster), "the old ones are kept"


def test_redraw_is_for_the_same_people_and_the_seats_of_now(
    exam_session: SessionFacts, make_seats: MakeSeats, redraw: Redraw, session: Session
) -> None:
    make_seats(exam_session, 9)

    redraw(exam_session)

    first, second = draws_of_session(exam_session.id, session=session)
    assert first.inputs.roster == second.inputs.roster
    assert (len(first.inputs.seats), len(second.inputs.seats)) == (6, 9)


def test_redraw_is_refused_once_somebody_has_started(
    roster: list[BookingFacts],
    exam_session: SessionFacts,
    throw: Throw,
    redraw: Redraw,
    start_sitting: StartSitting,
    end: EndSitting,
    session: Session,
    clock: HandClock,
) -> None:
    throw(exam_session)
    clock.set(exam_session.opens_at)
    sitting = start_sitting(roster[0])
    with pytest.raises(RedrawTooLate):
        redraw(exam_session)

    end(sitting)
    with pytest.raises(RedrawTooLate):
        redraw(exam_session)

    session.rollback()
    assert len(draws_of_session(exam_session.id, session=session)) == 1


@pytest.mark.parametrize("committed", [pytest.param(False, id="no draw"), pytest.param(True, id="without a roster")])
def test_redraw_of_what_has_no_roster_is_refused(
    make_exam_session: MakeExamSession, redraw: Redraw, committed: bool
) -> None:
    with pytest.raises(DrawNotCommitted):
        redraw(make_exam_session(committed=committed))


# --- the reveal


def test_secret_is_revealed_by_itself_after_the_closing_only(
    roster: list[BookingFacts], exam_session: SessionFacts, throw: Throw, reveal_due: Round, session: Session,
    clock: HandClock,
) -> None:  # fmt: skip
    throw(exam_session)
    clock.set(exam_session.closes_at - TICK)
    assert reveal_due() == 0
    assert revealed(exam_session, session) == [False]
    with pytest.raises(DrawNotRevealed):
        transcript_of(exam_session, session=session)

    clock.set(exam_session.closes_at)
    assert reveal_due() == 1

    told = transcript_of(exam_session, session=session)
    assert verify_draw.verify(told) == []
    assert len(told["papers"]) == len(roster)
    assert reveal_due() == 0
    assert kinds_about(exam_session, session).count("papers.draw.revealed") == 1


def test_secret_waits_for_the_last_who_sits(
    roster: list[BookingFacts],
    exam_session: SessionFacts,
    throw: Throw,
    start_sitting: StartSitting,
    end: EndSitting,
    reveal_due: Round,
    session: Session,
    clock: HandClock,
) -> None:
    throw(exam_session)
    clock.set(exam_session.closes_at - timedelta(minutes=1))
    sittings = [start_sitting(booking) for booking in roster[:2]]
    clock.set(exam_session.closes_at + timedelta(minutes=20))
    end(sittings[0])
    assert reveal_due() == 0

    end(sittings[1])
    assert reveal_due() == 1

    assert revealed(exam_session, session) == [True]
    assert verify_draw.verify(transcript_of(exam_session, session=session)) == []


@pytest.mark.parametrize("thrown_before", [True, False])
def test_secret_of_a_replaced_draw_is_revealed_too(
    exam_session: SessionFacts,
    throw: Throw,
    redraw: Redraw,
    reveal_due: Round,
    session: Session,
    clock: HandClock,
    thrown_before: bool,
) -> None:
    if thrown_before:
        throw(exam_session, DICE)
    redraw(exam_session)
    throw(exam_session, BALLS)
    clock.set(exam_session.closes_at)

    assert reveal_due() == 1

    assert revealed(exam_session, session) == [True, True]
    second = transcript_of(exam_session, number=2, session=session)
    assert verify_draw.verify(second) == []
    assert second["number"] == 2
    if thrown_before:
        assert verify_draw.verify(transcript_of(exam_session, number=1, session=session)) == []
    else:
        with pytest.raises(DrawNotMade):
            transcript_of(exam_session, number=1, session=session)


def test_session_that_nobody_drew_is_revealed_without_a_transcript(
    exam_session: SessionFacts, reveal_due: Round, session: Session, clock: HandClock
) -> None:
    clock.set(exam_session.closes_at)

    assert reveal_due() == 1

    assert revealed(exam_session, session) == [True]
    with pytest.raises(DrawNotMade):
        transcript_of(exam_session, session=session)


def test_early_fixing_says_until_when_people_may_book(
    make_exam_session: MakeExamSession, close_and_commit: CloseAndCommit
) -> None:
    place = make_exam_session(opens_in=2 * DAY, committed=False)

    with pytest.raises(BookingStillOpen) as refused:
        close_and_commit(place)

    assert refused.value.parameters == {"closes_at": place.booking_closes_at}
