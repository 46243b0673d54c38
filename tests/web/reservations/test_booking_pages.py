"""Does an applicant come from the list of tests to a receipt, and does nobody else's booking open?"""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.bookings import service as bookings
from app.bookings.places import load_places
from app.bookings.queries import BookingFacts, SessionFacts, bookings_of_applicant
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeBooking, MakeCentre, Reserve
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.scoring import FAILING, PASSING, MakeResult
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import CountedEntropy, HandClock
from tests.kit.pages import Page

PROGRAMME = "corps-b-legislation"
NONE, ONE = {"purpose": "none"}, {"purpose": "competition"}


@pytest.fixture
def sessions(
    make_room: MakeRoom, plan: Plan, session: Session, clock: HandClock, entropy: CountedEntropy
) -> list[SessionFacts]:
    """All sessions of a room with two seats in Astana, the next one first."""
    found = plan(make_room(seats=2))
    bookings.import_centres(load_places(), session=session, now=clock.now(), entropy=entropy)
    session.commit()
    return found


@pytest.fixture
def who(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant()


@pytest.fixture
def browser(client_request: ClientRequest, who: Enrolled) -> ClientRequest:
    """The browser of an applicant who reads English."""
    client_request.sign_in(who.person)
    client_request.get_path("/language/en?next=/my", 303)
    return client_request


@pytest.fixture
def stranger(make_browser: Callable[[], ClientRequest], make_applicant: MakeApplicant) -> ClientRequest:
    found = make_browser()
    found.sign_in(make_applicant().person)
    return found


@pytest.fixture
def mine(reserve: Reserve, who: Enrolled, sessions: list[SessionFacts]) -> BookingFacts:
    """A booking of the applicant, in the third session from now."""
    return reserve(who, sessions[2])


@pytest.fixture
def live(session: Session, who: Enrolled) -> Callable[[], list[BookingFacts]]:
    def read() -> list[BookingFacts]:
        session.rollback()
        return bookings_of_applicant(who.facts.id, session=session)

    return read


def applied(browser: ClientRequest, fields: dict[str, str] | None = None) -> str:
    """Apply, and return the address at which a place is chosen."""
    return browser.post("reservations.apply_for", fields or NONE, programme_code=PROGRAMME).location


def links(page: Page) -> list[str]:
    return [str(link.get("href")) for link in page.all(".//main//a[@class='place']")]


# --- the whole way


def test_applicant_goes_from_the_list_of_tests_to_the_receipt(
    browser: ClientRequest, sessions: list[SessionFacts], live: Callable[[], list[BookingFacts]]
) -> None:
    index = browser.get("reservations.index")
    assert "You may take this test" in index.words()
    assert "Not open here" in index.words()
    assert "On what this rests" in index.words()
    (way_in,) = index.all(".//main//a[@class='btn btn-primary']")
    assert "Application" in browser.get_path(str(way_in.get("href"))).h1

    regions = browser.get_path(applied(browser))
    assert regions.h1 == "Choose a region"
    assert len(regions.all(".//main//ul[@class='places']/li")) == 20
    (astana,) = links(regions)
    days = browser.get_path(astana)
    assert days.h1 == "Choose a day"
    assert "25 November 2026" in days.words()
    times = browser.get_path(links(days)[0])
    assert times.h1 == "Choose a time"
    confirm = browser.get_path(links(times)[0])
    assert "10:30" in confirm.words()
    assert "Between 10:30 and 10:50" in confirm.words()
    assert not live()

    answer = browser.post_path(confirm.address)

    (made,) = live()
    assert answer.location == f"/bookings/{made.id}/receipt"
    receipt = browser.follow(answer)
    assert receipt.h1 == f"Receipt {made.number}"
    for words in ("A place is booked for you.", "Сейітова Айгүл Ерланқызы", "25 November 2026, 10:30", "identity card"):
        assert words in receipt.words()
    assert made.number in browser.get("reservations.receipt", booking_id=made.id).words(".//h1")
    assert "Booked" in browser.get("desk.mine").words()


def test_form_sent_again_leads_to_the_same_receipt(
    browser: ClientRequest, sessions: list[SessionFacts], live: Callable[[], list[BookingFacts]]
) -> None:
    address = f"{applied(browser)}/{sessions[3].id}"

    first, again = browser.post_path(address), browser.post_path(address)

    assert first.location == again.location
    assert len(live()) == 1


def test_newcomer_is_shown_the_way_to_a_place(browser: ClientRequest) -> None:
    page = browser.get("desk.mine")

    assert "You have no booking yet." in page.words()
    assert page.all(f".//a[@href='/book/{PROGRAMME}']")


# --- competitions


def test_competition_narrows_the_days(browser: ClientRequest, sessions: list[SessionFacts]) -> None:
    """Documents until Friday the 27th: Monday to Friday of the week after."""
    way = applied(browser, {**ONE, "deadline": "2026-11-27", "reference": "№ 12, Ministry"})

    days = browser.get_path(links(browser.get_path(way))[0])

    shown = [" ".join("".join(link.itertext()).split()) for link in days.all(".//main//a[@class='place']")]
    assert [words.split(" 2026")[0] for words in shown] == [
        "30 November",
        *(f"{number} December" for number in range(1, 5)),
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Choose one."),
        (ONE, "Write the last day on which the competition takes documents."),
        ({**ONE, "deadline": "31.02.2026"}, "Not a valid date value"),
        ({**ONE, "deadline": "2026-11-02"}, "The days for this competition ended on 9 November 2026."),
        ({**ONE, "deadline": "2019-05-05"}, "The days for this competition ended on 5 May 2019."),
        ({**ONE, "deadline": "2026-12-30"}, "Places for this competition can be booked from 1 December 2026."),
        ({**ONE, "deadline": "2026-11-27", "reference": "x" * 201}, "This is too long."),
    ],
)
def test_bad_application_is_refused_beside_its_field(
    browser: ClientRequest, fields: dict[str, str], message: str
) -> None:
    page = browser.post("reservations.apply_for", fields, 422, programme_code=PROGRAMME)

    assert any(message in error for error in page.field_errors()), page.field_errors()


