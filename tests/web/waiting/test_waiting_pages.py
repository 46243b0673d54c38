"""Can a person wait for a place, see where they stand, and take what is offered?"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.bookings import waiting
from app.bookings.queries import SessionFacts, bookings_of_applicant, bookings_of_session
from app.bookings.service import apply_for
from app.kernel.clock import local_day
from app.processes import booking
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import CERTIFYING, Reserve
from tests.kit.factories.ceremonies import MakeRoster
from tests.kit.factories.timetables import MakeRoom, Plan
from tests.kit.factories.waiting import JoinLine, OfferPlaces
from tests.kit.outside import CountedEntropy, HandClock


@pytest.fixture
def full(make_room: MakeRoom, plan: Plan, make_roster: MakeRoster) -> SessionFacts:
    """A full session; so are the others of its day."""
    found = plan(make_room(seats=1))
    day = local_day(found[-1].opens_at)
    of_the_day = [each for each in found if local_day(each.opens_at) == day]
    for each in of_the_day:
        make_roster(each, 1)
    return of_the_day[0]


@pytest.fixture
def who(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant()


@pytest.fixture
def browser(make_browser: Callable[[], ClientRequest], who: Enrolled) -> ClientRequest:
    made = make_browser()
    made.sign_in(who.person)
    return made


@pytest.fixture
def free_one(full: SessionFacts, session: Session, clock: HandClock, entropy: CountedEntropy) -> Callable[[], None]:
    def act() -> None:
        session.rollback()
        (place,) = bookings_of_session(full.id, session=session)
        booking.cancel(place.id, applicant_id=place.applicant_id, session=session, now=clock.now(), entropy=entropy)
        session.commit()

    return act


def form_for(full: SessionFacts, **fields: str) -> dict[str, str]:
    day = local_day(full.opens_at).isoformat()
    return {"programme": CERTIFYING, "centre": full.centre_code, "from_day": day, "to_day": day} | fields


def test_person_waits_is_offered_a_place_and_takes_it_with_one_click(
    browser: ClientRequest,
    full: SessionFacts,
    who: Enrolled,
    free_one: Callable[[], None],
    offer_places: OfferPlaces,
    session: Session,
) -> None:
    day = local_day(full.opens_at).isoformat()
    page = browser.get("waiting.new", programme=CERTIFYING, centre=full.centre_code, day=day)
    assert page.all(".//input[@name='from_day']")[0].get("value") == day
    own = browser.follow(browser.post("waiting.join", form_for(full))).words()
    assert "You are on the waiting list." in own
    assert "You are the first in line." in own

    free_one()
    offer_places()
    page = browser.get("waiting.mine")
    assert "A place is kept for you" in page.words()
    start = browser.get("desk.mine")
    assert "A place is kept for you" in start.words()
    assert [link.get("href") for link in start.all(".//a") if link.text == "See the place"] == [
        f"/waiting/{waiting.waiting_of(who.facts.id, session=session)[0].id}"
    ]
    (action,) = [form.get("action") for form in page.all(".//main//form") if "accept" in str(form.get("action"))]
    shown = browser.get_path(str(action).removesuffix("/accept")).words()
    assert "A place is free for you" in shown
    assert "It is kept until 24 November 2026, 12:0" in shown

    done = browser.follow(browser.post_path(str(action), {}))
    assert "The place is yours." in done.words()
    assert [each.session.id for each in bookings_of_applicant(who.facts.id, session=session)] == [full.id]
    assert "You took the place" in browser.get("waiting.mine").words()


def test_position_in_line_is_said_in_words(
    browser: ClientRequest, full: SessionFacts, who: Enrolled, make_applicant: MakeApplicant, join_line: JoinLine
) -> None:
    for _ in range(2):
        join_line(make_applicant(), full)
    waits = join_line(who, full)

    assert "2 people stand before you." in browser.get("waiting.mine").words()
    assert "2 people stand before you." in browser.get("waiting.show", waiting_id=waits).words()


@pytest.mark.parametrize("offered", [True, False])
def test_person_declines_or_leaves(
    browser: ClientRequest,
    full: SessionFacts,
    who: Enrolled,
    join_line: JoinLine,
    free_one: Callable[[], None],
    offer_places: OfferPlaces,
    offered: bool,
) -> None:
    waits = join_line(who, full)
    if offered:
        free_one()
        offer_places()

    words = browser.follow(browser.post("waiting.leave", {}, waiting_id=waits)).words()

    assert ("it goes to the next person" in words) is offered
    assert ("You have left the waiting list." in words) is not offered
    browser.post("waiting.leave", {}, waiting_id=waits)


def test_offer_that_is_over_is_refused_with_what_to_do(
    browser: ClientRequest,
    full: SessionFacts,
    who: Enrolled,
    join_line: JoinLine,
    free_one: Callable[[], None],
    offer_places: OfferPlaces,
    clock: HandClock,
) -> None:
    waits = join_line(who, full)
    free_one()
    offer_places()
    clock.advance(minutes=121)

    page = browser.post("waiting.accept", {}, 409, waiting_id=waits)

    assert "This place is not kept for you any more" in page.words()
    assert "The time to take the place is over" in browser.get("waiting.show", waiting_id=waits).words()
    assert browser.get("waiting.again", 303, waiting_id=waits).location.endswith(str(waits))


def test_waiting_of_another_person_looks_absent(
    browser: ClientRequest, full: SessionFacts, make_applicant: MakeApplicant, join_line: JoinLine
) -> None:
    waits = join_line(make_applicant(), full)

    browser.get("waiting.show", 404, waiting_id=waits)
    browser.post("waiting.accept", {}, 404, waiting_id=waits)
    browser.post("waiting.leave", {}, 404, waiting_id=waits)
    assert "You are on no waiting list." in browser.get("waiting.mine").words()


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"from_day": ""}, 422, "Choose a day."),
        ({"to_day": "2026-11-20"}, 422, "These days cannot be booked."),
        ({"programme": "no-such"}, 404, "This test is not open"),
        ({"centre": "NO-1"}, 404, "Not found"),
        ({"application": str(uuid.UUID(int=7))}, 404, "Not found"),
        ({"application": "x"}, 422, "Invalid input."),
    ],
    ids=["no day", "over", "programme", "centre", "application of another", "no application"],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_list_that_cannot_be_entered_is_refused(
    browser: ClientRequest, full: SessionFacts, fields: dict[str, str], status: int, said: str
) -> None:
    assert said in browser.post("waiting.join", form_for(full, **fields), status).words()


def test_second_time_in_the_same_line_is_refused(browser: ClientRequest, full: SessionFacts) -> None:
    browser.post("waiting.join", form_for(full))

    assert "You wait there already" in browser.post("waiting.join", form_for(full), 409).words()


def test_form_without_a_day_suggests_the_whole_window(browser: ClientRequest, full: SessionFacts) -> None:
    page = browser.get("waiting.new", programme=CERTIFYING, centre=full.centre_code)

    days = [page.all(f".//input[@name='{name}']")[0].get("value") for name in ("from_day", "to_day")]
    assert days == ["2026-11-25", "2026-12-24"]
    browser.get("waiting.new", programme=CERTIFYING, centre=full.centre_code, day="no day")
    browser.get("waiting.new", 404, programme="no-such", centre=full.centre_code)


def test_person_with_a_place_reads_that_it_is_given_back(
    browser: ClientRequest,
    full: SessionFacts,
    who: Enrolled,
    plan: Plan,
    make_room: MakeRoom,
    reserve: Reserve,
    join_line: JoinLine,
    free_one: Callable[[], None],
    offer_places: OfferPlaces,
    session: Session,
) -> None:
    later = plan(make_room("2", centre_id=full.centre_id))[0]
    reserve(who, later)
    waits = join_line(who, full)
    free_one()
    offer_places()
    assert "it is given back when you take this one" in browser.get("waiting.show", waiting_id=waits).words()

    browser.post("waiting.accept", {}, waiting_id=waits)

    assert [each.session.id for each in bookings_of_applicant(who.facts.id, session=session)] == [full.id]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PROCTOR])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_staff_does_not_wait(
    make_browser: Callable[[], ClientRequest], make_account: MakeAccount, full: SessionFacts, role: Role
) -> None:
    browser = make_browser()
    browser.sign_in(make_account(role=role))

    browser.get("waiting.mine", 403)
    browser.post("waiting.join", form_for(full), 403)


def test_full_centre_leads_to_its_waiting_list(
    browser: ClientRequest,
    make_room: MakeRoom,
    who: Enrolled,
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
) -> None:
    room = make_room()  # without any session: nothing is free
    applied = apply_for(who.facts.id, CERTIFYING, session=session, now=clock.now(), entropy=entropy)
    session.commit()

    page = browser.get("reservations.choose", application_id=applied, centre="AST-01")
    (link,) = [str(each.get("href")) for each in page.all(".//main//a") if "/waiting/new" in str(each.get("href"))]
    form = browser.get_path(link)

    fields = {str(each.get("name")): str(each.get("value")) for each in form.all(".//main//form//input")}
    assert (fields["centre"], fields["application"]) == ("AST-01", str(applied))
    browser.post("waiting.join", fields)
    assert room.centre_id == waiting.waiting_of(who.facts.id, session=session)[0].wait.centre_id
