"""Does an invited person with a phone come from the letter to the page, and in again with a code?"""

from __future__ import annotations

import re
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation
from tests.browser.exam import WAIT_FOR_WORKER_SECONDS, Visitor
from tests.browser.steps import PASSWORD, look

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ADDRESS = "gulnar@example.kz"


def link_for(address: str, mail: Path) -> str:
    """Wait for the letter to ``address`` and return the link in it."""
    give_up = time.monotonic() + WAIT_FOR_WORKER_SECONDS
    while time.monotonic() < give_up:
        for path in mail.glob("*.eml"):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            body = letter.get_body()
            found = re.search(r"^http\S+$", body.get_content() if body else "", re.MULTILINE)
            if letter["To"] == address and found:
                return found[0]
        time.sleep(0.2)
    raise AssertionError(f"no letter with a link reached {address}")


def fresh_code(secret: str, used: str = "") -> str:
    """Return a code that was not used; waits for the next step if it must."""
    for _ in range(40):
        code = pyotp.TOTP(secret).now()
        if code != used:
            return code
        time.sleep(1)
    raise AssertionError("the code stayed the same")


def test_invited_proctor_sets_up_a_phone_and_signs_in_again(phone: Page, installation: Installation) -> None:
    invitation = ["people", "invite", "--role", "proctor", "--centre", "DEMO-AST", "--email", ADDRESS]
    installation.flask(*invitation, "--name", "Гүлнар Әбенова", "--language", "kk")
    Visitor(phone).choose_language("kk")
    phone.goto(link_for(ADDRESS, installation.settings.instance / "mail"))
    expect(phone.locator("main")).to_contain_text(ADDRESS)
    expect(phone.locator(".factor-picture")).to_have_js_property("naturalWidth", 245)
    look(phone)

    phone.locator("main form button[type=submit]").click()
    expect(phone.locator(".error-summary")).to_be_visible()
    look(phone)
    secret = phone.locator(".factor-key").inner_text().replace(" ", "")
    phone.locator("input[name=password]").fill(PASSWORD)
    phone.locator("input[name=repeated]").fill(PASSWORD)
    first = fresh_code(secret)
    phone.locator("input[name=code]").fill(first)
    phone.locator("main form button[type=submit]").click()

    phone.wait_for_url("**/account/second-factor/codes")
    expect(phone.locator(".recovery-codes li")).to_have_count(10)
    look(phone)
    recovery = phone.locator(".recovery-codes code").first.inner_text()
    phone.locator("main form button[type=submit]").click()
    phone.wait_for_url("**/proctor/**")
    expect(phone.locator(".site-header")).to_contain_text("Гүлнар Әбенова")
    for path in ("/account", "/account/second-factor", "/account/email"):
        phone.goto(path)
        look(phone)
    sign_out(phone)

    Visitor(phone).sign_in(ADDRESS, PASSWORD)
    phone.wait_for_url("**/sign-in/code")
    look(phone)
    phone.goto("/account")
    phone.wait_for_url("**/sign-in?**")

    phone.goto("/sign-in/code")
    phone.locator("input[name=code]").fill(fresh_code(secret, first))
    phone.locator("main form button[type=submit]").click()
    phone.wait_for_url("**/proctor/**")
    sign_out(phone)

    Visitor(phone).sign_in(ADDRESS, PASSWORD)
    phone.wait_for_url("**/sign-in/code")
    phone.locator("input[name=code]").fill(recovery.lower())
    phone.locator("main form button[type=submit]").click()
    phone.wait_for_url("**/proctor/**")


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_pages_about_people_are_accessible_on_a_phone(phone: Page, language: str) -> None:
    Visitor(phone).choose_language(language)
    Visitor(phone).sign_in("administrator@demo.synaq")
    phone.wait_for_url("**/reports/**")
    for path in ("/people/", "/people/invitations", "/people/invitations/new", "/people/bodies", "/account"):
        phone.goto(path)
        look(phone)
    phone.goto("/people/?role=auditor")
    phone.locator("main table a").first.click()
    look(phone)


def sign_out(phone: Page) -> None:
    phone.locator(".sign-in-state form button").click()
    phone.wait_for_url("**/sign-in")
