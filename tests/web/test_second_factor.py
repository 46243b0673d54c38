"""Does a second factor stand between the password and the pages, and does nobody get by without it?"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service
from app.accounts.guards import FRAMEWORK_ENDPOINTS
from app.accounts.models import RecoveryCode, SecondFactor
from app.accounts.rules import STAFF, Person, Role
from app.audit import queries as audit
from app.audit.models import AuditBody
from app.notices.delivery import HANDLERS
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.people import Equip, Telephone
from tests.kit.outside import HandClock, ListMailer

NAME = "aigul@example.kz"


@pytest.fixture
def editor(make_account: MakeAccount) -> Person:
    return make_account(role=Role.EDITOR, sign_in_name=NAME, email=NAME)


@pytest.fixture
def equipped(editor: Person, equip: Equip) -> tuple[Telephone, list[str]]:
    return equip(editor)


@pytest.fixture
def required(app: Flask) -> Iterator[None]:
    """An installation that requires a second factor, as production does."""
    before = app.extensions["synaq_settings"]
    app.extensions["synaq_settings"] = replace(before, second_factor="required")
    yield
    app.extensions["synaq_settings"] = before


def password_step(browser: ClientRequest, **params: str) -> str:
    return browser.post("accounts.sign_in_try", {"sign_in_name": NAME, "password": PASSWORD}, **params).location


def code_step(browser: ClientRequest, code: str, status: int = 303) -> list[str]:
    page = browser.post("factor.take", {"code": code}, status)
    return page.field_errors() if status != 303 else [page.location]


def kinds(session: Session, person: Person) -> list[str]:
    session.rollback()
    return [entry.kind for entry in audit.about(session, str(person.id))]


def is_signed_in(browser: ClientRequest) -> bool:
    return "_user_id" in browser.session_content()


def is_known(browser: ClientRequest) -> bool:
    """Say whether the account's page opens, without being led to sign in."""
    return outcome(browser.browser, browser.address_of("accounts.account"))[0] == 200


# --- signing in


def test_code_comes_after_the_password(
    client_request: ClientRequest, editor: Person, equipped: tuple[Telephone, list[str]], session: Session
) -> None:
    assert password_step(client_request) == client_request.address_of("factor.code")
    client_request.get("factor.code")
    assert not is_signed_in(client_request)
    assert "accounts.session.opened" not in kinds(session, editor)

    assert code_step(client_request, equipped[0].code()) == [client_request.address_of("verification.start")]

    assert is_signed_in(client_request)
    assert kinds(session, editor)[-1] == "accounts.session.opened"


def test_page_that_was_asked_for_opens_after_the_code(
    client_request: ClientRequest, equipped: tuple[Telephone, list[str]]
) -> None:
    wanted = client_request.address_of("accounts.account")
    asked = password_step(client_request, next=wanted)

    assert client_request.post_path(asked, {"code": equipped[0].code()}).location == wanted


def test_half_session_opens_nothing(
    app: Flask, client_request: ClientRequest, equipped: tuple[Telephone, list[str]]
) -> None:
    stranger, half = app.test_client(), client_request
    password_step(half)
    opened = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in FRAMEWORK_ENDPOINTS or "GET" not in (rule.methods or ()) or rule.endpoint == "factor.code":
            continue
        samples = {"uuid": uuid.UUID(int=0), "int": 1, "string": "x", "path": "x"}
        values = {name: samples[_kind_of(converter)] for name, converter in rule._converters.items()}
        address = half.address_of(rule.endpoint, **values)
        as_half, as_stranger = outcome(half.browser, address), outcome(stranger, address)
        if as_half != as_stranger:
            opened.append(f"{address}: {as_half}, a stranger gets {as_stranger}")

    assert not opened, opened
    assert not is_signed_in(half)


def outcome(browser: FlaskClient, address: str) -> tuple[int, str | None]:
    """Return status and destination; pages that stream are closed."""
    with browser.get(address) as answer:
        return answer.status_code, answer.headers.get("Location")


def _kind_of(converter: object) -> str:
    return {"UUIDConverter": "uuid", "IntegerConverter": "int"}.get(type(converter).__name__, "string")


