"""Does a digital signature open the right account, once, and is every other one refused in words?"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.rules import Person
from app.accounts.service import close_account
from app.audit import queries as audit
from app.eds.sidecar import Sidecar
from app.signature.views import FILE_NAME, NCALAYER
from app.wiring import Tools
from app.work import TIMERS
from tests.kit.client import ClientRequest
from tests.kit.eds import (
    ACTS_FOR_ORGANISATION,
    DAY,
    IIN,
    LOGIN,
    PERSON,
    SIGNING,
    Holder,
    NationalAuthority,
    authority,
    gost_signature,
    person,
    sign,
)
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.signatures import text_for
from tests.kit.ncanode import CheckingService, checking_service
from tests.kit.outside import MORNING, HandClock
from tests.kit.pages import Page

MakeBrowser = Callable[[], ClientRequest]


@pytest.fixture
def key(national: NationalAuthority) -> Holder:
    """The key of Асел, for signing in."""
    return person(national.issuing)


@pytest.fixture
def asel(make_account: MakeAccount, session: Session) -> Person:
    made = make_account(sign_in_name=IIN)
    session.commit()
    return made


def uploaded(signature: bytes) -> dict[str, Any]:
    return {"file": (io.BytesIO(signature), "synaq-sign-in.txt.cms")}


def pasted(signature: bytes) -> dict[str, str]:
    return {"pasted": base64.encodebytes(signature).decode()}


def send(browser: ClientRequest, data: dict[str, Any], status: int = 303, **params: Any) -> Page:
    return browser.post_path(
        browser.address_of("signature.show", **params), data, status, content_type="multipart/form-data"
    )


def assert_signed_in(browser: ClientRequest, person: Person) -> None:
    assert browser.session_content()["_user_id"] == person.get_id()


def assert_refused(page: Page, browser: ClientRequest, words: str) -> None:
    assert any(words in error for error in page.field_errors()), page.field_errors()
    assert "_user_id" not in browser.session_content()


# --- where it is not set up


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_authorities_the_way_is_not_offered(client_request: ClientRequest) -> None:
    assert "/sign-in/signature" not in client_request.get("accounts.sign_in").text

    for endpoint in ("signature.show", "signature.text"):
        page = client_request.get(endpoint, status=404)
        assert page.h1 == "Мұнда ЭЦҚ қабылданбайды"
    client_request.post("signature.sign_in", {"pasted": "MA=="}, status=404)


# --- the way


@pytest.mark.usefixtures("signatures_taken")
@pytest.mark.parametrize("form", [uploaded, pasted])
@pytest.mark.parametrize("attached", [True, False])
def test_signature_signs_in(
    client_request: ClientRequest, session: Session, asel: Person, key: Holder, form: Callable[..., Any], attached: bool
) -> None:
    text = text_for(client_request)

    answer = send(client_request, form(sign(text, key, attached=attached)))

    assert answer.location == client_request.address_of("desk.mine")
    assert_signed_in(client_request, asel)
    (opened,) = audit.about(session, str(asel.id))
    assert opened.facts["way"] == "signature"
    assert opened.facts["revocation"] == "not_checked"
    assert client_request.get("accounts.account").words()


@pytest.mark.usefixtures("signatures_taken", "asel")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_page_that_was_asked_for_is_opened_afterwards(client_request: ClientRequest, key: Holder) -> None:
    (link,) = [
        link.get("href")
        for link in client_request.get("accounts.sign_in", next="/account").all(".//main//a")
        if "signature" in link.get("href", "")
    ]
    client_request.get_path(link)
    text = client_request.get("signature.text").body

    assert send(client_request, uploaded(sign(text, key)), next="/account").location == "/account"
    assert send(client_request, {}, 422, next="//evil.example").status == 422


@pytest.mark.usefixtures("signatures_taken")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_text_is_a_file_that_names_this_site(client_request: ClientRequest, app: Flask) -> None:
    client_request.get("signature.text", status=303)
    page = client_request.get("signature.show")

    file = client_request.get("signature.text")

    origin = app.extensions["synaq_settings"].public_origin
    assert file.body.decode() in page.all(".//pre")[0].text
    assert f"\n{origin}\n" in file.body.decode()
    assert FILE_NAME in file.headers["Content-Disposition"]
    assert file.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert base64.b64decode(page.all(".//*[@data-text]")[0].get("data-text", "")) == file.body


@pytest.mark.usefixtures("signatures_taken")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_this_page_may_reach_ncalayer(client_request: ClientRequest) -> None:
    def policy(page: Page) -> str:
        return page.headers["Content-Security-Policy"]

    assert f"connect-src 'self' {NCALAYER};" in policy(client_request.get("signature.show"))
    assert f"connect-src 'self' {NCALAYER};" in policy(send(client_request, {}, 422))
    assert "script-src 'self';" in policy(client_request.get("signature.show"))
    assert "connect-src 'self';" in policy(client_request.get("accounts.sign_in"))


@pytest.mark.usefixtures("signatures_taken")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_who_is_signed_in_is_led_home(client_request: ClientRequest, asel: Person) -> None:
    client_request.sign_in(asel)

    assert client_request.get("signature.show", status=303).location == client_request.address_of("desk.mine")


# --- who is not let in


@pytest.mark.usefixtures("signatures_taken", "asel")
def test_signature_is_good_once(client_request: ClientRequest, make_browser: MakeBrowser, key: Holder) -> None:
    """Also where the cookie of before is played back."""
    text = text_for(client_request)
    before = client_request.session_content()
    send(client_request, uploaded(sign(text, key)))
    thief = make_browser()
    with thief.browser.session_transaction() as kept:
        kept.update(before)

    page = send(thief, uploaded(sign(text, key)), 409)

    assert_refused(page, thief, "бұрын пайдаланылған")
    assert text.decode() not in page.all(".//pre")[0].text


@pytest.mark.usefixtures("signatures_taken", "asel")
def test_signature_for_another_browser_opens_nothing(
    client_request: ClientRequest, make_browser: MakeBrowser, key: Holder
) -> None:
    thief = make_browser()
    text_for(thief)

    page = send(thief, uploaded(sign(text_for(client_request), key)), 422)

    assert_refused(page, thief, "басқа нәрсеге")


@pytest.mark.usefixtures("signatures_taken", "asel")
def test_browser_that_was_given_no_text_opens_nothing(client_request: ClientRequest, key: Holder) -> None:
    assert_refused(send(client_request, uploaded(sign(b"", key)), 422), client_request, "бес минуты өтті")


@pytest.mark.usefixtures("signatures_taken", "asel")
def test_text_for_another_site_opens_nothing(client_request: ClientRequest, key: Holder) -> None:
    text = text_for(client_request).replace(b"http://localhost", b"http://1ocalhost")

    for attached in (True, False):
        page = send(client_request, uploaded(sign(text, key, attached=attached)), 422)
        assert_refused(page, client_request, "басқа нәрсеге")


@pytest.mark.usefixtures("signatures_taken", "asel")
def test_late_signature_opens_nothing(client_request: ClientRequest, key: Holder, clock: HandClock) -> None:
    text = text_for(client_request)
    clock.advance(minutes=5)

    page = send(client_request, uploaded(sign(text, key)), 422)

    assert_refused(page, client_request, "бес минуты өтті")
    again = client_request.get("signature.text").body
    assert again != text
    assert send(client_request, uploaded(sign(again, key))).status == 303


@pytest.mark.usefixtures("signatures_taken")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_text_stays_while_it_is_good_and_is_new_before_it_is_over(
    client_request: ClientRequest, clock: HandClock
) -> None:
    first = text_for(client_request)
    clock.advance(minutes=2)
    assert text_for(client_request) == first

    clock.advance(minutes=1)

    assert text_for(client_request) != first


@pytest.mark.usefixtures("signatures_taken", "asel")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"until": MORNING - DAY}, "мерзімі өткен"),
        ({"purposes": (SIGNING, PERSON)}, "жүйеге кіруге арналмаған"),
        ({"purposes": (LOGIN, ACTS_FOR_ORGANISATION)}, "жеке тұлғаның сертификаты емес"),
    ],
)
def test_unfit_certificate_is_refused_in_words(
    client_request: ClientRequest, national: NationalAuthority, facts: dict[str, Any], words: str
) -> None:
    text = text_for(client_request)

    page = send(client_request, uploaded(sign(text, person(national.issuing, **facts))), 422)

    assert_refused(page, client_request, words)


@pytest.mark.usefixtures("signatures_taken", "asel")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (lambda text, _: sign(text, person(authority("басқа"))), "бермеген"),
        (lambda text, key: sign(text, key, digest="sha1"), "тым әлсіз"),
        (lambda text, key: sign(text, key, key), "CMS пішіміндегі қолтаңбасы емес"),
        (gost_signature, "ГОСТ бойынша жасалған"),
        (lambda *_: b"nothing of the kind", "CMS пішіміндегі қолтаңбасы емес"),
        (lambda *_: b"\x30" * 150_000, "CMS пішіміндегі қолтаңбасы емес"),
        (lambda *_: b"", "Файлды таңдаңыз"),
    ],
)
def test_bad_signature_is_refused_in_words(
    client_request: ClientRequest, key: Holder, signature: Callable[[bytes, Holder], bytes], words: str
) -> None:
    text = text_for(client_request)

    page = send(client_request, uploaded(signature(text, key)), 422)

    assert_refused(page, client_request, words)
    assert text.decode() in page.all(".//pre")[0].text, "the text is good still"


@pytest.mark.usefixtures("signatures_taken")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_more_than_any_signature_is_not_read(client_request: ClientRequest) -> None:
    text_for(client_request)

    send(client_request, uploaded(b"\x30" * 300_000), 413)


@pytest.mark.usefixtures("signatures_taken", "asel")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_a_token_of_the_form_nothing_is_taken(client_request: ClientRequest, key: Holder) -> None:
    text = text_for(client_request)

    client_request.post("signature.sign_in", pasted(sign(text, key)), status=400, csrf=False)


# --- whose signature is good, and who has no account that it opens


@pytest.mark.usefixtures("signatures_taken")
def test_who_is_not_registered_is_led_to_the_registration(client_request: ClientRequest, key: Holder) -> None:
    text = text_for(client_request)

    page = send(client_request, uploaded(sign(text, key)), 404)

    assert IIN in page.words()
    assert client_request.address_of("registration.start") in [link.get("href") for link in page.all(".//main//a")]
    assert "_user_id" not in client_request.session_content()
    page = send(client_request, uploaded(sign(text, key)), 422)
    assert_refused(page, client_request, "бес минуты өтті")


@pytest.mark.usefixtures("signatures_taken")
def test_closed_account_is_not_opened(
    client_request: ClientRequest, asel: Person, key: Holder, session: Session
) -> None:
    close_account(asel.id, actor="administrator", session=session, now=MORNING)

    page = send(client_request, uploaded(sign(text_for(client_request), key)), 422)

    assert_refused(page, client_request, "Есептік жазбаңыз жабылған")


# --- GOST


@pytest.fixture
def service(
    app: Flask, tools: Tools, key: Holder, monkeypatch: pytest.MonkeyPatch, signatures_taken: None
) -> Iterator[CheckingService]:
    """A service that checks GOST, beside this installation."""
    with checking_service(monkeypatch) as service:
        service.holder = key
        wired = app.extensions["synaq_tools"]
        checker = replace(wired.signatures, sidecar=Sidecar(service.url))
        app.extensions["synaq_tools"] = replace(wired, signatures=checker)
        yield service


def test_signature_by_gost_signs_in_where_it_can_be_checked(
    client_request: ClientRequest, asel: Person, key: Holder, service: CheckingService
) -> None:
    send(client_request, uploaded(gost_signature(text_for(client_request), key, attached=True)))

    assert_signed_in(client_request, asel)
    assert len(service.asked) == 1


@pytest.mark.usefixtures("asel")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_signature_by_gost_waits_for_the_service(
    client_request: ClientRequest, key: Holder, service: CheckingService
) -> None:
    service.status = 500
    signature = uploaded(gost_signature(text_for(client_request), key))

    assert_refused(send(client_request, signature, 503), client_request, "қазір тексеру мүмкін емес")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_used_texts_are_dropped_by_the_timer(tools: Tools, app: Flask) -> None:
    (forget,) = [timer for timer in TIMERS if timer.name == "forget"]

    with app.app_context():
        forget.run(tools)
