"""Can an administrator move the people whom a change strikes in one step, and see what became of each?"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.bookings.queries import SessionFacts, bookings_of_applicant
from app.kernel.clock import local_day
from app.work import HANDLERS
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeCentre, Reserve
from tests.kit.factories.timetables import MakeRoom, Plan


@pytest.fixture
def administrator(client_request: ClientRequest, make_account: MakeAccount) -> ClientRequest:
    client_request.sign_in(make_account(role=Role.ADMINISTRATOR))
    return client_request


@pytest.fixture
def who(make_applicant: MakeApplicant) -> Enrolled:
    return make_applicant(family_name="Әбенова")


@pytest.fixture
def booked(make_room: MakeRoom, plan: Plan, reserve: Reserve, who: Enrolled) -> SessionFacts:
    """A session of the second day, with one person in it."""
    found = plan(make_room())
    first = local_day(found[0].opens_at)
    place = next(each for each in found if local_day(each.opens_at) > first)
    reserve(who, place)
    return place


def close_day(browser: ClientRequest, place: SessionFacts, status: int, **fields: str) -> str:
    """Close the centre on a session's day; gives the seal to agree to, or where the answer leads."""
    form = {"day": local_day(place.opens_at).isoformat(), "kind": "closed", "hours": "", "reason": "A pipe broke"}
    page = browser.post("centres.add_exception", form | fields, status, code=place.centre_code)
    if status == 303:
        return page.location
    assert "What happens to these people?" in page.words()
    return str(page.all(".//input[@name='agreed']")[0].get("value"))


def test_struck_people_are_moved_in_one_step(
    administrator: ClientRequest,
    booked: SessionFacts,
    who: Enrolled,
    run_jobs: Callable[..., int],
    session: Session,
) -> None:
    agreed = close_day(administrator, booked, 409)

    address = close_day(administrator, booked, 303, agreed=agreed, reach="centre")
    page = administrator.get_path(address).words()
    assert "1 person is still being moved or told." in page
    assert "Әбенова" in page
    run_jobs({kind: handler for kind, handler in HANDLERS.items() if kind == "bookings.struck.settle"})

    (place,) = bookings_of_applicant(who.facts.id, session=session)
    assert local_day(place.session.opens_at) != local_day(booked.opens_at)
    page = administrator.get_path(address).words()
    assert "Moved" in page
    assert "still being moved" not in page


@pytest.mark.parametrize("reach", ["nowhere", "", "somewhere"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_is_moved_where_that_was_not_chosen(
    administrator: ClientRequest,
    booked: SessionFacts,
    who: Enrolled,
    run_jobs: Callable[..., int],
    session: Session,
    reach: str,
) -> None:
    agreed = close_day(administrator, booked, 409)
    address = close_day(administrator, booked, 303, agreed=agreed, reach=reach)
    run_jobs({kind: handler for kind, handler in HANDLERS.items() if kind == "bookings.struck.settle"})

    assert "Told; chooses another time" in administrator.get_path(address).words()
    (place,) = bookings_of_applicant(who.facts.id, session=session)
    assert place.session.id == booked.id


def test_change_that_strikes_nobody_leads_back_to_the_centre(
    administrator: ClientRequest, make_room: MakeRoom, plan: Plan
) -> None:
    place = plan(make_room())[0]

    address = close_day(administrator, place, 303)

    assert address == administrator.address_of("centres.show", code=place.centre_code)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_change_of_another_centre_looks_absent(
    administrator: ClientRequest, booked: SessionFacts, make_centre: MakeCentre
) -> None:
    make_centre("ALA-02")
    address = close_day(administrator, booked, 303, agreed=close_day(administrator, booked, 409))
    change_id = address.rsplit("/", 1)[1]

    administrator.get("centres.struck", code=booked.centre_code, change_id=change_id)
    administrator.get("centres.struck", 404, code="ALA-02", change_id=change_id)
    administrator.get("centres.struck", 404, code=booked.centre_code, change_id=uuid.uuid4())


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.PROCTOR])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_else_reads_who_was_moved(
    make_browser: Callable[[], ClientRequest], make_account: MakeAccount, booked: SessionFacts, role: Role
) -> None:
    browser = make_browser()
    browser.sign_in(make_account(role=role))

    browser.get("centres.struck", 403, code=booked.centre_code, change_id=uuid.uuid4())