# --- what is not free, not open or not one's own


def test_full_session_offers_the_three_earliest_places_and_one_press_takes_one(
    browser: ClientRequest,
    make_room: MakeRoom,
    make_centre: MakeCentre,
    plan: Plan,
    make_roster: MakeRoster,
    sessions: list[SessionFacts],
    live: Callable[[], list[BookingFacts]],
) -> None:
    plan(make_room("7", centre_id=make_centre("KRG-01")))
    plan(make_room("8", centre_id=make_centre("KSH-01")))
    way = applied(browser)
    make_roster(sessions[3], 2)

    page = browser.post_path(f"{way}/{sessions[3].id}", status=409)

    assert page.h1 == "The last place has just been taken"
    forms = page.all(".//main//form")
    assert len(forms) == 3
    assert "Karaganda" in page.words()
    assert re.search(r"about 1\d\d km away", page.words())
    assert not live()
    answer = browser.post_path(str(forms[0].get("action")))
    assert answer.location == f"/bookings/{live()[0].id}/receipt"
    assert live()[0].session.centre_code == "AST-01"


def test_centre_without_a_place_names_the_nearest_that_have_one(
    browser: ClientRequest, sessions: list[SessionFacts]
) -> None:
    way = applied(browser)

    page = browser.get_path(f"{way}?centre=KRG-01")

    assert "No place is free here" in page.words()
    assert len(links(page)) == 1
    assert re.search(r"about 1\d\d km away", page.words())
    assert browser.get_path(f"{way}?centre=NOWHERE", 404)
    assert browser.get_path(f"{way}?centre=AST-01&day=tomorrow", 404)
    assert "On this day no place is free" in browser.get_path(f"{way}?centre=AST-01&day=2026-11-28").words()


