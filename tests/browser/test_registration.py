"""Does somebody with a phone come from the first page to an account, although they mistype?"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation
from tests.browser.exam import Visitor
from tests.browser.steps import Newcomer, look, register, send
from tests.kit.factories.applicants import synthetic_iin

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DAUREN = Newcomer(
    iin=synthetic_iin(40),
    born="15051990",
    family_name="Жүнісов",
    given_name="Дәурен",
    patronymic="Маратұлы",
    email="dauren@example.kz",
)


def test_newcomer_registers_in_kazakh_from_a_phone(phone: Page, installation: Installation) -> None:
    Visitor(phone).choose_language("kk")
    phone.goto("/register")
    phone.locator("input[name=iin]").fill("900515399918")
    send(phone)
    expect(phone.locator(".error-summary")).to_be_visible()
    expect(phone.locator("details p").first, "the text is open where the consent was missing").to_be_visible()
    look(phone)

    register(phone, DAUREN, installation)
