"""Does an applicant get from the booking to the result, and nobody else to it?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.papers.queries import items_of, key_of, paper_with_id
from app.scoring import service as scoring
from app.scoring.queries import result_of_sitting
from app.scoring.rules import VoidGround
from app.sittings.queries import sitting_with_id
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bans import MakeBan
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession
from tests.kit.factories.scoring import FAILING, PASSING
from tests.kit.factories.sittings import ExamDesk, planned
from tests.kit.outside import CountedEntropy, HandClock

MakeDesk = Callable[..., ExamDesk]
Sit = Callable[..., None]


def test_address_of_a_finished_test_leads_its_owner_to_the_result(
    make_applicant: MakeApplicant, make_desk: MakeDesk
) -> None:
    applicant = make_applicant()
    first = make_desk(applicant)
    first.start()
    first.finish()
    second = make_desk(applicant, booking=first.booking)
    second.sitting_id = first.sitting_id

    answer = second.page(status=303)

    assert answer.location == f"/sittings/{first.sitting_id}/result"
    second.browser.follow(answer)


def test_address_of_a_test_asks_a_stranger_to_sign_in(
    desk: ExamDesk, make_browser: Callable[[], ClientRequest]
) -> None:
    desk.start()
    stranger = make_browser()

    led = stranger.get("sittings.show", 303, sitting_id=desk.sitting_id)

    assert stranger.follow(led, status=302).location.startswith("/sign-in?next=")


@pytest.fixture
def sit(session: Session) -> Sit:
    """Answer a whole paper with so many right per act, and finish."""

    def act(desk: ExamDesk, counts: tuple[int, ...] = PASSING) -> None:
        session.rollback()
        assert desk.sitting_id is not None
        paper = paper_with_id(sitting_with_id(desk.sitting_id, session=session).paper_id, session=session)
        key = {question.position: question.option for question in key_of(paper, session=session)}
        session.rollback()
        for position, option in planned(key, counts).items():
            desk.answer(position, option)
        desk.finish()

    return act


def test_whole_path_from_booking_to_result(desk: ExamDesk, sit: Sit) -> None:
    browser = desk.browser
    mine = browser.get("desk.mine")
    (start,) = mine.all(".//a[@class='btn btn-primary']")
    assert start.get("href") == browser.address_of("way_in.start", booking_id=desk.booking.id)

    ready = browser.follow(browser.get_path(str(start.get("href")), 303))
    assert desk.booking.session.code in ready.words()

    page = browser.follow(desk.start())
    assert page.all(".//main[@data-answers-url]")
    paper = desk.paper()
    assert (paper["sequence"], paper["answers"], len(paper["questions"])) == (0, {}, 55)

    sit(desk)

    result = desk.result()
    assert "30 of 55" in result.words()
    assert "Passed" in result.h1
    assert "Passed" in browser.get("desk.mine").words()


def test_running_test_offers_to_go_on(desk: ExamDesk) -> None:
    desk.start()

    mine = desk.browser.get("desk.mine")

    (form,) = mine.all(".//main//ul//form")
    assert form.get("action") == desk.browser.address_of("desk.resume", sitting_id=desk.sitting_id)
    assert desk.resume().location == desk.browser.address_of("sittings.show", sitting_id=desk.sitting_id)


def test_reloaded_refusal_of_a_second_browser_leads_back_to_the_bookings(desk: ExamDesk) -> None:
    desk.start()

    answer = desk.browser.get("desk.resume", 303, sitting_id=desk.sitting_id)

    assert answer.location == desk.browser.address_of("desk.mine")
    assert desk.answer(1, 1)["sequence"] == 1


def test_result_before_the_end_leads_back_to_the_bookings(desk: ExamDesk) -> None:
    desk.start()

    assert desk.result(status=303).location == desk.browser.address_of("desk.mine")


def test_result_below_the_threshold_says_what_was_missing_and_when_again(desk: ExamDesk, sit: Sit) -> None:
    desk.start()
    sit(desk, FAILING)

    result = desk.result()

    assert "Below the threshold" in result.h1
    assert "The total number of correct answers is below the threshold." in result.words()
    assert "27 November 2026" in result.words()
    assert "27 November 2026" in desk.browser.get("desk.mine").words()


def test_finishing_twice_leads_to_the_same_result(desk: ExamDesk, sit: Sit) -> None:
    desk.start()
    sit(desk)
    first = desk.result().words()

    assert desk.finish().location == desk.browser.address_of("desk.result", sitting_id=desk.sitting_id)
    assert desk.result().words() == first


def test_exam_page_after_the_end_leads_to_the_result(desk: ExamDesk) -> None:
    desk.start()
    desk.finish()

    assert desk.page(status=303).location == desk.browser.address_of("desk.result", sitting_id=desk.sitting_id)


def test_practice_test_ends_without_a_certificate(
    make_desk: MakeDesk, make_exam_session: MakeExamSession, sit: Sit
) -> None:
    desk = make_desk(exam_session=make_exam_session(PRACTICE))
    desk.start("en")
    sit(desk)

    assert "No certificate is issued for it" in desk.result().words()


def test_practice_test_explains_what_was_not_right(
    make_desk: MakeDesk, make_exam_session: MakeExamSession, sit: Sit, session: Session
) -> None:
    desk = make_desk(exam_session=make_exam_session(PRACTICE))
    desk.start("en")
    sit(desk)

    page = desk.result()

    session.rollback()
    assert desk.sitting_id is not None
    paper = paper_with_id(sitting_with_id(desk.sitting_id, session=session).paper_id, session=session)
    items = items_of(paper, session=session)
    shown = [item for item in items.values() if item.texts["en"].why in page.words()]
    assert len(shown) == len(items) - sum(PASSING)
    assert all(item.texts["en"].options[item.key_index] in page.words() for item in shown)


def test_real_test_never_explains_an_answer(desk: ExamDesk, sit: Sit, session: Session) -> None:
    desk.start()
    sit(desk, FAILING)

    words = desk.result().words()

    session.rollback()
    assert desk.sitting_id is not None
    paper = paper_with_id(sitting_with_id(desk.sitting_id, session=session).paper_id, session=session)
    texts = [text for item in items_of(paper, session=session).values() for text in item.texts.values()]
    assert not [text.why for text in texts if text.why in words or text.stem in words]


# --- refusals before the start


@pytest.mark.parametrize(
    ("opens_in", "state"),
    [
        pytest.param(timedelta(hours=1), "Booked", id="not open yet"),
        pytest.param(timedelta(hours=-3), "Not sat", id="closed"),
    ],
)
def test_session_that_is_not_open_starts_nothing(
    make_desk: MakeDesk, make_exam_session: MakeExamSession, opens_in: timedelta, state: str
) -> None:
    desk = make_desk(exam_session=make_exam_session(opens_in=opens_in))

    refused = desk.start(status=409)

    assert refused.h1 == "The exam session is not open"
    mine = desk.browser.get("desk.mine")
    assert state in mine.words()
    assert not mine.all(f".//a[@href='/bookings/{desk.booking.id}/start']")


def test_session_without_a_committed_draw_starts_nothing(
    make_desk: MakeDesk, make_exam_session: MakeExamSession
) -> None:
    desk = make_desk(exam_session=make_exam_session(committed=False))
    desk.step("identity")
    desk.step("choose_language", {"language": "kk"})
    desk.step("rules", {"rules_read": "y"})
    desk.step("equipment")
    desk.browser.get("pages.choose_language", 303, code="en")

    assert desk.step("samples", status=409).h1 == "The papers of this session are not ready"


def test_booking_is_good_for_one_start(desk: ExamDesk) -> None:
    desk.start()
    desk.finish()

    assert desk.start(status=409).h1 == "This booking has been used"


def test_second_press_of_start_leads_to_the_test_that_the_first_started(desk: ExamDesk) -> None:
    """The browser that dropped the first reply dropped its cookie too."""
    desk.start()
    started = desk.sitting_id
    with desk.browser.browser.session_transaction() as kept:
        del kept["live"]

    desk.start()

    assert desk.sitting_id == started
    assert desk.answer(1, 2)["sequence"] == 1


def test_second_press_in_another_browser_does_not_take_the_test(
    make_applicant: MakeApplicant, make_desk: MakeDesk
) -> None:
    applicant = make_applicant()
    here = make_desk(applicant)
    there = make_desk(applicant, booking=here.booking)
    here.start()

    assert there.start(status=409).h1 == "This booking has been used"
    assert here.answer(1, 2)["sequence"] == 1


def test_password_changed_in_the_middle_of_a_test_keeps_it_open(desk: ExamDesk) -> None:
    desk.start()

    desk.browser.sign_in(desk.person)

    assert desk.answer(1, 2)["sequence"] == 1


def test_retest_before_its_date_is_refused(
    make_applicant: MakeApplicant, make_desk: MakeDesk, sit: Sit, clock: HandClock
) -> None:
    applicant = make_applicant()
    first = make_desk(applicant)
    first.start()
    sit(first, FAILING)
    clock.advance(days=1)

    second = make_desk(applicant)

    assert second.start(status=409).h1 == "The retest is not open yet"


def test_list_of_tests_shows_from_when_the_retest_may_start(
    make_applicant: MakeApplicant, make_desk: MakeDesk, sit: Sit
) -> None:
    applicant = make_applicant()
    first = make_desk(applicant)
    first.start()
    sit(first, FAILING)
    second = make_desk(applicant)

    page = second.browser.get("desk.mine")

    assert page.words().count("You may take the test again from") == 2
    assert "Start the test" not in page.words()


# --- other people


@pytest.fixture
def stranger(make_browser: Callable[[], ClientRequest], make_applicant: MakeApplicant) -> ClientRequest:
    """The browser of another applicant."""
    browser = make_browser()
    browser.sign_in(make_applicant().person)
    return browser


def test_another_applicants_booking_and_sitting_look_absent(desk: ExamDesk, stranger: ClientRequest, sit: Sit) -> None:
    desk.start()
    other = ExamDesk(stranger, desk.booking, desk.person)
    other.sitting_id = desk.sitting_id

    other.ready(status=404)
    other.start(status=404)
    assert other.begin().location == stranger.address_of("way_in.start", booking_id=desk.booking.id)
    other.resume(status=404)
    other.finish(status=404)
    other.result(status=404)
    sit(desk)
    other.result(status=404)
    assert "no booking yet" in stranger.get("desk.mine").words()


def test_absent_and_foreign_things_cannot_be_told_apart(desk: ExamDesk, stranger: ClientRequest) -> None:
    desk.start()
    absent = uuid.UUID("019a0000-0000-7000-8000-00000000dead")

    for endpoint, name, foreign in (
        ("way_in.start", "booking_id", desk.booking.id),
        ("desk.result", "sitting_id", desk.sitting_id),
    ):
        pages = [stranger.get(endpoint, 404, **{name: value}).words() for value in (foreign, absent)]
        assert pages[0] == pages[1]


def test_signed_out_visitor_is_asked_to_sign_in_and_comes_back(
    desk: ExamDesk, make_browser: Callable[[], ClientRequest]
) -> None:
    visitor = make_browser()
    address = visitor.address_of("way_in.start", booking_id=desk.booking.id)

    answer = visitor.get_path(address, 302)

    assert answer.location == visitor.address_of("accounts.sign_in", next=address)


@pytest.mark.parametrize("endpoint", ["desk.finish", "desk.resume"])
def test_signed_out_visitor_changes_nothing(
    desk: ExamDesk, make_browser: Callable[[], ClientRequest], endpoint: str
) -> None:
    desk.start()

    answer = make_browser().post(endpoint, {}, 302, sitting_id=desk.sitting_id)

    assert answer.location.startswith("/sign-in")
    assert desk.answer(1, 1)["sequence"] == 1


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPLICANT])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_other_roles_are_refused_at_the_desk(
    client_request: ClientRequest, make_account: MakeAccount, make_booking: MakeBooking, role: Role
) -> None:
    booking = make_booking()
    client_request.sign_in(make_account(role=role))
    some = uuid.uuid4()

    client_request.get("desk.mine", 403)
    client_request.get("way_in.start", 403, booking_id=booking.id)
    client_request.get("desk.result", 403, sitting_id=some)
    client_request.post("desk.finish", {}, 403, sitting_id=some)
    client_request.post("desk.resume", {}, 403, sitting_id=some)


def test_applicant_account_without_an_applicant_gets_a_page(
    client_request: ClientRequest, make_account: MakeAccount
) -> None:
    client_request.sign_in(make_account())

    assert client_request.get("desk.mine", 404).h1 == "No applicant belongs to this account"


# --- two browsers


def test_second_browser_is_sent_to_the_elsewhere_page(make_applicant: MakeApplicant, make_desk: MakeDesk) -> None:
    applicant: Enrolled = make_applicant()
    first = make_desk(applicant)
    first.start()
    second = make_desk(applicant, booking=first.booking)
    second.sitting_id = first.sitting_id

    assert second.resume(status=409).h1 == "The test is open on another computer"
    assert second.browser.follow(second.page(status=303), status=303).location == second.browser.address_of("desk.mine")
    assert second.paper(status=409)["code"] == "sittings.elsewhere"
    assert second.answer(1, 1, status=409)["code"] == "sittings.elsewhere"
    assert second.beat(status=409)["code"] == "sittings.elsewhere"
    second.finish(status=409)
    assert first.answer(1, 1)["sequence"] == 1


def test_signing_out_gives_the_live_session_up(desk: ExamDesk) -> None:
    desk.start()
    desk.browser.sign_out()

    assert desk.answer(1, 1, status=409)["code"] == "sittings.elsewhere"


def test_barred_person_reads_until_when_and_by_which_act(
    make_desk: MakeDesk, make_applicant: MakeApplicant, make_ban: MakeBan
) -> None:
    applicant = make_applicant()
    desk = make_desk(applicant)
    ban = make_ban(applicant.facts.id)

    mine = desk.browser.get("desk.mine")

    assert "You may not take the test before 24 May 2027" in mine.words()
    assert f"act {ban.reference} of 24 November 2026" in mine.words()
    assert "Barred after a violation" in mine.words()
    assert not mine.all(".//main//a[@class='btn btn-primary']")
    assert "You may not take the test yet" in desk.start(status=409).h1


def test_void_result_is_shown_as_such_with_no_waiting_time(
    desk: ExamDesk, sit: Sit, make_account: MakeAccount, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    desk.start()
    sit(desk, FAILING)
    assert desk.sitting_id is not None
    result = result_of_sitting(desk.sitting_id, session=session)
    who = make_account(role=Role.ADMINISTRATOR)
    scoring.void_result(
        result.id, VoidGround.TECHNICAL, "x", actor=who.id, session=session, now=clock.now(), entropy=entropy
    )

    page, mine = desk.result(), desk.browser.get("desk.mine")

    assert "The result is void" in page.h1
    assert "The reason is a technical failure." in page.words()
    assert "29 of 55" in page.words()
    assert "27 November 2026" not in page.words() + mine.words()
    assert "The result is void" in mine.words()
