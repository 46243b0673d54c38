"""Does a void result count for nothing, and stay what it was?"""

from __future__ import annotations

import uuid

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.audit import queries as audit
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.scoring import service
from app.scoring.errors import CertificateStands, ResultNotFound, ResultVoided
from app.scoring.queries import (
    VoidFacts,
    digest_of,
    latest_retest_date,
    passed_last_on,
    result_of_sitting,
    result_with_id,
    results_of_applicant,
    results_of_sittings,
    void_of_result,
)
from app.scoring.rules import VoidGround
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.scoring import FAILING, PASSING, MakeResult
from tests.kit.factories.sittings import StartSitting, at_once
from tests.kit.outside import CountedEntropy, HandClock


@pytest.fixture
def administrator(make_account: MakeAccount) -> Person:
    return make_account(role=Role.ADMINISTRATOR)


def void(result_id: uuid.UUID, who: Person, session: Session, clock: HandClock, entropy: CountedEntropy) -> VoidFacts:
    return service.void_result(
        result_id,
        VoidGround.TECHNICAL,
        "The network was down.",
        actor=who.id,
        session=session,
        now=clock.now(),
        entropy=entropy,
    )


def test_void_result_sets_no_waiting_time_and_stays_as_it_was(
    make_result: MakeResult, administrator: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    result = make_result(FAILING)
    before = digest_of(result)

    made = void(result.id, administrator, session, clock, entropy)
    session.commit()

    assert latest_retest_date(result.applicant_id, result.programme_code, session=session) is None
    found = result_of_sitting(result.sitting_id, session=session)
    assert found.voided_at == clock.now()
    (shown,) = results_of_applicant(result.applicant_id, session=session)
    assert shown.voided_at == clock.now()
    assert found == result_with_id(result.id, session=session)
    assert results_of_sittings([result.sitting_id], session=session) == {result.sitting_id: found}
    assert digest_of(found) == before
    assert void_of_result(result.id, session=session) == made


def test_person_whose_result_is_void_sits_again_at_once(
    make_result: MakeResult,
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    start_sitting: StartSitting,
    administrator: Person,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    applicant = make_applicant()
    result = make_result(FAILING, booking=make_booking(applicant))
    void(result.id, administrator, session, clock, entropy)

    start_sitting(make_booking(applicant))


def test_older_result_that_counts_still_sets_its_waiting_time(
    make_result: MakeResult,
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    administrator: Person,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    applicant = make_applicant()
    first = make_result(FAILING, booking=make_booking(applicant))
    clock.advance(days=3)
    second = make_result(FAILING, booking=make_booking(applicant))

    void(second.id, administrator, session, clock, entropy)

    opens_at = latest_retest_date(applicant.facts.id, first.programme_code, session=session)
    assert opens_at == first.retest_opens_at


def test_void_pass_of_a_practice_test_is_no_pass(
    make_result: MakeResult,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
    administrator: Person,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    result = make_result(PASSING, booking=make_booking(exam_session=make_exam_session(PRACTICE)), language="en")
    assert passed_last_on(result.applicant_id, PRACTICE, session=session) == result.tested_on

    void(result.id, administrator, session, clock, entropy)

    assert passed_last_on(result.applicant_id, PRACTICE, session=session) is None


def test_result_from_which_a_certificate_follows_is_not_voided(
    make_result: MakeResult, administrator: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    result = make_result(PASSING)

    with pytest.raises(CertificateStands):
        void(result.id, administrator, session, clock, entropy)
    assert result_with_id(result.id, session=session).voided_at is None


def test_nothing_is_voided_that_is_not_there(
    administrator: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    with pytest.raises(ResultNotFound):
        void(administrator.id, administrator, session, clock, entropy)


def test_result_voided_twice_at_once_is_voided_once(
    app: Flask, make_result: MakeResult, administrator: Person, session: Session, clock: HandClock
) -> None:
    result = make_result(FAILING)
    session.commit()

    def act() -> VoidFacts:
        with app.app_context(), unit_of_work() as own:
            return void(result.id, administrator, own, clock, SystemEntropy())

    outcomes = at_once(act, act)

    assert {type(each) for each in outcomes} == {VoidFacts, ResultVoided}
    recorded, voided = audit.about(session, str(result.id))
    assert (recorded.kind, voided.kind) == ("scoring.result.recorded", "scoring.result.voided")
    assert (voided.facts or {})["ground"] == "technical"
