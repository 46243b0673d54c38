"""Does somebody with a phone come from the first page to a place, to another one and to a receipt, and to a retest?"""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from app.demonstration.people import DemoApplicant
from tests.browser.conftest import Installation
from tests.browser.exam import Visitor
from tests.browser.steps import (
    Newcomer,
    apply,
    choose_place,
    event,
    give_place_today,
    in_hand,
    look,
    register,
    send,
    take_place,
)
from tests.kit.factories.applicants import synthetic_iin

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MARAT = Newcomer(
    iin=synthetic_iin(42),
    born="15.05.1990",
    family_name="Тілеубаев",
    given_name="Марат",
    patronymic="Асқарұлы",
    email="marat@example.kz",
)


def test_newcomer_registers_books_moves_and_takes_the_receipt_from_a_phone(
    phone: Page, installation: Installation
) -> None:
    Visitor(phone).choose_language("kk")
    phone.goto("/")
    look(phone)
    phone.locator("main a[href='/register']").click()
    phone.wait_for_url("**/register")
    look(phone)
    register(phone, MARAT, installation)

    apply(phone)
    choose_place(phone, region="KRG-01", day=3, time=1)
    take_place(phone)
    first = event(phone)
    assert first["STATUS"] == "CONFIRMED"

    phone.locator("main a[href$='/move']").click()
    choose_place(phone, region="KSH-01", day=5, time=0)
    take_place(phone)
    expect(phone.locator("main")).to_contain_text("Көкшетау")
    moved = event(phone)
    assert (moved["UID"], moved["SEQUENCE"]) == (first["UID"], 1)
    assert moved["DTSTART"].dt != first["DTSTART"].dt  # type: ignore[attr-defined]
    paper = " ".join(PdfReader(io.BytesIO(in_hand(phone, "pdf"))).pages[0].extract_text().split())
    assert f"{MARAT.family_name} {MARAT.given_name} {MARAT.patronymic}" in paper
    number = re.search(r"[0-9A-F]{5}-[0-9A-F]{5}", phone.locator("h1").inner_text())
    assert number
    assert number[0] in paper

    phone.goto("/my")
    look(phone)
    expect(phone.locator("main details li")).to_have_count(1)
    phone.locator("main a[href$='/cancel']").click()
    look(phone)
    send(phone)
    phone.wait_for_url("**/my")
    expect(phone.locator("main details li")).to_have_count(2)


def test_person_who_failed_books_the_retest_with_one_press(phone: Page, installation: Installation) -> None:
    iin = synthetic_iin(70)
    give_place_today(installation, DemoApplicant(iin, "Сәтбаева", "Дина", "Ержанқызы", "kk"))
    visitor = Visitor(phone)
    visitor.choose_language("kk")
    visitor.sign_in(iin)
    phone.wait_for_url("**/my")
    phone.set_viewport_size({"width": 1366, "height": 768})  # the test itself is sat at a centre
    visitor.open_start_page()
    visitor.start_test("kk")
    visitor.finish()
    phone.set_viewport_size({"width": 390, "height": 844})
    look(phone)
    offers = phone.locator("main .offer")
    expect(offers).to_have_count(3)

    offers.first.locator("button").click()

    phone.wait_for_url("**/receipt")
    look(phone)
    assert event(phone)["STATUS"] == "CONFIRMED"
    phone.goto("/my")
    look(phone)
    expect(phone.locator("main .offer")).to_have_count(0)
