"""Which sessions follow from rooms and hours, and what does a change strike?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.bookings import service, timetable
from app.bookings.calendar import DayException, ExceptionKind, parse_hours
from app.bookings.errors import (
    AlreadyThere,
    BookingsStruck,
    CentreNotFound,
    ClosedThatDay,
    RosterFixed,
    SessionWithdrawn,
    UnusableCode,
)
from app.bookings.models import Centre, ExamSession
from app.bookings.places import load_places
from app.bookings.queries import (
    SessionFacts,
    centre_lines,
    centre_with_code,
    exceptions_of,
    places_of,
    seats_for,
    session_with_id,
    sessions_ahead,
    sessions_with_open_booking,
    weekly_hours_of,
    workstations_of_centre,
)
from app.bookings.timetable import Act, seal
from app.kernel.clock import LOCAL, local_day
from app.kernel.workdays import workdays
from app.processes import ceremony
from app.processes.timetable import plan_sessions
from app.wiring import Tools
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import CountedEntropy, HandClock

DAY = timedelta(days=1)
FRIDAY = date(2026, 11, 27)
SATURDAY = date(2026, 11, 28)
By = Callable[..., Act]


def shut(day: date) -> DayException:
    return DayException(day=day, kind=ExceptionKind.CLOSED)


def extra(day: date, hours: str) -> DayException:
    return DayException(day=day, kind=ExceptionKind.EXTRA, extra=parse_hours(hours)[0])


def on(day: date, found: list[SessionFacts]) -> list[SessionFacts]:
    return [each for each in found if local_day(each.opens_at) == day]


def kinds(session: Session, subject: object) -> list[str]:
    return [entry.kind for entry in audit.about(session, str(subject))]


# --- sessions from hours


def test_sessions_of_a_day_fill_the_hours(make_room: MakeRoom, plan: Plan) -> None:
    found = on(FRIDAY, plan(make_room()))

    assert [f"{each.opens_at.astimezone(LOCAL):%H:%M}" for each in found] == [
        "09:00",
        "10:30",
        "14:00",
        "15:30",
        "17:00",
    ]
    assert {each.closes_at - each.opens_at for each in found} == {timedelta(minutes=90)}
    assert [each.code for each in found][:2] == ["AST-01-1-20261127-0900", "AST-01-1-20261127-1030"]
    assert all(service.CODE.fullmatch(each.code) for each in found)


def test_sessions_lie_in_the_booking_window_and_leave_time_to_book(
    make_room: MakeRoom, plan: Plan, clock: HandClock
) -> None:
    found = plan(make_room())

    assert local_day(found[-1].opens_at) <= local_day(clock.now()) + 30 * DAY
    assert all(clock.now() < each.booking_closes_at for each in found)
    assert f"{found[0].opens_at.astimezone(LOCAL):%d %H:%M}" == "25 10:30", "for 09:00 booking closed an hour ago"


def test_no_session_is_on_a_holiday_or_a_weekend(make_room: MakeRoom, plan: Plan) -> None:
    days = {local_day(each.opens_at) for each in plan(make_room())}

    assert date(2026, 12, 15) in days
    assert date(2026, 12, 16) not in days
    assert not {day for day in days if day.isoweekday() > 5}


def test_second_planning_makes_nothing(make_room: MakeRoom, plan: Plan, session: Session) -> None:
    room = make_room()
    first = plan(room)
    acts = audit.size_of_log(session)
    session.rollback()

    assert plan(room) == first
    assert audit.size_of_log(session) == acts


def test_next_day_adds_one_day(make_room: MakeRoom, plan: Plan, clock: HandClock) -> None:
    room = make_room()
    before = {each.code for each in plan(room)}
    clock.advance(days=1)

    added = {each.code for each in plan(room)} - before

    assert {code[9:17] for code in added} == {"20261225"}


def test_room_without_a_seat_has_no_session(make_room: MakeRoom, plan: Plan) -> None:
    assert plan(make_room(seats=0)) == []


def test_rooms_of_one_centre_have_sessions_of_their_own(make_room: MakeRoom, plan: Plan, session: Session) -> None:
    one, other = make_room("1", seats=2), make_room("2", seats=4)
    plan(one)
    found = on(FRIDAY, plan(other))
    places = places_of(found, session=session)

    assert {(each.room_id, places[each.id].seats) for each in found} == {(one.id, 2), (other.id, 4)}
    assert len(found) == 10


def test_draw_of_a_session_takes_the_seats_of_its_room(make_room: MakeRoom, plan: Plan, session: Session) -> None:
    one = make_room("1", seats=2)
    make_room("2", seats=4)
    found = plan(one)[0]

    assert [seat.number for seat in seats_for(found, session=session)] == ["1-01", "1-02"]


def test_sessions_that_are_there_are_not_met_by_new_ones(
    make_room: MakeRoom, plan: Plan, by_administrator: By, session: Session
) -> None:
    room = make_room()
    plan(room)
    later = {weekday: parse_hours("10:00–18:30") for weekday in range(1, 6)}
    timetable.set_weekly_hours(room.centre_id, later, by_administrator(), session=session)
    session.commit()

    found = [each for each in on(FRIDAY, plan(room)) if each.withdrawn_at is None]

    for one in found:
        assert not any(
            one.opens_at < other.closes_at and other.opens_at < one.closes_at for other in found if other != one
        )
    assert found[0].opens_at.astimezone(LOCAL).hour >= 10


def test_worker_plans_every_room(app: Flask, make_room: MakeRoom, tools: Tools, session: Session) -> None:
    make_room("1")
    make_room("2")

    with app.app_context():
        made, again = plan_sessions(tools), plan_sessions(tools)

    assert (made > 200, again) == (True, 0)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(date(2026, 1, 1), date(2028, 12, 20)))
def test_whatever_the_day_of_planning_no_session_is_off_or_past(
    make_room: MakeRoom, clock: HandClock, session: Session, entropy: CountedEntropy, today: date
) -> None:
    clock.advance(seconds=1)
    room = make_room(f"R{entropy.calls}"[:8])
    hours = {weekday: parse_hours("09:00–13:00, 14:00–18:30") for weekday in range(1, 6)}
    now = clock.now().replace(year=today.year, month=today.month, day=today.day)
    programme = _programme_of_any_day()
    timetable.plan_room(room, [programme], session=session, now=now, entropy=entropy)
    made = [each for each in sessions_ahead(room.centre_id, now, session=session) if each.room_id == room.id]
    session.commit()

    for each in made:
        day = local_day(each.opens_at)
        assert workdays().is_workday(day)
        assert each.opens_at > now
        start, end = (moment.astimezone(LOCAL) for moment in (each.opens_at, each.closes_at))
        minutes = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        assert any(
            interval.opens_minute <= minutes[0] and minutes[1] <= interval.closes_minute
            for interval in hours[day.isoweekday()]
        )


def _programme_of_any_day() -> object:
    from dataclasses import replace  # noqa: PLC0415  # here only

    from app.kernel.rulebook import programmes  # noqa: PLC0415

    return replace(programmes().on("corps-b-legislation", FRIDAY), in_force_from=date(2025, 1, 1))


# --- closing a day


def test_closed_day_withdraws_its_empty_sessions(
    make_room: MakeRoom, plan: Plan, by_administrator: By, session: Session, entropy: CountedEntropy
) -> None:
    room = make_room()
    plan(room)
    timetable.add_exception(
        room.centre_id, shut(FRIDAY), "Repair of the roof", by_administrator(), session=session, entropy=entropy
    )
    session.commit()
    found = plan(room)

    assert {each.withdrawn_reason for each in on(FRIDAY, found)} == {"Repair of the roof"}
    assert not [each for each in found if each.withdrawn_at and local_day(each.opens_at) != FRIDAY]


def test_closing_a_day_with_bookings_names_them_and_changes_nothing(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    by_administrator: By,
    session: Session,
    entropy: CountedEntropy,
) -> None:
    room = make_room()
    morning, *_ = on(FRIDAY, plan(room))
    make_roster(morning, 2)

    with pytest.raises(BookingsStruck) as refused:
        timetable.add_exception(
            room.centre_id, shut(FRIDAY), "Repair", by_administrator(), session=session, entropy=entropy
        )
    session.rollback()

    (strike,) = refused.value.parameters["strikes"]
    assert (strike.session.code, strike.booked, strike.struck, strike.withdrawn) == (morning.code, 2, 2, True)
    assert exceptions_of(room.centre_id, since=FRIDAY, session=session) == []
    assert session_with_id(morning.id, session=session).withdrawn_at is None


def test_agreed_closing_withdraws_the_sessions_and_is_told(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    by_administrator: By,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    room = make_room()
    morning, *_ = on(FRIDAY, plan(room))
    make_roster(morning, 2)
    close = lambda act: timetable.add_exception(  # noqa: E731  # the same twice
        room.centre_id, shut(FRIDAY), "Repair", act, session=session, entropy=entropy
    )
    with pytest.raises(BookingsStruck) as refused:
        close(by_administrator())
    session.rollback()

    made = close(by_administrator(agreed=seal(refused.value.parameters["strikes"])))
    session.commit()

    found = session_with_id(morning.id, session=session)
    (entry,) = audit.about(session, str(made))
    assert (found.withdrawn_at, found.withdrawn_reason) == (clock.now(), "Repair")
    assert not found.is_open(found.opens_at)
    assert "bookings.session.withdrawn" in kinds(session, morning.id)
    assert entry.facts
    assert entry.facts["struck"] == 2
    with pytest.raises(SessionWithdrawn):
        make_roster(found, 1)
    session.rollback()
    assert found.id not in {each.id for each in sessions_with_open_booking(session=session, now=clock.now())}


def test_agreement_to_other_strikes_does_not_count(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    by_administrator: By,
    session: Session,
    entropy: CountedEntropy,
) -> None:
    """Somebody books between the page that warns and the click that confirms."""
    room = make_room()
    morning, *_ = on(FRIDAY, plan(room))
    make_roster(morning, 1)
    with pytest.raises(BookingsStruck) as refused:
        timetable.add_exception(room.centre_id, shut(FRIDAY), "x", by_administrator(), session=session, entropy=entropy)
    session.rollback()
    make_roster(morning, 1)

    agreed = by_administrator(agreed=seal(refused.value.parameters["strikes"]))
    with pytest.raises(BookingsStruck):
        timetable.add_exception(room.centre_id, shut(FRIDAY), "x", agreed, session=session, entropy=entropy)


@pytest.mark.usefixtures("pool")
def test_nothing_strikes_a_session_whose_draw_is_committed(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    by_administrator: By,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    room = make_room(seats=2)
    morning, *_ = on(FRIDAY, plan(room))
    make_roster(morning, 2)
    clock.set(morning.booking_closes_at)
    ceremony.close_and_commit(
        session_with_id(morning.id, session=session), actor="t", session=session, now=clock.now(), entropy=entropy
    )
    session.commit()

    with pytest.raises(RosterFixed) as refused:
        timetable.add_exception(room.centre_id, shut(FRIDAY), "x", by_administrator(), session=session, entropy=entropy)
    session.rollback()
    with pytest.raises(RosterFixed):
        timetable.stop_workstation(room.centre_id, "1-01", "x", by_administrator(), session=session)

    assert refused.value.parameters == {"sessions": [morning.code]}


def test_day_that_opens_again_has_its_empty_sessions_back(
    make_room: MakeRoom,
    plan: Plan,
    by_administrator: By,
    session: Session,
    entropy: CountedEntropy,
) -> None:
    room = make_room()
    before = plan(room)
    made = timetable.add_exception(
        room.centre_id, shut(FRIDAY), "x", by_administrator(), session=session, entropy=entropy
    )
    timetable.remove_exception(room.centre_id, made, by_administrator(), session=session)
    session.commit()

    assert plan(room) == before
    assert "bookings.session.restored" in kinds(session, on(FRIDAY, before)[0].id)


def test_withdrawn_session_with_bookings_stays_withdrawn(
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    by_administrator: By,
    session: Session,
    entropy: CountedEntropy,
) -> None:
    room = make_room()
    morning, *_ = on(FRIDAY, plan(room))
    make_roster(morning, 1)
    with pytest.raises(BookingsStruck) as refused:
        timetable.add_exception(room.centre_id, shut(FRIDAY), "x", by_administrator(), session=session, entropy=entropy)
    session.rollback()
    agreed = by_administrator(agreed=seal(refused.value.parameters["strikes"]))
    made = timetable.add_exception(room.centre_id, shut(FRIDAY), "x", agreed, session=session, entropy=entropy)
    timetable.remove_exception(room.centre_id, made, by_administrator(), session=session)
    session.commit()

    found = {each.id: each for each in plan(room)}

    assert found[morning.id].withdrawn_at is not None


# --- extra hours, other hours


def test_extra_hours_on_a_saturday_make_sessions(
    make_room: MakeRoom, plan: Plan, by_administrator: By, session: Session, entropy: CountedEntropy
) -> None:
    room = make_room()
    timetable.add_exception(
        room.centre_id,
        extra(SATURDAY, "10:00-13:00"),
        "Many wait",
        by_administrator(),
        session=session,
        entropy=entropy,
    )
    session.commit()

    assert len(on(SATURDAY, plan(room))) == 2


@pytest.mark.parametrize(
    "exception",
    [
        pytest.param(extra(date(2026, 12, 16), "10:00-13:00"), id="extra hours on a holiday"),
        pytest.param(shut(date(2026, 11, 23)), id="a day that is over"),
    ],
)
def test_exception_that_cannot_be_is_refused(
    make_room: MakeRoom, by_administrator: By, session: Session, entropy: CountedEntropy, exception: DayException
) -> None:
    room = make_room()

    with pytest.raises(ClosedThatDay):
        timetable.add_exception(room.centre_id, exception, "x", by_administrator(), session=session, entropy=entropy)


def test_one_day_has_one_exception(
    make_room: MakeRoom, by_administrator: By, session: Session, entropy: CountedEntropy
) -> None:
    room = make_room()
    add = lambda: timetable.add_exception(  # noqa: E731  # the same twice
        room.centre_id, shut(FRIDAY), "x", by_administrator(), session=session, entropy=entropy
    )
    add()

    with pytest.raises(AlreadyThere):
        add()


def test_shorter_hours_strike_what_lies_outside(
    make_room: MakeRoom, plan: Plan, make_roster: MakeRoster, by_administrator: By, session: Session
) -> None:
    room = make_room()
    late = on(FRIDAY, plan(room))[-1]
    make_roster(late, 1)
    shorter = {weekday: parse_hours("09:00–13:00, 14:00–17:00") for weekday in range(1, 6)}

    with pytest.raises(BookingsStruck) as refused:
        timetable.set_weekly_hours(room.centre_id, shorter, by_administrator(), session=session)
    session.rollback()
    agreed = by_administrator(agreed=seal(refused.value.parameters["strikes"]))
    timetable.set_weekly_hours(room.centre_id, shorter, agreed, session=session)
    session.commit()

    assert [strike.session.code for strike in refused.value.parameters["strikes"]] == [late.code]
    assert len([each for each in on(FRIDAY, plan(room)) if each.withdrawn_at is None]) == 4


def test_same_hours_again_are_no_act(make_room: MakeRoom, by_administrator: By, session: Session) -> None:
    room = make_room()
    again = weekly_hours_of(room.centre_id, session=session)

    timetable.set_weekly_hours(room.centre_id, {**again, 6: ()}, by_administrator(), session=session)
    session.commit()

    assert kinds(session, room.centre_id).count("bookings.hours.changed") == 1


# --- workstations


def test_seat_that_nobody_needs_goes_out_of_service_with_its_reason(
    make_room: MakeRoom, plan: Plan, make_roster: MakeRoster, by_administrator: By, session: Session
) -> None:
    room = make_room(seats=3)
    found = plan(room)[0]
    make_roster(found, 2)

    timetable.stop_workstation(room.centre_id, "1-02", "The screen is broken", by_administrator(), session=session)
    session.commit()

    (stopped,) = [each for each in workstations_of_centre(room.centre_id, session=session) if not each.in_service]
    assert (stopped.number, stopped.reason) == ("1-02", "The screen is broken")
    assert places_of([found], session=session)[found.id].free == 0


def test_fewer_seats_than_booked_are_asked_about_and_keep_the_bookings(
    make_room: MakeRoom, plan: Plan, make_roster: MakeRoster, by_administrator: By, session: Session
) -> None:
    room = make_room(seats=2)
    found = plan(room)[0]
    make_roster(found, 2)
    with pytest.raises(BookingsStruck) as refused:
        timetable.stop_workstation(room.centre_id, "1-02", "Broken", by_administrator(), session=session)
    session.rollback()

    agreed = by_administrator(agreed=seal(refused.value.parameters["strikes"]))
    timetable.stop_workstation(room.centre_id, "1-02", "Broken", agreed, session=session)
    session.commit()

    (strike,) = refused.value.parameters["strikes"]
    assert (strike.struck, strike.booked, strike.withdrawn) == (1, 2, False)
    assert places_of([found], session=session)[found.id].lacking == 1
    assert session_with_id(found.id, session=session).withdrawn_at is None


def test_accessible_seat_is_missed_by_who_needs_it(
    make_room: MakeRoom, plan: Plan, make_roster: MakeRoster, by_administrator: By, session: Session
) -> None:
    room = make_room(seats=3, accessible=1)
    make_roster(plan(room)[0], 1, accessible=1)

    with pytest.raises(BookingsStruck):
        timetable.stop_workstation(room.centre_id, "1-01", "Broken", by_administrator(), session=session)


def test_shortage_that_was_agreed_to_is_not_asked_about_again(
    make_room: MakeRoom, plan: Plan, make_roster: MakeRoster, by_administrator: By, session: Session
) -> None:
    room = make_room(seats=2)
    make_roster(plan(room)[0], 1)
    timetable.stop_workstation(room.centre_id, "1-01", "Broken", by_administrator(), session=session)
    with pytest.raises(BookingsStruck) as refused:
        timetable.stop_workstation(room.centre_id, "1-02", "Broken", by_administrator(), session=session)
    session.rollback()
    assert [strike.struck for strike in refused.value.parameters["strikes"]] == [1]

    week = {1: parse_hours("09:00-18:30"), **{day: parse_hours("09:00–13:00, 14:00–18:30") for day in range(2, 6)}}
    timetable.set_weekly_hours(room.centre_id, week, by_administrator(), session=session)


def test_workstation_comes_back(make_room: MakeRoom, by_administrator: By, session: Session) -> None:
    room = make_room(seats=1)
    for _ in range(2):
        timetable.stop_workstation(room.centre_id, "1-01", "Broken", by_administrator(), session=session)
    for _ in range(2):
        timetable.start_workstation(room.centre_id, "1-01", by_administrator(), session=session)
    session.commit()

    (back,) = workstations_of_centre(room.centre_id, session=session)
    assert (back.in_service, back.reason) == (True, None)
    acts = kinds(session, room.centre_id)
    assert [acts.count(f"bookings.workstation.{verb}") for verb in ("stopped", "restored")] == [1, 1]


def test_what_is_not_there_is_not_changed(make_room: MakeRoom, by_administrator: By, session: Session) -> None:
    room = make_room()

    with pytest.raises(CentreNotFound):
        timetable.stop_workstation(room.centre_id, "9", "x", by_administrator(), session=session)
    with pytest.raises(CentreNotFound):
        timetable.set_weekly_hours(room.id, {}, by_administrator(), session=session)
    with pytest.raises(CentreNotFound):
        centre_with_code("NOWHERE", session=session)


def test_room_and_number_are_there_once(
    make_room: MakeRoom, by_administrator: By, session: Session, entropy: CountedEntropy
) -> None:
    room = make_room()

    with pytest.raises(AlreadyThere):
        timetable.add_room(room.centre_id, "1", "Again", by_administrator(), session=session, entropy=entropy)
    with pytest.raises(AlreadyThere):
        timetable.add_workstations(room, ["1-03", "1-04"], by_administrator(), session=session)
    with pytest.raises(UnusableCode):
        timetable.add_room(room.centre_id, "Зал", "x", by_administrator(), session=session, entropy=entropy)


# --- centres


def test_import_of_the_centres_can_be_repeated(session: Session, clock: HandClock, entropy: CountedEntropy) -> None:
    act = lambda: service.import_centres(load_places(), session=session, now=clock.now(), entropy=entropy)  # noqa: E731

    first, second = act(), act()
    session.commit()

    assert (len(first[0]), first[1]) == (20, [])
    assert second == ([], [])
    assert len(centre_lines(session=session, now=clock.now())) == 20
    astana = centre_with_code("AST-01", session=session)
    assert astana.addresses
    assert astana.addresses["en"] == "Abai Street 33a, ground floor"


def test_import_brings_a_centre_up_to_date(session: Session, clock: HandClock, entropy: CountedEntropy) -> None:
    act = lambda: service.import_centres(load_places(), session=session, now=clock.now(), entropy=entropy)  # noqa: E731
    act()
    session.scalars(select(Centre).where(Centre.code == "AST-01")).one().name_en = "Old name"
    session.commit()

    assert act() == ([], ["AST-01"])
    session.commit()
    assert centre_with_code("AST-01", session=session).names["en"] == "Testing centre, Astana"


def test_list_of_centres_counts_what_lies_ahead(
    make_room: MakeRoom, plan: Plan, make_roster: MakeRoster, session: Session, clock: HandClock, by_administrator: By
) -> None:
    room = make_room(seats=3)
    found = plan(room)
    make_roster(found[0], 2)
    timetable.stop_workstation(room.centre_id, "1-03", "Broken", by_administrator(), session=session)
    session.commit()

    (line,) = centre_lines(session=session, now=clock.now())

    assert (line.rooms, line.seats, line.seats_in_service, line.booked) == (1, 3, 2, 2)
    assert line.sessions == len(found) == session.scalar(select(func.count()).select_from(ExamSession))


def test_session_for_which_nobody_is_booked_is_closed_without_a_draw(
    app: Flask, make_room: MakeRoom, plan: Plan, tools: Tools, session: Session, clock: HandClock
) -> None:
    first = plan(make_room())[0]
    clock.set(first.booking_closes_at)

    with app.app_context():
        committed = ceremony.close_due(tools)

    assert committed == 0
    session.rollback()
    assert session_with_id(first.id, session=session).booking_closed_at == clock.now()
