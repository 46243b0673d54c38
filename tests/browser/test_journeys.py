"""Does the whole path hold in a real browser? Both outcomes, one of them by keyboard alone."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from io import BytesIO

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.demonstration.people import APPLICANTS
from app.kernel.clock import SystemClock, local_day
from app.kernel.rulebook import programmes
from tests.browser.conftest import Installation
from tests.browser.exam import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PASSES, FAILS, DROPS_OUT, HAS_TWO_BROWSERS = (person.iin for person in APPLICANTS)
PROGRAMME = programmes().on("corps-b-legislation", local_day(SystemClock().now()))
QUESTIONS = PROGRAMME.thresholds.total_questions


def assert_accessible(page: Page) -> None:
    """Let axe look at the page as it stands."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_applicant_passes_in_kazakh_and_anyone_verifies_the_certificate(
    page: Page, installation: Installation, chromium: Browser
) -> None:
    visitor = Visitor(page)
    visitor.choose_language("kk")
    visitor.sign_in(PASSES)
    assert_accessible(page)
    visitor.open_start_page()
    assert_accessible(page)
    sitting = visitor.start_test("kk")
    key = installation.key_of(sitting)
    assert_accessible(page)
    for position in range(1, QUESTIONS + 1):
        assert visitor.question() == position
        visitor.choose_option(key[position])
        if position < QUESTIONS:
            page.locator("#next").click()
    visitor.finish()
    assert_accessible(page)
    expect(page.locator("main")).to_contain_text(str(QUESTIONS))

    visitor.wait_for_certificate()
    assert_accessible(page)
    expect(page.locator("main")).to_contain_text(PASSES)
    number = page.url.rsplit("/", 1)[1]
    scanned = _scan(page)
    assert "/v#" in scanned

    stranger = chromium.new_context(base_url=installation.url).new_page()
    stranger.goto("/v#" + scanned.split("#")[1])
    stranger.wait_for_url("**/verify/token")
    expect(stranger.locator("main")).to_contain_text(number)
    expect(stranger.locator("main")).to_contain_text("Әбенова")
    expect(stranger.locator("[data-verdict]")).to_have_attribute("data-verdict", "valid")
    assert_accessible(stranger)

    stranger.goto("/verify")
    stranger.locator("input[name=number]").fill(number.lower())
    stranger.locator("input[name=iin_ending]").fill(PASSES[-4:])
    stranger.locator("input[name=iin_ending]").press("Enter")
    expect(stranger.locator("[data-verdict]")).to_have_attribute("data-verdict", "valid")
    expect(stranger.locator("main")).not_to_contain_text("Әбенова")

    stranger.goto("/verify")
    body = scanned.split("#")[1]
    forged = body[:100] + ("A" if body[100] != "A" else "B") + body[101:]
    stranger.locator("textarea[name=token]").fill(forged)
    stranger.locator("form[action$='/verify/token'] button[type=submit]").click()
    expect(stranger.locator("[data-verdict]")).to_have_attribute("data-verdict", "not-valid")
    stranger.context.close()


def test_applicant_fails_in_russian_by_keyboard_alone_and_sees_the_retest_date(
    page: Page, installation: Installation
) -> None:
    visitor = Visitor(page)
    visitor.choose_language("ru")
    _begin_by_keyboard(page)
    sitting = page.url.rsplit("/", 1)[1]
    wrong = {position: option % 4 + 1 for position, option in installation.key_of(sitting).items()}
    _turn_pages_by_keyboard(page)
    for position in range(1, QUESTIONS + 1):
        assert visitor.question() == position
        page.keyboard.press(str(wrong[position]))
        assert _has_focus(page, "#options input:checked")
        page.keyboard.press("n")
        if position < QUESTIONS:
            assert _has_focus(page, "#question-heading")
    _walk_on_the_map(page)
    _open_summary_by_keyboard(page)
    assert_accessible(page)
    _tab_to(page, "#close-summary")
    page.keyboard.press("Enter")
    assert _has_focus(page, "#question-heading")
    _open_summary_by_keyboard(page)
    _tab_to(page, "#confirm-finish")
    page.keyboard.press("Enter")
    page.wait_for_url("**/result")
    assert_accessible(page)
    wait = PROGRAMME.retest.after_fail
    opens = local_day(SystemClock().now()) + timedelta(days=wait.days)
    expect(page.locator("main")).to_contain_text(str(opens.day))
    expect(page.locator("main")).to_contain_text(str(opens.year))


