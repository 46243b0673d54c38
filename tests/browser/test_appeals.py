"""Does somebody who was barred read until when, contest the act from a phone, and book again once it is granted?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.demonstration.people import APPLICANTS
from app.kernel.clock import SystemClock, local_day
from tests.browser.conftest import Installation, serve_installation
from tests.browser.exam import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

BARRED = APPLICANTS[0].iin
MEMBERS = ("administrator2@demo.synaq", "reviewer@demo.synaq", "reviewer2@demo.synaq")
PHONE = {"width": 390, "height": 844}
SCREEN_OF_A_CENTRE = {"width": 1366, "height": 768}

OpenPhone = Callable[[str], Page]


@pytest.fixture(scope="module")
def own_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation in which nobody else has sat: a ban would spoil what other tests do."""
    made, server = serve_installation(tmp_path_factory.mktemp("appeals"))
    yield made
    server.terminate()
    assert server.wait(timeout=30) == 0, "the server did not stop cleanly"


@pytest.fixture
def phone_of(chromium: Browser, own_installation: Installation) -> Iterator[OpenPhone]:
    """Return an opener of phones: each signed in as somebody, in English."""
    opened = []

    def open_phone(name: str) -> Page:
        context = chromium.new_context(base_url=own_installation.url, viewport=PHONE)
        context.set_default_timeout(15_000)
        opened.append(context)
        page = context.new_page()
        visitor = Visitor(page)
        visitor.choose_language("en")
        visitor.sign_in(name)
        page.wait_for_url(lambda address: "sign-in" not in address)
        return page

    yield open_phone
    for context in opened:
        context.close()


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def press(page: Page, text: str) -> None:
    page.get_by_role("button", name=text, exact=True).click()


def enter_act(office: Page) -> None:
    """Enter an act of today on the first applicant of the demonstration."""
    office.goto("/violations/new")
    assert_accessible(office)
    office.locator("input[name=iin]").fill(BARRED)
    office.locator("input[name=reference]").fill("AST-01/1")
    office.locator("input[name=act_on]").fill(local_day(SystemClock().now()).isoformat())
    office.locator("textarea[name=description]").fill("A telephone was on the table.")
    press(office, "Enter the act")
    expect(office.locator("main")).to_contain_text("Barred until")
    assert_accessible(office)
    office.goto("/violations/")
    assert_accessible(office)


def contest_act(own: Page) -> str:
    """Go from the refusal to the appeal; return its id."""
    own.goto("/my")
    expect(own.locator("main")).to_contain_text("You may not take the test before")
    expect(own.locator("main")).to_contain_text("Barred after a violation")
    assert_accessible(own)
    own.get_by_role("link", name="contest the act before").click()
    assert_accessible(own)
    press(own, "File the appeal")
    expect(own.locator(".error-summary")).to_be_visible()
    assert_accessible(own)
    own.locator("textarea[name=statement]").fill("It was switched off and lay in the locker.")
    press(own, "File the appeal")
    expect(own.locator("h1")).to_contain_text("A-")
    assert_accessible(own)
    return own.url.rsplit("/", 1)[1]


def appoint(office: Page) -> None:
    """Find the appeal among those that wait, and appoint its commission."""
    office.goto("/commission/")
    assert_accessible(office)
    office.get_by_role("link", name="See the appeal").click()
    assert_accessible(office)
    for place, member in enumerate(("Әсел Мұратова", "Бақыт Нұрланова", "Сергей Пак"), start=1):
        office.locator(f"select[name=place_{place}]").select_option(label=member)
    press(office, "Appoint the commission")
    expect(office.locator("main")).to_contain_text("Әсел Мұратова (chair): has not voted")


def grant(judge: Page, appeal: str) -> None:
    """Open the case as a member, and vote for granting it."""
    judge.goto(f"/commission/{appeal}")
    press(judge, "Open the case")
    expect(judge.locator("main")).to_contain_text("lay in the locker")
    assert_accessible(judge)
    judge.locator("input[name=decision][value=grant]").check()
    judge.locator("textarea[name=reason]").fill("The record of the room shows the locker.")
    press(judge, "Vote")
    expect(judge.locator("main [role=status]")).to_be_visible()
    assert_accessible(judge)


def test_barred_person_contests_the_act_and_may_start_again_once_it_is_granted(phone_of: OpenPhone) -> None:
    office, own = phone_of("administrator@demo.synaq"), phone_of(BARRED)
    enter_act(office)
    appeal = contest_act(own)
    appoint(office)
    for member in MEMBERS:
        grant(phone_of(member), appeal)

    own.goto(f"/appeals/{appeal}")
    expect(own.locator("main")).to_contain_text("Granted")
    expect(own.locator("main")).to_contain_text("The record of the room shows the locker.")
    assert_accessible(own)
    own.goto("/my")
    expect(own.locator("main")).not_to_contain_text("You may not take the test before")
    Visitor(own).open_start_page()
    expect(own.locator("main form button[type=submit]")).to_be_visible()


def test_questions_are_contested_from_the_own_answers(phone_of: OpenPhone) -> None:
    own = phone_of(APPLICANTS[1].iin)
    own.set_viewport_size(SCREEN_OF_A_CENTRE)
    visitor = Visitor(own)
    visitor.open_start_page()
    visitor.start_test("kk")
    visitor.choose_option(2)
    expect(own.locator("#saved")).to_contain_text(":")
    visitor.finish()
    own.set_viewport_size(PHONE)
    assert_accessible(own)

    own.get_by_role("link", name="Contest this test").click()
    assert_accessible(own)
    own.get_by_role("link", name="Choose this").first.click()
    assert_accessible(own)
    own.locator("summary").first.click()
    own.locator("textarea[name=question_1]").fill("Two options are right.")
    assert_accessible(own)
    press(own, "File the appeal")
    expect(own.locator("main")).to_contain_text("Two options are right.")
    own.get_by_role("link", name="My answers").click()
    expect(own.locator(".sheet-given")).to_have_count(1)
    assert_accessible(own)
