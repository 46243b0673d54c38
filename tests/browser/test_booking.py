"""Does somebody with a phone come to a place, to another one and to a receipt, and after a fail to a retest?"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from app import create_app
from app.bookings import service as bookings
from app.bookings.queries import centre_with_code, sessions_of_centre
from app.db import db, unit_of_work
from app.demonstration.people import BOOKS, CENTRE_CODE, DemoApplicant, ensure_applicant
from app.web import tools
from tests.browser.conftest import Installation
from tests.browser.exam import Visitor
from tests.kit.factories.applicants import synthetic_iin

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SMALLEST_TARGET = 44


@pytest.fixture
def phone(chromium: Browser, installation: Installation) -> Iterator[Page]:
    """A window of 390×844."""
    context = chromium.new_context(base_url=installation.url, viewport={"width": 390, "height": 844})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def look(page: Page) -> None:
    """Let axe look, and see that nothing is too wide or too small for a finger."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    for target in page.locator("main button, main .btn, main .place, main .choice").all():
        box = target.bounding_box()
        assert box is None or box["height"] >= SMALLEST_TARGET, target.evaluate("element => element.outerHTML")


def in_hand(page: Page, kind: str) -> bytes:
    """Fetch what a link of the receipt leads to."""
    address = page.locator(f"main a[href$='/receipt.{kind}']").get_attribute("href")
    answer = page.request.get(str(address))
    assert answer.ok
    return answer.body()


def event(page: Page) -> dict[str, object]:
    (found,) = Calendar.from_ical(in_hand(page, "ics")).walk("VEVENT")
    return found


def give_place_today(installation: Installation, person: DemoApplicant) -> None:
    """Enter a person, and book them into the demonstration session that is open now."""
    with create_app(installation.settings).app_context():
        with unit_of_work() as session:
            applicant = ensure_applicant(person, session=session, tools=tools())
            centre = centre_with_code(CENTRE_CODE, session=session)
            (now_open,) = [
                found
                for found in sessions_of_centre(centre.id, session=session)
                if found.code.startswith("DEMO-corps-b")
            ]
            outside = {"now": tools().clock.now(), "entropy": tools().entropy}
            bookings.book(applicant, now_open.id, session=session, **outside)
        db.session.remove()
        db.engine.dispose()


def choose_place(page: Page, *, region: str, day: int, time: int) -> None:
    """Go from the list of regions to the confirmation, and let axe look at each step."""
    look(page)
    page.locator(f"main .place[href*='centre={region}']").click()
    page.wait_for_url(f"**centre={region}")
    look(page)
    page.locator("main .place").nth(day).click()
    page.wait_for_url("**day=**")
    look(page)
    page.locator("main .place").nth(time).click()
    look(page)


def test_person_books_moves_and_takes_the_receipt_from_a_phone(phone: Page) -> None:
    visitor = Visitor(phone)
    visitor.choose_language("kk")
    visitor.sign_in(BOOKS.iin)
    phone.wait_for_url("**/my")
    look(phone)
    phone.goto("/book")
    look(phone)
    phone.locator("main a.btn-primary").first.click()
    phone.locator("main form button[type=submit]").click()
    expect(phone.locator(".error-summary")).to_be_visible()
    look(phone)
    phone.locator("input[name=purpose][value=none]").check()
    phone.locator("main form button[type=submit]").click()
    phone.wait_for_url("**/places")

    choose_place(phone, region="KRG-01", day=3, time=1)
    phone.locator("main form button[type=submit]").click()
    phone.wait_for_url("**/receipt")
    look(phone)
    expect(phone.locator(".notice-ok")).to_be_visible()
    first = event(phone)
    assert first["STATUS"] == "CONFIRMED"

    phone.locator("main a[href$='/move']").click()
    choose_place(phone, region="KSH-01", day=5, time=0)
    phone.locator("main form button[type=submit]").click()
    phone.wait_for_url("**/receipt")
    expect(phone.locator("main")).to_contain_text("Көкшетау")
    moved = event(phone)
    assert (moved["UID"], moved["SEQUENCE"]) == (first["UID"], 1)
    assert moved["DTSTART"].dt != first["DTSTART"].dt  # type: ignore[attr-defined]
    paper = " ".join(PdfReader(io.BytesIO(in_hand(phone, "pdf"))).pages[0].extract_text().split())
    assert f"{BOOKS.family_name} {BOOKS.given_name} {BOOKS.patronymic}" in paper
    number = re.search(r"[0-9A-F]{5}-[0-9A-F]{5}", phone.locator("h1").inner_text())
    assert number
    assert number[0] in paper

    phone.goto("/my")
    look(phone)
    expect(phone.locator("main details li")).to_have_count(1)
    phone.locator("main a[href$='/cancel']").click()
    look(phone)
    phone.locator("main form button[type=submit]").click()
    phone.wait_for_url("**/my")
    expect(phone.locator("main details li")).to_have_count(2)


def test_person_who_failed_books_the_retest_with_one_press(phone: Page, installation: Installation) -> None:
    iin = synthetic_iin(70)
    give_place_today(installation, DemoApplicant(iin, "Сәтбаева", "Дина", "Ержанқызы", "kk"))
    visitor = Visitor(phone)
    visitor.choose_language("kk")
    visitor.sign_in(iin)
    phone.wait_for_url("**/my")
    phone.set_viewport_size({"width": 1366, "height": 768})  # the test itself is sat at a centre
    visitor.open_start_page()
    visitor.start_test("kk")
    visitor.finish()
    phone.set_viewport_size({"width": 390, "height": 844})
    look(phone)
    offers = phone.locator("main .offer")
    expect(offers).to_have_count(3)

    offers.first.locator("button").click()

    phone.wait_for_url("**/receipt")
    look(phone)
    assert event(phone)["STATUS"] == "CONFIRMED"
    phone.goto("/my")
    look(phone)
    expect(phone.locator("main .offer")).to_have_count(0)
