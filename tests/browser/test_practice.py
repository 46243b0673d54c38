"""Does somebody with a phone, or with a keyboard alone, read what the test is, and practise it to the feedback?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Installation
from tests.browser.exam import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1366, "height": 768}
PAGES = ("/", "/tests", "/tests/corps-b-legislation", "/tests/corps-b-legislation/2026.1", "/practice")


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def screen(request: pytest.FixtureRequest, chromium: Browser, installation: Installation) -> Iterator[Page]:
    """A window of a newcomer, on either screen."""
    context = chromium.new_context(base_url=installation.url, viewport=request.param)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_pages_for_everybody_are_accessible(screen: Page, language: str) -> None:
    Visitor(screen).choose_language(language)
    for path in PAGES:
        screen.goto(path)
        for summary in screen.locator("main details > summary").all():
            summary.click()
        assert_accessible(screen)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_newcomer_practises_by_keyboard_from_the_first_page_to_the_feedback(screen: Page, language: str) -> None:
    Visitor(screen).choose_language(language)
    screen.goto("/")
    screen.locator("main a[href='/practice']").focus()
    screen.keyboard.press("Enter")
    screen.wait_for_url("**/practice")
    screen.locator("input[name=language]:checked").focus()
    screen.keyboard.press("Tab")
    screen.keyboard.press("Enter")
    expect(screen.locator("[data-panel=question]")).to_be_visible()
    assert_accessible(screen)

    for option in ("1", "2", "3"):
        screen.keyboard.press(option)
        screen.keyboard.press("n")
    screen.keyboard.press("f")
    expect(screen.locator("#saved")).not_to_be_empty()
    screen.reload()
    expect(screen.locator("[data-panel=question]")).to_be_visible()
    assert Visitor(screen).question() == 4
    screen.keyboard.press("p")
    expect(screen.locator("#options .option").nth(2).locator("input")).to_be_checked()

    if screen.locator("#side-toggle").is_visible():
        screen.locator("#side-toggle").focus()
        screen.keyboard.press("Enter")
    screen.locator("#open-summary").focus()
    screen.keyboard.press("Enter")
    expect(screen.locator("[data-panel=summary]")).to_be_visible()
    screen.locator("#confirm-finish").focus()
    screen.keyboard.press("Enter")
    screen.wait_for_url("**/result")
    assert_accessible(screen)
    first = screen.locator(".explained details").first
    first.locator("summary").focus()
    screen.keyboard.press("Enter")
    expect(first.locator("dd").last).to_be_visible()
    assert_accessible(screen)
    blank = screen.locator(".explained > li").count()
    assert 52 <= blank <= 55

    screen.locator("main form button[type=submit]").focus()
    screen.keyboard.press("Enter")
    expect(screen.locator("[data-panel=question]")).to_be_visible()
    expect(screen.locator("#options input:checked")).to_have_count(0)


def test_answers_given_without_a_connection_arrive(screen: Page) -> None:
    screen.goto("/practice")
    screen.locator("main form button[type=submit]").click()
    expect(screen.locator("[data-panel=question]")).to_be_visible()
    screen.context.set_offline(True)
    screen.keyboard.press("2")
    expect(screen.locator("#notice")).to_be_visible()
    screen.context.set_offline(False)
    expect(screen.locator("#saved")).not_to_be_empty(timeout=30_000)

    screen.reload()
    expect(screen.locator("#options .option").nth(1).locator("input")).to_be_checked()