def test_answers_survive_a_reload_and_a_lost_connection(page: Page) -> None:
    visitor = Visitor(page)
    visitor.choose_language("ru")
    visitor.sign_in(DROPS_OUT)
    visitor.open_start_page()
    visitor.start_test("kk")
    visitor.choose_option(1)
    expect(page.locator("#saved")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))

    page.context.set_offline(True)
    page.locator("#next").click()
    visitor.choose_option(3)
    page.locator("#next").click()
    visitor.choose_option(2)
    expect(page.locator("#notice")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#notice")).to_be_hidden(timeout=40_000)

    page.reload()
    expect(page.locator("[data-panel=question]")).to_be_visible()
    assert visitor.question() == 3
    expect(page.locator("#options input").nth(1)).to_be_checked()
    page.locator("#previous").click()
    expect(page.locator("#options input").nth(2)).to_be_checked()


def test_second_browser_is_let_in_only_by_the_proctor(
    page: Page, chromium: Browser, installation: Installation
) -> None:
    first = Visitor(page)
    first.sign_in(HAS_TWO_BROWSERS)
    first.open_start_page()
    first.start_test("ru")
    first.choose_option(4)
    expect(page.locator("#saved")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))

    second = Visitor(chromium.new_context(base_url=installation.url).new_page())
    second.sign_in(HAS_TWO_BROWSERS)
    second.page.goto("/my")
    second.page.locator("form[action$='/continue'] button").click()
    expect(second.page.locator("h1")).to_be_visible()
    assert "/continue" in second.page.url

    proctor = Visitor(chromium.new_context(base_url=installation.url).new_page())
    proctor.sign_in("proctor@demo.synaq")
    proctor.page.locator("main a[href*='/proctor/sessions/DEMO-corps-b']").click()
    assert_accessible(proctor.page)
    line = proctor.page.locator("tr", has_text="Ли")
    line.locator("form[action$='/move'] button").click()
    code = proctor.page.locator(".read-aloud code").inner_text()
    assert_accessible(proctor.page)
    first.page.locator("#next").click()
    expect(first.page.locator("[data-panel=question]")).to_be_visible()
    first.page.locator("#previous").click()

    assert_accessible(second.page)
    second.page.locator("input[name=code]").fill(code)
    second.page.locator("input[name=code]").press("Enter")
    expect(second.page.locator("[data-panel=question]")).to_be_visible()
    expect(second.page.locator("#options input").nth(3)).to_be_checked()
    expect(page.locator("[data-panel=elsewhere]")).to_be_visible()  # told by the next beat, without a press
    second.page.context.close()
    proctor.page.context.close()


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/password/forgotten", "/verify", "/no-such-page"])
def test_public_pages_are_accessible_in_every_language(page: Page, path: str, language: str) -> None:
    Visitor(page).choose_language(language)
    page.goto(path)
    assert_accessible(page)
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize("width", [390, 683])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/verify"])
def test_small_and_zoomed_screens_have_no_horizontal_bar(page: Page, path: str, width: int) -> None:
    """683 pixels are what 200 % zoom leaves of 1366."""
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def _scan(page: Page) -> str:
    """Read the QR code of the certificate page from its pixels, as a phone would."""
    image = page.locator("img[src*='qr.svg']")
    expect(image).to_be_visible()
    shot = image.screenshot(scale="css")
    picture = Image.open(BytesIO(shot)).convert("L")
    picture = picture.resize((picture.width * 4, picture.height * 4))
    codes = zxingcpp.read_barcodes(picture)
    assert codes, f"no code in {base64.b64encode(shot)[:60]!r}"
    return codes[0].text


def _begin_by_keyboard(page: Page) -> None:
    page.goto("/sign-in")
    _tab_to(page, "input[name=sign_in_name]")
    page.keyboard.type(FAILS)
    page.keyboard.press("Tab")
    page.keyboard.type("synaq-demo-2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my")
    _tab_to(page, "a[href$='/start']")
    page.keyboard.press("Enter")
    _walk_in_by_keyboard(Visitor(page))


def _walk_in_by_keyboard(visitor: Visitor) -> None:
    """Go through the steps before the clock without a mouse; axe looks at each."""
    page = visitor.page
    page.wait_for_url("**/start/identity")
    assert_accessible(page)
    _press(page, "main form button[type=submit]")
    page.wait_for_url("**/start/language")
    assert_accessible(page)
    _tab_to(page, "input[name=language]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=language][value=ru]")).to_be_checked()
    _press(page, "main form button[type=submit]")
    page.wait_for_url("**/start/rules")
    assert_accessible(page)
    _tab_to(page, "input[name=rules_read]")
    page.keyboard.press("Space")
    _press(page, "main form button[type=submit]")
    page.wait_for_url("**/start/equipment")
    for key in "1234":
        page.keyboard.press(key)
    expect(page.locator("[data-check=keyboard]")).to_have_attribute("data-state", "ok")
    for name in ("screen", "storage", "connection", "clock"):
        expect(page.locator(f"[data-check={name}]")).to_have_attribute("data-state", "ok")
    assert_accessible(page)
    _press(page, "main form button[type=submit]")
    page.wait_for_url("**/start/samples")
    expect(page.locator("[data-panel=question]")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("f")
    page.keyboard.press("n")
    assert visitor.question() == 2
    assert_accessible(page)
    _press(page, "#samples-form button[type=submit]")
    page.wait_for_url("**/sittings/*")
    expect(page.locator("[data-panel=question]")).to_be_visible()


def _press(page: Page, selector: str) -> None:
    """Press a button by the keyboard."""
    _tab_to(page, selector)
    page.keyboard.press("Enter")


def _turn_pages_by_keyboard(page: Page) -> None:
    """Flag, turn, go into the options and out again; end at the first question, as it was."""
    visitor = Visitor(page)
    page.keyboard.press("n")
    page.keyboard.press("f")
    page.keyboard.press("ArrowRight")
    assert visitor.question() == 3
    page.keyboard.press("p")
    assert visitor.question() == 2
    expect(page.locator("#flag")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#options input").first).to_be_checked()
    page.keyboard.press("0")
    expect(page.locator("#options input:checked")).to_have_count(0)


def _walk_on_the_map(page: Page) -> None:
    """Go to the second question over the map, and see what is said of its answer."""
    _tab_to(page, ".mark", backwards=True)
    for key in ("Home", "ArrowRight", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    assert Visitor(page).question() == 2
    expect(page.locator("#answer-state")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))


def _open_summary_by_keyboard(page: Page) -> None:
    _tab_to(page, "#open-summary", backwards=True)
    page.keyboard.press("Enter")
    expect(page.locator("[data-panel=summary]")).to_be_visible()
    assert _has_focus(page, "#summary-title")


def _has_focus(page: Page, selector: str) -> bool:
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))


def _tab_to(page: Page, selector: str, *, backwards: bool = False, most: int = 90) -> None:
    """Press Tab until the focus is on ``selector``."""
    for _ in range(most):
        if _has_focus(page, selector):
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"Tab does not reach {selector}")