def test_fixed_roster_is_refused_with_words(
    browser: ClientRequest, sessions: list[SessionFacts], session: Session, clock: HandClock
) -> None:
    way = applied(browser)
    bookings.close_booking(sessions[4].id, actor="test", session=session, now=clock.now())

    assert browser.post_path(f"{way}/{sessions[4].id}", status=409).h1 == "Booking is closed"


def test_second_place_is_refused_and_the_first_one_is_named(
    browser: ClientRequest, mine: BookingFacts, sessions: list[SessionFacts]
) -> None:
    page = browser.post("reservations.take", {}, 409, exam_session_id=sessions[5].id)

    assert "You have a place at this test already." in page.words()
    assert page.all(f".//a[@href='/bookings/{mine.id}/receipt']")
    assert browser.get("reservations.apply_for", 409, programme_code=PROGRAMME)


def test_list_of_tests_shows_the_place_that_is_booked_and_no_alarm(
    browser: ClientRequest, mine: BookingFacts, sessions: list[SessionFacts]
) -> None:
    page = browser.get("reservations.index")

    words = page.words()
    assert "Your place is booked" in words
    assert "25 November 2026, 15:30" in words
    assert "One person has one place at a time." in words
    assert page.all(f".//a[@href='/bookings/{mine.id}/receipt']")
    assert "status-stop" not in page.text
    assert not page.all(f".//a[@href='/book/{PROGRAMME}']")


def test_another_persons_bookings_and_applications_look_absent(
    browser: ClientRequest, stranger: ClientRequest, mine: BookingFacts, sessions: list[SessionFacts]
) -> None:
    for endpoint in ("receipt", "receipt_pdf", "receipt_calendar", "move", "cancel"):
        stranger.get(f"reservations.{endpoint}", 404, booking_id=mine.id)
    stranger.get("reservations.move_to", 404, booking_id=mine.id, exam_session_id=sessions[6].id)
    stranger.post("reservations.move_to", {}, 404, booking_id=mine.id, exam_session_id=sessions[6].id)
    stranger.post("reservations.cancel", {}, 404, booking_id=mine.id)
    stranger.get("reservations.choose", 404, application_id=mine.application_id)
    stranger.get("reservations.confirm", 404, application_id=mine.application_id, exam_session_id=sessions[6].id)
    assert "Booked" in browser.get("desk.mine").words()


def test_unknown_test_and_session_are_not_found(browser: ClientRequest) -> None:
    browser.get("reservations.apply_for", 404, programme_code="practice-legislation")
    browser.get("reservations.take", 404, exam_session_id=uuid.uuid4())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_other_roles_are_refused(client_request: ClientRequest, make_account: MakeAccount) -> None:
    client_request.sign_in(make_account(role=Role.PROCTOR))

    client_request.get("reservations.index", 403)


# --- moving and cancelling


def test_booking_is_moved_by_the_same_steps(
    browser: ClientRequest,
    mine: BookingFacts,
    sessions: list[SessionFacts],
    live: Callable[[], list[BookingFacts]],
) -> None:
    regions = browser.get("reservations.move", booking_id=mine.id)
    assert "It stays yours until the new place is taken." in regions.words()
    day = browser.get_path(links(regions)[0])
    times = browser.get_path(links(day)[1])
    confirm = browser.get_path(links(times)[0])
    assert "Until now" in confirm.words()

    answer = browser.post_path(confirm.address)

    (fresh,) = live()
    assert fresh.id != mine.id
    assert answer.location == f"/bookings/{fresh.id}/receipt"
    old = browser.get("reservations.receipt", booking_id=mine.id)
    assert "This receipt does not count any more." in old.words()
    assert "Moved and cancelled bookings (1)" in browser.get("desk.mine").words()
    assert browser.post_path(confirm.address).location == answer.location
    assert browser.get("reservations.move", 409, booking_id=mine.id).h1 == "This booking was given back"


