"""Which stretches of a way do journeys share? From a registration to a place, on whatever screen."""

from __future__ import annotations

from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from icalendar import Calendar
from playwright.sync_api import Page, expect

from app import create_app
from app.bookings import service as bookings
from app.bookings.queries import centre_with_code, sessions_of_centre
from app.db import db, unit_of_work
from app.demonstration.people import CENTRE_CODE, DemoApplicant, ensure_applicant
from app.web import tools
from tests.browser.conftest import Installation
from tests.browser.exam import code_for

PASSWORD = "eight calm horses"
SMALLEST_TARGET = 44
TARGETS = "main button, main .btn, main .place, main .choice, main input:not([type=hidden]):not(.form-check-input)"


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Somebody without an account, as their document says."""

    iin: str
    born: str
    family_name: str
    given_name: str
    patronymic: str
    email: str
    phone: str = "8 701 123 45 67"


def look(page: Page) -> None:
    """Let axe look, and see that nothing is too wide, or too small for a finger."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    for target in page.locator(TARGETS).all():
        box = target.bounding_box()
        assert box is None or box["height"] >= SMALLEST_TARGET, target.evaluate("element => element.outerHTML")


def send(page: Page) -> None:
    """Press the first button of the first form."""
    page.locator("main form button[type=submit]").first.click()


def register(page: Page, who: Newcomer, installation: Installation) -> None:
    """Fill in the three steps, beginning on the first one, with the code from the letter."""
    page.locator("input[name=iin]").fill(who.iin)
    page.locator("input[name=birth_date]").fill(who.born)
    page.locator("input[name=sex][value=male]").check()
    page.locator("input[name=family_name]").fill(who.family_name)
    page.locator("input[name=given_name]").fill(who.given_name)
    page.locator("input[name=patronymic]").fill(who.patronymic)
    page.locator("input[name=email]").fill(who.email)
    page.locator("input[name=phone]").fill(who.phone)
    page.locator("input[name=consent]").check()
    send(page)

    page.wait_for_url("**/register/code")
    expect(page.locator("main")).to_contain_text(who.email)
    look(page)
    page.locator("input[name=code]").fill(code_for(who.email, installation.settings.instance / "mail"))
    send(page)

    page.wait_for_url("**/register/password")
    look(page)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=repeated]").fill(PASSWORD)
    send(page)

    page.wait_for_url("**/my")
    expect(page.locator(".notice-ok")).to_be_visible()
    expect(page.locator(".site-header")).to_contain_text(f"{who.given_name} {who.family_name}")
    look(page)


def apply(page: Page) -> None:
    """Apply for the first test of the list, for no competition; the first press forgets to say so."""
    page.goto("/book")
    look(page)
    page.locator("main a.btn-primary").first.click()
    send(page)
    expect(page.locator(".error-summary")).to_be_visible()
    look(page)
    page.locator("input[name=purpose][value=none]").check()
    send(page)
    page.wait_for_url("**/places")


def choose_place(page: Page, *, region: str, day: int, time: int) -> None:
    """Go from the list of regions to the confirmation."""
    look(page)
    page.locator(f"main .place[href*='centre={region}']").click()
    page.wait_for_url(f"**centre={region}")
    look(page)
    page.locator("main .place").nth(day).click()
    page.wait_for_url("**day=**")
    look(page)
    page.locator("main .place").nth(time).click()
    look(page)


def take_place(page: Page) -> None:
    """Confirm, and read the receipt."""
    send(page)
    page.wait_for_url("**/receipt")
    expect(page.locator(".notice-ok")).to_be_visible()
    look(page)


def in_hand(page: Page, kind: str) -> bytes:
    """Fetch what a link of the receipt leads to."""
    address = page.locator(f"main a[href$='/receipt.{kind}']").get_attribute("href")
    answer = page.request.get(str(address))
    assert answer.ok
    return answer.body()


def event(page: Page) -> dict[str, object]:
    """Return the only entry of the calendar file of a receipt."""
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
