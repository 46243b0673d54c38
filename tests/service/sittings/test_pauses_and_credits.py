"""How is the clock of a sitting stopped, how is time added, and which late answers does it reach?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.processes.log_check import check
from app.sittings import credit, service
from app.sittings.credit import GiveTime, credits_of_sitting
from app.sittings.errors import (
    CreditAboveLimit,
    NothingToPause,
    NotYetOver,
    SittingEnded,
    SittingNotFound,
    SittingPaused,
)
from app.sittings.journal import SaveAnswer
from app.sittings.queries import SittingFacts, answers_of, count_late, journal
from app.sittings.rules import Cause, CreditCause, Phase, Reason, State, next_head
from tests.kit.factories.sittings import EndSitting, SaveOne, StartSitting
from tests.kit.outside import HandClock

Reread = Callable[[SittingFacts], SittingFacts]
PROCTOR = uuid.UUID("019a0000-0000-7000-8000-0000000000aa")
OTHER = uuid.UUID("019a0000-0000-7000-8000-0000000000bb")


class Clockwork:
    """What people do to the clock of a sitting."""

    def __init__(self, session: Session, clock: HandClock) -> None:
        self._session, self._clock = session, clock

    def pause(self, sitting: SittingFacts, reason: Reason = Reason.POWER) -> bool:
        self._session.rollback()
        done = credit.pause(sitting.id, reason, actor=PROCTOR, session=self._session, now=self._clock.now())
        self._session.commit()
        return done

    def unpause(self, sitting: SittingFacts) -> bool:
        self._session.rollback()
        done = credit.unpause(sitting.id, actor=PROCTOR, session=self._session, now=self._clock.now())
        self._session.commit()
        return done

    def give(
        self,
        sitting: SittingFacts,
        minutes: int,
        cause: CreditCause = CreditCause.EXTENSION,
        requested_by: uuid.UUID | None = None,
    ) -> int:
        self._session.rollback()
        command = GiveTime(
            sitting_id=sitting.id,
            cause=cause,
            seconds=minutes * 60,
            reason=Reason.EQUIPMENT,
            note="The screen went dark",
        )
        number = credit.give(
            command, actor=PROCTOR, session=self._session, now=self._clock.now(), requested_by=requested_by
        )
        self._session.commit()
        return number

    def arrive_late(self, sitting: SittingFacts, sequence: int, position: int, option: int) -> bool:
        self._session.rollback()
        command = SaveAnswer(
            sitting_id=sitting.id,
            nonce=sitting.live_nonce or b"",
            sequence=sequence,
            position=position,
            option=option,
        )
        kept = service.quarantine(command, session=self._session, now=self._clock.now())
        self._session.commit()
        return kept


@pytest.fixture
def clockwork(session: Session, clock: HandClock) -> Clockwork:
    return Clockwork(session, clock)


@pytest.fixture
def sitting(start_sitting: StartSitting) -> SittingFacts:
    return start_sitting()


@pytest.fixture
def whole(session: Session) -> Callable[[], tuple[str, ...]]:
    """Return what ``flask audit verify`` finds."""

    def faults() -> tuple[str, ...]:
        session.rollback()
        found = check([], session=session).faults
        session.rollback()
        return found

    return faults


# --- pause


def test_paused_sitting_saves_nothing_and_loses_no_time(
    sitting: SittingFacts, clockwork: Clockwork, answer: SaveOne, reread: Reread, clock: HandClock
) -> None:
    clock.advance(minutes=10)
    answer(sitting, 1)
    assert clockwork.pause(sitting)
    clock.advance(hours=2)

    paused = reread(sitting)
    assert paused.timing.phase_at(clock.now()) is Phase.PAUSED
    assert paused.timing.remaining(clock.now()) == timedelta(minutes=45)
    with pytest.raises(SittingPaused):
        answer(sitting, 2)
    assert answer(sitting, 1).sequence == 1, "what was saved before is acknowledged again"

    assert clockwork.unpause(sitting)

    saved = answer(sitting, 2)
    assert (saved.remaining, saved.credit) == (timedelta(minutes=45), timedelta(hours=2))


def test_pause_and_its_end_are_a_credit_and_acts(
    sitting: SittingFacts,
    clockwork: Clockwork,
    clock: HandClock,
    session: Session,
    whole: Callable[[], tuple[str, ...]],
) -> None:
    clock.advance(minutes=10)
    begun = clock.now()
    clockwork.pause(sitting)
    assert whole() == ()
    clock.advance(seconds=90, microseconds=1)
    clockwork.unpause(sitting)

    (given,) = credits_of_sitting(sitting.id, session=session)
    assert (given.cause, given.seconds, given.reason) == (CreditCause.PAUSE, 91, Reason.POWER)
    assert (given.from_at, given.to_at, given.decided_by) == (begun, clock.now(), str(PROCTOR))
    acts = audit.about(session, str(sitting.id))[1:]
    assert [act.kind for act in acts] == ["sittings.sitting.paused", "sittings.sitting.unpaused"]
    assert acts[0].facts == {"reason": "power", "left_seconds": 45 * 60}
    assert acts[1].facts["seconds"] == 91
    assert whole() == ()


def test_second_pause_and_second_going_on_change_nothing(
    sitting: SittingFacts, clockwork: Clockwork, clock: HandClock, session: Session
) -> None:
    assert not clockwork.unpause(sitting)
    assert clockwork.pause(sitting)
    clock.advance(minutes=1)
    assert not clockwork.pause(sitting, Reason.ALARM)
    clock.advance(minutes=1)
    assert clockwork.unpause(sitting)
    assert not clockwork.unpause(sitting)

    assert [given.seconds for given in credits_of_sitting(sitting.id, session=session)] == [120]


def test_time_and_click_do_not_end_a_pause_but_a_proctor_does(
    sitting: SittingFacts,
    clockwork: Clockwork,
    end: EndSitting,
    reread: Reread,
    clock: HandClock,
    session: Session,
    whole: Callable[[], tuple[str, ...]],
) -> None:
    clockwork.pause(sitting)
    clock.advance(hours=3)
    session.rollback()
    assert service.overdue(session=session, now=clock.now()) == []
    for cause in (Cause.CLICK, Cause.TIME):
        with pytest.raises(SittingPaused):
            end(sitting, cause)
        session.rollback()

    end(sitting, Cause.PROCTOR)

    ended = reread(sitting)
    assert (ended.state, ended.ended_by, ended.timing.paused_at) == (State.ENDED, Cause.PROCTOR, None)
    assert ended.timing.credit == timedelta(hours=3)
    assert whole() == ()


def test_no_pause_once_the_time_is_up(sitting: SittingFacts, clockwork: Clockwork, clock: HandClock) -> None:
    clock.set(sitting.timing.deadline)

    with pytest.raises(NothingToPause):
        clockwork.pause(sitting)


def test_ended_and_unknown_sittings_have_no_clock(
    sitting: SittingFacts, clockwork: Clockwork, end: EndSitting, session: Session, clock: HandClock
) -> None:
    end(sitting)

    for act in (clockwork.pause, clockwork.unpause, lambda ended: clockwork.give(ended, 1)):
        with pytest.raises(SittingEnded):
            act(sitting)
    session.rollback()
    with pytest.raises(SittingNotFound):
        credit.pause(OTHER, Reason.POWER, actor=PROCTOR, session=session, now=clock.now())


def test_beat_in_a_pause_is_a_sign_of_life(
    sitting: SittingFacts, clockwork: Clockwork, session: Session, clock: HandClock
) -> None:
    clockwork.pause(sitting)

    told = service.record_events(sitting.id, [], nonce=sitting.live_nonce or b"", session=session, now=clock.now())

    assert told.timing.paused_at == clock.now()


# --- time that is added


def test_added_time_moves_the_deadline_and_is_logged_with_its_reason(
    sitting: SittingFacts,
    clockwork: Clockwork,
    answer: SaveOne,
    end: EndSitting,
    clock: HandClock,
    session: Session,
    whole: Callable[[], tuple[str, ...]],
) -> None:
    clockwork.give(sitting, 5)
    clockwork.give(sitting, 3, CreditCause.OUTAGE)
    clock.advance(minutes=62)

    assert answer(sitting, 1).remaining == timedelta(minutes=1)
    acts = audit.about(session, str(sitting.id))[1:]
    assert [(act.kind, act.facts["number"], act.facts["seconds"], act.facts["reason"]) for act in acts] == [
        ("sittings.sitting.extended", 1, 300, "equipment"),
        ("sittings.sitting.credited", 2, 180, "equipment"),
    ]
    assert "The screen" not in str(acts), "what was typed stands in the log as a digest"
    with pytest.raises(NotYetOver):
        end(sitting, Cause.TIME)
    assert whole() == ()


def test_more_than_the_limit_in_all_needs_two_people(
    sitting: SittingFacts, clockwork: Clockwork, clock: HandClock, reread: Reread, session: Session
) -> None:
    clockwork.pause(sitting)
    clock.advance(minutes=30)
    clockwork.unpause(sitting)  # a pause gives nobody more time to think
    clockwork.give(sitting, 10)
    with pytest.raises(CreditAboveLimit) as refused:
        clockwork.give(sitting, 6, CreditCause.OUTAGE)
    assert refused.value.parameters == {"left": 300}
    clockwork.give(sitting, 5, CreditCause.OUTAGE)
    with pytest.raises(CreditAboveLimit):
        clockwork.give(sitting, 1)

    clockwork.give(sitting, 20, requested_by=OTHER)

    assert reread(sitting).timing.credit == timedelta(minutes=65)
    assert credits_of_sitting(sitting.id, session=session)[-1].requested_by == str(OTHER)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sitting SET credit_seconds = credit_seconds + 1",
        "UPDATE sitting_credit SET seconds = seconds + 60",
        "UPDATE sitting_credit SET note = 'because'",
        "UPDATE sitting_credit SET decided_by = 'system:worker'",
        "DELETE FROM sitting_credit",
    ],
)
def test_credit_that_was_changed_is_found(
    sitting: SittingFacts,
    clockwork: Clockwork,
    session: Session,
    whole: Callable[[], tuple[str, ...]],
    change: str,
) -> None:
    clockwork.give(sitting, 5)
    assert whole() == ()
    session.connection().exec_driver_sql(change)
    session.commit()

    assert whole() != ()


def test_credit_that_no_act_tells_of_is_found(
    sitting: SittingFacts, session: Session, clock: HandClock, whole: Callable[[], tuple[str, ...]]
) -> None:
    row = credit.SittingCredit(
        sitting_id=sitting.id,
        number=1,
        cause="outage",
        seconds=60,
        reason="power",
        note="",
        decided_at=clock.now(),
        decided_by="somebody",
        evidence={},
    )
    session.add(row)
    credit.locked(sitting.id, session=session).credit_seconds = 60
    session.commit()

    assert whole() == (f"No act tells of credit {sitting.id} 1.",)


# --- quarantine


def test_credit_takes_late_answers_into_the_journal_in_their_order(
    sitting: SittingFacts,
    clockwork: Clockwork,
    answer: SaveOne,
    end: EndSitting,
    reread: Reread,
    clock: HandClock,
    session: Session,
    whole: Callable[[], tuple[str, ...]],
) -> None:
    answer(sitting, 1, 1, 1)
    clock.set(sitting.timing.deadline + timedelta(minutes=1))
    with pytest.raises(SittingEnded):
        answer(sitting, 2, 2, 2)
    assert clockwork.arrive_late(sitting, 2, 2, 2)
    clock.advance(seconds=1)
    assert clockwork.arrive_late(sitting, 5, 2, 3), "numbers may have hops"
    clock.advance(minutes=4)
    assert clockwork.arrive_late(sitting, 6, 3, 1)
    late = [each.row for each in journal(sitting.id, session=session)]
    assert len(late) == 1

    clockwork.give(sitting, 3)

    session.rollback()
    rows = journal(sitting.id, session=session)
    assert [(each.row.sequence, each.row.position, each.row.option) for each in rows] == [
        (1, 1, 1),
        (2, 2, 2),
        (3, 2, 3),
    ]
    assert rows[2].row.saved_at == sitting.timing.deadline + timedelta(minutes=1, seconds=1)
    assert rows[2].head == next_head(rows[1].head, rows[2].row)
    assert count_late(sitting.id, session=session) == 1
    reached = [act for act in audit.about(session, str(sitting.id)) if act.kind == "sittings.answers.reached"]
    assert [act.facts for act in reached] == [{"answers": 2, "sequence": 3, "head": rows[2].head.hex()}]

    clockwork.give(sitting, 5)  # now it reaches the third one as well
    assert answer(sitting, 5, 4, 4).sequence == 5
    assert answers_of(sitting.id, session=session) == {1: 1, 2: 3, 3: 1, 4: 4}
    end(sitting)
    assert reread(sitting).final_sequence == 5
    assert whole() == ()


def test_answer_that_was_refused_just_before_the_credit_counts_too(
    sitting: SittingFacts, clockwork: Clockwork, answer: SaveOne, clock: HandClock, session: Session
) -> None:
    clock.set(sitting.timing.deadline + timedelta(minutes=1))
    with pytest.raises(SittingEnded):
        answer(sitting, 1, 2, 2)
    clockwork.give(sitting, 5)

    assert clockwork.arrive_late(sitting, 1, 2, 2), "the refusal was on its way to the quarantine"

    assert answers_of(sitting.id, session=session) == {2: 2}


def test_nothing_is_taken_once_a_result_stands(
    sitting: SittingFacts, clockwork: Clockwork, end: EndSitting, clock: HandClock, session: Session
) -> None:
    clock.set(sitting.timing.deadline - timedelta(minutes=1))
    end(sitting)

    assert clockwork.arrive_late(sitting, 1, 2, 2)

    assert journal(sitting.id, session=session) == []
    assert count_late(sitting.id, session=session) == 1