def test_full_session_leaves_a_booking_that_was_to_be_moved(
    browser: ClientRequest, mine: BookingFacts, sessions: list[SessionFacts], make_roster: MakeRoster
) -> None:
    make_roster(sessions[6], 2)

    page = browser.post("reservations.move_to", {}, 409, booking_id=mine.id, exam_session_id=sessions[6].id)

    assert "Your booking is as it was." in page.words()
    assert all("/move/" in str(form.get("action")) for form in page.all(".//main//form"))


def test_booking_is_cancelled_after_a_question(
    browser: ClientRequest, mine: BookingFacts, live: Callable[[], list[BookingFacts]]
) -> None:
    assert "Your place goes to somebody else." in browser.get("reservations.cancel", booking_id=mine.id).words()
    assert live()

    for _ in range(2):
        browser.follow(browser.post("reservations.cancel", {}, booking_id=mine.id))

    assert not live()
    assert (
        "This booking was cancelled on 24 November 2026."
        in browser.get("reservations.receipt", booking_id=mine.id).words()
    )
    assert browser.get("reservations.cancel", 409, booking_id=mine.id)


def test_last_day_before_the_test_changes_nothing(
    browser: ClientRequest, mine: BookingFacts, sessions: list[SessionFacts], clock: HandClock
) -> None:
    clock.set(mine.session.opens_at - timedelta(hours=24))

    title = "It is too late to change this booking"
    assert browser.get("reservations.move", 409, booking_id=mine.id).h1 == title
    assert browser.get("reservations.cancel", 409, booking_id=mine.id).h1 == title
    assert browser.post("reservations.cancel", {}, 409, booking_id=mine.id).h1 == title
    assert "too late to move or cancel" in browser.get("reservations.receipt", booking_id=mine.id).words()
    assert not browser.get("desk.mine").all(f".//a[@href='/bookings/{mine.id}/move']")


# --- in hand


def event_of(page: Page) -> tuple[Calendar, dict[str, object]]:
    calendar = Calendar.from_ical(page.body)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_calendar_entry_goes_on_through_a_move_and_ends_with_a_cancellation(
    browser: ClientRequest,
    mine: BookingFacts,
    sessions: list[SessionFacts],
    live: Callable[[], list[BookingFacts]],
) -> None:
    page = browser.get("reservations.receipt_calendar", booking_id=mine.id)
    calendar, first = event_of(page)
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert (str(calendar["METHOD"]), str(first["STATUS"]), first["SEQUENCE"]) == ("PUBLISH", "CONFIRMED", 0)
    assert first["DTSTART"].dt == mine.session.opens_at  # type: ignore[attr-defined]
    assert first["DTSTART"].to_ical().endswith(b"Z")  # type: ignore[attr-defined]

    browser.post("reservations.move_to", {}, booking_id=mine.id, exam_session_id=sessions[8].id)
    led = browser.get("reservations.receipt_calendar", 303, booking_id=mine.id)
    _, moved = event_of(browser.follow(led))
    assert (moved["UID"], moved["SEQUENCE"]) == (first["UID"], 1)
    assert moved["DTSTART"].dt == sessions[8].opens_at  # type: ignore[attr-defined]

    (fresh,) = live()
    browser.post("reservations.cancel", {}, booking_id=fresh.id)
    _, gone = event_of(browser.get("reservations.receipt_calendar", booking_id=fresh.id))
    assert (gone["UID"], str(gone["STATUS"]), gone["SEQUENCE"]) == (first["UID"], "CANCELLED", 2)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("kk", ("Қолхат", "Астана тестілеу орталығы", "Өзіңізбен")),
        ("ru", ("Расписка", "Центр тестирования, Астана", "Что взять с собой")),
        ("en", ("Receipt", "Testing centre, Astana", "What to bring")),
    ],
)
def test_paper_receipt_is_in_the_readers_language(
    client_request: ClientRequest, who: Enrolled, mine: BookingFacts, language: str, words: tuple[str, ...]
) -> None:
    client_request.sign_in(who.person)
    client_request.get_path(f"/language/{language}?next=/my", 303)

    page = client_request.get("reservations.receipt_pdf", booking_id=mine.id)

    assert page.headers["Content-Type"] == "application/pdf"
    text = " ".join(PdfReader(io.BytesIO(page.body)).pages[0].extract_text().split())
    for part in (*words, mine.number, "Сейітова Айгүл Ерланқызы", "15:30"):
        assert part in text, text