def test_password_is_typed_again_after_five_minutes(
    client_request: ClientRequest, equipped: tuple[Telephone, list[str]], clock: HandClock
) -> None:
    password_step(client_request)
    clock.advance(minutes=5)

    assert client_request.get("factor.code", 303).location == client_request.address_of("accounts.sign_in")
    assert code_step(client_request, equipped[0].code()) == [client_request.address_of("accounts.sign_in")]
    assert not is_signed_in(client_request)


def test_code_without_a_password_leads_to_the_password(client_request: ClientRequest) -> None:
    assert code_step(client_request, "123456") == [client_request.address_of("accounts.sign_in")]


def test_half_session_ends_when_the_password_changes(
    client_request: ClientRequest,
    editor: Person,
    equipped: tuple[Telephone, list[str]],
    session: Session,
    clock: HandClock,
) -> None:
    password_step(client_request)
    service.change_password(editor.id, PASSWORD, "eight calm horses", session=session, now=clock.now())

    assert code_step(client_request, equipped[0].code()) == [client_request.address_of("accounts.sign_in")]


def test_code_is_taken_once(
    client_request: ClientRequest, make_browser: Callable[[], ClientRequest], equipped: tuple[Telephone, list[str]]
) -> None:
    password_step(client_request)
    code = equipped[0].code()
    code_step(client_request, code)
    other = make_browser()
    other.get("pages.choose_language", 303, code="en")
    password_step(other)

    (words,) = code_step(other, code, 422)

    assert "each code works once" in words
    assert not is_signed_in(other)


@pytest.mark.parametrize("typed", ["", "12", "not a code", "x" * 41])
def test_other_texts_are_refused(
    client_request: ClientRequest, equipped: tuple[Telephone, list[str]], typed: str
) -> None:
    password_step(client_request)

    assert code_step(client_request, typed, 422)
    assert not is_signed_in(client_request)


def test_wrong_codes_are_counted_for_the_account(
    client_request: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    editor: Person,
    equipped: tuple[Telephone, list[str]],
    clock: HandClock,
    session: Session,
) -> None:
    for _ in range(4):
        browser = make_browser()
        password_step(browser)
        code_step(browser, equipped[0].wrong_code(), 422)
    password_step(client_request)
    code_step(client_request, equipped[0].wrong_code(), 429)

    code_step(client_request, equipped[0].code(), 429)
    assert "accounts.session.refused" in kinds(session, editor)
    clock.advance(minutes=1)
    code_step(client_request, equipped[0].code())

    assert is_signed_in(client_request)


def test_recovery_code_is_taken_once_and_in_any_spelling(
    client_request: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    editor: Person,
    equipped: tuple[Telephone, list[str]],
    session: Session,
) -> None:
    code = equipped[1][3]
    password_step(client_request)
    code_step(client_request, code.lower().replace("-", " "))
    assert is_signed_in(client_request)
    assert "accounts.recovery_code.used" in kinds(session, editor)
    assert session.query(RecoveryCode).count() == 9

    other = make_browser()
    password_step(other)
    code_step(other, code, 422)
    assert not is_signed_in(other)


def test_somebody_elses_recovery_code_is_refused(
    client_request: ClientRequest, make_account: MakeAccount, equip: Equip, equipped: tuple[Telephone, list[str]]
) -> None:
    _, codes = equip(make_account(role=Role.AUDITOR))
    password_step(client_request)

    code_step(client_request, codes[0], 422)

    assert not is_signed_in(client_request)


def test_new_password_leaves_the_second_factor(
    client_request: ClientRequest,
    equipped: tuple[Telephone, list[str]],
    run_jobs: Callable[..., int],
    mailer: ListMailer,
) -> None:
    client_request.post("accounts.ask_for_reset", {"sign_in_name": NAME})
    run_jobs(HANDLERS)
    (link,) = [line for line in mailer.letters[-1].body.splitlines() if line.startswith("http")]
    new = {"password": "eight calm horses", "repeated": "eight calm horses"}
    client_request.post_path(link.removeprefix("http://localhost"), new)

    answer = client_request.post("accounts.sign_in_try", {"sign_in_name": NAME, "password": "eight calm horses"})

    assert answer.location == client_request.address_of("factor.code")
    code_step(client_request, equipped[0].code())
    assert is_signed_in(client_request)


