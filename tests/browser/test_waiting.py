"""Does somebody with a phone come from a full centre over its waiting list to a place?"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from app.bookings import service as bookings
from app.bookings import timetable
from app.bookings.calendar import parse_hours
from app.bookings.queries import rooms_of_centre, sessions_ahead
from app.bookings.rules import CancelReason
from app.bookings.timetable import Act
from app.db import db, unit_of_work
from app.demonstration.people import DemoApplicant, ensure_applicant
from app.kernel.rulebook import programmes
from app.wiring import Tools
from tests.browser.conftest import Installation
from tests.browser.exam import Visitor
from tests.browser.steps import look
from tests.kit.factories.applicants import synthetic_iin

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CODE, PROGRAMME = "TST-09", "corps-b-legislation"
WAITS, FILLS = synthetic_iin(60), synthetic_iin(61)


@dataclass(frozen=True, kw_only=True)
class FullCentre:
    """A centre with one seat, every session of which is booked by one person."""

    application_id: uuid.UUID
    booking_id: uuid.UUID
    """One of the bookings, in a session that can still be booked for long enough."""


@pytest.fixture
def tools(installation: Installation) -> Iterator[Tools]:
    """The outside world of the installation, in an application beside its server."""
    app = create_app(installation.settings)
    with app.app_context():
        yield app.extensions["synaq_tools"]
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def full(tools: Tools) -> FullCentre:
    now, entropy = tools.clock.now(), tools.entropy
    names = dict.fromkeys(("kk", "ru", "en"), "TST-09")
    programme = programmes().latest(PROGRAMME)
    with unit_of_work() as session:
        outside = {"session": session, "now": now, "entropy": entropy}
        people = [
            ensure_applicant(
                DemoApplicant(iin, "Әлімов", "Нұрлан", "Қанатұлы", "kk"),
                session=session,
                tools=tools,
            )
            for iin in (WAITS, FILLS)
        ]
        centre, act = bookings.ensure_centre(CODE, names, **outside), Act(actor="test", now=now)
        timetable.add_room(centre, "1", "Room 1", act, session=session, entropy=entropy)
        (room,) = rooms_of_centre(centre, session=session)
        timetable.add_workstations(room, ["1-01"], act, session=session)
        hours = dict.fromkeys(range(1, 6), parse_hours("09:00–10:30"))
        timetable.set_weekly_hours(centre, hours, act, session=session)
        timetable.plan_room(room, [programme], **outside)
        booked = [bookings.book(people[1], each.id, **outside) for each in sessions_ahead(centre, now, session=session)]
        application = bookings.apply_for(people[0], PROGRAMME, **outside)
    return FullCentre(application_id=application, booking_id=booked[-1])


def test_full_centre_leads_over_the_waiting_list_to_a_place(phone: Page, full: FullCentre, tools: Tools) -> None:
    visitor = Visitor(phone)
    visitor.choose_language("kk")
    visitor.sign_in(WAITS)
    phone.wait_for_url("**/my")
    phone.goto(f"/applications/{full.application_id}/places?centre={CODE}")
    look(phone)

    phone.locator("main a[href*='/waiting/new']").click()
    phone.wait_for_url("**/waiting/new*")
    look(phone)
    phone.locator("main form button[type=submit]").click()
    phone.wait_for_url("**/waiting")
    expect(phone.locator("main .notice-ok")).to_be_visible()
    look(phone)

    with unit_of_work() as session:
        bookings.cancel(full.booking_id, CancelReason.OWN_CHOICE, actor="test", session=session, now=tools.clock.now())
    take = phone.locator("main form[action$='/accept'] button")
    for _ in range(20):
        phone.reload()
        if take.count():
            break
        phone.wait_for_timeout(1000)
    look(phone)
    take.click()

    phone.wait_for_url("**/my")
    expect(phone.locator("main .notice-ok")).to_be_visible()
    look(phone)
