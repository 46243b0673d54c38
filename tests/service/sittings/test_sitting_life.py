"""How does a sitting start, change browsers, report and end?"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.kernel.ids import new_id
from app.scoring.queries import result_of_sitting
from app.sittings import moving, service
from app.sittings.errors import (
    AlreadySat,
    AnswerMalformed,
    MoveCodeMissing,
    MoveCodeRefused,
    NotYetOver,
    SittingElsewhere,
    SittingEnded,
    SittingNotFound,
    TooManyMoveCodes,
)
from app.sittings.models import MoveCode
from app.sittings.queries import (
    SittingFacts,
    access_sitting,
    count_by_state,
    last_seen,
    progress_of,
    sitting_with_id,
    sittings_of_bookings,
)
from app.sittings.rules import Cause, EventKind, State, first_head
from app.sittings.service import Event
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.sittings import EndSitting, SaveOne, StartSitting
from tests.kit.outside import CountedEntropy, HandClock

Reread = Callable[[SittingFacts], SittingFacts]
MakeCode = Callable[[SittingFacts], str]
TakeOver = Callable[..., object]
CODE_LIFE = timedelta(minutes=10)
TICK = timedelta(microseconds=1)
STRANGER = uuid.UUID("019a0000-0000-7000-8000-00000000abcd")


@pytest.fixture
def sitting(start_sitting: StartSitting) -> SittingFacts:
    return start_sitting()


@pytest.fixture
def claim(session: Session, clock: HandClock, entropy: CountedEntropy) -> Callable[..., SittingFacts]:
    def act(sitting: SittingFacts, nonce: bytes | None = None, applicant: uuid.UUID | None = None) -> SittingFacts:
        session.rollback()
        who = applicant or sitting.applicant_id
        offered = entropy.token(16) if nonce is None else nonce
        claimed = service.claim(sitting.id, who, nonce=offered, session=session)
        session.commit()
        return claimed

    return act


@pytest.fixture
def make_code(session: Session, clock: HandClock, entropy: CountedEntropy) -> MakeCode:
    def act(sitting: SittingFacts) -> str:
        session.rollback()
        outside = {"session": session, "now": clock.now(), "entropy": entropy}
        code = moving.make_code(sitting.id, CODE_LIFE, actor=STRANGER, **outside)
        session.commit()
        return code

    return act


@pytest.fixture
def take_over(session: Session, clock: HandClock, entropy: CountedEntropy) -> TakeOver:
    """Type a code in a browser that is new, unless its nonce is given."""

    def act(sitting: SittingFacts, code: str, nonce: bytes | None = None, applicant: uuid.UUID | None = None) -> object:
        session.rollback()
        who, offered = applicant or sitting.applicant_id, nonce or entropy.token(16)
        taken = moving.take_over(sitting.id, who, code, nonce=offered, session=session, now=clock.now())
        session.commit()
        return taken

    return act


@pytest.fixture
def report(session: Session, clock: HandClock) -> Callable[..., SittingFacts]:
    def act(sitting: SittingFacts, *events: Event, nonce: bytes | None = None) -> SittingFacts:
        session.rollback()
        held = nonce or sitting.live_nonce or b""
        facts = service.record_events(sitting.id, events, nonce=held, session=session, now=clock.now())
        session.commit()
        return facts

    return act


def flag(number: int, position: int) -> Event:
    return Event(number=number, kind=EventKind.FLAG, position=position)


# --- start


def test_started_sitting_runs_by_the_clock_of_its_programme(
    start_sitting: StartSitting, make_booking: MakeBooking, clock: HandClock
) -> None:
    booking = make_booking()

    sitting = start_sitting(booking, language="ru")

    assert (sitting.booking_id, sitting.applicant_id) == (booking.id, booking.applicant_id)
    assert (sitting.state, sitting.language, sitting.question_count) == (State.RUNNING, "ru", 55)
    assert sitting.timing.started_at == clock.now()
    assert sitting.timing.deadline == clock.now() + timedelta(minutes=55)
    assert (sitting.timing.grace, sitting.timing.credit) == (timedelta(seconds=5), timedelta(0))
    assert (sitting.timing.credit_cap, sitting.beat) == (timedelta(minutes=15), timedelta(seconds=3))
    assert sitting.live_nonce is not None
    assert len(sitting.live_nonce) == 16


def test_start_is_logged_with_the_fingerprint_of_the_paper(sitting: SittingFacts, session: Session) -> None:
    (started,) = audit.about(session, str(sitting.id))

    assert started.kind == "sittings.sitting.started"
    assert started.actor == str(sitting.applicant_id)
    assert first_head(sitting.id, bytes.fromhex(started.facts["fingerprint"])) == sitting.first_head


def test_second_start_of_one_booking_is_refused(
    start_sitting: StartSitting, make_booking: MakeBooking, session: Session
) -> None:
    booking = make_booking()
    first = start_sitting(booking)

    with pytest.raises(AlreadySat):
        start_sitting(booking)

    session.rollback()
    assert sittings_of_bookings([booking.id], session=session) == {booking.id: first}


def test_ended_sitting_does_not_free_its_booking(
    start_sitting: StartSitting,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    end: EndSitting,
) -> None:
    booking = make_booking(exam_session=make_exam_session(PRACTICE))
    end(start_sitting(booking))

    with pytest.raises(AlreadySat):
        start_sitting(booking)


def test_another_applicants_sitting_looks_absent(sitting: SittingFacts, session: Session) -> None:
    assert access_sitting(sitting.id, sitting.applicant_id, session=session) == sitting
    with pytest.raises(SittingNotFound):
        access_sitting(sitting.id, STRANGER, session=session)
    with pytest.raises(SittingNotFound):
        sitting_with_id(STRANGER, session=session)


# --- coming back, and another computer


def test_live_browser_may_come_back(sitting: SittingFacts, claim: Callable[..., SittingFacts]) -> None:
    assert claim(sitting, sitting.live_nonce) == sitting


@pytest.mark.parametrize("nonce", [None, b"", bytes(16)])
def test_another_browser_is_refused(
    sitting: SittingFacts, claim: Callable[..., SittingFacts], nonce: bytes | None, reread: Reread
) -> None:
    with pytest.raises(SittingElsewhere):
        claim(sitting, nonce)

    assert reread(sitting).live_nonce == sitting.live_nonce


def another(code: str) -> str:
    """Return six digits that are not the code."""
    return f"{(int(code) + 1) % 10**6:06d}"


def test_code_lets_another_browser_go_on_and_stops_the_first(
    sitting: SittingFacts, make_code: MakeCode, take_over: TakeOver, answer: SaveOne
) -> None:
    answer(sitting, 1)
    code = make_code(sitting)

    taken = take_over(sitting, f" {code[:3]} {code[3:]} ")

    assert isinstance(taken, SittingFacts)
    assert taken.live_nonce not in {None, sitting.live_nonce}
    assert answer(taken, 2).sequence == 2
    with pytest.raises(SittingElsewhere):
        answer(sitting, 3)


def test_first_browser_goes_on_until_the_code_is_used(
    sitting: SittingFacts, make_code: MakeCode, take_over: TakeOver, answer: SaveOne
) -> None:
    code = make_code(sitting)

    assert answer(sitting, 1).sequence == 1
    assert isinstance(take_over(sitting, another(code)), MoveCodeRefused)
    assert answer(sitting, 2).sequence == 2


def test_code_works_once(sitting: SittingFacts, make_code: MakeCode, take_over: TakeOver, reread: Reread) -> None:
    code = make_code(sitting)
    first = take_over(sitting, code)

    assert isinstance(take_over(sitting, code), MoveCodeMissing)
    assert reread(sitting) == first


def test_second_press_in_the_browser_that_took_over_is_answered_alike(
    sitting: SittingFacts, make_code: MakeCode, take_over: TakeOver, reread: Reread
) -> None:
    code = make_code(sitting)
    taken = take_over(sitting, code)
    assert isinstance(taken, SittingFacts)

    assert take_over(sitting, code, taken.live_nonce) == taken


@pytest.mark.parametrize(("after", "good"), [(CODE_LIFE - TICK, True), (CODE_LIFE, False)])
def test_code_ends_with_its_life(
    sitting: SittingFacts, make_code: MakeCode, take_over: TakeOver, clock: HandClock, after: timedelta, good: bool
) -> None:
    code = make_code(sitting)
    clock.set(clock.now() + after)

    assert isinstance(take_over(sitting, code), SittingFacts if good else MoveCodeMissing)


def test_new_code_takes_the_place_of_the_one_before(
    sitting: SittingFacts, make_code: MakeCode, take_over: TakeOver
) -> None:
    first, second = make_code(sitting), make_code(sitting)

    assert first != second
    assert isinstance(take_over(sitting, first), MoveCodeRefused)
    assert isinstance(take_over(sitting, second), SittingFacts)


def test_no_code_lets_nobody_in(sitting: SittingFacts, take_over: TakeOver) -> None:
    assert isinstance(take_over(sitting, "000000"), MoveCodeMissing)


def test_guesses_are_counted_and_then_refused_unseen_until_there_is_a_new_code(
    sitting: SittingFacts, make_code: MakeCode, take_over: TakeOver, answer: SaveOne
) -> None:
    code = make_code(sitting)
    guesses = [take_over(sitting, another(code)) for _ in range(6)]

    assert [type(guess) for guess in guesses] == [*[MoveCodeRefused] * 4, *[TooManyMoveCodes] * 2]
    assert isinstance(take_over(sitting, code), TooManyMoveCodes)
    assert answer(sitting, 1).sequence == 1, "the live browser never waits for who guesses"
    assert isinstance(take_over(sitting, make_code(sitting)), SittingFacts)


def test_code_is_kept_as_a_salted_hash_alone(sitting: SittingFacts, make_code: MakeCode, session: Session) -> None:
    code = make_code(sitting)

    (kept,) = session.scalars(select(MoveCode))
    assert kept.code_hash == hashlib.sha256(kept.salt + sitting.id.bytes + code.encode()).digest()
    assert len(kept.salt) == moving.SALT_BYTES


def test_code_of_another_applicant_lets_nobody_in(
    sitting: SittingFacts, make_code: MakeCode, take_over: TakeOver, reread: Reread
) -> None:
    code = make_code(sitting)

    with pytest.raises(SittingNotFound):
        take_over(sitting, code, applicant=STRANGER)

    assert reread(sitting).live_nonce == sitting.live_nonce


def test_ended_sitting_is_neither_claimed_nor_moved(
    sitting: SittingFacts,
    claim: Callable[..., SittingFacts],
    make_code: MakeCode,
    take_over: TakeOver,
    end: EndSitting,
) -> None:
    code = make_code(sitting)
    end(sitting)

    with pytest.raises(SittingEnded):
        claim(sitting, sitting.live_nonce)
    with pytest.raises(SittingEnded):
        make_code(sitting)
    with pytest.raises(SittingEnded):
        take_over(sitting, code)


def test_code_and_move_are_logged_with_their_actors(
    sitting: SittingFacts, make_code: MakeCode, take_over: TakeOver, session: Session
) -> None:
    code = make_code(sitting)
    take_over(sitting, code)

    entries = [(entry.kind, entry.actor) for entry in audit.about(session, str(sitting.id))]
    assert entries[1:] == [
        ("sittings.move_code.made", str(STRANGER)),
        ("sittings.sitting.resumed", str(sitting.applicant_id)),
    ]
    assert not any(code in str(entry.facts) for entry in audit.about(session, str(sitting.id)))


# --- events


def test_reported_events_are_kept_in_the_order_of_their_numbers(
    sitting: SittingFacts, report: Callable[..., SittingFacts], session: Session
) -> None:
    report(sitting, flag(2, 9), flag(1, 7), Event(number=3, kind=EventKind.PLACE, position=30))
    report(sitting, Event(number=4, kind=EventKind.UNFLAG, position=9))
    report(sitting, Event(number=5, kind=EventKind.SUMMARY, position=None))

    progress = progress_of(sitting, session=session)

    assert (progress.flags, progress.place, progress.event_number) == ([7], 30, 5)


def test_same_events_twice_are_kept_once(
    sitting: SittingFacts, report: Callable[..., SittingFacts], session: Session
) -> None:
    report(sitting, flag(1, 7), flag(2, 8))
    report(sitting, flag(1, 9), flag(2, 8), flag(3, 8))

    progress = progress_of(sitting, session=session)

    assert (progress.flags, progress.event_number) == ([7, 8], 3)


@pytest.mark.parametrize("position", [0, 56])
def test_event_off_the_paper_is_refused(
    sitting: SittingFacts, report: Callable[..., SittingFacts], session: Session, position: int
) -> None:
    with pytest.raises(AnswerMalformed):
        report(sitting, flag(1, 7), flag(2, position))

    session.rollback()
    assert progress_of(sitting, session=session).event_number == 0


def test_events_of_another_browser_are_refused(
    sitting: SittingFacts, report: Callable[..., SittingFacts], session: Session
) -> None:
    with pytest.raises(SittingElsewhere):
        report(sitting, flag(1, 7), nonce=bytes(16))

    session.rollback()
    assert last_seen(sitting.id, session=session) is None


def test_events_of_an_unknown_sitting_are_refused(session: Session, clock: HandClock) -> None:
    with pytest.raises(SittingNotFound):
        service.record_events(STRANGER, [flag(1, 7)], nonce=bytes(16), session=session, now=clock.now())


def test_events_after_the_ending_tell_so_and_are_not_kept(
    sitting: SittingFacts, report: Callable[..., SittingFacts], end: EndSitting, session: Session
) -> None:
    end(sitting)

    told = report(sitting, flag(1, 7))

    assert told.state is State.ENDED
    assert progress_of(sitting, session=session).event_number == 0


def test_last_sign_of_life_is_the_newest_beat_or_answer(
    sitting: SittingFacts,
    report: Callable[..., SittingFacts],
    answer: SaveOne,
    session: Session,
    clock: HandClock,
) -> None:
    heard = []
    for act in (lambda: report(sitting), lambda: answer(sitting, 1), lambda: report(sitting)):
        clock.advance(seconds=15)
        act()
        session.rollback()
        heard.append(last_seen(sitting.id, session=session) == clock.now())

    assert heard == [True, True, True]


# --- end


def test_ended_sitting_keeps_where_its_journal_ended(
    sitting: SittingFacts, answer: SaveOne, end: EndSitting, reread: Reread, clock: HandClock, session: Session
) -> None:
    answer(sitting, 1)
    newest = answer(sitting, 2)
    clock.advance(minutes=30)

    end(sitting)

    ended = reread(sitting)
    assert (ended.state, ended.ended_by, ended.ended_at) == (State.ENDED, Cause.CLICK, clock.now())
    assert (ended.final_sequence, ended.final_head) == (2, newest.head)
    assert count_by_state(session=session) == {"ended": 1}


def test_untouched_sitting_ends_on_its_first_head(sitting: SittingFacts, end: EndSitting, reread: Reread) -> None:
    end(sitting)

    ended = reread(sitting)
    assert (ended.final_sequence, ended.final_head) == (0, sitting.first_head)


def test_second_ending_changes_nothing(
    sitting: SittingFacts, answer: SaveOne, end: EndSitting, reread: Reread, clock: HandClock, session: Session
) -> None:
    answer(sitting, 1)
    first = end(sitting)
    once = reread(sitting)
    clock.advance(hours=3)

    second = end(sitting, Cause.PROCTOR)

    assert second == first == result_of_sitting(sitting.id, session=session)
    assert reread(sitting) == once


@pytest.mark.parametrize(
    ("late", "cause"),
    [(timedelta(microseconds=-1), Cause.CLICK), (timedelta(0), Cause.TIME), (timedelta(hours=1), Cause.TIME)],
)
def test_click_from_the_deadline_on_is_an_ending_by_time(
    sitting: SittingFacts, end: EndSitting, reread: Reread, clock: HandClock, late: timedelta, cause: Cause
) -> None:
    clock.set(sitting.timing.deadline + late)

    end(sitting, Cause.CLICK)

    assert reread(sitting).ended_by is cause


def test_proctor_may_end_a_sitting_after_its_time(
    sitting: SittingFacts, end: EndSitting, reread: Reread, clock: HandClock
) -> None:
    clock.set(sitting.timing.deadline)

    end(sitting, Cause.PROCTOR)

    assert reread(sitting).ended_by is Cause.PROCTOR


def test_time_ends_nothing_before_the_deadline(
    sitting: SittingFacts, end: EndSitting, reread: Reread, clock: HandClock
) -> None:
    clock.set(sitting.timing.deadline - timedelta(microseconds=1))

    with pytest.raises(NotYetOver):
        end(sitting, Cause.TIME)

    assert reread(sitting).state is State.RUNNING


def test_ending_of_an_unknown_sitting_is_refused(session: Session, clock: HandClock, entropy: CountedEntropy) -> None:
    with pytest.raises(SittingNotFound):
        service.end(new_id(clock.now(), entropy), Cause.CLICK, actor="test", session=session, now=clock.now())


def test_ending_is_logged_with_cause_and_head(
    sitting: SittingFacts, answer: SaveOne, end: EndSitting, session: Session
) -> None:
    newest = answer(sitting, 1)
    end(sitting, Cause.PROCTOR, actor=STRANGER)

    entry = audit.about(session, str(sitting.id))[-1]
    assert (entry.kind, entry.actor) == ("sittings.sitting.ended", str(STRANGER))
    assert entry.facts == {"cause": "proctor", "sequence": 1, "head": newest.head.hex()}