def test_receipt_says_what_to_bring_and_what_is_forbidden_in_the_words_of_the_rules(
    browser: ClientRequest, mine: BookingFacts
) -> None:
    rules = browser.get("prospectus.show", code=PROGRAMME).words()
    receipt = browser.get("reservations.receipt", booking_id=mine.id)

    said = ["".join(line.itertext()) for line in receipt.all(".//ul[@class='measure']/li")]
    assert len(said) == 6
    assert [line for line in said if line[1:] not in rules] == ["This receipt, on paper or on the screen of a phone"]


def test_name_of_a_person_is_data_and_no_part_of_the_paper(
    client_request: ClientRequest, make_applicant: MakeApplicant, reserve: Reserve, sessions: list[SessionFacts]
) -> None:
    who = make_applicant(family_name="О'Коннор", given_name="Әл-Фараби Ұ. Ғ.", patronymic=None)
    mine = reserve(who, sessions[2])
    client_request.sign_in(who.person)

    page = client_request.get("reservations.receipt_pdf", booking_id=mine.id)

    assert "О'Коннор Әл-Фараби Ұ. Ғ." in PdfReader(io.BytesIO(page.body)).pages[0].extract_text()


# --- after a result below the threshold


def test_result_below_the_threshold_offers_three_places_and_one_press_books(
    browser: ClientRequest,
    who: Enrolled,
    sessions: list[SessionFacts],
    make_booking: MakeBooking,
    make_result: MakeResult,
    live: Callable[[], list[BookingFacts]],
) -> None:
    """Failed on the 24th at 10:00: the retest opens on the 27th at midnight, in 2 days and 14 hours."""
    result = make_result(FAILING, booking=make_booking(who))

    page = browser.get("desk.result", sitting_id=result.sitting_id)

    assert "Until then: 2 days 14 hours." in page.words()
    assert "27 November 2026" in page.words()
    forms = [form for form in page.all(".//main//form") if "/book/places/" in str(form.get("action"))]
    assert len(forms) == 3
    assert "Until then: 2 days 14 hours." in browser.get("desk.mine").words()
    browser.follow(browser.post_path(str(forms[0].get("action"))))
    assert datetime(2026, 11, 27, 4, tzinfo=UTC) in [each.session.opens_at for each in live()]
    mine = browser.get("desk.mine")
    assert "Booked" in mine.words()
    assert "/book/places/" not in mine.text
    assert "/book/places/" not in browser.get("desk.result", sitting_id=result.sitting_id).text


def test_passed_test_offers_no_place(
    browser: ClientRequest,
    who: Enrolled,
    sessions: list[SessionFacts],
    make_booking: MakeBooking,
    make_result: MakeResult,
) -> None:
    result = make_result(PASSING, booking=make_booking(who))

    assert "/book/" not in browser.get("desk.result", sitting_id=result.sitting_id).text
    assert "/book/" not in browser.get("desk.mine").text
    page = browser.get("reservations.index")
    assert "You hold a certificate of this test that is valid." in page.words()
    assert "24 November 2027" in page.words()
    assert "/book/" not in page.text, "no place that far ahead can be booked"
    refused = browser.get("reservations.apply_for", 409, programme_code=PROGRAMME)
    assert "You cannot book now" in refused.words()
