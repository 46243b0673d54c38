"""How does a person come to special conditions, and what do they change?"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accommodations import queries, service
from app.accommodations.errors import AccommodationNotFound, AlreadyAsked, AlreadySettled
from app.accommodations.rules import ORDINARY, Granted, State, Wish
from app.accommodations.service import Decision
from app.accounts.rules import Person
from app.audit import queries as log
from app.bookings.queries import SessionFacts, access_booking
from app.db import db, unit_of_work
from app.kernel.clock import local_day
from app.kernel.entropy import SystemEntropy
from app.notices.models import Notice
from app.processes import accommodating, booking
from tests.kit.factories.accommodations import EVERYTHING, ORDINARY_GRANT, Ask, GrantTo
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeBooking, MakeExamSession, Reserve
from tests.kit.factories.ceremonies import CloseAndCommit, MakeRoster
from tests.kit.factories.sittings import StartSitting, at_once
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import MORNING, CountedEntropy, HandClock

Decide = Callable[..., Decision]


@pytest.fixture
def who(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant()


@pytest.fixture
def decision(administrator: Person) -> Decide:
    return lambda asked, reason="The document was seen.": Decision(
        accommodation_id=asked, actor=administrator.id, reason=reason
    )


def test_request_is_granted_with_values_of_its_own(
    who: Enrolled, ask_for: Ask, decision: Decide, session: Session, clock: HandClock
) -> None:
    asked, today = ask_for(who), local_day(clock.now())
    assert queries.granted(who.facts.id, today, session=session) == ORDINARY

    service.grant(decision(asked), ORDINARY_GRANT, date(2026, 12, 31), session=session, now=clock.now())

    assert queries.granted(who.facts.id, today, session=session) == ORDINARY_GRANT
    assert queries.granted(who.facts.id, date(2026, 12, 31), session=session) == ORDINARY_GRANT
    assert queries.granted(who.facts.id, date(2027, 1, 1), session=session) == ORDINARY
    assert queries.open_requests(session=session) == []


def test_log_speaks_of_the_time_and_of_no_need(
    who: Enrolled, ask_for: Ask, decision: Decide, session: Session, clock: HandClock
) -> None:
    asked = ask_for(who)
    service.grant(decision(asked), ORDINARY_GRANT, None, session=session, now=clock.now())
    session.commit()

    acts = {entry.kind: entry.facts for entry in log.latest(session, limit=50, about=str(asked))}
    assert acts == {
        "accommodations.request.made": {},
        "accommodations.request.granted": {"extra_percent": 25, "until": None},
    }


def test_refused_request_gives_nothing(
    who: Enrolled, ask_for: Ask, decision: Decide, session: Session, clock: HandClock
) -> None:
    asked = ask_for(who)

    service.refuse(decision(asked, "No document was shown."), session=session, now=clock.now())

    (found,) = queries.requests_of(who.facts.id, session=session)
    assert (found.state, found.reason) == (State.REFUSED, "No document was shown.")
    assert queries.granted(who.facts.id, local_day(clock.now()), session=session) == ORDINARY


def test_second_request_waits_for_the_decision_about_the_first(who: Enrolled, ask_for: Ask) -> None:
    ask_for(who)

    with pytest.raises(AlreadyAsked):
        ask_for(who, Wish(reader=True))


def test_later_grant_replaces_the_one_before(
    who: Enrolled, grant_to: GrantTo, session: Session, clock: HandClock
) -> None:
    first = grant_to(who)
    clock.advance(days=1)
    grant_to(who, Granted(reader=True))

    assert queries.granted(who.facts.id, local_day(clock.now()), session=session) == Granted(reader=True)
    assert queries.request_with_id(first, session=session).state is State.REPLACED
    assert queries.request_with_id(first, session=session).granted == ORDINARY_GRANT, "kept for later readers"


def test_settled_request_is_not_decided_again(
    who: Enrolled, ask_for: Ask, decision: Decide, session: Session, clock: HandClock
) -> None:
    asked = ask_for(who)
    service.refuse(decision(asked), session=session, now=clock.now())

    with pytest.raises(AlreadySettled):
        service.grant(decision(asked), ORDINARY_GRANT, None, session=session, now=clock.now())
    with pytest.raises(AlreadySettled):
        service.refuse(decision(asked), session=session, now=clock.now())
    with pytest.raises(AlreadySettled):
        service.withdraw(asked, who.facts.id, session=session, now=clock.now())
    with pytest.raises(AccommodationNotFound):
        service.refuse(decision(uuid.uuid4()), session=session, now=clock.now())


def test_withdrawn_twice_is_withdrawn_once(
    who: Enrolled, grant_to: GrantTo, session: Session, clock: HandClock
) -> None:
    asked = grant_to(who)

    for _ in range(2):
        service.withdraw(asked, who.facts.id, session=session, now=clock.now())
    session.commit()

    assert queries.granted(who.facts.id, local_day(clock.now()), session=session) == ORDINARY
    kinds = Counter(entry.kind for entry in log.latest(session, limit=50, about=str(asked)))
    assert kinds["accommodations.request.withdrawn"] == 1


def test_request_of_another_person_looks_absent(
    who: Enrolled, make_applicant: MakeApplicant, ask_for: Ask, session: Session, clock: HandClock
) -> None:
    asked = ask_for(who)

    with pytest.raises(AccommodationNotFound):
        service.withdraw(asked, make_applicant().facts.id, session=session, now=clock.now())


def test_two_presses_make_one_request(app: Flask, who: Enrolled, session: Session) -> None:
    session.commit()

    def act() -> object:
        with app.app_context():
            try:
                with unit_of_work() as own:
                    return service.ask(who.facts.id, EVERYTHING, session=own, now=MORNING, entropy=SystemEntropy())
            finally:
                db.session.remove()

    answers = at_once(act, act)

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyAsked", "UUID"], answers


def test_two_administrators_decide_once(
    app: Flask, who: Enrolled, ask_for: Ask, decision: Decide, session: Session
) -> None:
    by = decision(ask_for(who))

    def apart(act: Callable[[Session], object]) -> Callable[[], object]:
        def run() -> object:
            with app.app_context():
                try:
                    with unit_of_work() as own:
                        return act(own)
                finally:
                    db.session.remove()

        return run

    answers = at_once(
        apart(lambda own: service.grant(by, ORDINARY_GRANT, None, session=own, now=MORNING)),
        apart(lambda own: service.refuse(by, session=own, now=MORNING)),
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["AccommodationFacts", "AlreadySettled"], answers


def test_sitting_has_the_time_that_was_granted_and_the_log_says_so(
    who: Enrolled, grant_to: GrantTo, make_booking: MakeBooking, start_sitting: StartSitting, session: Session
) -> None:
    grant_to(who)

    sitting = start_sitting(make_booking(who))

    assert sitting.timing.allowance == timedelta(minutes=70)
    (entry,) = log.latest(session, limit=1, kind="sittings.sitting.started")
    assert entry.facts is not None
    assert (entry.facts["seconds"], entry.facts["extra_seconds"]) == (70 * 60, 15 * 60)


def test_grant_that_is_over_gives_no_time(
    who: Enrolled,
    grant_to: GrantTo,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    grant_to(who, until=local_day(clock.now()))
    clock.advance(days=1)

    assert start_sitting(make_booking(who)).timing.allowance == timedelta(minutes=55)


def grant_by_process(
    asked: uuid.UUID, decision: Decide, session: Session, clock: HandClock, entropy: CountedEntropy
) -> accommodating.Outcome:
    outcome = accommodating.grant(
        decision(asked), ORDINARY_GRANT, None, session=session, now=clock.now(), entropy=entropy
    )
    session.commit()
    return outcome


def test_place_that_is_booked_already_becomes_an_accessible_one(
    who: Enrolled,
    ask_for: Ask,
    decision: Decide,
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    (booking,) = make_roster(plan(make_room(accessible=1))[0], 1, people=[who])

    outcome = grant_by_process(ask_for(who), decision, session, clock, entropy)

    assert [each.id for each in outcome.adapted] == [booking.id]
    (told,) = session.scalars(select(Notice))
    assert (told.account_id, told.kind) == (who.person.id, "accommodation_decided")
    assert (told.facts["extra_percent"], told.facts["ordinary_seat"]) == (25, False)
    assert access_booking(booking.id, who.facts.id, session=session).accessible


def test_place_stays_ordinary_where_no_accessible_seat_is_free(
    who: Enrolled,
    ask_for: Ask,
    decision: Decide,
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    place = plan(make_room(accessible=1))[0]
    make_roster(place, 1, accessible=1)
    (booking,) = make_roster(place, 1, people=[who])

    outcome = grant_by_process(ask_for(who), decision, session, clock, entropy)

    assert [each.id for each in outcome.left] == [booking.id]
    assert not access_booking(booking.id, who.facts.id, session=session).accessible


def test_roster_that_is_committed_to_stays_as_it_was(
    who: Enrolled,
    ask_for: Ask,
    decision: Decide,
    tomorrow: SessionFacts,
    make_roster: MakeRoster,
    make_seats: Callable[..., None],
    close_and_commit: CloseAndCommit,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    make_seats(tomorrow, 3, accessible=1)
    (booking,) = make_roster(tomorrow, 1, people=[who])
    close_and_commit(tomorrow)

    outcome = grant_by_process(ask_for(who), decision, session, clock, entropy)

    assert [each.id for each in outcome.left] == [booking.id]
    assert not access_booking(booking.id, who.facts.id, session=session).accessible


def test_place_in_a_session_without_a_room_becomes_accessible(
    who: Enrolled,
    ask_for: Ask,
    decision: Decide,
    make_exam_session: MakeExamSession,
    make_roster: MakeRoster,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    """Its draw asks for seats enough."""
    make_roster(make_exam_session(opens_in=timedelta(days=2), committed=False), 1, people=[who])

    assert len(grant_by_process(ask_for(who), decision, session, clock, entropy).adapted) == 1


def test_place_that_is_moved_while_a_seat_is_granted_becomes_an_accessible_one(
    app: Flask,
    who: Enrolled,
    ask_for: Ask,
    decision: Decide,
    make_room: MakeRoom,
    plan: Plan,
    reserve: Reserve,
    monkeypatch: pytest.MonkeyPatch,
    session: Session,
    clock: HandClock,
) -> None:
    places = plan(make_room(seats=3, accessible=1))
    made, asked, now = reserve(who, places[-1]), ask_for(who), clock.now()
    by_then = decision(asked)
    session.commit()

    def grant() -> None:
        with app.app_context():
            with unit_of_work() as own:
                accommodating.grant(by_then, ORDINARY_GRANT, None, session=own, now=now, entropy=SystemEntropy())
            db.session.remove()

    granting = threading.Thread(target=grant)
    read = booking.granted

    def read_and_pause(*args: Any, **kwargs: Any) -> Granted:
        found = read(*args, **kwargs)
        granting.start()
        granting.join(timeout=1)
        return found

    monkeypatch.setattr(booking, "granted", read_and_pause)
    with app.app_context():
        with unit_of_work() as own:
            moved = booking.move(
                made.id, places[-2].id, applicant_id=who.facts.id, session=own, now=now, entropy=SystemEntropy()
            )
        db.session.remove()
    granting.join()

    session.rollback()
    assert access_booking(moved, who.facts.id, session=session).accessible
