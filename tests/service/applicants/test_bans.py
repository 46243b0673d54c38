"""Who may not sit after a violation, and until when?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.applicants import service
from app.applicants.errors import ActEntered, ActInFuture, BanLifted, BannedForViolation, BanNotFound, NoBanFollows
from app.applicants.queries import BanFacts, ban_with_id, bans_of, running_ban
from app.audit import queries as audit
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.kernel.rulebook import programmes
from app.processes.before_sitting import freeze_paper
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import CERTIFYING, PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.sittings import StartSitting, at_once
from tests.kit.outside import CountedEntropy, HandClock

TODAY = date(2026, 11, 24)


@pytest.fixture
def administrator(make_account: MakeAccount) -> Person:
    return make_account(role=Role.ADMINISTRATOR)


@pytest.fixture
def act(make_applicant: MakeApplicant) -> service.ImposeBan:
    """An act on an applicant, of today."""
    return service.ImposeBan(
        applicant_id=make_applicant().facts.id,
        reference="AST-01/7",
        act_on=TODAY,
        programme=programmes().on(CERTIFYING, TODAY),
        description="A telephone was on the table.",
    )


@pytest.mark.parametrize(
    ("act_on", "ends_at"),
    [
        pytest.param(date(2026, 11, 24), datetime(2027, 5, 23, 19, tzinfo=UTC), id="an ordinary day"),
        pytest.param(date(2026, 8, 31), datetime(2027, 2, 27, 19, tzinfo=UTC), id="into a month without that day"),
        pytest.param(date(2026, 7, 31), datetime(2027, 1, 30, 19, tzinfo=UTC), id="into a month with that day"),
    ],
)
def test_ban_ends_at_the_start_of_the_local_day_six_months_on(
    act: service.ImposeBan,
    administrator: Person,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
    act_on: date,
    ends_at: datetime,
) -> None:
    made = service.impose_ban(
        replace(act, act_on=act_on), actor=administrator.id, session=session, now=clock.now(), entropy=entropy
    )

    assert made.ends_at == ends_at
    assert made.runs_at(ends_at - timedelta(microseconds=1))
    assert not made.runs_at(ends_at)
    session.commit()
    who = act.applicant_id
    assert running_ban(who, session=session, now=ends_at - timedelta(seconds=1)) == made
    assert running_ban(who, session=session, now=ends_at) is None


def test_ban_into_a_leap_day(
    act: service.ImposeBan, administrator: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    clock.set(datetime(2027, 8, 31, 5, tzinfo=UTC))

    made = service.impose_ban(
        replace(act, act_on=date(2027, 8, 31)),
        actor=administrator.id,
        session=session,
        now=clock.now(),
        entropy=entropy,
    )

    assert made.ends_at == datetime(2028, 2, 28, 19, tzinfo=UTC), "until 29 February begins in Kazakhstan"


def test_of_several_bans_the_one_that_ends_last_counts(
    make_applicant: MakeApplicant, make_ban: MakeBan, session: Session, clock: HandClock
) -> None:
    who = make_applicant().facts.id
    longer, shorter = make_ban(who), make_ban(who, act_on=date(2026, 9, 1))

    assert running_ban(who, session=session, now=clock.now()) == longer
    assert bans_of(who, session=session) == [longer, shorter]
    assert running_ban(make_applicant().facts.id, session=session, now=clock.now()) is None


def test_act_of_tomorrow_bars_nobody(
    act: service.ImposeBan, administrator: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    clock.set(datetime(2026, 11, 24, 18, 59, tzinfo=UTC))
    tomorrow = replace(act, act_on=date(2026, 11, 25))

    with pytest.raises(ActInFuture):
        service.impose_ban(tomorrow, actor=administrator.id, session=session, now=clock.now(), entropy=entropy)
    clock.set(datetime(2026, 11, 24, 19, tzinfo=UTC))
    service.impose_ban(tomorrow, actor=administrator.id, session=session, now=clock.now(), entropy=entropy)


def test_practice_bars_nobody(
    act: service.ImposeBan, administrator: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    practice = replace(act, programme=programmes().on(PRACTICE, TODAY))

    with pytest.raises(NoBanFollows):
        service.impose_ban(practice, actor=administrator.id, session=session, now=clock.now(), entropy=entropy)


def test_same_act_entered_twice_at_once_is_one_ban(
    app: Flask, act: service.ImposeBan, administrator: Person, session: Session, clock: HandClock
) -> None:
    session.commit()

    def enter() -> BanFacts:
        with app.app_context(), unit_of_work() as own:
            return service.impose_ban(
                act, actor=administrator.id, session=own, now=clock.now(), entropy=SystemEntropy()
            )

    outcomes = at_once(enter, enter)

    (made,) = [each for each in outcomes if isinstance(each, BanFacts)]
    (refused,) = [each for each in outcomes if isinstance(each, ActEntered)]
    assert refused.parameters == {"ban_id": made.id}
    assert bans_of(act.applicant_id, session=session) == [made]


def test_lifted_ban_bars_no_more_and_stays_on_record(
    make_applicant: MakeApplicant, make_ban: MakeBan, administrator: Person, session: Session, clock: HandClock
) -> None:
    ban = make_ban(make_applicant().facts.id)

    service.lift_ban(ban.id, "The act names another person.", actor=administrator.id, session=session, now=clock.now())
    session.commit()

    assert running_ban(ban.applicant_id, session=session, now=clock.now()) is None
    kept = ban_with_id(ban.id, session=session)
    assert (kept.lifted_at, kept.lifted_reason) == (clock.now(), "The act names another person.")
    assert not kept.runs_at(clock.now())
    with pytest.raises(BanLifted):
        service.lift_ban(ban.id, "Again.", actor=administrator.id, session=session, now=clock.now())
    with pytest.raises(BanNotFound):
        service.lift_ban(ban.applicant_id, "?", actor=administrator.id, session=session, now=clock.now())


def test_acts_of_a_ban_name_nobody(
    make_applicant: MakeApplicant, make_ban: MakeBan, administrator: Person, session: Session, clock: HandClock
) -> None:
    ban = make_ban(make_applicant().facts.id)
    service.lift_ban(ban.id, "Granted.", actor=administrator.id, session=session, now=clock.now())
    session.commit()

    imposed, lifted = audit.about(session, str(ban.id))

    assert (imposed.kind, imposed.actor) == ("applicants.ban.imposed", str(ban.imposed_by))
    assert imposed.facts == {
        "applicant": str(ban.applicant_id),
        "reference": ban.reference,
        "act_on": "2026-11-24",
        "ends_at": ban.ends_at.isoformat(),
        "sitting": None,
    }
    assert (lifted.kind, lifted.facts) == ("applicants.ban.lifted", {"applicant": str(ban.applicant_id)})


def test_barred_person_gets_no_paper_and_no_clock(
    make_booking: MakeBooking,
    make_ban: MakeBan,
    start_sitting: StartSitting,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    booking = make_booking()
    freeze_paper(booking, session=session, now=clock.now(), entropy=entropy)
    ban = make_ban(booking.applicant_id)

    with pytest.raises(BannedForViolation) as refused:
        start_sitting(booking)
    assert refused.value.parameters == {"ends_at": ban.ends_at, "reference": ban.reference}
    second = make_booking()
    make_ban(second.applicant_id)
    with pytest.raises(BannedForViolation):
        freeze_paper(second, session=session, now=clock.now(), entropy=entropy)


def test_barred_person_may_practise(
    make_applicant: MakeApplicant,
    make_exam_session: MakeExamSession,
    make_booking: MakeBooking,
    make_ban: MakeBan,
    start_sitting: StartSitting,
) -> None:
    applicant = make_applicant()
    make_ban(applicant.facts.id)

    start_sitting(make_booking(applicant, make_exam_session(PRACTICE)))
