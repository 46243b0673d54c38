"""Does somebody sign in by their digital signature, with NCALayer or without it?"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from app.demonstration.people import APPLICANTS
from app.signature.views import NCALAYER
from tests.browser.conftest import Installation
from tests.browser.exam import Visitor
from tests.browser.steps import look
from tests.kit.eds import CENTURY, LOGIN, PERSON, Holder, national_authority, person, sign
from tests.kit.outside import MORNING

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIGNS = APPLICANTS[0]


@pytest.fixture
def key(tmp_path: Path) -> Holder:
    """The key of an applicant of the demonstration."""
    return person(national_authority(tmp_path).issuing, iin=SIGNS.iin, until=MORNING + CENTURY)


def test_applicant_signs_a_file_and_is_let_in(phone: Page, key: Holder) -> None:
    Visitor(phone).choose_language("kk")
    phone.goto("/sign-in")
    look(phone)
    phone.locator("main a[href^='/sign-in/signature']").click()
    expect(phone.locator("pre")).to_contain_text("http://127.0.0.1")
    look(phone)

    phone.locator("input[type=file]").set_input_files({"name": "a.cms", "mimeType": "", "buffer": b"not a signature"})
    phone.locator("main form button[type=submit]").click()
    expect(phone.locator(".error-summary")).to_be_visible()
    look(phone)

    with phone.expect_download() as started:
        phone.locator("a[href$='/text']").click()
    text = Path(started.value.path()).read_bytes()
    signature = {"name": f"{started.value.suggested_filename}.cms", "mimeType": "", "buffer": sign(text, key)}
    phone.locator("input[type=file]").set_input_files(signature)
    phone.locator("main form button[type=submit]").click()

    phone.wait_for_url("**/my")
    expect(phone.locator(".site-header")).to_contain_text(f"{SIGNS.given_name} {SIGNS.family_name}")


def test_applicant_signs_without_scripts(chromium: Browser, installation: Installation, key: Holder) -> None:
    context = chromium.new_context(base_url=installation.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in/signature")
    expect(page.locator("[data-ncalayer]")).to_be_hidden()
    text = context.request.get("/sign-in/signature/text").body()

    page.locator("textarea").fill(base64.b64encode(sign(text, key)).decode())
    page.locator("main form button[type=submit]").click()

    page.wait_for_url("**/my")
    context.close()


def stand_in_for_ncalayer(page: Page, answer: dict[str, object] | None, asked: list[dict[str, object]]) -> None:
    """Speak as NCALayer does: its version first, then one answer. None: it closes instead."""

    def serve(socket: WebSocketRoute) -> None:
        def reply(message: str | bytes) -> None:
            asked.append(json.loads(message))
            if answer is None:
                socket.close()
            else:
                socket.send(json.dumps(answer))

        socket.on_message(reply)
        socket.send(json.dumps({"result": {"version": "1.4"}}))

    page.route_web_socket(NCALAYER, serve)


def text_on(page: Page) -> bytes:
    return base64.b64decode(page.locator("[data-text]").get_attribute("data-text") or "")


def test_applicant_signs_with_ncalayer(page: Page, key: Holder) -> None:
    asked: list[dict[str, object]] = []
    answer: dict[str, object] = {"status": True, "body": {}}
    stand_in_for_ncalayer(page, answer, asked)
    Visitor(page).choose_language("ru")
    page.goto("/sign-in/signature")
    answer["body"] = {"result": [base64.b64encode(sign(text_on(page), key)).decode()]}
    text = text_on(page)

    page.locator("[data-ncalayer] button").click()

    page.wait_for_url("**/my")
    ((request),) = asked
    arguments = request["args"]
    assert (request["module"], request["method"]) == ("kz.gov.pki.knca.basics", "sign")
    assert isinstance(arguments, dict)
    assert base64.b64decode(arguments["data"]) == text
    assert arguments["format"] == "cms"
    assert arguments["signingParams"] == {"decode": True, "encapsulate": False, "digested": False}
    assert arguments["signerParams"] == {"extKeyUsageOids": [LOGIN, PERSON]}
    assert arguments["locale"] == "ru"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param({"status": True, "body": {}}, "data-words-refused", id="cancelled"),
        pytest.param(
            {"status": False, "code": "500", "message": "…", "details": "…"}, "data-words-refused", id="fault"
        ),
        pytest.param(None, "data-words-away", id="closed"),
    ],
)
def test_without_a_signature_the_page_says_so_and_can_be_used_again(
    page: Page, answer: dict[str, object] | None, words: str
) -> None:
    stand_in_for_ncalayer(page, answer, [])
    page.goto("/sign-in/signature")
    box = page.locator("[data-ncalayer]")

    box.locator("button").click()

    expect(box.locator("[role=status]")).to_have_text(box.get_attribute(words) or "-")
    expect(box.locator("button")).to_be_enabled()
    look(page)
