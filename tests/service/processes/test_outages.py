"""Which silences are noted, and what is given back for them? Outages are real here: no beat comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.bookings.queries import SessionFacts
from app.processes import outages
from app.processes.closing_time import close_expired
from app.processes.log_check import check
from app.sittings import credit, service
from app.sittings.credit import CreditFacts, credits_of_sitting
from app.sittings.gaps import gaps_of
from app.sittings.journal import SaveAnswer
from app.sittings.queries import SittingFacts, answers_of
from app.sittings.rules import CreditCause, Reason, State
from app.wiring import Tools
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.sittings import EndSitting, SaveOne, StartSitting
from tests.kit.outside import HandClock

Reread = Callable[[SittingFacts], SittingFacts]
BEAT = 3


class Pages:
    """The pages of a few sittings, which beat as long as nothing cuts them off."""

    def __init__(self, session: Session, clock: HandClock) -> None:
        self._session, self._clock = session, clock
        self.cut_off: set[SittingFacts] = set()

    def beat(self, *sittings: SittingFacts) -> None:
        self._session.rollback()
        for sitting in sittings:
            nonce = sitting.live_nonce or b""
            service.record_events(sitting.id, [], nonce=nonce, session=self._session, now=self._clock.now())
        self._session.commit()

    def go_on(self, seconds: int, *sittings: SittingFacts) -> None:
        """Let these pages beat for so long; the others are silent."""
        for _ in range(seconds // BEAT):
            self._clock.advance(seconds=BEAT)
            self.beat(*sittings)

    def silence(self, seconds: int) -> None:
        """Nobody is heard: the line or the server is down."""
        self._clock.advance(seconds=seconds)


@pytest.fixture
def pages(session: Session, clock: HandClock) -> Pages:
    return Pages(session, clock)


@pytest.fixture
def room(
    make_exam_session: MakeExamSession, make_booking: MakeBooking, start_sitting: StartSitting, pages: Pages
) -> list[SittingFacts]:
    """Three who sit in one room and are heard."""
    exam_session: SessionFacts = make_exam_session()
    sittings = [start_sitting(make_booking(exam_session=exam_session)) for _ in range(3)]
    pages.go_on(BEAT, *sittings)
    return sittings


@pytest.fixture
def settle(app: Flask, session: Session, tools: Tools) -> Callable[[], int]:
    """The worker's timer."""

    def act() -> int:
        session.commit()
        with app.app_context():
            return outages.settle_outages(tools)

    return act


@pytest.fixture
def credits_for(session: Session) -> Callable[[SittingFacts], list[CreditFacts]]:
    def read(sitting: SittingFacts) -> list[CreditFacts]:
        session.rollback()
        found = credits_of_sitting(sitting.id, session=session)
        session.rollback()
        return found

    return read


@pytest.fixture
def gaps_for(session: Session) -> Callable[[SittingFacts], list[timedelta]]:
    def read(sitting: SittingFacts) -> list[timedelta]:
        session.rollback()
        found = [gap.span.length for gap in gaps_of([sitting.id], session=session).get(sitting.id, [])]
        session.rollback()
        return found

    return read


CreditsFor = Callable[[SittingFacts], list[CreditFacts]]
GapsFor = Callable[[SittingFacts], list[timedelta]]


def test_page_that_beats_has_no_gaps_and_a_beat_is_few_statements(
    room: list[SittingFacts], pages: Pages, gaps_for: GapsFor, session: Session
) -> None:
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *sent: statements.append(sent[2]))
    pages.go_on(30, room[0])

    assert gaps_for(room[0]) == []
    beats = [sent for sent in statements if not sent.startswith(("BEGIN", "SAVEPOINT"))]
    assert all("answer" not in sent and "audit" not in sent for sent in beats[:20]), beats[:20]
    assert len([sent for sent in beats if "INSERT INTO sitting_beat" in sent]) == 10


def test_silence_of_a_room_is_given_back_less_the_tolerance(
    room: list[SittingFacts],
    pages: Pages,
    settle: Callable[[], int],
    credits_for: CreditsFor,
    gaps_for: GapsFor,
    reread: Reread,
    session: Session,
) -> None:
    pages.silence(180)
    pages.beat(*room)
    assert settle() == 0, "who else was silent is known only after as many beats"
    pages.go_on(15, *room)

    assert settle() == 3
    assert settle() == 0

    for sitting in room:
        assert gaps_for(sitting) == [timedelta(seconds=180)]
        (given,) = credits_for(sitting)
        assert (given.cause, given.seconds, given.decided_by) == (CreditCause.OUTAGE, 165, "system:worker")
        assert (given.evidence["silent"], given.evidence["sat"]) == (3, 3)
        assert reread(sitting).timing.credit == timedelta(seconds=165)
    session.rollback()
    assert check([], session=session).faults == ()


def test_gap_of_one_is_kept_and_gives_nothing_back(
    room: list[SittingFacts],
    pages: Pages,
    settle: Callable[[], int],
    credits_for: CreditsFor,
    gaps_for: GapsFor,
) -> None:
    alone, *others = room
    pages.go_on(180, *others)
    pages.go_on(18, *room)

    assert settle() == 0

    assert gaps_for(alone) == [timedelta(seconds=183)]
    assert credits_for(alone) == []


