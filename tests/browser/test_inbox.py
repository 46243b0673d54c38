"""Does an applicant with a phone read what they were told, and does an administrator see whether it left?"""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app import create_app
from app.accounts.queries import account_named
from app.applicants.queries import applicant_of_account
from app.db import db, unit_of_work
from app.demonstration.people import ROSTER
from app.mail import Letter
from app.notices.rules import NoticeKind
from app.processes.telling import tell
from tests.browser.conftest import Installation
from tests.browser.exam import Visitor
from tests.kit.notices import FACTS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = {"width": 390, "height": 844}


def tell_everything(installation: Installation, iin: str) -> None:
    """Put one notice of each kind into an inbox, and a letter into the folder."""
    app = create_app(installation.settings)
    tools = app.extensions["synaq_tools"]
    with app.app_context():
        with unit_of_work() as session:
            account_id = account_named(iin, session)
            assert account_id is not None
            applicant = applicant_of_account(account_id, session=session)
            for kind in NoticeKind:
                tell(
                    applicant.id,
                    kind,
                    FACTS[kind],
                    key=f"browser:{kind.value}",
                    session=session,
                    now=tools.clock.now(),
                    entropy=tools.entropy,
                )
        body = "Hello.\n\nhttp://localhost/password/new/a-token-that-is-as-long-as-tokens-are\n"
        tools.mailer.send(Letter(to="dana@example.kz", subject="A new password", body=body, reference=applicant.id))
        db.session.remove()
        db.engine.dispose()


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


@pytest.fixture(scope="module")
def reader(installation: Installation) -> str:
    """The sign-in name of somebody who was told everything."""
    iin = ROSTER[-1].iin
    tell_everything(installation, iin)
    return iin


def test_messages_are_read_on_a_phone_in_every_language(
    chromium: Browser, installation: Installation, reader: str
) -> None:
    context = chromium.new_context(base_url=installation.url, viewport=PHONE)
    page = context.new_page()
    visitor = Visitor(page)
    visitor.choose_language("kk")
    visitor.sign_in(reader)
    page.goto("/my")
    link = page.locator("header a[href='/inbox']")
    before = link.inner_text()

    for language in ("kk", "ru", "en"):
        visitor.choose_language(language)
        page.goto("/inbox")
        assert_accessible(page)
        unread = page.locator(".message-unread")
        expect(unread.first).to_be_visible()
        unread.first.locator("a").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox/*-*")
        expect(page.locator(".letter a").first).to_be_visible()
        assert_accessible(page)

    visitor.choose_language("kk")
    page.goto("/inbox")
    assert link.inner_text() != before, "three were read"
    context.close()


@pytest.mark.parametrize("width", [390, 1366])
def test_letters_are_seen_by_an_administrator(
    chromium: Browser, installation: Installation, reader: str, width: int
) -> None:
    assert reader
    context = chromium.new_context(base_url=installation.url, viewport={"width": width, "height": 800})
    page = context.new_page()
    visitor = Visitor(page)
    visitor.sign_in("administrator@demo.synaq")
    for language in ("kk", "ru", "en"):
        visitor.choose_language(language)
        page.goto("/reports/letters")
        assert_accessible(page)
        page.goto("/dev/letters")
        page.locator("summary").first.click()
        assert_accessible(page)
    context.close()