# --- setting up


def set_up(browser: ClientRequest, clock: HandClock) -> Telephone:
    telephone = Telephone.scan(browser.get("factor.set_up"), clock)
    assert browser.post("factor.turn_on", {"code": telephone.code()}).location == browser.address_of("factor.codes")
    clock.advance(seconds=30)
    return telephone


def shown_codes(browser: ClientRequest) -> list[str]:
    page = browser.get("factor.codes")
    return [element.text or "" for element in page.all(".//ol[@class='recovery-codes']//code")]


def test_person_sets_up_a_second_factor_and_uses_it(
    client_request: ClientRequest, make_browser: Callable[[], ClientRequest], editor: Person, clock: HandClock
) -> None:
    client_request.sign_in(editor)
    assert client_request.get("factor.show").all(".//main//a[@href='/account/second-factor/set-up']")
    telephone = set_up(client_request, clock)
    codes = shown_codes(client_request)
    assert len(set(codes)) == 10
    assert shown_codes(client_request) == codes, "until they are written down"
    client_request.post("factor.codes_kept")
    client_request.get("factor.codes", 303)
    client_request.get("factor.show")

    other = make_browser()
    password_step(other)
    code_step(other, telephone.code())

    assert is_signed_in(other)


@pytest.mark.usefixtures("required")
def test_session_that_the_password_alone_has_opened_ends_when_a_factor_is_set_up(
    client_request: ClientRequest, make_browser: Callable[[], ClientRequest], editor: Person, clock: HandClock
) -> None:
    thief = make_browser()
    assert password_step(thief)
    thief.get("factor.set_up")  # knows the password, sets nothing up, and waits
    password_step(client_request)

    set_up(client_request, clock)

    client_request.get("accounts.account")
    assert not is_known(thief)
    thief.post("factor.turn_on", {"code": "123456"}, 302)


def test_other_browsers_are_signed_out_when_the_factor_is_replaced(
    client_request: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    editor: Person,
    equipped: tuple[Telephone, list[str]],
    clock: HandClock,
) -> None:
    client_request.sign_in(editor)
    other = make_browser()
    other.sign_in(editor)
    assert is_known(other)
    client_request.post("factor.replace", {"replace-current": PASSWORD})

    set_up(client_request, clock)

    assert not is_known(other)
    client_request.get("accounts.account")


def test_wrong_code_sets_nothing_up_and_keeps_the_key(
    client_request: ClientRequest, editor: Person, session: Session, clock: HandClock
) -> None:
    client_request.sign_in(editor)
    telephone = Telephone.scan(client_request.get("factor.set_up"), clock)

    for typed in ("", telephone.wrong_code()):
        page = client_request.post("factor.turn_on", {"code": typed}, 422)
        assert page.field_errors()
        assert Telephone.scan(page, clock).secret == telephone.secret
    assert session.query(SecondFactor).count() == 0


def test_factor_that_was_not_shown_is_not_set_up(client_request: ClientRequest, editor: Person) -> None:
    client_request.sign_in(editor)

    client_request.post("factor.turn_on", {"code": "123456"}, 409)


def test_key_shown_to_one_person_is_not_another_ones(
    client_request: ClientRequest, make_account: MakeAccount, editor: Person, clock: HandClock
) -> None:
    client_request.sign_in(editor)
    telephone = Telephone.scan(client_request.get("factor.set_up"), clock)
    with client_request.browser.session_transaction() as kept:
        sealed = kept["factor_secret"]
    client_request.sign_in(make_account(role=Role.AUDITOR))
    with client_request.browser.session_transaction() as kept:
        kept["factor_secret"] = sealed

    client_request.post("factor.turn_on", {"code": telephone.code()}, 409)


