"""Does the page stand still in a pause, keep what was answered, go on by itself, and tell of time that was added?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.demonstration.people import APPLICANTS
from tests.browser.conftest import Installation, serve_installation
from tests.browser.exam import Visitor
from tests.browser.test_late_and_stale import EVENTS, SAVED, begin, panel, standing

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

APPLICANT = APPLICANTS[0]
SOON_MS = 15_000


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made, server = serve_installation(tmp_path_factory.mktemp("clock"))
    yield made
    server.terminate()
    assert server.wait(timeout=30) == 0, "the server did not stop cleanly"


@pytest.fixture
def proctor(chromium: Browser, installation: Installation) -> Iterator[Page]:
    page = chromium.new_context(base_url=installation.url).new_page()
    visitor = Visitor(page)
    visitor.choose_language("en")
    visitor.sign_in("proctor@demo.synaq")
    page.locator("main a[href*='/proctor/sessions/DEMO-corps-b']").click()
    page.wait_for_url("**/proctor/sessions/DEMO-corps-b*")
    yield page
    page.context.close()


def no_violations(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_pause_keeps_what_was_answered_and_added_time_is_told(page: Page, proctor: Page) -> None:
    visitor = begin(page, APPLICANT.iin)
    proctor.reload()
    proctor.locator("tr", has_text=APPLICANT.family_name).locator("a[href$='/clock']").click()
    no_violations(proctor)

    # the page does not hear of the pause before it sends an answer into it
    page.route(EVENTS, lambda route: route.abort())
    proctor.locator("#pause-reason").select_option("power")
    proctor.locator("form[action$='/clock/pause'] button").click()
    expect(proctor.locator("form[action$='/clock/resume'] button")).to_be_visible()
    visitor.page.locator(".mark[data-position='2']").click()
    visitor.choose_option(3)
    page.unroute(EVENTS)
    expect(panel(page, "paused")).to_be_visible(timeout=SOON_MS)
    expect(panel(page, "question")).to_be_hidden()
    expect(page.locator("#paused-words")).to_have_text("There is trouble with the power supply.")
    expect(page.locator("#saved")).to_contain_text("1")
    assert standing(page) == {"1": 1}
    stands = page.locator("#time-left").inner_text()
    no_violations(page)
    page.wait_for_timeout(4000)
    assert page.locator("#time-left").inner_text() == stands

    page.reload()
    expect(panel(page, "paused")).to_be_visible()
    assert page.locator("#time-left").inner_text() == stands

    proctor.locator("form[action$='/clock/resume'] button").click()
    expect(panel(page, "question")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#saved")).to_contain_text(SAVED, timeout=SOON_MS)
    assert standing(page) == {"1": 1, "2": 3}

    proctor.locator("input[name='time-cause'][value=extension]").check()
    proctor.locator("#time-minutes").fill("5")
    proctor.locator("#time-reason").select_option("equipment")
    proctor.locator("#time-note").fill("The screen went dark")
    proctor.locator("form[action$='/clock/time'] button").click()
    expect(page.locator("#added")).to_have_text("Time added by the operator: 5 min.", timeout=SOON_MS)
    found = re.match(r"(\d+):", page.locator("#time-left").inner_text())
    assert found
    assert int(found[1]) >= 58
    no_violations(page)
    page.reload()
    expect(panel(page, "question")).to_be_visible()
    expect(page.locator("#added")).to_be_hidden()
