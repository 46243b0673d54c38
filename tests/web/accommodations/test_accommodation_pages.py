"""Can a person ask for special conditions, an administrator decide, and everybody concerned see what holds?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.accommodations import queries
from app.accommodations.rules import Granted, State
from app.accounts.rules import Person, Role
from tests.kit.client import ClientRequest
from tests.kit.factories.accommodations import Ask, GrantTo
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeExamSession
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.sittings import ExamDesk
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import HandClock

As = Callable[[Person], ClientRequest]
GRANT = {"grant-extra_percent": "25", "grant-accessible": "y", "grant-reader": "y", "grant-reason": "Seen."}


@pytest.fixture
def as_person(make_browser: Callable[[], ClientRequest]) -> As:
    def sign_in(person: Person) -> ClientRequest:
        browser = make_browser()
        browser.sign_in(person)
        return browser

    return sign_in


@pytest.fixture
def who(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant()


@pytest.fixture
def asking(as_person: As, who: Enrolled) -> ClientRequest:
    return as_person(who.person)


@pytest.fixture
def deciding(as_person: As, administrator: Person) -> ClientRequest:
    return as_person(administrator)


@pytest.fixture
def state(session: Session) -> Callable[[uuid.UUID], State]:
    def read(accommodation_id: uuid.UUID) -> State:
        session.rollback()
        found = queries.request_with_id(accommodation_id, session=session).state
        session.rollback()
        return found

    return read


def test_request_goes_from_the_applicant_to_the_grant(
    asking: ClientRequest, deciding: ClientRequest, who: Enrolled, session: Session
) -> None:
    page = asking.get("accommodations.mine")
    assert "Extra time ordinarily means 70 minutes instead of 55." in page.words()
    assert "Please write nothing about your health." in page.words()

    form = {"extra_time": "y", "accessible": "y", "words": "A seat\nnear the door", "document": "No. 12345"}
    own = asking.follow(asking.post("accommodations.ask", form)).words()
    assert "Waits for the decision" in own
    assert "To ask for something else, withdraw it first." in own

    (asked,) = queries.open_requests(session=session)
    assert who.facts.full_name in deciding.get("accommodations.requests").words()
    page = deciding.get("accommodations.show", accommodation_id=asked.id)
    assert "A seat near the door" in page.words()
    assert page.all(".//input[@name='grant-extra_percent']")[0].get("value") == "25"

    done = deciding.post("accommodations.grant", GRANT, accommodation_id=asked.id)
    assert "Granted. The applicant is told." in deciding.follow(done).words()
    own = asking.get("accommodations.mine").words()
    for said in ("Granted", "Extra time: 25 % (70 minutes in all)", "An accessible seat", "Reason: Seen."):
        assert said in own
    assert "Nothing waits." in deciding.get("accommodations.requests").words()


def test_request_for_nothing_is_refused_beside_the_field(asking: ClientRequest) -> None:
    page = asking.post("accommodations.ask", {"document": "No. 12345"}, 422)

    assert "Choose what you need, or write it below." in page.words()
    assert page.all(".//input[@name='document']")[0].get("value") == "No. 12345"


def test_long_text_is_refused_and_kept(asking: ClientRequest) -> None:
    page = asking.post("accommodations.ask", {"words": "ә" * 1001}, 422)

    assert "Write at most 1000 characters." in page.words()


def test_second_request_is_told_to_wait(asking: ClientRequest, who: Enrolled, ask_for: Ask) -> None:
    ask_for(who)

    page = asking.post("accommodations.ask", {"reader": "y"}, 409)

    assert "A request of yours waits already" in page.words()


def test_applicant_withdraws(
    asking: ClientRequest, who: Enrolled, ask_for: Ask, state: Callable[[uuid.UUID], State]
) -> None:
    asked = ask_for(who)

    done = asking.post("accommodations.withdraw", {}, accommodation_id=asked)

    assert "It is withdrawn." in asking.follow(done).words()
    assert state(asked) is State.WITHDRAWN
    asking.post("accommodations.withdraw", {}, accommodation_id=asked)


def test_request_of_another_person_looks_absent(
    as_person: As, who: Enrolled, make_applicant: MakeApplicant, ask_for: Ask, state: Callable[[uuid.UUID], State]
) -> None:
    asked, other = ask_for(who), as_person(make_applicant().person)

    other.post("accommodations.withdraw", {}, 404, accommodation_id=asked)
    assert "A seat near the door" not in other.get("accommodations.mine").words()
    assert state(asked) is State.ASKED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"grant-extra_percent": "101"}, "Write a whole number from 0 to 100."),
        ({"grant-extra_percent": ""}, "Write a whole number; 0 for no extra time."),
        ({"grant-extra_percent": "28"}, "That makes 75 minutes. The sessions have room for 70"),
        ({"grant-until": "2026-11-23"}, "This day is over."),
        ({"grant-reason": " "}, "Write the reason: the applicant reads it."),
        (
            {"grant-extra_percent": "0", "grant-accessible": "", "grant-reader": ""},
            "Grant something, or refuse the request below.",
        ),
    ],
    ids=["more than twice", "no number", "longer than a session", "a day that is over", "no reason", "nothing"],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_grant_that_cannot_be_is_refused_beside_the_field(
    deciding: ClientRequest,
    who: Enrolled,
    ask_for: Ask,
    state: Callable[[uuid.UUID], State],
    change: dict[str, str],
    said: str,
) -> None:
    asked = ask_for(who)

    fields = {name: value for name, value in (GRANT | change).items() if value}
    page = deciding.post("accommodations.grant", fields, 422, accommodation_id=asked)

    assert said in page.words()
    assert state(asked) is State.ASKED


def test_refusal_needs_its_reason_and_is_read_by_the_applicant(
    asking: ClientRequest, deciding: ClientRequest, who: Enrolled, ask_for: Ask
) -> None:
    asked = ask_for(who)
    page = deciding.post("accommodations.refuse", {}, 422, accommodation_id=asked)
    assert "Write the reason: the applicant reads it." in page.words()

    deciding.post("accommodations.refuse", {"refuse-reason": "No document was shown."}, accommodation_id=asked)

    own = asking.get("accommodations.mine").words()
    assert "Refused" in own
    assert "No document was shown." in own


def test_second_decision_comes_too_late(deciding: ClientRequest, who: Enrolled, grant_to: GrantTo) -> None:
    asked = grant_to(who)

    page = deciding.post("accommodations.refuse", {"refuse-reason": "No."}, 409, accommodation_id=asked)
    assert "This request is settled" in page.words()
    assert "Grant it" not in deciding.get("accommodations.show", accommodation_id=asked).words()
    deciding.get("accommodations.show", 404, accommodation_id=uuid.uuid4())


def test_change_of_language_on_a_refused_form_leads_to_the_request(
    deciding: ClientRequest, who: Enrolled, ask_for: Ask
) -> None:
    asked = ask_for(who)

    answer = deciding.get("accommodations.again", 303, accommodation_id=asked)

    assert answer.location == deciding.address_of("accommodations.show", accommodation_id=asked)


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.PROCTOR, Role.AUDITOR, Role.HIRING_BODY])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_else_reads_requests(
    as_person: As, make_account: MakeAccount, who: Enrolled, ask_for: Ask, role: Role
) -> None:
    asked, browser = ask_for(who), as_person(make_account(role=role))

    browser.get("accommodations.requests", 403)
    browser.get("accommodations.show", 403, accommodation_id=asked)
    browser.post("accommodations.grant", GRANT, 403, accommodation_id=asked)
    browser.post("accommodations.refuse", {"refuse-reason": "No."}, 403, accommodation_id=asked)


def test_administrator_reads_which_bookings_are_changed_and_which_are_not(
    deciding: ClientRequest,
    who: Enrolled,
    ask_for: Ask,
    make_room: MakeRoom,
    plan: Plan,
    make_roster: MakeRoster,
) -> None:
    first, second = plan(make_room(accessible=1))[:2]
    make_roster(second, 1, accessible=1)
    for place in (first, second):
        make_roster(place, 1, people=[who])
    asked = ask_for(who)
    page = deciding.get("accommodations.show", accommodation_id=asked)
    assert "ordinary seat; it becomes an accessible one if one is free" in page.words()

    words = deciding.follow(deciding.post("accommodations.grant", GRANT, accommodation_id=asked)).words()

    assert "1 booking has an accessible seat now." in words
    assert "1 booking keeps an ordinary seat" in words


def test_grant_that_is_over_is_shown_as_over(
    asking: ClientRequest, who: Enrolled, grant_to: GrantTo, clock: HandClock
) -> None:
    grant_to(who, Granted(reader=True), until=date(2026, 11, 24))
    assert "Holds until 24 November 2026." in asking.get("accommodations.mine").words()
    clock.advance(days=1)
    asking.sign_in(who.person)

    assert "Held until 24 November 2026" in asking.get("accommodations.mine").words()


def test_start_page_and_exam_have_the_granted_minutes(
    make_desk: Callable[..., ExamDesk], who: Enrolled, grant_to: GrantTo
) -> None:
    grant_to(who)
    desk = make_desk(who)

    words = desk.ready().words()
    assert "70 minutes" in words
    assert "15 minutes of them are extra time that was granted to you." in words
    assert "A reader was granted to you." in words
    desk.start()
    assert desk.paper()["remaining_ms"] == 70 * 60 * 1000, "what the clock of the exam page counts down"


def test_proctor_sees_who_sits_under_other_conditions(
    as_person: As,
    make_account: MakeAccount,
    who: Enrolled,
    grant_to: GrantTo,
    make_exam_session: MakeExamSession,
    make_roster: MakeRoster,
) -> None:
    grant_to(who)
    place = make_exam_session(opens_in=timedelta(days=2), committed=False)
    make_roster(place, 2, accessible=1, people=[who])
    proctor = as_person(make_account(role=Role.PROCTOR, centre_id=place.centre_id))

    page = proctor.get("proctoring.session_page", code=place.code)

    assert page.words().count("extra time: 70 min · accessible seat · reader") == 1
    assert "It is nobody who knows the subject" in page.words()


def test_proctor_of_ordinary_people_reads_nothing_of_readers(
    as_person: As, make_account: MakeAccount, make_exam_session: MakeExamSession, make_roster: MakeRoster
) -> None:
    place = make_exam_session(opens_in=timedelta(days=2), committed=False)
    make_roster(place, 2)
    proctor = as_person(make_account(role=Role.PROCTOR, centre_id=place.centre_id))

    words = proctor.get("proctoring.session_page", code=place.code).words()

    assert "reader" not in words
    assert "extra time" not in words
