"""What does an applicant go through before the clock?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accommodations.rules import Granted
from app.accommodations.service import Decision
from app.accounts.rules import Person, Role
from app.applicants.service import ImposeBan
from app.audit import queries as audit
from app.bookings.queries import SessionFacts
from app.checkin.queries import check_in_of
from app.checkin.rules import Step, Trouble
from app.kernel.clock import local_day
from app.processes import accommodating
from app.processes.violations import record_violation
from app.sittings.queries import sitting_of_booking, sitting_with_id
from tests.kit.client import ClientRequest
from tests.kit.factories.accommodations import Ask, GrantTo
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import PRACTICE, MakeBooking, MakeExamSession, let_start
from tests.kit.factories.sittings import ExamDesk, code_on
from tests.kit.outside import CountedEntropy, HandClock

MakeDesk = Callable[..., ExamDesk]


@pytest.fixture
def waiting_session(make_exam_session: MakeExamSession) -> SessionFacts:
    """An open session that the proctor has not started."""
    return make_exam_session(released=False)


@pytest.fixture
def waiting(make_desk: MakeDesk, waiting_session: SessionFacts) -> ExamDesk:
    """Somebody who is ready in a session that has not started."""
    desk = make_desk(exam_session=waiting_session)
    desk.get_ready()
    return desk


def place(desk: ExamDesk) -> str:
    """Return the step to which the entrance leads."""
    return desk.browser.get("way_in.start", 303, booking_id=desk.booking.id).location.rpartition("/")[2]


def asked(desk: ExamDesk) -> dict[str, bool]:
    """Ask as the waiting page does."""
    found: dict[str, bool] = json.loads(desk.browser.get("way_in.released", booking_id=desk.booking.id).body)
    return found


# --- one step after another


def test_steps_lead_one_to_the_next_and_the_entrance_to_the_one_that_is_open(desk: ExamDesk, session: Session) -> None:
    browser, booking = desk.browser, desk.booking.id
    assert place(desk) == "identity"
    words = desk.ready().words()
    assert all(part in words for part in (desk.booking.session.code, "ends in", "55 minutes", "Raise your hand"))

    assert desk.step("identity").location.endswith("/language")
    page = browser.get("way_in.choose_language", booking_id=booking)
    assert {field.get("value") for field in page.all(".//input[@type='radio']")} == {"kk", "ru"}
    assert place(desk) == "language"

    assert desk.step("choose_language", {"language": "ru"}).location.endswith("/rules")
    assert browser.get("way_in.rules", booking_id=booking).tree.get("lang") == "ru"
    browser.get("pages.choose_language", 303, code="en")
    assert "Language of the test: Русский" in browser.get("way_in.rules", booking_id=booking).words()

    assert desk.step("rules", {"rules_read": "y"}).location.endswith("/equipment")
    assert browser.get("way_in.equipment", booking_id=booking).all(".//li[@data-check]")
    clock = json.loads(browser.get("way_in.clock", booking_id=booking).body)
    assert clock == {"server_time": "2026-11-24T05:00:00+00:00"}

    assert desk.step("equipment", {"report": ""}).location.endswith("/samples")
    page = browser.get("way_in.samples", booking_id=booking)
    assert page.all(".//*[@id='options']"), "the very same parts as on the page of the test"
    paper = json.loads(browser.get("way_in.samples_paper", booking_id=booking).body)
    assert (paper["language"], len(paper["questions"])) == ("ru", 3)

    assert desk.step("samples").location.endswith("/wait")
    assert place(desk) == "wait"
    assert sitting_of_booking(booking, session=session) is None


def test_step_cannot_be_taken_before_the_one_that_is_open(desk: ExamDesk) -> None:
    for name in ("choose_language", "rules", "equipment", "samples"):
        assert desk.step(name, {"language": "kk", "rules_read": "y"}).location.endswith("/identity")
    assert desk.step("ready").location.endswith("/start")
    wait = desk.browser.get("way_in.wait", 303, booking_id=desk.booking.id)
    assert wait.location.endswith("/identity")


@pytest.mark.parametrize("fields", [{}, {"language": "en"}, {"language": "xx"}])
def test_language_has_to_be_one_of_the_programme(desk: ExamDesk, fields: dict[str, str]) -> None:
    desk.step("identity")

    page = desk.step("choose_language", fields, 422)

    assert page.field_errors()
    assert f"next=/bookings/{desk.booking.id}/start/language" in page.text.replace("%2F", "/")


def test_rules_have_to_be_ticked(desk: ExamDesk) -> None:
    desk.step("identity")
    desk.step("choose_language", {"language": "kk"})
    desk.browser.get("pages.choose_language", 303, code="en")

    page = desk.step("rules", {}, 422)

    assert "Confirm that you have read the rules." in page.words()


def test_another_language_asks_for_the_rules_anew(desk: ExamDesk, session: Session) -> None:
    desk.get_ready("kk")

    desk.step("choose_language", {"language": "ru"})

    assert place(desk) == "rules"
    desk.get_ready("ru")
    desk.begin()
    assert desk.sitting_id is not None
    assert sitting_with_id(desk.sitting_id, session=session).language == "ru"


@pytest.mark.parametrize("report", ["", "{", "x" * 10_000, "null"])
def test_computer_that_could_not_be_checked_bars_nobody(desk: ExamDesk, session: Session, report: str) -> None:
    desk.get_ready()

    desk.step("equipment", {"report": report})

    assert check_in_of(desk.booking.id, session=session).troubles == (Trouble.NOT_CHECKED,)
    desk.start()


def test_steps_are_logged_without_a_name(desk: ExamDesk, session: Session) -> None:
    desk.get_ready("ru")

    acts = [(act.kind, act.facts) for act in audit.about(session, str(desk.booking.id)) if "checkin" in act.kind]

    assert acts == [
        ("checkin.identity.confirmed", {}),
        ("checkin.rules.accepted", {"language": "ru"}),
        ("checkin.equipment.checked", {"troubles": ["not_checked"]}),
    ]


def test_conditions_and_seat_are_confirmed_with_the_person(
    make_desk: MakeDesk, make_applicant: MakeApplicant, grant_to: GrantTo
) -> None:
    applicant = make_applicant()
    grant_to(applicant, Granted(extra_percent=25, reader=True))

    words = make_desk(applicant).ready().words()

    assert "70 minutes" in words
    assert "15 minutes of them are extra time" in words
    assert "A reader was granted to you" in words
    assert applicant.facts.iin not in words
    assert f"ends in {applicant.facts.iin[-4:]}" in words


# --- waiting


def test_waiting_page_says_what_happens_and_starts_nothing(waiting: ExamDesk) -> None:
    page = waiting.browser.get("way_in.wait", booking_id=waiting.booking.id)

    assert "Waiting for the operator to start the session" in page.words()
    assert page.all(".//form[@id='begin'][@hidden]")
    assert asked(waiting) == {"ready": True, "released": False}
    assert waiting.begin().location.endswith("/start")


def test_released_session_lets_the_waiting_page_start(
    waiting: ExamDesk, waiting_session: SessionFacts, session: Session, clock: HandClock
) -> None:
    let_start(waiting_session, session=session, now=clock.now())

    assert asked(waiting) == {"ready": True, "released": True}
    page = waiting.browser.get("way_in.wait", booking_id=waiting.booking.id)
    assert page.all(".//form[@id='begin']")
    assert not page.all(".//form[@id='begin'][@hidden]")
    waiting.start()
    assert waiting.answer(1, 1)["sequence"] == 1


def test_practice_waits_for_nobody(make_desk: MakeDesk, make_exam_session: MakeExamSession) -> None:
    desk = make_desk(exam_session=make_exam_session(PRACTICE, released=False))
    desk.get_ready("en")

    page = desk.browser.get("way_in.wait", booking_id=desk.booking.id)

    assert "The time starts when you press the button." in page.words()
    assert "wait.js" not in page.text
    assert asked(desk) == {"ready": True, "released": True}
    desk.start()


def test_pages_before_the_clock_lead_into_the_running_test(desk: ExamDesk) -> None:
    desk.start()
    running = f"/sittings/{desk.sitting_id}"

    for endpoint in ("way_in.start", "way_in.wait"):
        assert desk.browser.get(endpoint, 303, booking_id=desk.booking.id).location == running
    assert asked(desk) == {"ready": False, "released": False}
    desk.finish()
    assert desk.browser.get("way_in.wait", 303, booking_id=desk.booking.id).location == "/my"


# --- two computers, other people, what happens meanwhile


def test_second_computer_gets_ready_and_the_first_is_so_no_more(
    make_applicant: MakeApplicant, make_desk: MakeDesk
) -> None:
    applicant = make_applicant()
    here = make_desk(applicant)
    here.get_ready()
    there = make_desk(applicant, booking=here.booking)
    assert "Get ready at this computer" in there.browser.get("way_in.wait", booking_id=here.booking.id).h1
    assert there.begin().location.endswith("/start")

    assert there.step("ready").location.endswith("/wait")

    assert asked(here) == {"ready": False, "released": False}
    assert here.begin().location.endswith("/start")
    there.start()
    assert there.answer(1, 1)["sequence"] == 1


def test_two_tabs_of_one_browser_start_one_test(desk: ExamDesk) -> None:
    desk.get_ready()

    first, second = desk.begin(), desk.begin()

    assert first.location == second.location


@pytest.fixture
def stranger(make_browser: Callable[[], ClientRequest], make_applicant: MakeApplicant) -> ClientRequest:
    browser = make_browser()
    browser.sign_in(make_applicant().person)
    return browser


def test_another_applicants_way_in_looks_absent(waiting: ExamDesk, stranger: ClientRequest) -> None:
    other = ExamDesk(stranger, waiting.booking, waiting.person)

    for name in ("identity", "choose_language", "rules", "equipment", "samples", "ready"):
        other.step(name, {"language": "kk", "rules_read": "y"}, 404)
    for endpoint in ("start", "identity", "choose_language", "rules", "equipment", "clock", "samples", "wait"):
        stranger.get(f"way_in.{endpoint}", 404, booking_id=waiting.booking.id)
    stranger.get("way_in.samples_paper", 404, booking_id=waiting.booking.id)
    assert asked(other) == {"ready": False, "released": False}
    assert other.begin().location.endswith("/start")


def test_visitor_who_is_signed_out_starts_nothing(waiting: ExamDesk, make_browser: Callable[[], ClientRequest]) -> None:
    visitor = make_browser()

    assert visitor.post("way_in.begin", {}, 302, booking_id=waiting.booking.id).location.startswith("/sign-in")
    assert visitor.get("way_in.released", 302, booking_id=waiting.booking.id).location.startswith("/sign-in")


def test_ban_between_ready_and_start_refuses(
    waiting: ExamDesk,
    waiting_session: SessionFacts,
    administrator: Person,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    command = ImposeBan(
        applicant_id=waiting.booking.applicant_id,
        reference="AST-01/1",
        act_on=local_day(clock.now()),
        programme=waiting_session.programme,
        description="A telephone was on the table.",
    )
    record_violation(command, actor=administrator.id, session=session, now=clock.now(), entropy=entropy)
    let_start(waiting_session, session=session, now=clock.now())

    assert asked(waiting) == {"ready": False, "released": False}
    assert waiting.begin().location.endswith("/start")
    assert "You may not take the test yet" in waiting.step("ready", status=409).h1
    assert sitting_of_booking(waiting.booking.id, session=session) is None


def test_time_granted_while_somebody_waits_is_had(
    make_applicant: MakeApplicant,
    make_booking: MakeBooking,
    make_desk: MakeDesk,
    ask_for: Ask,
    administrator: Person,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    applicant: Enrolled = make_applicant()
    desk = make_desk(applicant, booking=make_booking(applicant))
    desk.get_ready()

    decision = Decision(accommodation_id=ask_for(applicant), actor=administrator.id, reason="Seen.")
    outside = {"session": session, "now": clock.now(), "entropy": entropy}
    accommodating.grant(decision, Granted(extra_percent=25), None, **outside)

    assert asked(desk)["ready"] is False
    desk.step("ready")
    desk.start()
    assert desk.sitting_id is not None
    assert sitting_with_id(desk.sitting_id, session=session).timing.allowance == timedelta(minutes=70)


def test_getting_ready_for_another_test_gives_the_first_one_up(
    make_applicant: MakeApplicant, make_desk: MakeDesk, make_booking: MakeBooking, make_exam_session: MakeExamSession
) -> None:
    applicant = make_applicant()
    real = make_desk(applicant)
    real.get_ready()
    practice = ExamDesk(real.browser, make_booking(applicant, make_exam_session(PRACTICE)), real.person)
    practice.get_ready("en")

    assert asked(real)["ready"] is False
    practice.start()
    assert real.step("ready", status=409).h1 == "You are sitting another test"


def test_steps_are_all_there() -> None:
    assert [step.value for step in Step] == ["identity", "language", "rules", "equipment", "samples", "ready"]


# --- another computer in the middle of the test


@pytest.fixture
def two(make_applicant: MakeApplicant, make_desk: MakeDesk) -> tuple[ExamDesk, ExamDesk]:
    """Two browsers of one applicant whose test runs in the first."""
    applicant = make_applicant()
    first = make_desk(applicant)
    first.start()
    first.answer(1, 2)
    second = make_desk(applicant, booking=first.booking)
    second.sitting_id, second.sequence = first.sitting_id, first.sequence
    return first, second


@pytest.fixture
def code(two: tuple[ExamDesk, ExamDesk], make_account: MakeAccount, make_browser: Callable[[], ClientRequest]) -> str:
    """The code that the proctor reads out."""
    first, _ = two
    proctor = make_browser()
    proctor.sign_in(make_account(role=Role.PROCTOR, centre_id=first.booking.session.centre_id))
    return code_on(proctor.post("proctoring.move", {}, 200, sitting_id=first.sitting_id))


def test_code_moves_the_test_to_the_second_computer(two: tuple[ExamDesk, ExamDesk], code: str) -> None:
    first, second = two
    assert second.resume(status=409).all(".//input[@name='code']")
    assert first.answer(2, 1)["sequence"] == 2, "the first page goes on until the code is used"
    second.sequence = 2

    second.browser.follow(second.move_here(code))

    assert second.paper()["answers"] == {"1": 2, "2": 1}
    assert second.answer(3, 3)["sequence"] == 3
    assert first.answer(3, 4, status=409)["code"] == "sittings.elsewhere"
    assert first.beat(status=409)["code"] == "sittings.elsewhere"
    first.page(status=409)
    first.finish(status=409)
    first.resume(status=409)
    second.finish()


@pytest.mark.parametrize("typed", ["", "12", "x" * 40, "000 000"])
def test_wrong_code_is_said_beside_the_field_and_moves_nothing(
    two: tuple[ExamDesk, ExamDesk], code: str, typed: str
) -> None:
    first, second = two
    assert code.replace(" ", "") != "000000"

    assert second.move_here(typed, status=422).field_errors()

    second.finish(status=409)
    assert first.answer(2, 1)["sequence"] == 2


def test_guesses_have_to_wait_and_the_live_page_does_not(two: tuple[ExamDesk, ExamDesk], code: str) -> None:
    first, second = two
    wrong = f"{(int(code.replace(' ', '')) + 1) % 10**6:06d}"
    for _ in range(4):
        second.move_here(wrong, status=422)

    page = second.move_here(wrong, status=429)

    assert "Too many wrong codes. Try again after 10:01" in page.words()
    second.move_here(code, status=429)
    assert first.answer(2, 1)["sequence"] == 2


def test_code_without_one_made_says_to_ask_for_one(two: tuple[ExamDesk, ExamDesk]) -> None:
    _, second = two

    assert "Ask the operator for a new one" in second.move_here("123456", status=409).words()


def test_reloaded_page_of_the_code_leads_back_to_the_bookings(two: tuple[ExamDesk, ExamDesk]) -> None:
    _, second = two

    assert second.browser.get("desk.move_here", 303, sitting_id=second.sitting_id).location == "/my"


def test_code_moves_nothing_for_another_applicant(
    two: tuple[ExamDesk, ExamDesk], code: str, stranger: ClientRequest
) -> None:
    first, _ = two
    other = ExamDesk(stranger, first.booking, first.person)
    other.sitting_id = first.sitting_id

    other.move_here(code, status=404)
    assert first.answer(2, 1)["sequence"] == 2
