"""Who may lead the draw of a session, who watches, and what does each page say?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

import question_bank
from app.accounts.rules import Role
from app.applicants.queries import applicant_with_id
from app.audit import queries as audit
from app.bookings.queries import BookingFacts, SessionFacts, session_with_id
from app.papers import service as papers
from app.papers.queries import draw_of_session, paper_of_booking, seats_of_session
from question_bank import verify_draw
from question_bank.throw import NOT_THROWN
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeCentre, MakeExamSession
from tests.kit.factories.ceremonies import BALLS, DAY, DICE, MakeCeremony, MakeRoster, MakeSeats, Throw
from tests.kit.outside import HandClock
from tests.kit.pages import Page

SignedIn = Callable[..., ClientRequest]
WEAK = "Weak: nothing was thrown"
STAFF = (Role.PROCTOR, Role.ADMINISTRATOR, Role.AUDITOR)


def english(browser: ClientRequest) -> ClientRequest:
    """Let a visitor read in English, as the words of these tests are."""
    browser.post("pages.choose_language", {}, code="en")
    return browser


@pytest.fixture
def signed_in(make_browser: Callable[[], ClientRequest], make_account: MakeAccount) -> SignedIn:
    def make(role: Role = Role.PROCTOR, **facts: object) -> ClientRequest:
        browser = make_browser()
        browser.sign_in(make_account(role=role, **facts))
        return browser

    return make


@pytest.fixture
def me(make_applicant: MakeApplicant) -> Enrolled:
    """An applicant of the roster."""
    return make_applicant(family_name="Өзім")


@pytest.fixture
def roster(make_ceremony: MakeCeremony, me: Enrolled) -> list[BookingFacts]:
    return make_ceremony(people=[me])


@pytest.fixture
def exam_session(roster: list[BookingFacts]) -> SessionFacts:
    """A session whose draw waits for the throw."""
    return roster[0].session


@pytest.fixture
def proctor(signed_in: SignedIn, exam_session: SessionFacts) -> ClientRequest:
    """A proctor of the session's centre."""
    return signed_in(centre_id=exam_session.centre_id)


@pytest.fixture
def reveal(session: Session, clock: HandClock) -> Callable[[SessionFacts], None]:
    def act(exam_session: SessionFacts) -> None:
        session.rollback()
        clock.set(exam_session.closes_at)
        papers.reveal_draw(exam_session, session=session, now=clock.now())
        session.commit()

    return act


def lead(browser: ClientRequest, exam_session: SessionFacts, status: int = 200) -> Page:
    return browser.get("ceremony.lead", status, code=exam_session.code)


def thrown(roster: list[BookingFacts], **changed: object) -> dict[str, object]:
    """Return what a proctor sends; ``name=None`` leaves a field out."""
    form = {
        "number": 1,
        "what": "dice",
        "numbers": "3162453416",
        "first_witness": roster[0].id,
        "second_witness": roster[1].id,
        "watched": "y",
    } | changed
    return {name: value for name, value in form.items() if value is not None}


def salt_of(exam_session: SessionFacts, session: Session) -> str | None:
    session.rollback()
    found = draw_of_session(exam_session.id, session=session)
    return found.salt if found else None


def current_step(page: Page) -> str:
    return page.words(".//li[@aria-current='step']/h2")


# --- who may


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_ceremony_is_led_by_proctor_and_administrator_and_watched_by_the_auditor(
    signed_in: SignedIn, exam_session: SessionFacts, roster: list[BookingFacts], session: Session, role: Role
) -> None:
    browser = signed_in(role, centre_id=exam_session.centre_id if role is Role.PROCTOR else None)
    leads = role in {Role.PROCTOR, Role.ADMINISTRATOR}

    page = lead(browser, exam_session, 200 if role in STAFF else 403)
    browser.post("ceremony.close", {}, 409 if leads else 403, code=exam_session.code)
    browser.post("ceremony.throw", {}, 422 if leads else 403, code=exam_session.code)
    browser.post("ceremony.skip", {}, 422 if leads else 403, code=exam_session.code)

    assert bool(page.all(".//main//form")) is leads
    assert salt_of(exam_session, session) is None


