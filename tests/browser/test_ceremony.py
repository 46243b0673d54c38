"""Can a proctor lead the draw of a session, and anybody draw it again in a browser afterwards?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from app import create_app
from app.bookings.models import ExamSession
from app.db import db, unit_of_work
from app.demonstration.people import CEREMONY, ROSTER
from app.kernel.clock import SystemClock
from tests.browser.conftest import Installation, serve_installation
from tests.browser.exam import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PROCTOR = "proctor@demo.synaq"
DICE = "3 1 6 2 4 5 3 4 1 6"
REVEAL_MS = 60_000


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One of our own: its session is opened and closed by hand."""
    made, server = serve_installation(tmp_path_factory.mktemp("ceremony"))
    yield made
    server.terminate()
    assert server.wait(timeout=30) == 0, "the server did not stop cleanly"


def move_session(installation: Installation, **moments: timedelta) -> str:
    """Set when the session of the ceremony opens or closes, counted from now; return its code."""
    now = SystemClock().now()
    with create_app(installation.settings).app_context():
        with unit_of_work() as session:
            ours = ExamSession.code.startswith(CEREMONY)
            if moments:
                to = {name: now + step for name, step in moments.items()}
                session.execute(update(ExamSession).where(ours).values(**to))
            code = session.scalars(select(ExamSession.code).where(ours)).one()
        db.engine.dispose()
    return code


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def words_of(page: Page, name: str) -> str:
    """Return what the page says in a case, as the server has written it."""
    return page.locator("[data-draw]").get_attribute(f"data-words-{name}") or ""


def test_session_is_drawn_with_dice_and_drawn_again_by_everybody(
    page: Page, chromium: Browser, installation: Installation
) -> None:
    code = move_session(installation)
    lead_the_ceremony(page, code)

    move_session(installation, opens_at=timedelta(minutes=-1))
    context = chromium.new_context(base_url=installation.url, viewport={"width": 1366, "height": 768})
    applicant = context.new_page()
    sit(applicant, proctor=page, code=code)
    applicant.goto("/my")
    applicant.locator("main a[href$='/draw']").click()
    assert_accessible(applicant)

    move_session(installation, closes_at=timedelta(0))
    check_as_a_stranger(page, code)

    applicant.reload()
    applicant.locator("main a[href*='#booking=']").click()
    outcome = applicant.locator("[data-outcome]")
    expect(outcome).to_have_text(f"{words_of(applicant, 'agree')} {words_of(applicant, 'own')}", timeout=REVEAL_MS)
    assert_accessible(applicant)

    applicant.goto(f"/draws/{code}#booking=00000000-0000-0000-0000-000000000000")
    applicant.reload()
    expect(outcome).to_contain_text(words_of(applicant, "own-absent"), timeout=REVEAL_MS)
    context.close()


def lead_the_ceremony(page: Page, code: str) -> None:
    """First in the wrong way, then rightly."""
    proctor = Visitor(page)
    proctor.choose_language("kk")
    proctor.sign_in(PROCTOR)
    page.locator(f"main a[href$='/proctor/sessions/{code}']").click()
    page.locator("main a[href$='/draw']").first.click()
    assert_accessible(page)

    throw = page.locator("form[action$='/throw']")
    throw.locator("button[type=submit]").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert_accessible(page)

    throw.locator("input[name=what][value=dice]").check()
    throw.locator("input[name=numbers]").fill(DICE)
    throw.locator("select[name=first_witness]").select_option(index=1)
    throw.locator("select[name=second_witness]").select_option(index=2)
    throw.locator("input[name=watched]").check()
    throw.locator("button[type=submit]").click()
    expect(page.locator(".protocol")).to_contain_text(DICE)
    expect(page.locator(".signatures dt")).to_have_count(3)
    assert_accessible(page)


def sit(page: Page, *, proctor: Page, code: str) -> None:
    """See the seat, wait until the proctor starts the session, answer one question and hand in."""
    applicant = Visitor(page)
    applicant.choose_language("ru")
    applicant.sign_in(ROSTER[0].iin)
    page.goto("/my")
    expect(page.locator(".step-facts")).to_contain_text(re.compile(r"0[12]$"))
    applicant.open_start_page()
    expect(page.locator(".facts")).to_contain_text(re.compile(r"0[12]"))
    applicant.get_ready("kk")
    page.wait_for_url("**/start/wait")
    expect(page.locator("html")).to_have_attribute("lang", "kk")
    expect(page.locator("#begin")).to_be_hidden()
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.set_viewport_size({"width": 1366, "height": 768})

    proctor.goto(f"/proctor/sessions/{code}")
    assert_accessible(proctor)
    proctor.locator("form[action$='/release'] button").click()
    expect(proctor.locator(".release .status-ok")).to_be_visible()

    page.wait_for_url("**/sittings/*")  # by itself
    expect(page.locator("[data-panel=question]")).to_be_visible()
    applicant.choose_option(1)
    expect(page.locator("#saved")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))
    applicant.finish()


def check_as_a_stranger(page: Page, code: str) -> None:
    """Wait for the reveal, and draw again."""
    page.context.clear_cookies()
    Visitor(page).choose_language("ru")
    page.goto("/draws")
    assert_accessible(page)
    page.locator(f"main a[href$='/draws/{code}']").click()
    for _ in range(REVEAL_MS // 1000):
        if page.locator("[data-draw]").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    page.locator("[data-verify]").click()
    expect(page.locator("[data-outcome]")).to_have_text(words_of(page, "agree"), timeout=REVEAL_MS)
    expect(page.locator("[data-outcome]")).to_have_class("notice notice-ok")
    expect(page.locator("[data-differences]")).to_be_hidden()
    assert_accessible(page)


@pytest.mark.parametrize("width", [390, 683])
def test_pages_of_the_draw_have_no_horizontal_bar(page: Page, installation: Installation, width: int) -> None:
    """683 pixels are what 200 % zoom leaves of 1366."""
    code = move_session(installation)
    Visitor(page).sign_in(PROCTOR)
    page.set_viewport_size({"width": width, "height": 768})

    for path in ("/draws", f"/draws/{code}", f"/proctor/sessions/{code}/draw"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
