"""What do people see of the acts that two decide, and can each do their part and no more?"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.approvals import queries
from app.approvals.rules import Standing
from app.audit import queries as log
from app.bookings.queries import BookingFacts
from app.papers.queries import draw_of_session
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.approvals import ERASE, REDRAW, LogAct, MakeRequest
from tests.kit.factories.bookings import MakeCentre
from tests.kit.outside import HandClock
from tests.kit.pages import Page

As = Callable[[Person], ClientRequest]


@pytest.fixture
def as_person(make_browser: Callable[[], ClientRequest]) -> As:
    """Return a maker of browsers in which one is signed in."""

    def sign_in(person: Person) -> ClientRequest:
        browser = make_browser()
        browser.sign_in(person)
        return browser

    return sign_in


@pytest.fixture
def asking(as_person: As, administrator: Person) -> ClientRequest:
    return as_person(administrator)


@pytest.fixture
def deciding(as_person: As, second: Person) -> ClientRequest:
    return as_person(second)


@pytest.fixture
def standing(session: Session, administrator: Person, clock: HandClock) -> Callable[[uuid.UUID], Standing]:
    def read(request_id: uuid.UUID) -> Standing:
        session.rollback()
        found = queries.access_request(request_id, administrator, session=session).standing_at(clock.now())
        session.rollback()
        return found

    return read


def ask(browser: ClientRequest, subject: str, status: int = 303, kind: str = ERASE, **fields: str) -> Page:
    form = {"reason": "Decision 7 of the court", "password": PASSWORD} | fields
    return browser.post("approvals.make", form, status, kind=kind, subject=subject)


def actions(page: Page) -> list[str]:
    """Return what the forms of the page do."""
    return [str(form.get("action")).rsplit("/", 1)[-1] for form in page.all(".//main//form")]


def test_two_administrators_erase_facts_step_by_step(
    asking: ClientRequest, deciding: ClientRequest, log_act: LogAct, session: Session
) -> None:
    seq = log_act(colour="red")

    words = asking.get("approvals.ask", kind=ERASE, subject=seq).words()
    assert "erased for good" in words
    assert f"Act number {seq} in the log" in words
    assert "Somebody else must decide within 24 hours" in words

    made = ask(asking, seq)
    own = asking.follow(made)
    assert "Now another person has to decide." in own.words()
    assert "This is your own request. Somebody else must decide" in own.words()
    assert actions(own) == ["withdraw"]

    listed = deciding.get("approvals.requests").words()
    for said in ("Erase the facts of an act", "Дана Асқарқызы", "Decision 7 of the court", "25 November 2026, 10:00"):
        assert said in listed
    seen = deciding.get_path(made.location)
    assert "What happens if it is approved" in seen.words()
    assert actions(seen) == ["approve", "refuse"]

    done = deciding.post_path(made.location + "/approve", {"password": PASSWORD})
    after = deciding.follow(done)
    assert "Approved and done. Both names stand in the log." in after.words()
    assert "Дана Асқарқызы" in after.words()
    assert "Болат Серікұлы" in after.words()
    assert actions(after) == []
    (entry,) = log.latest(session, limit=1, before_seq=int(seq) + 1)
    assert entry.facts is None
    table = asking.get("approvals.requests").words(".//table")
    assert "Approved and done" in table
    assert "Болат Серікұлы" in table


def test_both_passwords_stand_in_the_log(
    asking: ClientRequest,
    deciding: ClientRequest,
    administrator: Person,
    second: Person,
    log_act: LogAct,
    session: Session,
) -> None:
    made = ask(asking, log_act())

    deciding.post_path(made.location + "/approve", {"password": PASSWORD})

    confirmed = log.latest(session, limit=9, kind="accounts.password.confirmed")
    assert [entry.actor for entry in confirmed] == [str(second.id), str(administrator.id)]


def test_proctor_asks_for_a_redraw_of_the_own_session(
    as_person: As,
    make_account: MakeAccount,
    drawn_booking: BookingFacts,
    deciding: ClientRequest,
    session: Session,
) -> None:
    place = drawn_booking.session
    proctor = as_person(make_account(role=Role.PROCTOR, centre_id=place.centre_id, display_name="Ерлан"))

    page = proctor.get("approvals.ask", kind=REDRAW, subject=place.code)
    assert proctor.address_of("proctoring.session_page", code=place.code) in [
        link.get("href") for link in page.all(".//main//a")
    ]
    made = ask(proctor, place.code, kind=REDRAW)
    assert place.code in proctor.get("approvals.requests").words()

    deciding.post_path(made.location + "/approve", {"password": PASSWORD})

    found = draw_of_session(place.id, session=session)
    assert found is not None
    assert found.number == 2
    assert "Approved and done" in proctor.get_path(made.location).words()


def test_proctor_of_another_centre_sees_nothing_of_it(
    as_person: As,
    make_account: MakeAccount,
    make_centre: MakeCentre,
    drawn_booking: BookingFacts,
    make_request: MakeRequest,
) -> None:
    request_id = make_request(REDRAW, drawn_booking.session.code)
    stranger = as_person(make_account(role=Role.PROCTOR, centre_id=make_centre("ALA-02")))

    assert drawn_booking.session.code not in stranger.get("approvals.requests").words()
    stranger.get("approvals.show", 404, request_id=request_id)
    stranger.get("approvals.ask", 404, kind=REDRAW, subject=drawn_booking.session.code)
    ask(stranger, drawn_booking.session.code, 404, REDRAW)
    stranger.post("approvals.approve", {"password": PASSWORD}, 404, request_id=request_id)
    stranger.post("approvals.refuse", {"note": "no"}, 404, request_id=request_id)
    stranger.post("approvals.withdraw", {}, 404, request_id=request_id)


def test_auditor_reads_and_does_nothing(
    as_person: As,
    make_account: MakeAccount,
    make_request: MakeRequest,
    log_act: LogAct,
    standing: Callable[[uuid.UUID], Standing],
) -> None:
    request_id = make_request(subject=log_act())
    auditor = as_person(make_account(role=Role.AUDITOR))

    assert "Erase the facts" in auditor.get("approvals.requests").words()
    page = auditor.get("approvals.show", request_id=request_id)
    assert "Another person decides about this request. You can only read it." in page.words()
    assert actions(page) == []
    auditor.get("approvals.ask", 403, kind=ERASE, subject=log_act())
    auditor.post("approvals.approve", {"password": PASSWORD}, 403, request_id=request_id)
    auditor.post("approvals.refuse", {"note": "no"}, 403, request_id=request_id)
    auditor.post("approvals.withdraw", {}, 403, request_id=request_id)
    assert standing(request_id) is Standing.WAITING


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.HIRING_BODY, Role.EDITOR, Role.REVIEWER])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_other_roles_are_refused(
    as_person: As, make_account: MakeAccount, make_request: MakeRequest, role: Role
) -> None:
    request_id, browser = make_request(), as_person(make_account(role=role))

    browser.get("approvals.requests", 403)
    browser.get("approvals.show", 403, request_id=request_id)
    browser.get("approvals.ask", 403, kind=ERASE, subject="1")
    browser.post("approvals.approve", {"password": PASSWORD}, 403, request_id=request_id)


def test_own_request_cannot_be_approved_by_hand(
    asking: ClientRequest, make_request: MakeRequest, standing: Callable[[uuid.UUID], Standing]
) -> None:
    request_id = make_request()

    page = asking.post("approvals.approve", {"password": PASSWORD}, 403, request_id=request_id)

    assert "Somebody else must decide" in page.h1
    asking.post("approvals.refuse", {"note": "no"}, 403, request_id=request_id)
    assert standing(request_id) is Standing.WAITING


def test_wrong_password_keeps_what_was_typed_and_asks_nothing(
    asking: ClientRequest, administrator: Person, log_act: LogAct, session: Session, clock: HandClock
) -> None:
    page = ask(asking, log_act(), 422, password="not the password")

    assert page.words(".//textarea") == "Decision 7 of the court"
    (error,) = page.field_errors()
    assert "This is not your password. Enter it again." in error
    assert queries.waiting(administrator, session=session, now=clock.now()) == []


def test_wrong_passwords_are_counted_like_those_of_a_sign_in(
    deciding: ClientRequest,
    second: Person,
    make_request: MakeRequest,
    clock: HandClock,
    standing: Callable[[uuid.UUID], Standing],
) -> None:
    request_id = make_request()
    for _ in range(4):
        page = deciding.post("approvals.approve", {"password": "wrong"}, 422, request_id=request_id)
        assert "This is not your password" in page.field_errors()[0]

    page = deciding.post("approvals.approve", {"password": "wrong"}, 429, request_id=request_id)
    assert "There were too many tries. Try again after 10:01:00" in page.field_errors()[0]
    deciding.post("approvals.approve", {"password": PASSWORD}, 429, request_id=request_id)
    assert standing(request_id) is Standing.WAITING

    clock.advance(minutes=1)
    deciding.post("approvals.approve", {"password": PASSWORD}, request_id=request_id)
    assert standing(request_id) is Standing.APPROVED


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"reason": " \n "}, "Say why, so that the other person can decide."),
        ({"reason": "x" * 501}, "Write at most 500 characters."),
        ({"password": ""}, "Enter your password once more."),
    ],
)
def test_form_that_lacks_something_says_what_to_do(
    asking: ClientRequest, log_act: LogAct, fields: dict[str, str], wanted: str
) -> None:
    page = ask(asking, log_act(), 422, **fields)

    (error,) = page.field_errors()
    assert wanted in error


def test_unseen_characters_do_not_come_in_and_lines_count_once(
    asking: ClientRequest, log_act: LogAct, administrator: Person, session: Session, clock: HandClock
) -> None:
    ask(asking, log_act(), reason="one\x00\x07\r\n" + "x" * 496)

    (found,) = queries.waiting(administrator, session=session, now=clock.now())
    assert found.reason == "one\n" + "x" * 496


def test_same_is_not_asked_for_twice(asking: ClientRequest, deciding: ClientRequest, log_act: LogAct) -> None:
    seq = log_act()
    ask(asking, seq)

    page = deciding.get("approvals.ask", 409, kind=ERASE, subject=seq)

    assert "The same is asked for already" in page.h1
    assert "/approvals/" in [link.get("href") for link in page.all(".//main//a")]
    ask(deciding, seq, 409)


def test_what_makes_no_sense_is_not_offered(asking: ClientRequest, drawn_booking: BookingFacts) -> None:
    asking.get("approvals.ask", 404, kind=ERASE, subject="99999")
    asking.get("approvals.ask", 404, kind="papers.draw.paint", subject="x")
    asking.get("approvals.ask", 404, kind=REDRAW, subject="NO-SUCH")
    asking.get("approvals.ask", kind=REDRAW, subject=drawn_booking.session.code)


def test_refusal_says_why(
    asking: ClientRequest, deciding: ClientRequest, make_request: MakeRequest, log_act: LogAct, session: Session
) -> None:
    seq = log_act(colour="red")
    request_id = make_request(subject=seq)

    missing = deciding.post("approvals.refuse", {"note": ""}, 422, request_id=request_id)
    assert "Say why, so that the person who asked knows what to do." in missing.field_errors()[0]
    answer = deciding.post("approvals.refuse", {"note": "No decision of this number"}, request_id=request_id)

    assert "Refused. Nothing was done." in deciding.follow(answer).words()
    seen = asking.get("approvals.show", request_id=request_id)
    assert "No decision of this number" in seen.words()
    assert actions(seen) == []
    (entry,) = log.latest(session, limit=1, before_seq=int(seq) + 1)
    assert entry.facts == {"colour": "red"}


def test_request_is_withdrawn_by_its_maker(
    asking: ClientRequest, deciding: ClientRequest, make_request: MakeRequest
) -> None:
    request_id = make_request()

    deciding.post("approvals.withdraw", {}, 403, request_id=request_id)
    answer = asking.post("approvals.withdraw", {}, request_id=request_id)

    assert "Your request is withdrawn. Nothing was done." in asking.follow(answer).words()
    page = deciding.post("approvals.approve", {"password": PASSWORD}, 409, request_id=request_id)
    assert "This request was withdrawn" in page.h1
    assert "Withdrawn" in deciding.get("approvals.requests").words(".//table")


def test_expired_request_is_shown_as_that_and_not_decided(
    as_person: As, second: Person, make_request: MakeRequest, clock: HandClock
) -> None:
    request_id = make_request()
    clock.advance(hours=24)
    deciding = as_person(second)

    page = deciding.get("approvals.show", request_id=request_id)
    assert "Nobody decided in time" in page.words()
    assert actions(page) == []
    assert "Nobody decided in time" in deciding.get("approvals.requests").words(".//table")
    late = deciding.post("approvals.approve", {"password": PASSWORD}, 409, request_id=request_id)
    assert "The time to decide is over" in late.h1


def test_second_approval_is_told_that_it_is_decided(
    deciding: ClientRequest, as_person: As, make_account: MakeAccount, make_request: MakeRequest
) -> None:
    request_id = make_request()
    third = as_person(make_account(role=Role.ADMINISTRATOR))
    third.post("approvals.approve", {"password": PASSWORD}, request_id=request_id)

    page = deciding.post("approvals.approve", {"password": PASSWORD}, 409, request_id=request_id)

    assert "This request is decided already" in page.h1


def test_change_of_language_on_a_refused_form_leads_back(deciding: ClientRequest, make_request: MakeRequest) -> None:
    request_id = make_request()
    page = deciding.address_of("approvals.show", request_id=request_id)

    assert deciding.get("approvals.again", 303, request_id=request_id).location == page
    assert deciding.get_path(page + "/refuse", 303).location == page
    assert deciding.get_path(page + "/approve", 303).location == page


@pytest.mark.parametrize("act", ["approve", "refuse", "withdraw"])
def test_button_without_csrf_token_does_nothing(
    asking: ClientRequest,
    deciding: ClientRequest,
    make_request: MakeRequest,
    standing: Callable[[uuid.UUID], Standing],
    act: str,
) -> None:
    request_id = make_request()
    browser = asking if act == "withdraw" else deciding

    browser.post(f"approvals.{act}", {"password": PASSWORD, "note": "no"}, 400, csrf=False, request_id=request_id)

    assert standing(request_id) is Standing.WAITING


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_pages_are_sound_in_every_language(
    asking: ClientRequest, deciding: ClientRequest, make_request: MakeRequest, log_act: LogAct, language: str
) -> None:
    request_id, seq = make_request(), log_act()

    for browser in (asking, deciding):
        browser.get("pages.choose_language", 303, code=language)
        browser.get("approvals.requests")
        browser.get("approvals.show", request_id=request_id)
        browser.get("approvals.ask", kind=ERASE, subject=seq)


def test_overview_leads_to_the_requests(asking: ClientRequest) -> None:
    page = asking.get("reports.overview")

    assert "/approvals/" in [link.get("href") for link in page.all(".//main//a")]
    assert "Nothing waits." in asking.get("approvals.requests").words()