def test_ceremony_of_another_centre_looks_absent(
    signed_in: SignedIn,
    make_centre: MakeCentre,
    exam_session: SessionFacts,
    roster: list[BookingFacts],
    session: Session,
) -> None:
    stranger = signed_in(centre_id=make_centre("ALA-02"))

    lead(stranger, exam_session, 404)
    stranger.post("ceremony.close", {}, 404, code=exam_session.code)
    stranger.post("ceremony.throw", thrown(roster), 404, code=exam_session.code)
    stranger.post("ceremony.skip", {"number": 1, "reason": "Nobody came but one.", "understood": "y"}, 404,
                  code=exam_session.code)  # fmt: skip
    signed_in(centre_id=None).get("ceremony.lead", 404, code=exam_session.code)

    assert salt_of(exam_session, session) is None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_visitor_is_asked_to_sign_in(make_browser: Callable[[], ClientRequest], exam_session: SessionFacts) -> None:
    visitor = english(make_browser())
    address = visitor.address_of("ceremony.lead", code=exam_session.code)

    assert visitor.get_path(address, 302).location == visitor.address_of("accounts.sign_in", next=address)
    visitor.post("ceremony.throw", {}, 302, code=exam_session.code)


@pytest.mark.parametrize("endpoint", ["ceremony.close", "ceremony.throw", "ceremony.skip"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_button_without_csrf_token_does_nothing(
    proctor: ClientRequest, exam_session: SessionFacts, roster: list[BookingFacts], session: Session, endpoint: str
) -> None:
    form = thrown(roster) | {"reason": "Nobody came but one.", "understood": "y"}

    proctor.post(endpoint, form, 400, csrf=False, code=exam_session.code)

    assert salt_of(exam_session, session) is None


def test_unknown_session_is_not_found(proctor: ClientRequest) -> None:
    proctor.get("ceremony.lead", 404, code="NO-SUCH")
    proctor.get("ceremony.show", 404, code="NO-SUCH")
    proctor.get("ceremony.transcript", 404, code="NO-SUCH", number=1)


# --- the list is fixed


def test_before_the_closing_nothing_can_be_fixed(
    signed_in: SignedIn, make_exam_session: MakeExamSession, session: Session
) -> None:
    place = make_exam_session(opens_in=2 * DAY, committed=False)
    proctor = signed_in(centre_id=place.centre_id)

    page = lead(proctor, place)
    proctor.post("ceremony.close", {}, 409, code=place.code)

    assert current_step(page) == "Booking closes and everything is fixed"
    assert "Booking closes by itself on 25 November 2026" in page.words()
    assert page.all(".//main//form") == []
    session.rollback()
    assert session_with_id(place.id, session=session).booking_closed_at is None


def test_list_can_be_fixed_by_hand_when_the_time_has_come(
    signed_in: SignedIn,
    tomorrow: SessionFacts,
    make_seats: MakeSeats,
    make_roster: MakeRoster,
    session: Session,
) -> None:
    make_seats(tomorrow, 4)
    make_roster(tomorrow, 3)
    proctor = signed_in(centre_id=tomorrow.centre_id)
    assert "3 people are booked, 4 seats are in service" in lead(proctor, tomorrow).words()

    page = proctor.follow(proctor.post("ceremony.close", {}, code=tomorrow.code))

    found = draw_of_session(tomorrow.id, session=session)
    assert found is not None
    assert current_step(page) == "The throw before two applicants"
    assert found.commitment.hex() in page.words()
    assert found.inputs.digest.hex() in page.words()


def test_too_few_seats_are_said_and_nothing_is_fixed(
    signed_in: SignedIn,
    tomorrow: SessionFacts,
    make_seats: MakeSeats,
    make_roster: MakeRoster,
    session: Session,
) -> None:
    make_seats(tomorrow, 2)
    make_roster(tomorrow, 3)
    proctor = signed_in(centre_id=tomorrow.centre_id)

    refused = proctor.post("ceremony.close", {}, 409, code=tomorrow.code)

    assert "There are too few seats" in refused.words()
    session.rollback()
    assert draw_of_session(tomorrow.id, session=session) is None


# --- the throw


@pytest.mark.parametrize(
    ("what", "typed", "salt"),
    [
        pytest.param("dice", "3162453416", DICE, id="dice"),
        pytest.param("dice", " 3 1 6 2 4, 5 3 4 1 6 ", DICE, id="dice one by one"),
        pytest.param("balls", "7 31 90 12 55 68", BALLS, id="balls"),
        pytest.param("balls", "07-31-90, 12; 55. 68", BALLS, id="balls as in a protocol"),
    ],
)
def test_throw_draws_seats_and_papers(
    proctor: ClientRequest,
    exam_session: SessionFacts,
    roster: list[BookingFacts],
    session: Session,
    what: str,
    typed: str,
    salt: str,
) -> None:
    answer = proctor.post("ceremony.throw", thrown(roster, what=what, numbers=typed), code=exam_session.code)

    page = proctor.follow(answer)
    assert "Done: 3 seats and papers are drawn and frozen." in page.words()
    assert current_step(page) == "Seats and papers"
    assert "Thrown before witnesses" in page.words()
    assert page.all(".//main//form") == []
    assert salt_of(exam_session, session) == salt
    assert len(seats_of_session(exam_session.id, session=session)) == 3


def test_line_for_the_protocol_has_the_throw_and_a_place_for_three_signatures(
    proctor: ClientRequest, exam_session: SessionFacts, roster: list[BookingFacts], session: Session
) -> None:
    proctor.post("ceremony.throw", thrown(roster), code=exam_session.code)

    page = lead(proctor, exam_session)

    found = draw_of_session(exam_session.id, session=session)
    names = [applicant_with_id(booking.applicant_id, session=session).full_name for booking in roster[:2]]
    words = page.words(".//section[@class='protocol']")
    assert found is not None
    assert f"Session {exam_session.code}, draw 1. The commitment begins with {found.commitment.hex()[:16]}." in words
    assert "Dice thrown: 3 1 6 2 4 5 3 4 1 6." in words
    assert page.all(".//section[@class='protocol']//dt").__len__() == 3
    assert all(name in words for name in names)
    entry = next(one for one in audit.about(session, str(exam_session.id)) if one.kind == "papers.salt.thrown")
    assert entry.facts is not None
    assert entry.facts["witnesses"] == [str(booking.id) for booking in roster[:2]]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        pytest.param({"what": None}, "Choose dice or numbered balls.", id="nothing chosen"),
        pytest.param({"numbers": ""}, "Type the numbers that lie on the table.", id="no numbers"),
        pytest.param({"numbers": "316245341"}, "These are too few: throw 10 dice or draw 6 balls.", id="nine dice"),
        pytest.param({"numbers": "1" * 61}, "These are too many: 60 are enough.", id="sixty-one dice"),
        pytest.param({"numbers": "3162453417"}, "A die shows a number from 1 to 6.", id="a seven"),
        pytest.param({"numbers": "3162453410"}, "A die shows a number from 1 to 6.", id="a nought"),
        pytest.param({"numbers": "31624534l6"}, "Only numbers are taken here", id="a letter"),
        pytest.param({"numbers": "316245341６"}, "Only numbers are taken here", id="a digit of another script"),
        pytest.param({"numbers": "1 " * 151}, "Write at most 300 characters.", id="far too long"),
        pytest.param({"what": "balls", "numbers": "7 31 90 12 55"}, "These are too few", id="five balls"),
        pytest.param(
            {"what": "balls", "numbers": "0 31 90 12 55 68"}, "A ball has a number from 1 to 99.", id="ball 0"
        ),
        pytest.param({"what": "balls", "numbers": "100 31 90 12 55 68"}, "A ball has a number", id="ball 100"),
        pytest.param({"what": "balls", "numbers": "7 31 7 12 55 68"}, "One ball stands here twice.", id="ball twice"),
        pytest.param({"first_witness": ""}, "Choose an applicant.", id="no first witness"),
        pytest.param({"second_witness": ""}, "Choose an applicant.", id="no second witness"),
        pytest.param({"second_witness": "FIRST"}, "Choose another applicant: two people watch.", id="one person twice"),
        pytest.param({"watched": None}, "Let both compare the numbers, then tick this.", id="not compared"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_wrong_throw_is_refused_in_words_and_the_fields_are_kept(
    proctor: ClientRequest,
    exam_session: SessionFacts,
    roster: list[BookingFacts],
    session: Session,
    changed: dict[str, object],
    refusal: str,
) -> None:
    if changed.get("second_witness") == "FIRST":
        changed = {"second_witness": roster[0].id}
    form = thrown(roster, **changed)

    page = proctor.post("ceremony.throw", form, 422, code=exam_session.code)

    assert len(page.field_errors()) == 1
    assert refusal in page.field_errors()[0]
    assert salt_of(exam_session, session) is None
    (numbers,) = page.all(".//input[@name='numbers']")
    assert numbers.get("value", "") == form.get("numbers")
    assert [box.get("value") for box in page.all(".//input[@name='what']") if box.get("checked") is not None] == (
        [form["what"]] if "what" in form else []
    )
    assert [option.get("value") for option in page.all(".//option") if option.get("selected") is not None] == [
        str(form["first_witness"]),
        str(form["second_witness"]),
    ]
    assert (page.all(".//input[@name='watched']")[0].get("checked") is not None) is ("watched" in form)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_witness_who_is_not_on_the_list_is_refused(
    proctor: ClientRequest, exam_session: SessionFacts, roster: list[BookingFacts], session: Session
) -> None:
    form = thrown(roster, first_witness=exam_session.id)

    assert proctor.post("ceremony.throw", form, 422, code=exam_session.code).field_errors()
    assert salt_of(exam_session, session) is None


def test_nothing_is_filled_in_beforehand(proctor: ClientRequest, exam_session: SessionFacts) -> None:
    page = lead(proctor, exam_session)

    assert page.all(".//input[@name='numbers']")[0].get("value", "") == ""
    assert not [box for box in page.all(".//main//input") if box.get("checked") is not None]
    assert [option.get("value") for option in page.all(".//option") if option.get("selected") is not None] in (
        [],
        ["", ""],
    )


def test_second_throw_is_refused_in_words(
    proctor: ClientRequest, exam_session: SessionFacts, roster: list[BookingFacts], session: Session
) -> None:
    proctor.post("ceremony.throw", thrown(roster), code=exam_session.code)

    refused = proctor.post("ceremony.throw", thrown(roster, numbers="6543216543"), 409, code=exam_session.code)

    assert "The draw has been made" in refused.words()
    assert salt_of(exam_session, session) == DICE


def test_throw_for_a_draw_that_was_replaced_meanwhile_is_refused_in_words(
    proctor: ClientRequest,
    exam_session: SessionFacts,
    roster: list[BookingFacts],
    redraw: Callable[..., int],
    session: Session,
) -> None:
    assert lead(proctor, exam_session).all(".//form[@action]//input[@name='number']")[0].get("value") == "1"
    redraw(exam_session)

    refused = proctor.post("ceremony.throw", thrown(roster), 409, code=exam_session.code)

    assert "Another draw was fixed meanwhile" in refused.words()
    assert salt_of(exam_session, session) is None
    assert lead(proctor, exam_session).all(".//form[@action]//input[@name='number']")[0].get("value") == "2"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_throw_where_nothing_is_fixed_is_refused_in_words(
    signed_in: SignedIn, tomorrow: SessionFacts, make_roster: MakeRoster
) -> None:
    booked = make_roster(tomorrow, 2)
    proctor = signed_in(centre_id=tomorrow.centre_id)

    refused = proctor.post("ceremony.throw", thrown(booked), 409, code=tomorrow.code)

    assert "The draw of this exam session has not been committed yet" in refused.words()


# --- going on without


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        pytest.param({"reason": "", "understood": "y"}, "Write the reason", id="no reason"),
        pytest.param({"reason": " " * 20, "understood": "y"}, "Write the reason", id="blanks"),
        pytest.param({"reason": "Nobody.", "understood": "y"}, "Write a few words more", id="one word"),
        pytest.param({"reason": "x" * 301, "understood": "y"}, "Write at most 300 characters.", id="too long"),
        pytest.param({"reason": "Nobody has come but one."}, "Tick this, or throw the dice.", id="not understood"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_going_on_without_a_throw_takes_a_reason_and_a_tick(
    proctor: ClientRequest, exam_session: SessionFacts, session: Session, form: dict[str, str], refusal: str
) -> None:
    page = proctor.post("ceremony.skip", {"number": 1, **form}, 422, code=exam_session.code)

    assert len(page.field_errors()) == 1
    assert refusal in page.field_errors()[0]
    assert page.all(".//details[@class='unfold']")[0].get("open") is not None
    assert (page.all(".//textarea[@name='reason']")[0].text or "").strip() == form["reason"].strip()
    assert salt_of(exam_session, session) is None


def skip(browser: ClientRequest, exam_session: SessionFacts) -> Page:
    form = {"number": 1, "reason": "Nobody has come but one.", "understood": "y"}
    return browser.follow(browser.post("ceremony.skip", form, code=exam_session.code))


def test_draw_without_a_throw_is_called_weak_on_every_page(
    proctor: ClientRequest,
    signed_in: SignedIn,
    make_browser: Callable[[], ClientRequest],
    me: Enrolled,
    exam_session: SessionFacts,
    roster: list[BookingFacts],
    reveal: Callable[[SessionFacts], None],
    session: Session,
) -> None:
    led = skip(proctor, exam_session)
    visitor, own = english(make_browser()), make_browser()
    own.sign_in(me.person)

    def pages() -> list[str]:
        return [
            lead(signed_in(Role.AUDITOR), exam_session).words(),
            visitor.get("ceremony.show", code=exam_session.code).words(),
            visitor.get("ceremony.index").words(),
            own.get("ceremony.own", booking_id=roster[0].id).words(),
        ]

    assert salt_of(exam_session, session) == NOT_THROWN
    assert WEAK in led.words()
    assert "Nothing was thrown: the draw is weak." in led.words(".//section[@class='protocol']")
    assert all(WEAK in words for words in pages())
    reveal(exam_session)
    assert all(WEAK in words for words in pages())
    assert json.loads(visitor.get("ceremony.transcript", code=exam_session.code, number=1).body)["weak"] is True


# --- what anybody sees


def test_nothing_is_shown_of_a_session_without_a_draw(
    make_browser: Callable[[], ClientRequest], tomorrow: SessionFacts
) -> None:
    visitor = english(make_browser())

    assert tomorrow.code not in visitor.get("ceremony.index").words()
    visitor.get("ceremony.show", 404, code=tomorrow.code)


def test_public_page_keeps_the_secret_the_seats_and_the_names(
    make_browser: Callable[[], ClientRequest],
    exam_session: SessionFacts,
    roster: list[BookingFacts],
    throw: Throw,
    session: Session,
) -> None:
    throw(exam_session, witnesses=roster[:2])
    visitor = english(make_browser())

    page = visitor.get("ceremony.show", code=exam_session.code)

    found = draw_of_session(exam_session.id, session=session)
    assert found is not None
    assert found.commitment.hex() in page.words()
    assert "3 1 6 2 4 5 3 4 1 6" in page.words()
    assert "Сейітова" not in page.text
    assert "Өзім" not in page.text
    assert page.all(".//*[@data-draw]") == []
    assert "Drawn. The secret is revealed after the session." in visitor.get("ceremony.index").words()
    visitor.get("ceremony.transcript", 409, code=exam_session.code, number=1)


def test_revealed_draw_can_be_taken_and_checked_by_anybody(
    make_browser: Callable[[], ClientRequest],
    exam_session: SessionFacts,
    roster: list[BookingFacts],
    throw: Throw,
    reveal: Callable[[SessionFacts], None],
) -> None:
    throw(exam_session)
    reveal(exam_session)
    visitor = english(make_browser())

    page = visitor.get("ceremony.show", code=exam_session.code)
    (box,) = page.all(".//*[@data-draw]")
    answer = visitor.get_path(str(box.get("data-transcript")))

    told = verify_draw.read(answer.text)
    assert verify_draw.verify(told) == []
    assert told["commitment"] == box.get("data-commitment")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == f'inline; filename="draw-{exam_session.code}-1.json"'
    assert "Revealed: can be checked by anybody." in visitor.get("ceremony.index").words()
    visitor.get("ceremony.transcript", 409, code=exam_session.code, number=2)


@pytest.mark.parametrize("number", ["10000", "2147483648", "9" * 30, "-1", "x"])
def test_draw_of_a_number_that_none_can_have_is_not_found(
    client_request: ClientRequest, exam_session: SessionFacts, number: str
) -> None:
    client_request.get("ceremony.transcript", 409, code=exam_session.code, number=9999)

    client_request.get_path(f"/draws/{exam_session.code}/{number}/transcript.json", 404)


def test_both_draws_of_a_session_are_shown_and_only_what_was_drawn_is_offered(
    make_browser: Callable[[], ClientRequest],
    signed_in: SignedIn,
    exam_session: SessionFacts,
    throw: Throw,
    redraw: Callable[..., int],
    reveal: Callable[[SessionFacts], None],
) -> None:
    redraw(exam_session, "A die lay under the table.")
    throw(exam_session, BALLS)
    reveal(exam_session)

    visitor = english(make_browser())
    page = visitor.get("ceremony.show", code=exam_session.code)

    headings = [page.words(f".//h2[@id='draw-{number}-title']") for number in (2, 1)]
    assert headings == ["The draw that counts, number 2", "Earlier draw, number 1, not used"]
    assert "A die lay under the table." in page.words()
    assert [box.get("data-transcript") for box in page.all(".//*[@data-draw]")] == [
        visitor.address_of("ceremony.transcript", code=exam_session.code, number=2)
    ]
    visitor.get("ceremony.transcript", 409, code=exam_session.code, number=1)
    led = lead(signed_in(centre_id=exam_session.centre_id), exam_session)
    assert "draw 2" in led.words(".//section[@class='protocol']")


def test_session_that_passed_without_a_throw_says_that_nothing_was_drawn(
    make_browser: Callable[[], ClientRequest],
    signed_in: SignedIn,
    me: Enrolled,
    exam_session: SessionFacts,
    roster: list[BookingFacts],
    reveal: Callable[[SessionFacts], None],
) -> None:
    reveal(exam_session)
    own = make_browser()
    own.sign_in(me.person)

    shown = own.get("ceremony.show", code=exam_session.code)

    assert "Nothing was drawn" in shown.words()
    assert shown.all(".//*[@data-draw]") == []
    led = lead(signed_in(centre_id=exam_session.centre_id), exam_session)
    assert "Nothing was thrown, and the session is over" in led.words()
    assert "Nothing was thrown, and the session is over" in own.get("ceremony.own", booking_id=roster[0].id).words()
    assert "Revealed: can be checked by anybody." not in own.get("ceremony.index").words()


def test_verifier_is_the_file_itself(make_browser: Callable[[], ClientRequest]) -> None:
    answer = make_browser().get("ceremony.verifier")

    assert answer.body == Path(question_bank.__file__).with_name("verify_draw.py").read_bytes()
    assert answer.headers["Content-Disposition"] == "attachment; filename=verify_draw.py"


def test_auditor_is_led_back_to_what_an_auditor_may_see(signed_in: SignedIn, exam_session: SessionFacts) -> None:
    auditor = signed_in(Role.AUDITOR)

    links = [link.get("href", "") for link in lead(auditor, exam_session).all(".//main//a")]

    for link in links:
        auditor.get_path(link)


@pytest.mark.parametrize("step", ["close", "throw", "skip"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_refused_form_that_is_left_leads_back_to_the_steps(
    proctor: ClientRequest, exam_session: SessionFacts, step: str
) -> None:
    assert proctor.get("ceremony.again", 303, code=exam_session.code).location.endswith("/draw")

    led = proctor.get_path(proctor.address_of(f"ceremony.{step}", code=exam_session.code), 303)

    assert led.location == proctor.address_of("ceremony.lead", code=exam_session.code)


def test_nobody_can_start_before_the_throw_and_both_sides_are_told(
    proctor: ClientRequest,
    own: ClientRequest,
    exam_session: SessionFacts,
    roster: list[BookingFacts],
    throw: Throw,
    clock: HandClock,
) -> None:
    clock.set(exam_session.opens_at)

    assert "Waiting for the draw" in own.get("desk.mine").words()
    assert "nobody can start" in proctor.get("proctoring.session_page", code=exam_session.code).words()

    throw(exam_session)

    assert "Ready to start" in own.get("desk.mine").words()
    assert "nobody can start" not in proctor.get("proctoring.session_page", code=exam_session.code).words()


def test_proctor_may_ask_for_another_draw_from_here(proctor: ClientRequest, exam_session: SessionFacts) -> None:
    links = [link.get("href", "") for link in lead(proctor, exam_session).all(".//main//a")]

    assert proctor.address_of("approvals.ask", kind="papers.draw.redraw", subject=exam_session.code) in links
    for link in links:
        proctor.get_path(link)


# --- one's own draw


@pytest.fixture
def own(make_browser: Callable[[], ClientRequest], me: Enrolled) -> ClientRequest:
    browser = make_browser()
    browser.sign_in(me.person)
    return browser


def own_page(browser: ClientRequest, booking: BookingFacts, status: int = 200) -> Page:
    return browser.get("ceremony.own", status, booking_id=booking.id)


def test_own_page_shows_the_seat_from_the_opening_on(
    own: ClientRequest, roster: list[BookingFacts], throw: Throw, session: Session, clock: HandClock
) -> None:
    booking = roster[0]
    assert "Nothing thrown yet" in own_page(own, booking).words()
    throw(booking.session)
    paper = paper_of_booking(booking.id, session=session)
    assert paper is not None

    clock.set(booking.session.opens_at - timedelta(seconds=1))
    before = own_page(own, booking).words()
    clock.set(booking.session.opens_at)
    after = own_page(own, booking).words()

    assert paper.fingerprint.hex() in before
    assert "Your seat" not in before
    assert f"Your seat {paper.seat}" in after
    assert f"Your seat: {paper.seat}" in own.get("desk.mine").words()


def test_own_page_leads_to_the_check_after_the_reveal(
    own: ClientRequest, roster: list[BookingFacts], throw: Throw, reveal: Callable[[SessionFacts], None]
) -> None:
    booking = roster[0]
    throw(booking.session)
    check = own.address_of("ceremony.show", code=booking.session.code) + f"#booking={booking.id}"
    assert check not in [link.get("href") for link in own_page(own, booking).all(".//main//a")]

    reveal(booking.session)

    page = own_page(own, booking)
    assert check in [link.get("href") for link in page.all(".//main//a")]
    assert str(booking.id) in page.words()


def test_own_page_before_anything_is_fixed(
    own: ClientRequest, me: Enrolled, tomorrow: SessionFacts, make_roster: MakeRoster
) -> None:
    (booking,) = make_roster(tomorrow, 1, people=[me])

    assert "Nothing is fixed yet." in own_page(own, booking).words()


def test_another_applicants_draw_looks_absent(own: ClientRequest, roster: list[BookingFacts], throw: Throw) -> None:
    throw(roster[0].session)

    own_page(own, roster[1], 404)
    own_page(own, roster[0])


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPLICANT])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_own_page_is_for_applicants(signed_in: SignedIn, roster: list[BookingFacts], role: Role) -> None:
    own_page(signed_in(role, centre_id=roster[0].session.centre_id), roster[0], 403)


def test_my_tests_lead_to_the_draw_of_each(own: ClientRequest, roster: list[BookingFacts]) -> None:
    links = [link.get("href") for link in own.get("desk.mine").all(".//main//a")]

    assert own.address_of("ceremony.own", booking_id=roster[0].id) in links


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_draw_of_a_session_without_a_roster_is_weak_everywhere(
    signed_in: SignedIn,
    own: ClientRequest,
    me: Enrolled,
    make_exam_session: MakeExamSession,
    make_roster: MakeRoster,
) -> None:
    place = make_exam_session()
    (booking,) = make_roster(place, 1, people=[me])

    led = lead(signed_in(centre_id=place.centre_id), place).words()

    assert "This session has no fixed list" in led
    assert WEAK in led
    assert WEAK in own.get("ceremony.show", code=place.code).words()
    assert WEAK in own.get("ceremony.index").words()
    assert WEAK in own_page(own, booking).words()
