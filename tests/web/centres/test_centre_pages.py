"""What does an administrator see and change of centres, and who else may?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.audit import queries as audit
from app.bookings.queries import (
    SessionFacts,
    exceptions_of,
    rooms_of_centre,
    sessions_ahead,
    weekly_hours_of,
    workstations_of_centre,
)
from app.kernel.clock import local_day
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.bookings import MakeCentre
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.outside import HandClock
from tests.kit.pages import Page

FRIDAY = "2026-11-27"
HOURS = {
    "monday": "09:00–13:00, 14:00–18:30",
    "tuesday": "09:00–13:00, 14:00–18:30",
    "wednesday": "09:00–13:00, 14:00–18:30",
    "thursday": "09:00–13:00, 14:00–18:30",
    "friday": "09:00–13:00",
    "saturday": "",
    "sunday": "",
}
PAGES = {
    "centres.index": {},
    "centres.show": {"code": "AST-01"},
    "centres.sessions": {"code": "AST-01"},
    "centres.new_room": {"code": "AST-01"},
    "centres.room": {"code": "AST-01", "room": "1"},
    "centres.workstation": {"code": "AST-01", "number": "1-01"},
    "centres.hours": {"code": "AST-01"},
    "centres.new_exception": {"code": "AST-01"},
}
LANGUAGES = ("kk", "ru", "en")


@pytest.fixture
def administrator(client_request: ClientRequest, make_account: MakeAccount) -> ClientRequest:
    client_request.sign_in(make_account(role=Role.ADMINISTRATOR))
    return client_request


@pytest.fixture
def friday(make_room: MakeRoom, plan: Plan) -> list[SessionFacts]:
    """The five sessions of a Friday, in a room with two seats."""
    return [found for found in plan(make_room(seats=2)) if local_day(found.opens_at) == date.fromisoformat(FRIDAY)]


def hidden(page: Page) -> dict[str, str]:
    """Return what the form of a confirmation would send."""
    fields = page.all(".//main//input[@type='hidden']")
    return {str(field.get("name")): str(field.get("value")) for field in fields if field.get("name") != "csrf_token"}


# --- who may


@pytest.mark.parametrize(("endpoint", "language"), list(itertools.product(PAGES, LANGUAGES)))
def test_every_page_is_sound_in_every_language(
    administrator: ClientRequest,
    friday: list[SessionFacts],  # something to show
    endpoint: str,
    language: str,
) -> None:
    administrator.get("pages.choose_language", 303, code=language)

    page = administrator.get(endpoint, **PAGES[endpoint])

    assert page.tree.get("lang") == language


@pytest.mark.parametrize("endpoint", PAGES)
@pytest.mark.parametrize("role", [Role.PROCTOR, Role.AUDITOR, Role.HIRING_BODY])
def test_other_staff_see_none_of_the_pages(
    client_request: ClientRequest,
    make_account: MakeAccount,
    make_room: MakeRoom,
    endpoint: str,
    role: Role,
) -> None:
    room = make_room()
    client_request.sign_in(make_account(role=role, centre_id=room.centre_id if role is Role.PROCTOR else None))

    client_request.get(endpoint, 403, **PAGES[endpoint])


def test_applicants_see_none_and_strangers_are_asked_to_sign_in(
    client_request: ClientRequest, make_applicant: MakeApplicant
) -> None:
    assert "/sign-in" in client_request.get("centres.index", 302).location
    client_request.sign_in(make_applicant().person)
    client_request.get("centres.index", 403)


def test_proctor_changes_nothing(
    client_request: ClientRequest, make_account: MakeAccount, make_room: MakeRoom, session: Session
) -> None:
    room = make_room()
    client_request.sign_in(make_account(role=Role.PROCTOR, centre_id=room.centre_id))

    client_request.post("centres.stop_workstation", {"reason": "x"}, 403, code="AST-01", number="1-01")
    client_request.post("centres.set_hours", HOURS, 403, code="AST-01")

    assert all(each.in_service for each in workstations_of_centre(room.centre_id, session=session))


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [
        ("centres.show", {"code": "NOWHERE"}),
        ("centres.room", {"code": "AST-01", "room": "9"}),
        ("centres.workstation", {"code": "AST-01", "number": "9"}),
    ],
)
def test_what_is_not_there_is_not_found(
    administrator: ClientRequest, make_centre: MakeCentre, endpoint: str, place: dict[str, str]
) -> None:
    make_centre()

    page = administrator.get(endpoint, 404, **place)

    assert not [link for link in page.all(".//main//a") if link.get("href") == "/my"], "that page is an applicant's"


# --- lists


def test_list_of_centres_says_what_is_there(
    administrator: ClientRequest, friday: list[SessionFacts], make_roster: MakeRoster
) -> None:
    make_roster(friday[0], 2)

    words = administrator.get("centres.index").words(".//main//tbody")

    assert words.startswith("Centre AST-01 – 1 2 of 2 ")
    assert words.endswith(" 2")


def test_list_without_a_centre_says_how_to_enter_them(administrator: ClientRequest) -> None:
    assert "flask centres import" in administrator.get("centres.index").words()


def test_sessions_are_listed_with_booked_and_free_places(
    administrator: ClientRequest, friday: list[SessionFacts], make_roster: MakeRoster
) -> None:
    make_roster(friday[0], 2)
    make_roster(friday[1], 1)

    words = administrator.get("centres.sessions", code="AST-01").words()

    assert "09:00–10:30 Room 1 2 0 Full" in words
    assert "10:30–12:00 Room 1 1 1 Booking open" in words


def test_centre_without_hours_has_no_sessions(administrator: ClientRequest, make_centre: MakeCentre) -> None:
    make_centre()

    assert "No session lies ahead." in administrator.get("centres.sessions", code="AST-01").words()


def test_holidays_ahead_are_named(administrator: ClientRequest, make_centre: MakeCentre) -> None:
    make_centre()
    words = administrator.get("centres.show", code="AST-01").words()

    assert "16 December 2026 Independence Day" in words
    assert "4 January 2027 New Year (computed; to be confirmed)" in words


# --- rooms and workstations


def test_room_and_its_workstations_are_entered(
    administrator: ClientRequest, make_centre: MakeCentre, session: Session
) -> None:
    centre = make_centre()

    made = administrator.post("centres.add_room", {"code": "A2", "name": "  Hall  on the left "}, code="AST-01")
    answer = administrator.post_path(made.location, {"numbers": "01–03, A-7", "accessible": "y"})

    assert "The workstations are in service." in administrator.follow(answer).words()
    (room,) = rooms_of_centre(centre, session=session)
    assert (room.code, room.name) == ("A2", "Hall on the left")
    stations = workstations_of_centre(centre, session=session)
    assert [(each.number, each.accessible) for each in stations] == [
        (number, True) for number in ("01", "02", "03", "A-7")
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "1", "name": "Again"},
        {"code": "Зал 1", "name": "x"},
        {"code": "", "name": "x"},
        {"code": "2", "name": ""},
    ],
)
def test_room_that_cannot_be_is_explained(
    administrator: ClientRequest, make_room: MakeRoom, session: Session, fields: dict[str, str]
) -> None:
    room = make_room()

    page = administrator.post("centres.add_room", fields, 422, code="AST-01")

    assert page.field_errors()
    assert len(rooms_of_centre(room.centre_id, session=session)) == 1


@pytest.mark.parametrize("numbers", ["", "1-01", "05–01", "1–999", "7, 7", "№ 5", "01 - 300"])
def test_numbers_that_cannot_be_are_explained(
    administrator: ClientRequest, make_room: MakeRoom, session: Session, numbers: str
) -> None:
    room = make_room()
    page = administrator.post("centres.add_workstations", {"numbers": numbers}, 422, code="AST-01", room="1")

    assert page.field_errors()
    assert len(workstations_of_centre(room.centre_id, session=session)) == 3


def test_workstation_goes_out_of_service_and_comes_back(
    administrator: ClientRequest, make_room: MakeRoom, session: Session
) -> None:
    room = make_room()
    place = {"code": "AST-01", "number": "1-02"}

    stopped = administrator.post("centres.stop_workstation", {"reason": "The screen is broken"}, **place)
    assert "1-02 – Out of service : The screen is broken" in administrator.follow(stopped).words()
    started = administrator.post("centres.start_workstation", {}, **place)
    assert "Out of service" not in administrator.follow(started).words()

    acts = [entry.kind for entry in audit.about(session, str(room.centre_id))]
    assert {"bookings.workstation.stopped", "bookings.workstation.restored"} <= set(acts)


def test_reason_is_asked_for(administrator: ClientRequest, make_room: MakeRoom, session: Session) -> None:
    room = make_room()
    page = administrator.post("centres.stop_workstation", {"reason": "  "}, 422, code="AST-01", number="1-01")

    assert page.field_errors() == ["Error: Write the reason: it stands in the log."]
    assert all(each.in_service for each in workstations_of_centre(room.centre_id, session=session))


def test_seat_that_somebody_needs_is_asked_about(
    administrator: ClientRequest, friday: list[SessionFacts], make_roster: MakeRoster, session: Session
) -> None:
    make_roster(friday[0], 2)
    place = {"code": "AST-01", "number": "1-02"}

    asked = administrator.post("centres.stop_workstation", {"reason": "Broken"}, 409, **place)

    assert "This change strikes 1 booking. Nothing is changed yet." in asked.words()
    assert friday[0].code in asked.words()
    assert all(each.in_service for each in workstations_of_centre(friday[0].centre_id, session=session))
    administrator.post("centres.stop_workstation", hidden(asked), **place)
    session.rollback()
    assert not all(each.in_service for each in workstations_of_centre(friday[0].centre_id, session=session))
    assert "Seats lacking: 1" in administrator.get("centres.sessions", code="AST-01").words()


# --- hours and days


def test_hours_are_changed(administrator: ClientRequest, make_centre: MakeCentre, session: Session) -> None:
    centre = make_centre()

    answer = administrator.post("centres.set_hours", HOURS, code="AST-01")

    assert "Friday 09:00–13:00 Saturday closed" in administrator.follow(answer).words()
    assert [str(each) for each in weekly_hours_of(centre, session=session)[1]] == ["09:00–13:00", "14:00–18:30"]


def test_hours_that_are_none_are_explained_beside_their_day(
    administrator: ClientRequest, make_centre: MakeCentre, session: Session
) -> None:
    centre = make_centre()
    page = administrator.post("centres.set_hours", {**HOURS, "friday": "nine to five"}, 422, code="AST-01")

    assert len(page.field_errors()) == 1
    assert weekly_hours_of(centre, session=session) == {}


def test_closing_a_day_names_what_it_strikes_and_asks(
    administrator: ClientRequest, friday: list[SessionFacts], make_roster: MakeRoster, session: Session
) -> None:
    make_roster(friday[0], 2)
    make_roster(friday[3], 1)
    fields = {"day": FRIDAY, "kind": "closed", "hours": "", "reason": "Repair of the roof"}

    asked = administrator.post("centres.add_exception", fields, 409, code="AST-01")

    assert "This change strikes 3 bookings. Nothing is changed yet." in asked.words()
    rows = asked.words(".//main//tbody")
    assert (friday[0].code in rows, friday[3].code in rows, friday[1].code in rows) == (True, True, False)
    assert hidden(asked).items() >= fields.items()
    done = administrator.post("centres.add_exception", hidden(asked), code="AST-01")
    assert "3 people are still being moved or told." in administrator.follow(done).words()
    assert "Repair of the roof" in administrator.get("centres.show", code="AST-01").words()
    assert "Does not take place" in administrator.get("centres.sessions", code="AST-01").words()


def test_somebody_who_books_meanwhile_is_asked_about_again(
    administrator: ClientRequest, friday: list[SessionFacts], make_roster: MakeRoster
) -> None:
    make_roster(friday[0], 1)
    fields = {"day": FRIDAY, "kind": "closed", "reason": "Repair"}
    asked = administrator.post("centres.add_exception", fields, 409, code="AST-01")
    make_roster(friday[1], 1)

    again = administrator.post("centres.add_exception", hidden(asked), 409, code="AST-01")

    assert "This change strikes 2 bookings." in again.words()


@pytest.mark.parametrize(
    "changed",
    [
        {"day": "2026-11-23"},
        {"day": ""},
        {"kind": ""},
        {"reason": ""},
        {"kind": "extra", "hours": ""},
        {"kind": "extra", "hours": "09:00-10:00, 11:00-12:00"},
        {"kind": "extra", "hours": "10:00-13:00", "day": "2026-12-16"},
    ],
    ids=str,
)
def test_day_that_cannot_be_is_explained(
    administrator: ClientRequest, make_room: MakeRoom, session: Session, changed: dict[str, str]
) -> None:
    room = make_room()
    fields = {"day": FRIDAY, "kind": "closed", "hours": "", "reason": "Repair"} | changed

    page = administrator.post("centres.add_exception", fields, 422, code="AST-01")

    assert page.field_errors()
    assert exceptions_of(room.centre_id, since=date(2026, 11, 1), session=session) == []


def test_day_opens_again(administrator: ClientRequest, make_room: MakeRoom, session: Session) -> None:
    room = make_room()
    fields = {"day": FRIDAY, "kind": "closed", "reason": "Repair"}
    administrator.post("centres.add_exception", fields, code="AST-01")
    second = administrator.post("centres.add_exception", fields, 422, code="AST-01")
    assert second.field_errors()
    (line,) = exceptions_of(room.centre_id, since=date(2026, 11, 1), session=session)
    place = {"code": "AST-01", "exception_id": line.id}

    administrator.post("centres.remove_exception", {}, **place)

    session.rollback()
    assert exceptions_of(room.centre_id, since=date(2026, 11, 1), session=session) == []
    assert administrator.get("centres.exception_again", 303, **place).location == "/centres/AST-01"


# --- what applicants see


def test_applicant_reads_that_the_session_does_not_take_place(
    administrator: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    friday: list[SessionFacts],
    make_applicant: MakeApplicant,
    make_roster: MakeRoster,
    session: Session,
    clock: HandClock,
) -> None:
    who = make_applicant()
    make_roster(friday[0], 1, people=[who])
    fields = {"day": FRIDAY, "kind": "closed", "reason": "Repair"}
    asked = administrator.post("centres.add_exception", fields, 409, code="AST-01")
    administrator.post("centres.add_exception", hidden(asked), code="AST-01")
    browser = make_browser()
    browser.sign_in(who.person)

    assert "This session does not take place." in browser.get("desk.mine").words()
    assert sessions_ahead(friday[0].centre_id, clock.now(), session=session)
