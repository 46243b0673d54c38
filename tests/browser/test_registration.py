"""Does somebody with a phone, or with a keyboard alone, come from the first page to an account?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation
from tests.browser.exam import Visitor, code_for
from tests.kit.factories.applicants import synthetic_iin

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PASSWORD = "eight calm horses"
SMALLEST_TARGET = 44


@pytest.fixture
def phone(chromium: Browser, installation: Installation) -> Iterator[Page]:
    """A window of 390×844."""
    context = chromium.new_context(base_url=installation.url, viewport={"width": 390, "height": 844})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def assert_targets_are_large(page: Page) -> None:
    for target in page.locator("main button, main input:not([type=hidden]):not(.form-check-input), main .choice").all():
        box = target.bounding_box()
        assert box, target
        assert box["height"] >= SMALLEST_TARGET, target.evaluate("element => element.outerHTML")


def test_newcomer_registers_in_kazakh_from_a_phone(phone: Page, installation: Installation) -> None:
    address = "dauren@example.kz"
    Visitor(phone).choose_language("kk")
    phone.goto("/")
    phone.locator("main a[href='/register']").click()
    phone.wait_for_url("**/register")
    assert_accessible(phone)
    assert_targets_are_large(phone)

    phone.locator("input[name=iin]").fill("900515399918")
    phone.locator("main form button[type=submit]").click()
    expect(phone.locator(".error-summary")).to_be_visible()
    assert_accessible(phone)

    phone.locator("input[name=iin]").fill(synthetic_iin(40))
    phone.locator("input[name=birth_date]").fill("15051990")
    phone.locator("input[name=sex][value=male]").check()
    phone.locator("input[name=family_name]").fill("Жүнісов")
    phone.locator("input[name=given_name]").fill("Дәурен")
    phone.locator("input[name=patronymic]").fill("Маратұлы")
    phone.locator("input[name=email]").fill(address)
    phone.locator("input[name=phone]").fill("8 701 123 45 67")
    expect(phone.locator("details p").first, "the text is open where the consent was missing").to_be_visible()
    phone.locator("input[name=consent]").check()
    phone.locator("main form button[type=submit]").click()

    phone.wait_for_url("**/register/code")
    expect(phone.locator("main")).to_contain_text(address)
    assert_accessible(phone)
    assert_targets_are_large(phone)
    phone.locator("input[name=code]").fill(code_for(address, installation.settings.instance / "mail"))
    phone.locator("main form button[type=submit]").first.click()

    phone.wait_for_url("**/register/password")
    assert_accessible(phone)
    assert_targets_are_large(phone)
    phone.locator("input[name=password]").fill(PASSWORD)
    phone.locator("input[name=repeated]").fill(PASSWORD)
    phone.locator("main form button[type=submit]").first.click()

    phone.wait_for_url("**/my")
    expect(phone.locator(".notice-ok")).to_be_visible()
    expect(phone.locator(".site-header")).to_contain_text("Дәурен Жүнісов")
    assert_accessible(phone)


def test_newcomer_registers_by_keyboard_alone(page: Page, installation: Installation) -> None:
    address = "dana@example.kz"
    Visitor(page).choose_language("ru")
    page.goto("/register")
    page.locator("input[name=iin]").focus()

    def type_next(*texts: str) -> None:
        for text in texts:
            page.keyboard.type(text)
            page.keyboard.press("Tab")

    type_next(synthetic_iin(41), "15.05.1990")
    page.keyboard.press("ArrowDown")  # from "female" to "male"
    if not page.locator("input[name=sex][value=male]").is_checked():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    type_next("Қасымов", "Ерлан", "", address, "+7 701 123 45 67")
    page.keyboard.press("Tab")  # the language is chosen
    page.keyboard.press("Enter")
    expect(page.locator("details p").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/code")
    page.locator("input[name=code]").focus()
    page.keyboard.type(code_for(address, installation.settings.instance / "mail"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/password")
    page.locator("input[name=password]").focus()
    type_next(PASSWORD)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url("**/my")
    assert_accessible(page)
