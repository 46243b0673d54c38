"""Can a person ask for erasure knowing what it means, and an administrator carry it out, step by step?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts.queries import account_record
from app.accounts.rules import Role
from app.erasures.queries import erasures_of_applicant
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeBooking, MakeExamSession
from tests.kit.factories.scoring import FAILING, MakeResult
from tests.kit.factories.sittings import StartSitting
from tests.kit.outside import HandClock
from tests.kit.pages import Page

CONSENT = {"understood": "y", "password": PASSWORD}


@pytest.fixture
def who(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant()


@pytest.fixture
def asking(make_browser: Callable[[], ClientRequest], who: Enrolled) -> ClientRequest:
    browser = make_browser()
    browser.sign_in(who.person)
    return browser


@pytest.fixture
def deciding(make_browser: Callable[[], ClientRequest], make_account: MakeAccount) -> ClientRequest:
    browser = make_browser()
    browser.sign_in(make_account(role=Role.ADMINISTRATOR))
    return browser


@pytest.fixture
def asked(asking: ClientRequest, who: Enrolled, session: Session) -> uuid.UUID:
    """A request that waits."""
    asking.post("personal.ask_for_erasure", CONSENT)
    session.rollback()
    found = erasures_of_applicant(who.facts.id, session=session)[0].id
    session.rollback()
    return found


def buttons(page: Page) -> list[str]:
    return [str(form.get("action")).rsplit("/", 1)[-1] for form in page.all(".//main//form")]


def test_page_says_plainly_what_goes_and_what_stays(asking: ClientRequest) -> None:
    words = asking.get("personal.erasure").words()

    assert "your e-mail address and phone number" in words
    assert "your names, your IIN and your birth date, since you have not sat a test" in words
    assert "15 calendar days" in words
    assert "which names you by a number alone: until 24 November 2031" in words
    assert "your answers" not in words
    assert "personal/erasure" not in words
    assert "What is erased, what has to stay" in asking.get("personal.show").words()


def test_page_names_the_terms_of_results_and_answers(
    asking: ClientRequest, who: Enrolled, make_booking: MakeBooking, make_result: MakeResult
) -> None:
    make_result(FAILING, booking=make_booking(who))

    words = asking.get("personal.erasure").words()

    assert "with your names and your IIN: until 24 November 2031" in words
    assert "your answers: until 24 November 2029" in words
    assert "since you have not sat a test" not in words


def test_request_is_made_and_shown_with_its_last_day(asking: ClientRequest) -> None:
    page = asking.follow(asking.post("personal.ask_for_erasure", CONSENT))

    assert "Your request is made." in page.words()
    assert "by 9 December 2026 at the latest" in page.words()
    assert buttons(page) == ["withdraw"]
    again = asking.post("personal.ask_for_erasure", CONSENT, 409)
    assert again.h1 == "You have asked for it already"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": PASSWORD}, "Tick this if you want your data to be erased."),
        ({"understood": "y"}, "Enter your password once more."),
        ({"understood": "y", "password": "not the password"}, "This is not your password."),
    ],
)
def test_request_needs_the_tick_and_the_password(
    asking: ClientRequest, who: Enrolled, session: Session, fields: dict[str, str], words: str
) -> None:
    assert words in asking.post("personal.ask_for_erasure", fields, 422).words()

    session.rollback()
    assert erasures_of_applicant(who.facts.id, session=session) == []


def test_open_booking_is_named_before_one_asks(
    asking: ClientRequest, who: Enrolled, make_booking: MakeBooking, make_exam_session: MakeExamSession
) -> None:
    make_booking(who, make_exam_session(opens_in=timedelta(days=1)))

    page = asking.get("personal.erasure")

    assert "A place is booked for you." in page.words()
    assert buttons(page) == []
    assert asking.post("personal.ask_for_erasure", CONSENT, 409).h1 == "A place is booked"


def test_running_test_is_named_before_one_asks(
    asking: ClientRequest, who: Enrolled, make_booking: MakeBooking, start_sitting: StartSitting
) -> None:
    start_sitting(make_booking(who))

    assert "You are sitting a test." in asking.get("personal.erasure").words()
    assert asking.post("personal.ask_for_erasure", CONSENT, 409).h1 == "A test is running"


def test_administrator_carries_a_request_out(
    asking: ClientRequest, deciding: ClientRequest, asked: uuid.UUID, who: Enrolled, session: Session
) -> None:
    assert "15 days" in deciding.get("erasures.requests").words()
    page = deciding.get("erasures.show", request_id=asked)
    assert who.facts.full_name in page.words()
    assert "the person has not sat a test" in page.words()

    done = deciding.follow(deciding.post("erasures.carry_out", {"password": PASSWORD}, request_id=asked))

    assert "The data are erased." in done.words()
    assert "A person whose name is erased" in done.words()
    assert who.facts.family_name not in done.text
    assert buttons(done) == []
    assert "Erased" in deciding.get("erasures.requests").words()
    asking.get("personal.show", 302)  # signed out
    again = deciding.post("erasures.carry_out", {"password": PASSWORD}, 409, request_id=asked)
    assert again.h1 == "This request has been decided"


def test_carrying_out_needs_the_password_of_the_administrator(
    deciding: ClientRequest, asked: uuid.UUID, who: Enrolled, session: Session
) -> None:
    deciding.post("erasures.carry_out", {}, 422, request_id=asked)
    page = deciding.post("erasures.carry_out", {"password": "not the password"}, 422, request_id=asked)

    assert "This is not your password." in page.words()
    session.rollback()
    assert account_record(who.person.id, session).active
    session.rollback()
    assert deciding.get("erasures.again", 303, request_id=asked).location.endswith(str(asked))


def test_refusal_gives_the_person_the_reason(asking: ClientRequest, deciding: ClientRequest, asked: uuid.UUID) -> None:
    assert "Say why" in deciding.post("erasures.refuse", {"reason": " "}, 422, request_id=asked).words()
    deciding.post("erasures.refuse", {"reason": "x" * 501}, 422, request_id=asked)

    deciding.post("erasures.refuse", {"reason": "Article 12 of the law on archives"}, request_id=asked)

    page = asking.get("personal.erasure")
    assert "was refused. The reason: Article 12 of the law on archives" in page.words()
    assert buttons(page) == ["erasure"]
    assert "Refused" in deciding.get("erasures.show", request_id=asked).words()


def test_late_request_is_marked(deciding: ClientRequest, asked: uuid.UUID, clock: HandClock) -> None:
    clock.advance(hours=11)
    for days, words in ((4, "11 days"), (10, "1 day"), (1, "Due today"), (2, "Late by 2 days")):
        clock.advance(days=days)
        deciding = _renewed(deciding)
        assert words in deciding.get("erasures.requests").words()
    assert "Late by 2 days" in deciding.get("erasures.show", request_id=asked).words()


def test_request_of_somebody_who_booked_since_cannot_be_carried_out(
    deciding: ClientRequest,
    asked: uuid.UUID,
    who: Enrolled,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
) -> None:
    make_booking(who, make_exam_session(opens_in=timedelta(days=1)))

    page = deciding.get("erasures.show", request_id=asked)

    assert "A place is booked for the person." in page.words()
    assert buttons(page) == ["refuse"]
    deciding.post("erasures.carry_out", {"password": PASSWORD}, 409, request_id=asked)


def test_requests_are_for_administrators_alone(
    client_request: ClientRequest, make_account: MakeAccount, asked: uuid.UUID, asking: ClientRequest
) -> None:
    asking.get("erasures.requests", 403)
    asking.get("erasures.show", 403, request_id=asked)
    client_request.sign_in(make_account(role=Role.PROCTOR))
    client_request.get("erasures.requests", 403)
    client_request.post("erasures.carry_out", {"password": PASSWORD}, 403, request_id=asked)
    client_request.get("personal.erasure", 403)


def test_unknown_request_is_not_there(deciding: ClientRequest) -> None:
    deciding.get("erasures.show", 404, request_id=uuid.uuid4())
    deciding.post("erasures.refuse", {"reason": "x"}, 404, request_id=uuid.uuid4())


def test_request_is_withdrawn_on_the_page_of_the_data(
    asked: uuid.UUID, asking: ClientRequest, deciding: ClientRequest
) -> None:
    assert "withdraw your request first" in asking.get("reservations.index").words()

    done = asking.follow(asking.post("personal.withdraw_erasure", {}, 303))

    assert "Your request is withdrawn." in done.words()
    assert "Ask for my data to be erased" in done.words()
    assert "withdraw your request first" not in asking.get("reservations.index").words()
    assert "No request waits" in asking.post("personal.withdraw_erasure", {}, 409).words()
    asking.get("personal.erasure_again", 303)
    assert "Withdrawn" in deciding.get("erasures.requests").words()
    assert "Withdrawn" in deciding.get("erasures.show", request_id=asked).words()


def _renewed(browser: ClientRequest) -> ClientRequest:
    """Sign the same person in again: a sign-in lasts one day."""
    with browser.browser.session_transaction() as kept:
        kept["signed_in_at"] = int(browser.app.extensions["synaq_tools"].clock.now().timestamp())
    return browser