def test_second_factor_is_replaced_with_the_password_only(
    client_request: ClientRequest, editor: Person, equipped: tuple[Telephone, list[str]], clock: HandClock
) -> None:
    client_request.sign_in(editor)
    assert client_request.get("factor.set_up", 303).location == client_request.address_of("factor.show")
    client_request.post("factor.turn_on", {"code": "123456"}, 409)
    client_request.post("factor.replace", {"replace-current": "wrong"}, 422)
    client_request.post("factor.replace", {"replace-current": ""}, 422)

    client_request.post("factor.replace", {"replace-current": PASSWORD})
    new = set_up(client_request, clock)

    client_request.sign_out()
    password_step(client_request)
    code_step(client_request, equipped[0].code(), 422)
    code_step(client_request, equipped[1][0], 422)
    code_step(client_request, new.code())
    assert is_signed_in(client_request)


def test_new_recovery_codes_void_the_old_ones(
    client_request: ClientRequest, editor: Person, equipped: tuple[Telephone, list[str]]
) -> None:
    client_request.sign_in(editor)
    client_request.post("factor.new_codes", {"codes-current": "wrong"}, 422)
    client_request.post("factor.new_codes", {"codes-current": PASSWORD})
    new = shown_codes(client_request)

    client_request.sign_out()
    password_step(client_request)
    code_step(client_request, equipped[1][0], 422)
    code_step(client_request, new[0])

    assert is_signed_in(client_request)


def test_codes_need_a_second_factor(client_request: ClientRequest, editor: Person) -> None:
    client_request.sign_in(editor)

    client_request.post("factor.new_codes", {"codes-current": PASSWORD}, 409)


def test_refused_form_leads_back_to_its_page(client_request: ClientRequest, editor: Person) -> None:
    client_request.sign_in(editor)

    assert client_request.get("factor.again", 303).location == client_request.address_of("factor.show")


def test_applicants_have_no_second_factor(client_request: ClientRequest, applicant: Person) -> None:
    client_request.sign_in(applicant)

    for endpoint in ("factor.show", "factor.set_up", "factor.codes"):
        client_request.get(endpoint, 403)


def test_secret_and_codes_are_nowhere_in_clear(
    editor: Person, equipped: tuple[Telephone, list[str]], session: Session
) -> None:
    kept = session.get_one(SecondFactor, editor.id).sealed_secret
    logged = str([body.facts for body in session.scalars(select(AuditBody))])

    for text in (equipped[0].secret, *equipped[1]):
        assert text not in kept
        assert text not in logged
    assert not session.query(RecoveryCode).filter(RecoveryCode.code_hash.in_(equipped[1])).count()


# --- required


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_staff_without_a_second_factor_come_nowhere_else(
    app: Flask, client_request: ClientRequest, make_account: MakeAccount, role: Role
) -> None:
    client_request.sign_in(make_account(role=role))
    client_request.get("factor.set_up")
    open_pages = []
    for rule in app.url_map.iter_rules():
        guard = getattr(app.view_functions[rule.endpoint], "guard", "public")
        if "GET" not in (rule.methods or ()) or not guard.startswith("role:") or rule.endpoint == "factor.set_up":
            continue
        samples = {"uuid": uuid.UUID(int=0), "int": 1, "string": "x"}
        values = {name: samples[_kind_of(converter)] for name, converter in rule._converters.items()}
        found = outcome(client_request.browser, client_request.address_of(rule.endpoint, **values))
        if found != (303, "/account/second-factor/set-up"):
            open_pages.append(f"{rule.rule}: {found}")

    assert not open_pages, open_pages


@pytest.mark.usefixtures("required")
def test_whoever_must_set_one_up_can_do_so_or_leave(
    client_request: ClientRequest, editor: Person, clock: HandClock
) -> None:
    client_request.sign_in(editor)
    client_request.get("pages.choose_language", 303, code="ru")
    set_up(client_request, clock)
    shown_codes(client_request)
    client_request.get("accounts.account")

    client_request.post("accounts.sign_out")


@pytest.mark.usefixtures("required")
def test_whoever_has_none_may_sign_out(client_request: ClientRequest, editor: Person) -> None:
    client_request.sign_in(editor)

    client_request.post("accounts.sign_out")

    assert not is_signed_in(client_request)


@pytest.mark.usefixtures("required")
def test_applicants_need_none(client_request: ClientRequest, applicant: Person) -> None:
    client_request.sign_in(applicant)

    client_request.get("accounts.account")
