"""Who gets a place, who may move it or give it back, and until when?"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.applicants.queries import BanFacts
from app.applicants.rules import check_digit
from app.applicants.service import ImposeBan, lift_ban
from app.audit.queries import about
from app.bookings import service as bookings
from app.bookings import timetable
from app.bookings.errors import (
    ApplicationNotFound,
    BookingCancelled,
    BookingClosed,
    BookingNotFound,
    ChangeTooLate,
    CompetitionOver,
    NotEligible,
    OtherProgramme,
    OutsideWindow,
    ProgrammeNotOpen,
    SessionFull,
    SessionNotFound,
    SessionWithdrawn,
)
from app.bookings.places import load_places
from app.bookings.queries import (
    BookingFacts,
    RoomFacts,
    SessionFacts,
    access_application,
    access_booking,
    bookings_of_applicant,
    bookings_of_session,
    cancelled_bookings,
    centre_with_code,
    moves_before,
    places_of,
    session_with_id,
)
from app.bookings.rules import CancelReason
from app.bookings.service import Competition
from app.bookings.timetable import Act
from app.db import db
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.rulebook import programmes
from app.notices.models import Notice
from app.processes import booking
from app.processes.eligibility import Because, decide
from app.processes.violations import record_violation
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeCentre, MakeExamSession, Reserve
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.scoring import FAILING, PASSING, MakeResult
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import CountedEntropy, HandClock

Move = Callable[..., BookingFacts]
Cancel = Callable[..., BookingFacts]
Bar = Callable[[Enrolled], BanFacts]
CORPS_B = programmes().on("corps-b-legislation", date(2026, 11, 24))
DAY = timedelta(days=1)


@pytest.fixture
def room(make_room: MakeRoom) -> RoomFacts:
    return make_room(seats=2)


@pytest.fixture
def sessions(room: RoomFacts, plan: Plan) -> list[SessionFacts]:
    """The sessions of the room within the booking window, the next one first."""
    return plan(room)


@pytest.fixture
def move(session: Session, clock: HandClock, entropy: CountedEntropy) -> Move:
    def act(mine: BookingFacts, to: SessionFacts, applicant_id: uuid.UUID | None = None) -> BookingFacts:
        session.rollback()
        owner = applicant_id or mine.applicant_id
        moved = booking.move(mine.id, to.id, applicant_id=owner, session=session, now=clock.now(), entropy=entropy)
        found = access_booking(moved, owner, session=session)
        session.commit()
        return found

    return act


@pytest.fixture
def cancel(session: Session, clock: HandClock, entropy: CountedEntropy) -> Cancel:
    def act(mine: BookingFacts, applicant_id: uuid.UUID | None = None) -> BookingFacts:
        session.rollback()
        owner = applicant_id or mine.applicant_id
        booking.cancel(mine.id, applicant_id=owner, session=session, now=clock.now(), entropy=entropy)
        found = access_booking(mine.id, owner, session=session)
        session.commit()
        return found

    return act


def grounds(refused: pytest.ExceptionInfo[NotEligible]) -> set[Because]:
    return {ground.code for ground in refused.value.parameters["decision"].grounds}  # type: ignore[attr-defined]


# --- getting a place


def test_place_is_booked_with_an_application_for_no_competition(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant, session: Session
) -> None:
    mine = reserve(make_applicant(), sessions[0])

    assert mine.session.id == sessions[0].id
    assert mine.application_id is not None
    application = access_application(mine.application_id, mine.applicant_id, session=session)
    assert (application.programme_code, application.competition_deadline) == ("corps-b-legislation", None)


def test_same_session_twice_is_one_booking_and_one_application(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant
) -> None:
    who = make_applicant()

    assert reserve(who, sessions[0]) == reserve(who, sessions[0])


def test_second_place_while_one_is_open_is_refused_and_names_the_first(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant
) -> None:
    who = make_applicant()
    first = reserve(who, sessions[0])

    with pytest.raises(NotEligible) as refused:
        reserve(who, sessions[1])

    (ground,) = refused.value.parameters["decision"].grounds  # type: ignore[attr-defined]
    assert (ground.code, ground.booking.id, ground.stands_until) == (Because.OPEN_BOOKING, first.id, None)


def test_session_beyond_the_last_day_is_refused(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant, clock: HandClock
) -> None:
    who, last = make_applicant(), sessions[-1]
    clock.advance(days=-1)

    with pytest.raises(OutsideWindow):
        reserve(who, last)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=23), timedelta(days=2)])
def test_booking_closes_a_day_before_the_session(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant, clock: HandClock, late: timedelta
) -> None:
    who, found = make_applicant(), sessions[0]
    clock.set(found.opens_at - DAY + late)

    with pytest.raises(BookingClosed):
        reserve(who, found)


def test_booking_is_open_until_a_moment_before_that(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant, clock: HandClock
) -> None:
    clock.set(sessions[0].opens_at - DAY - timedelta(microseconds=1))

    assert reserve(make_applicant(), sessions[0]).session.id == sessions[0].id


def test_fixed_roster_and_full_session_are_refused(
    reserve: Reserve,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_roster: MakeRoster,
    session: Session,
    clock: HandClock,
) -> None:
    fixed, full = sessions[0], sessions[1]
    who = make_applicant()
    bookings.close_booking(fixed.id, actor="test", session=session, now=clock.now())
    make_roster(full, 2)
    session.commit()

    with pytest.raises(BookingClosed):
        reserve(who, fixed)
    with pytest.raises(SessionFull):
        reserve(who, full)


def test_withdrawn_session_is_refused(
    reserve: Reserve,
    room: RoomFacts,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    session: Session,
    clock: HandClock,
) -> None:
    timetable.set_weekly_hours(room.centre_id, {}, Act(actor="test", now=clock.now()), session=session)
    session.commit()

    with pytest.raises(SessionWithdrawn):
        reserve(make_applicant(), sessions[0])


def test_session_that_was_opened_by_hand_is_not_for_applicants(
    reserve: Reserve, make_exam_session: MakeExamSession, make_applicant: MakeApplicant
) -> None:
    with pytest.raises(SessionNotFound):
        reserve(make_applicant(), make_exam_session(opens_in=timedelta(days=3), committed=False))


def test_programme_without_tests_in_centres_is_not_open(clock: HandClock) -> None:
    with pytest.raises(ProgrammeNotOpen):
        booking.bookable_programme(PRACTICE, clock.now())


def test_accessible_place_is_kept_for_who_needs_it(
    reserve: Reserve, make_room: MakeRoom, plan: Plan, make_applicant: MakeApplicant
) -> None:
    found = plan(make_room("2", seats=2, accessible=1))[0]
    assert reserve(make_applicant(), found, accessible=True).accessible

    with pytest.raises(SessionFull) as refused:
        reserve(make_applicant(), found, accessible=True)

    assert refused.value.parameters == {"accessible": True}
    assert not reserve(make_applicant(), found).accessible


# --- competitions


@pytest.fixture
def apply(session: Session, clock: HandClock, entropy: CountedEntropy) -> Callable[..., uuid.UUID]:
    def act(who: Enrolled, deadline: date, programme: str = "corps-b-legislation") -> uuid.UUID:
        competition = Competition(deadline=deadline, reference="№ 12")
        made = bookings.apply_for(
            who.facts.id, programme, competition, session=session, now=clock.now(), entropy=entropy
        )
        session.commit()
        return made

    return act


def test_competition_bounds_the_days(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant, apply: Callable[..., uuid.UUID]
) -> None:
    """Documents are taken until Friday 27 November: tests for it are sat until Friday 4 December."""
    who = make_applicant()
    application = apply(who, date(2026, 11, 27))
    by_day = {local_day(found.opens_at): found for found in sessions}

    for outside in (date(2026, 11, 27), date(2026, 12, 7)):
        with pytest.raises(OutsideWindow):
            reserve(who, by_day[outside], application_id=application)
    mine = reserve(who, by_day[date(2026, 12, 4)], application_id=application)

    assert mine.application_id == application


def test_competition_that_is_over_bars_by_its_own_words(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant, apply: Callable[..., uuid.UUID]
) -> None:
    who = make_applicant()

    with pytest.raises(CompetitionOver):
        reserve(who, sessions[0], application_id=apply(who, date(2026, 11, 2)))


def test_application_of_another_person_or_test_is_refused(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant, apply: Callable[..., uuid.UUID]
) -> None:
    who, other = make_applicant(), make_applicant()

    with pytest.raises(ApplicationNotFound):
        reserve(who, sessions[0], application_id=apply(other, date(2026, 11, 24)))
    with pytest.raises(OtherProgramme):
        reserve(who, sessions[0], application_id=apply(who, date(2026, 11, 24), PRACTICE))


# --- eligibility


def test_wait_that_ends_before_the_session_does_not_bar_it(
    reserve: Reserve,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_result: MakeResult,
) -> None:
    """Failed on Tuesday 24 November: a retest from Friday the 27th on."""
    who = make_applicant()
    make_result(FAILING, booking=make_booking(who))
    early = [found for found in sessions if local_day(found.opens_at) < date(2026, 11, 27)]
    late = next(found for found in sessions if local_day(found.opens_at) == date(2026, 11, 27))

    for found in early:
        with pytest.raises(NotEligible) as refused:
            reserve(who, found)
        assert grounds(refused) == {Because.RETEST_WAIT}
    assert reserve(who, late).session.id == late.id


def test_certificate_bars_every_session_of_the_window(
    reserve: Reserve,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_result: MakeResult,
) -> None:
    who = make_applicant()
    make_result(PASSING, booking=make_booking(who))

    with pytest.raises(NotEligible) as refused:
        reserve(who, sessions[-1])

    assert grounds(refused) == {Because.CERTIFICATE_HELD}


def test_eighteenth_birthday_decides_by_the_day_of_the_session(
    reserve: Reserve, sessions: list[SessionFacts], make_applicant: MakeApplicant
) -> None:
    eleven = next(f"0812015{serial:04d}" for serial in range(9000, 9100) if check_digit(f"0812015{serial:04d}"))
    who = make_applicant(iin=eleven + str(check_digit(eleven)))
    by_day = {local_day(found.opens_at): found for found in sessions}

    with pytest.raises(NotEligible) as refused:
        reserve(who, by_day[date(2026, 11, 30)])

    assert grounds(refused) == {Because.UNDER_AGE}
    assert reserve(who, by_day[date(2026, 12, 1)])


def test_three_missed_tests_in_thirty_days_bar_the_fourth(
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    session: Session,
    clock: HandClock,
) -> None:
    who = make_applicant()
    for ago in (20, 10, 5):
        make_booking(who, make_exam_session(opens_in=-ago * DAY, committed=False))

    decision = decide(who.facts.id, CORPS_B, session=session, now=clock.now())

    (ground,) = decision.grounds
    assert ground.code is Because.NO_SHOWS
    assert ground.stands_until == start_of_local_day(date(2026, 12, 4))
    later = decide(who.facts.id, CORPS_B, session=session, now=clock.now(), moment=ground.stands_until)
    assert later.eligible


def test_ban_bars_the_sessions_within_it(
    reserve: Reserve,
    room: RoomFacts,
    plan: Plan,
    make_applicant: MakeApplicant,
    make_ban: MakeBan,
    clock: HandClock,
) -> None:
    """An act of 15 July bars until the first moment of 15 January."""
    clock.advance(days=42)
    by_day = {local_day(found.opens_at): found for found in plan(room)}
    who = make_applicant()
    ban = make_ban(who.facts.id, act_on=date(2026, 7, 15))

    with pytest.raises(NotEligible) as refused:
        reserve(who, by_day[date(2027, 1, 14)])

    (ground,) = refused.value.parameters["decision"].grounds  # type: ignore[attr-defined]
    assert (ground.code, ground.stands_until, ground.reference) == (Because.BAN, ban.ends_at, ban.reference)
    assert reserve(who, by_day[date(2027, 1, 15)])


# --- changing it


def test_move_takes_the_new_place_and_gives_the_old_one_back(
    reserve: Reserve, move: Move, sessions: list[SessionFacts], make_applicant: MakeApplicant, session: Session
) -> None:
    mine = reserve(make_applicant(), sessions[0])

    fresh = move(mine, sessions[3])

    old = access_booking(mine.id, mine.applicant_id, session=session)
    assert (old.cancelled_reason, old.moved_to_id) == (CancelReason.MOVED, fresh.id)
    assert [each.id for each in bookings_of_applicant(mine.applicant_id, session=session)] == [fresh.id]
    assert [each.id for each in cancelled_bookings(mine.applicant_id, session=session)] == [mine.id]
    assert places_of(sessions[:1], session=session)[sessions[0].id].booked == 0
    assert bookings_of_session(sessions[0].id, session=session) == []
    assert moves_before(fresh, session=session) == [mine.id]
    assert fresh.application_id == mine.application_id
    assert [entry.kind for entry in about(session, str(mine.id))] == [
        "bookings.booking.made",
        "bookings.booking.moved",
    ]


def test_move_sent_twice_is_one_move_and_to_the_same_session_is_none(
    reserve: Reserve, move: Move, sessions: list[SessionFacts], make_applicant: MakeApplicant
) -> None:
    mine = reserve(make_applicant(), sessions[0])

    assert move(mine, sessions[0]).id == mine.id
    assert move(mine, sessions[3]).id == move(mine, sessions[3]).id


def test_moved_booking_cannot_be_moved_again_nor_cancelled(
    reserve: Reserve, move: Move, cancel: Cancel, sessions: list[SessionFacts], make_applicant: MakeApplicant
) -> None:
    mine = reserve(make_applicant(), sessions[0])
    move(mine, sessions[3])

    with pytest.raises(BookingCancelled):
        move(mine, sessions[4])
    with pytest.raises(BookingCancelled):
        cancel(mine)


def test_refused_move_leaves_the_booking_as_it_was(
    reserve: Reserve,
    move: Move,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_roster: MakeRoster,
    session: Session,
) -> None:
    mine = reserve(make_applicant(), sessions[0])
    make_roster(sessions[3], 2)

    with pytest.raises(SessionFull):
        move(mine, sessions[3])

    session.rollback()
    assert access_booking(mine.id, mine.applicant_id, session=session).cancelled_at is None


def test_cancelled_place_is_free_for_the_next_person_and_for_the_same_one(
    reserve: Reserve,
    cancel: Cancel,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_roster: MakeRoster,
) -> None:
    who = make_applicant()
    mine = reserve(who, sessions[0])
    make_roster(sessions[0], 1)

    assert cancel(mine).cancelled_reason is CancelReason.OWN_CHOICE
    assert cancel(mine).cancelled_at is not None
    again = reserve(who, sessions[0])
    assert again.id != mine.id


@pytest.mark.parametrize("change", ["move", "cancel"])
def test_nothing_changes_within_the_last_day(
    reserve: Reserve,
    move: Move,
    cancel: Cancel,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    clock: HandClock,
    change: str,
) -> None:
    mine = reserve(make_applicant(), sessions[0])
    clock.set(sessions[0].opens_at - DAY)

    with pytest.raises(ChangeTooLate):
        _ = move(mine, sessions[-1]) if change == "move" else cancel(mine)


def test_withdrawn_session_can_be_left_for_another_at_any_time(
    reserve: Reserve,
    move: Move,
    make_room: MakeRoom,
    plan: Plan,
    make_centre: MakeCentre,
    make_applicant: MakeApplicant,
    session: Session,
    clock: HandClock,
) -> None:
    here, there = make_room(), make_room("7", centre_id=make_centre("KRG-01"))
    withdrawn, other = plan(here)[0], plan(there)[-1]
    mine = reserve(make_applicant(), withdrawn)
    act = Act(actor="test", now=clock.now())
    with pytest.raises(timetable.BookingsStruck) as struck:
        timetable.set_weekly_hours(here.centre_id, {}, act, session=session)
    session.rollback()
    agreed = timetable.seal(struck.value.parameters["strikes"])  # type: ignore[arg-type]
    timetable.set_weekly_hours(here.centre_id, {}, Act(actor="test", now=clock.now(), agreed=agreed), session=session)
    session.commit()
    clock.set(withdrawn.opens_at - timedelta(hours=1))

    assert move(mine, other).session.id == other.id


def test_another_persons_booking_looks_absent(
    reserve: Reserve, move: Move, cancel: Cancel, sessions: list[SessionFacts], make_applicant: MakeApplicant
) -> None:
    mine, stranger = reserve(make_applicant(), sessions[0]), make_applicant().facts.id

    with pytest.raises(BookingNotFound):
        move(mine, sessions[3], stranger)
    with pytest.raises(BookingNotFound):
        cancel(mine, stranger)


def test_booking_cannot_be_moved_to_another_test(
    reserve: Reserve,
    move: Move,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_exam_session: MakeExamSession,
) -> None:
    mine = reserve(make_applicant(), sessions[0])

    with pytest.raises(OtherProgramme):
        move(mine, make_exam_session(PRACTICE, opens_in=timedelta(days=4), committed=False))


# --- who did not come


def test_missed_booking_is_noted_once(
    reserve: Reserve,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    session: Session,
    clock: HandClock,
    missed: Callable[[], int],
) -> None:
    mine = reserve(make_applicant(), sessions[0])
    clock.set(sessions[0].closes_at - timedelta(microseconds=1))
    assert missed() == 0
    clock.set(sessions[0].closes_at)

    assert (missed(), missed()) == (1, 0)
    assert [entry.kind for entry in about(session, str(mine.id))][-1] == "bookings.booking.missed"


def test_who_sat_cancelled_or_had_no_session_missed_nothing(
    reserve: Reserve,
    cancel: Cancel,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_result: MakeResult,
    clock: HandClock,
    missed: Callable[[], int],
) -> None:
    make_result(PASSING, booking=make_booking())
    cancel(reserve(make_applicant(), sessions[0]))
    clock.advance(days=3)

    assert missed() == 0


@pytest.fixture
def bar(session: Session, clock: HandClock, entropy: CountedEntropy, make_account: MakeAccount) -> Bar:
    """Return what enters an act of today on a person."""

    def act(who: Enrolled) -> BanFacts:
        session.rollback()
        today = local_day(clock.now())
        command = ImposeBan(
            applicant_id=who.facts.id, reference="A-1", act_on=today, programme=CORPS_B, description="A telephone."
        )
        actor = make_account(role=Role.ADMINISTRATOR).id
        ban = record_violation(command, actor=actor, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return ban

    return act


def test_ban_gives_back_the_places_within_it_and_says_so(
    bar: Bar,
    sessions: list[SessionFacts],
    reserve: Reserve,
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    session: Session,
) -> None:
    who, other = make_applicant(), make_applicant()
    mine, practises = reserve(who, sessions[3]), make_booking(who, make_exam_session(PRACTICE, opens_in=DAY))
    theirs = reserve(other, sessions[3])
    before = places_of([sessions[3]], session=session)[sessions[3].id].free

    ban = bar(who)

    (gone,) = cancelled_bookings(who.facts.id, session=session)
    assert (gone.id, gone.cancelled_reason) == (mine.id, CancelReason.BAN)
    assert [each.id for each in bookings_of_applicant(who.facts.id, session=session)] == [practises.id]
    assert [each.id for each in bookings_of_applicant(other.facts.id, session=session)] == [theirs.id]
    assert places_of([sessions[3]], session=session)[sessions[3].id].free == before + 1
    assert [entry.kind for entry in about(session, str(mine.id))][-1] == "bookings.booking.cancelled"
    told = session.scalars(select(Notice).where(Notice.kind == "ban_imposed")).one()
    assert told.facts["given_back"] == [
        {"centre": dict(sessions[3].centre_names), "opens_at": sessions[3].opens_at.isoformat()}
    ]

    lift_ban(ban.id, "A-2026-000001", actor="test", session=session, now=ban.imposed_at)

    assert len(bookings_of_applicant(who.facts.id, session=session)) == 1
    assert decide(who.facts.id, CORPS_B, session=session, now=ban.imposed_at).eligible


def test_ban_leaves_a_fixed_roster_and_what_has_begun_as_they_are(
    bar: Bar,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    session: Session,
    clock: HandClock,
) -> None:
    who = make_applicant()
    kept = [make_booking(who), make_booking(who, sessions[3])]
    bookings.close_booking(sessions[3].id, actor="test", session=session, now=clock.now())
    session.commit()

    bar(who)

    found = bookings_of_applicant(who.facts.id, session=session)
    assert {each.id for each in found} == {each.id for each in kept}
    assert "given_back" not in session.scalars(select(Notice).where(Notice.kind == "ban_imposed")).one().facts


def test_whom_a_ban_kept_out_missed_nothing_also_where_it_is_lifted_later(
    reserve: Reserve,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_ban: MakeBan,
    session: Session,
    clock: HandClock,
    missed: Callable[[], int],
) -> None:
    who, strict = make_applicant(), replace(CORPS_B, booking=replace(CORPS_B.booking, no_show_limit=1))
    reserve(who, sessions[0])
    ban = make_ban(who.facts.id)
    clock.set(sessions[0].closes_at)

    assert missed() == 0
    lift_ban(ban.id, "A-2026-000001", actor="test", session=session, now=clock.now())
    session.commit()
    assert missed() == 0
    assert decide(who.facts.id, strict, session=session, now=clock.now()).eligible


@pytest.fixture
def missed(app: Flask, session: Session) -> Callable[[], int]:
    def act() -> int:
        session.rollback()
        with app.app_context():
            count = booking.note_missed(app.extensions["synaq_tools"])
            db.session.remove()
        return count

    return act


def test_each_act_is_told_once(
    reserve: Reserve,
    move: Move,
    cancel: Cancel,
    sessions: list[SessionFacts],
    make_applicant: MakeApplicant,
    session: Session,
    clock: HandClock,
    missed: Callable[[], int],
) -> None:
    who = make_applicant()
    for _ in range(2):
        mine = reserve(who, sessions[0])
    for _ in range(2):
        moved = move(mine, sessions[3])
    for _ in range(2):
        cancel(moved)
    last = reserve(who, sessions[2])
    clock.set(last.session.closes_at)
    for _ in range(2):
        missed()

    told = Counter(str(getattr(kind, "value", kind)) for kind in session.scalars(select(Notice.kind)))
    assert told == {"booking_made": 2, "booking_moved": 1, "booking_cancelled": 1, "missed": 1}


# --- what is free


def test_earliest_places_begin_with_the_own_centre_and_go_on_with_the_nearest(
    make_room: MakeRoom,
    make_centre: MakeCentre,
    plan: Plan,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    codes = ("AST-01", "KRG-01", "SHY-01")
    for code in codes:
        plan(make_room(centre_id=make_centre(code)))
    bookings.import_centres(load_places(), session=session, now=clock.now(), entropy=entropy)
    session.commit()
    origin = centre_with_code("KRG-01", session=session)
    moment = start_of_local_day(date(2026, 11, 27))

    found = booking.earliest_places(origin, CORPS_B, moment, session=session, now=clock.now())

    assert [offer.centre.code for offer in found] == ["KRG-01", "AST-01", "SHY-01"]
    assert [offer.opens_at >= moment for offer in found] == [True] * 3
    assert found[0].km == 0
    assert 150 < (found[1].km or 0) < 250


def test_full_sessions_are_not_offered(
    make_room: MakeRoom, plan: Plan, make_roster: MakeRoster, session: Session, clock: HandClock
) -> None:
    found = plan(make_room(seats=1))
    make_roster(found[0], 1)

    offers = booking.earliest_places(None, CORPS_B, clock.now(), session=session, now=clock.now())

    assert [offer.exam_session_id for offer in offers] == [each.id for each in found[1:4]]
    assert [offer.free for offer in offers] == [1, 1, 1]
    assert session_with_id(found[0].id, session=session).opens_at < offers[0].opens_at