def test_who_shares_a_part_of_the_outage_gets_that_part_back(
    room: list[SittingFacts], pages: Pages, settle: Callable[[], int], credits_for: CreditsFor
) -> None:
    first, second, third = room
    pages.go_on(60, second, third)
    pages.go_on(120, third)
    pages.go_on(60, second, third)
    pages.go_on(18, *room)

    assert settle() == 2

    assert [given.seconds for given in credits_for(first)] == [123 - 15]
    assert [given.seconds for given in credits_for(second)] == [123 - 15]
    assert credits_for(third) == []


def test_who_is_still_silent_counts_as_silent(
    room: list[SittingFacts], pages: Pages, settle: Callable[[], int], credits_for: CreditsFor
) -> None:
    back, *_ = room
    pages.silence(90)
    pages.go_on(18, back)

    assert settle() == 1
    assert [given.seconds for given in credits_for(back)] == [93 - 15]


def test_who_left_long_ago_does_not_make_one_silence_an_outage(
    room: list[SittingFacts], pages: Pages, settle: Callable[[], int], credits_for: CreditsFor
) -> None:
    here, other, _ = room
    pages.go_on(16 * 60, here, other)  # the third has left without finishing
    pages.silence(60)
    pages.beat(other)
    pages.go_on(60, other)
    pages.go_on(18, here, other)
    settle()

    assert [given.seconds for given in credits_for(here)] == [45], "only while the other was silent too"


def test_saved_answers_are_signs_of_life(
    room: list[SittingFacts], pages: Pages, answer: SaveOne, clock: HandClock, gaps_for: GapsFor
) -> None:
    sitting = room[0]
    for sequence in range(1, 7):
        clock.advance(seconds=12)
        answer(sitting, sequence)
    clock.advance(seconds=30)
    pages.beat(sitting)

    assert gaps_for(sitting) == [timedelta(seconds=30)]


def test_silence_of_everybody_everywhere_is_the_server(
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    pages: Pages,
    settle: Callable[[], int],
    credits_for: CreditsFor,
) -> None:
    apart = [start_sitting(make_booking()) for _ in range(2)]  # each alone in a room
    pages.go_on(3, *apart)
    pages.silence(60)
    pages.go_on(18, *apart)

    assert settle() == 2
    assert [given.seconds for sitting in apart for given in credits_for(sitting)] == [48, 48]


def test_rule_gives_no_more_than_the_limit_in_all(
    room: list[SittingFacts], pages: Pages, settle: Callable[[], int], credits_for: CreditsFor, reread: Reread
) -> None:
    for minutes in (10, 4, 20):
        pages.silence(minutes * 60)
        pages.go_on(18, *room)
        settle()

    given = [each.seconds for each in credits_for(room[0])]
    assert given == [588, 228, 84]
    assert sum(given) == 15 * 60


def test_time_of_a_pause_is_not_given_back_twice(
    room: list[SittingFacts],
    pages: Pages,
    settle: Callable[[], int],
    credits_for: CreditsFor,
    session: Session,
    clock: HandClock,
) -> None:
    sitting = room[0]
    pages.silence(60)
    session.rollback()
    credit.pause(sitting.id, Reason.POWER, actor=sitting.applicant_id, session=session, now=clock.now())
    session.commit()
    pages.silence(120)
    pages.beat(*room)
    credit.unpause(sitting.id, actor=sitting.applicant_id, session=session, now=clock.now())
    session.commit()
    pages.go_on(18, *room)

    settle()

    assert [(given.cause, given.seconds) for given in credits_for(sitting)] == [
        (CreditCause.PAUSE, 120),
        (CreditCause.OUTAGE, 45),
    ]


def test_sitting_that_comes_back_after_its_time_goes_on_with_what_it_had_left(
    room: list[SittingFacts],
    pages: Pages,
    app: Flask,
    tools: Tools,
    session: Session,
    clock: HandClock,
    reread: Reread,
    credits_for: CreditsFor,
) -> None:
    """The outage began before the end and lasts beyond it; a late answer is delivered, then the sweep comes."""
    sitting = room[0]
    clock.set(sitting.timing.deadline - timedelta(minutes=2))
    pages.beat(*room)
    before = len(credits_for(sitting))
    pages.silence(5 * 60)
    late = SaveAnswer(sitting_id=sitting.id, nonce=sitting.live_nonce or b"", sequence=1, position=7, option=2)
    assert service.quarantine(late, session=session, now=clock.now())
    session.commit()
    pages.beat(*room)
    clock.advance(seconds=8)
    with app.app_context():
        close_expired(tools)

    found = reread(sitting)
    assert found.state is State.RUNNING
    assert found.timing.phase_at(clock.now()).value == "open"
    assert len(credits_for(sitting)) > before
    assert answers_of(sitting.id, session=session) == {7: 2}


def test_silent_sitting_without_an_outage_is_ended_in_the_end(
    start_sitting: StartSitting,
    app: Flask,
    tools: Tools,
    clock: HandClock,
    reread: Reread,
    gaps_for: GapsFor,
) -> None:
    sitting = start_sitting()
    clock.set(sitting.timing.deadline + timedelta(minutes=15, seconds=5))
    with app.app_context():
        assert close_expired(tools) == 1

    assert reread(sitting).state is State.ENDED
    assert gaps_for(sitting) == [timedelta(minutes=70, seconds=5)]


def test_ended_sitting_is_given_nothing_any_more(
    room: list[SittingFacts], pages: Pages, end: EndSitting, settle: Callable[[], int], credits_for: CreditsFor
) -> None:
    pages.silence(60)
    pages.beat(*room)
    end(room[0])
    pages.go_on(15, *room[1:])

    assert settle() == 2
    assert credits_for(room[0]) == []
