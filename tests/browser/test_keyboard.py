"""Does somebody with a keyboard alone come to an account, to a place and another one, to their data, to an appeal?"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from app import create_app
from app.db import db, unit_of_work
from app.demonstration.people import PASSWORD as DEMONSTRATION_PASSWORD
from app.demonstration.people import DemoApplicant, ensure_applicant
from app.notices.rules import NoticeKind
from app.processes.telling import tell
from app.web import tools
from tests.browser.conftest import Installation
from tests.browser.exam import Visitor, code_for
from tests.browser.keyboard import Keyboard, places_never_reached
from tests.browser.steps import PASSWORD, give_place_today
from tests.kit.factories.applicants import synthetic_iin
from tests.kit.notices import FACTS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SEND = "main form button[type=submit]"
CONTROLS = """
<!doctype html><html lang="en"><title>Controls</title>
<a href="#one">One</a> <button>Two</button> <a href="#three" tabindex="-1">Three</a>
<button class="bare">Four</button><input type="radio" name="five"><input type="radio" name="five">
"""


def test_keyboard_of_the_tests_sees_what_cannot_be_reached_and_what_shows_no_focus(page: Page) -> None:
    page.set_content(CONTROLS + "<style>:focus-visible { outline: 3px solid }</style>")
    assert places_never_reached(page) == []

    page.set_content(CONTROLS + "<style>:focus-visible { outline: 3px solid } .bare:focus { outline: none }</style>")
    with pytest.raises(AssertionError, match=r'nothing shows .*class="bare"'):
        places_never_reached(page)


def test_newcomer_registers(page: Page, installation: Installation) -> None:
    address = "dana@example.kz"
    Visitor(page).choose_language("ru")
    page.goto("/")
    keys = Keyboard(page)

    keys.press("main a[href='/register']")
    page.wait_for_url("**/register")
    keys.skip_to_content()
    keys.write("iin", synthetic_iin(41))
    keys.write("birth_date", "15.05.1990")
    keys.choose("sex", "male")
    keys.write("family_name", "Қасымов")
    keys.write("given_name", "Ерлан")
    keys.write("email", address)
    keys.write("phone", "+7 701 123 45 67")
    keys.choose("language", "ru")
    keys.press("main summary")
    expect(page.locator("details p").first).to_be_visible()
    keys.tick("consent")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/code")
    keys.write("code", code_for(address, installation.settings.instance / "mail"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/password")
    keys.write("password", PASSWORD)
    keys.write("repeated", PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url("**/my")
    expect(page.locator(".notice-ok")).to_be_visible()


def test_applicant_books_moves_and_cancels(page: Page, installation: Installation) -> None:
    who = entered(installation, 43)
    keys = sign_in(page, who)

    keys.press("main a[href*='/book/']")
    page.wait_for_url("**/book/*")
    keys.choose("purpose", "none")
    keys.press(SEND)
    page.wait_for_url("**/places")
    choose_place(keys, region="KRG-01")
    expect(page.locator(".notice-ok")).to_be_visible()
    first = page.url

    keys.press("main a[href$='/move']")
    page.wait_for_url("**/move")
    choose_place(keys, region="KSH-01")
    assert page.url != first
    expect(page.locator("main")).to_contain_text("Көкшетау")

    keys.press("main a[href='/my']")
    page.wait_for_url("**/my")
    keys.press("main a[href$='/cancel']")
    page.wait_for_url("**/cancel")
    keys.press(SEND)
    page.wait_for_url("**/my")
    expect(page.locator(".notice-ok")).to_be_visible()


def test_applicant_reads_messages_and_finds_account_and_data(page: Page, installation: Installation) -> None:
    who = entered(installation, 44, told=True)
    keys = sign_in(page, who)

    keys.press("header a[href='/inbox']")
    page.wait_for_url("**/inbox")
    keys.press("main .message-unread a")
    page.wait_for_url("**/inbox/*-*")
    keys.press("header a[href='/account']")
    page.wait_for_url("**/account")
    for name in ("email", "phone"):
        keys.press(f"main a[href$='/{name}']")
        page.wait_for_url(f"**/{name}")
        assert places_never_reached(page) == []
        keys.press("header a[href='/account']")
        page.wait_for_url("**/account")
    keys.press("main a[href$='/data']")
    page.wait_for_url("**/data")
    keys.choose("form", "pdf")
    keys.write("password", DEMONSTRATION_PASSWORD)
    with page.expect_download() as copy:
        page.keyboard.press("Enter")
    assert copy.value.suggested_filename.endswith(".pdf")

    keys.press("main a[href$='/erasure']")
    page.wait_for_url("**/erasure")
    keys.tick("understood")
    keys.write("password", "a wrong one")
    page.keyboard.press("Enter")
    expect(page.locator(".field-error")).to_be_visible()


def test_applicant_contests_a_technical_failure(page: Page, chromium: Browser, installation: Installation) -> None:
    who = person(45)
    give_place_today(installation, who)
    elsewhere = chromium.new_context(base_url=installation.url, viewport={"width": 1366, "height": 768})
    sits = Visitor(elsewhere.new_page())
    sits.sign_in(who.iin)
    sits.page.wait_for_url("**/my")
    sits.open_start_page()
    sits.start_test("kk")
    sits.finish()
    elsewhere.close()
    keys = sign_in(page, who)

    keys.press("main a[href$='/result']")
    page.wait_for_url("**/result")
    keys.press("main a[href$='/appeal']")
    page.wait_for_url("**/appeal")
    keys.press("main a[href$='/appeal/technical']")
    page.wait_for_url("**/appeal/technical")
    keys.press(SEND)
    expect(page.locator(".error-summary")).to_be_focused()
    keys.press(".error-summary a")
    page.keyboard.type("Компьютер өшіп қалды.")
    keys.press(SEND)

    page.wait_for_url("**/appeals/*-*")
    expect(page.locator("main")).to_contain_text("Компьютер өшіп қалды.")


def person(number: int) -> DemoApplicant:
    return DemoApplicant(synthetic_iin(number), "Әлімов", "Нұрлан", "Қанатұлы", "kk")


def entered(installation: Installation, number: int, *, told: bool = False) -> DemoApplicant:
    """Enter a person; ``told``: with a message that they have not read."""
    who = person(number)
    with create_app(installation.settings).app_context():
        now, entropy = tools().clock.now(), tools().entropy
        with unit_of_work() as session:
            applicant = ensure_applicant(who, session=session, tools=tools())
            if told:
                kind = NoticeKind.RETEST_OPEN
                outside = {"session": session, "now": now, "entropy": entropy}
                tell(applicant, kind, FACTS[kind], key=f"keyboard:{number}", **outside)
        db.session.remove()
        db.engine.dispose()
    return who


def sign_in(page: Page, who: DemoApplicant) -> Keyboard:
    Visitor(page).choose_language("kk")
    page.goto("/sign-in")
    keys = Keyboard(page)
    keys.write("sign_in_name", who.iin)
    keys.write("password", DEMONSTRATION_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/my")
    return keys


def choose_place(keys: Keyboard, *, region: str) -> None:
    """Go from the list of regions over day and time to the receipt."""
    keys.press(f"main .place[href*='centre={region}']")
    keys.page.wait_for_url(f"**centre={region}")
    keys.press("main .place >> nth=2")
    keys.page.wait_for_url("**day=**")
    keys.press("main .place >> nth=0")
    expect(keys.page.locator("main dl.facts")).to_be_visible()
    keys.press(SEND)
    keys.page.wait_for_url("**/receipt")
