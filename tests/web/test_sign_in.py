"""What does a person see who signs in, is refused, or signs out?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import service
from app.accounts.rules import Person, Role
from app.audit import queries as audit
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.outside import HandClock

ENTRY = "accounts.sign_in_try"


@pytest.fixture
def editor(make_account: MakeAccount) -> Person:
    return make_account(role=Role.EDITOR, sign_in_name="aigul@example.kz")


def typed(name: str = "Aigul@example.kz", password: str = PASSWORD) -> dict[str, str]:
    return {"sign_in_name": name, "password": password}


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.APPLICANT, "desk.mine"),
        (Role.PROCTOR, "proctoring.sessions"),
        (Role.ADMINISTRATOR, "reports.overview"),
        (Role.AUDITOR, "reports.log"),
        (Role.HIRING_BODY, "verification.start"),
        (Role.EDITOR, "verification.start"),
        (Role.REVIEWER, "commission.index"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_person_lands_where_the_work_of_the_role_begins(
    client_request: ClientRequest, make_account: MakeAccount, role: Role, home: str
) -> None:
    name = "880101300123" if role is Role.APPLICANT else "aigul@example.kz"
    make_account(role=role, sign_in_name=name)

    answer = client_request.post(ENTRY, typed(name))

    assert answer.location == client_request.address_of(home)


@pytest.mark.usefixtures("editor")
def test_page_that_was_asked_for_opens_after_sign_in(client_request: ClientRequest) -> None:
    refused = client_request.get("accounts.account", status=302)
    form = client_request.follow(refused)

    answer = client_request.post_path(refused.location, typed())

    assert form.all(".//input[@type='password']")
    assert answer.location == client_request.address_of("accounts.account")


@pytest.mark.usefixtures("editor")
@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "evil", "/\n/evil.example"],
)
def test_link_to_another_site_is_not_followed(client_request: ClientRequest, target: str) -> None:
    answer = client_request.post(ENTRY, typed(), next=target)

    assert answer.location == client_request.address_of("verification.start")


@pytest.mark.usefixtures("editor")
def test_signed_in_person_is_sent_on_from_the_form(client_request: ClientRequest) -> None:
    client_request.post(ENTRY, typed())

    assert client_request.get("accounts.sign_in", status=303).location == client_request.address_of(
        "verification.start"
    )


@pytest.mark.usefixtures("editor")
@pytest.mark.parametrize("name", ["aigul@example.kz", "nobody@example.kz"])
def test_refusal_reads_the_same_whether_the_account_exists(client_request: ClientRequest, name: str) -> None:
    client_request.get("pages.choose_language", status=303, code="en")

    page = client_request.post(ENTRY, typed(name, "wrong"), status=422)

    assert page.field_errors() == ["Error: The sign-in name and the password do not belong together. Check both."]
    assert PASSWORD not in page.text
    assert "wrong" not in {field.get("value") for field in page.all(".//input")}


@pytest.mark.usefixtures("editor")
def test_count_is_kept_although_the_request_is_refused(
    client_request: ClientRequest, make_browser: Callable[[], ClientRequest]
) -> None:
    for _ in range(4):
        client_request.post(ENTRY, typed(password="wrong"), status=422)
    client_request.post(ENTRY, typed(password="wrong"), status=429)
    other = make_browser()
    other.get("pages.choose_language", status=303, code="en")

    page = other.post(ENTRY, typed(), status=429)

    assert page.field_errors() == ["Error: There were too many tries. Try again after 10:01:00, or set a new password."]


@pytest.mark.usefixtures("editor")
def test_sign_in_works_again_after_the_wait(client_request: ClientRequest, clock: HandClock) -> None:
    for status in (422, 422, 422, 422, 429):
        client_request.post(ENTRY, typed(password="wrong"), status=status)

    clock.advance(minutes=1)

    client_request.post(ENTRY, typed())


def test_empty_form_names_its_fields(client_request: ClientRequest) -> None:
    page = client_request.post(ENTRY, {}, status=422)

    assert len(page.field_errors()) == 2


@pytest.mark.usefixtures("editor")
def test_session_is_new_after_sign_in(client_request: ClientRequest) -> None:
    client_request.get("pages.choose_language", status=303, code="ru")
    with client_request.browser.session_transaction() as kept:
        kept["planted"] = "by somebody else"
    token_before = client_request.csrf_token()
    before = client_request.session_content()

    client_request.post(ENTRY, typed())

    after = client_request.session_content()
    assert "planted" not in after
    assert after.get("csrf_token") != before["csrf_token"]
    assert after["language"] == "ru"
    client_request.post("accounts.sign_out", {"csrf_token": token_before}, status=400, csrf=False)


@pytest.mark.usefixtures("editor")
def test_every_sign_in_has_a_cookie_of_its_own(make_browser: Callable[[], ClientRequest]) -> None:
    browsers = [make_browser(), make_browser()]
    for browser in browsers:
        browser.post(ENTRY, typed())

    nonces = {browser.session_content()["nonce"] for browser in browsers}
    assert len(nonces) == 2


def test_pages_are_in_the_language_of_the_account_until_another_is_chosen(
    client_request: ClientRequest, make_account: MakeAccount
) -> None:
    make_account(role=Role.EDITOR, sign_in_name="aigul@example.kz", language="ru")

    client_request.post(ENTRY, typed())

    assert client_request.get("accounts.account").tree.get("lang") == "ru"


def test_sign_out_ends_the_session_and_is_recorded(
    client_request: ClientRequest, editor: Person, session: Session
) -> None:
    client_request.post(ENTRY, typed())

    answer = client_request.post("accounts.sign_out")

    assert answer.location == client_request.address_of("accounts.sign_in")
    client_request.get("accounts.account", status=302)
    recorded = [entry.kind for entry in audit.about(session, str(editor.id))]
    assert recorded == ["accounts.session.opened", "accounts.session.closed"]


@pytest.mark.parametrize("endpoint", [ENTRY, "accounts.sign_out", "accounts.ask_for_reset", "accounts.change_password"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_post_without_a_token_is_refused(client_request: ClientRequest, applicant: Person, endpoint: str) -> None:
    client_request.sign_in(applicant)

    client_request.post(endpoint, typed(), status=400, csrf=False)


def test_sign_out_by_a_link_is_not_possible(client_request: ClientRequest, applicant: Person) -> None:
    client_request.sign_in(applicant)

    client_request.get("accounts.sign_out", status=405)


def test_session_of_an_older_epoch_is_signed_out(
    client_request: ClientRequest, applicant: Person, session: Session, clock: HandClock
) -> None:
    client_request.sign_in(applicant)
    client_request.get("accounts.account")

    service.change_password(applicant.id, PASSWORD, "eight calm horses", session=session, now=clock.now())

    client_request.get("accounts.account", status=302)


def test_closed_account_is_signed_out_at_once(
    client_request: ClientRequest, applicant: Person, session: Session, clock: HandClock
) -> None:
    client_request.sign_in(applicant)

    service.close_account(applicant.id, actor="administrator", session=session, now=clock.now())

    client_request.get("accounts.account", status=302)


def test_sign_in_of_yesterday_has_ended(client_request: ClientRequest, applicant: Person, clock: HandClock) -> None:
    client_request.sign_in(applicant)

    clock.advance(hours=12)

    client_request.get("accounts.account", status=302)


def test_cookie_that_names_nonsense_is_nobody(client_request: ClientRequest, applicant: Person) -> None:
    client_request.sign_in(applicant)
    with client_request.browser.session_transaction() as kept:
        kept["_user_id"] = "not an id"

    client_request.get("accounts.account", status=302)


def test_refused_post_does_not_lead_back_to_itself(client_request: ClientRequest) -> None:
    answer = client_request.post("accounts.change_password", {}, status=302)

    assert answer.location == client_request.address_of("accounts.sign_in")


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(client_request: ClientRequest, app: Flask) -> None:
    page = client_request.get("accounts.sign_in")

    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith(app.config["SESSION_COOKIE_NAME"])
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
