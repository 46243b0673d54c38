"""Can a person change address, phone and language, and nobody take another's address?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import contact, queries
from app.accounts import service as accounts
from app.accounts.models import Account, EmailChange
from app.accounts.rules import Person, Role
from app.applicants.queries import phone_of_account
from app.audit import queries as audit
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.notices.delivery import HANDLERS
from app.wiring import Tools
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.factories.sittings import at_once
from tests.kit.outside import MORNING, HandClock, ListMailer
from tests.kit.pages import Page

OLD, NEW = "aigul@example.kz", "aigul.new@example.kz"


@pytest.fixture
def editor(make_account: MakeAccount, client_request: ClientRequest) -> Person:
    """Somebody behind the desk, who is signed in."""
    person = make_account(role=Role.EDITOR, sign_in_name=OLD, email=OLD)
    client_request.get("pages.choose_language", 303, code="en")
    client_request.sign_in(person)
    return person


@pytest.fixture
def code(run_jobs: Callable[..., int], mailer: ListMailer) -> Callable[[], str]:
    """Return a reader of the code in the newest letter that has one."""

    def read() -> str:
        run_jobs(HANDLERS)
        bodies = "\n".join(letter.body for letter in mailer.letters)
        return str(re.findall(r"^[0-9]{6}$", bodies, re.MULTILINE)[-1])

    return read


def ask(browser: ClientRequest, status: int = 303, **typed: str) -> Page:
    return browser.post("contact.ask", {"email": NEW, "current": PASSWORD} | typed, status)


def test_new_address_is_confirmed_by_a_code(
    client_request: ClientRequest,
    editor: Person,
    code: Callable[[], str],
    mailer: ListMailer,
    run_jobs: Callable[..., int],
    session: Session,
) -> None:
    assert OLD in client_request.get("contact.email").words()
    assert NEW in client_request.follow(ask(client_request, email=" Aigul.New@Example.KZ ")).words()
    assert session.get_one(Account, editor.id).email == OLD

    answer = client_request.post("contact.confirm", {"code": code()})

    assert NEW in client_request.follow(answer).words()
    run_jobs(HANDLERS)
    assert [letter.to for letter in mailer.letters] == [NEW, OLD]
    assert NEW not in mailer.letters[-1].body
    session.rollback()
    assert (queries.email_of(editor.id, session), queries.sign_in_name(editor.id, session)) == (NEW, NEW)
    (changed,) = [entry for entry in audit.about(session, str(editor.id)) if entry.kind == "accounts.email.changed"]
    assert changed.facts == {}
    client_request.sign_out()
    client_request.post("accounts.sign_in_try", {"sign_in_name": OLD, "password": PASSWORD}, 422)
    client_request.post("accounts.sign_in_try", {"sign_in_name": NEW, "password": PASSWORD})


def test_applicant_keeps_the_iin_as_sign_in_name(
    client_request: ClientRequest, make_applicant: MakeApplicant, code: Callable[[], str], session: Session
) -> None:
    person = make_applicant().person
    name = queries.sign_in_name(person.id, session)
    client_request.sign_in(person)
    ask(client_request)

    client_request.post("contact.confirm", {"code": code()})

    session.rollback()
    assert (queries.email_of(person.id, session), queries.sign_in_name(person.id, session)) == (NEW, name)


@pytest.mark.parametrize(
    "typed", [{"email": "no address"}, {"email": ""}, {"email": "é@example.kz"}, {"current": ""}, {"current": "wrong"}]
)
def test_bad_input_is_refused_beside_its_field(
    client_request: ClientRequest, editor: Person, session: Session, typed: dict[str, str]
) -> None:
    page = ask(client_request, 422, **typed)

    assert len(page.field_errors()) == 1
    assert session.get(EmailChange, editor.id) is None


def test_taken_address_is_refused_to_its_reader_only(
    client_request: ClientRequest,
    make_account: MakeAccount,
    editor: Person,
    code: Callable[[], str],
    session: Session,
) -> None:
    make_account(role=Role.AUDITOR, sign_in_name=NEW, email=NEW, display_name="Secret Auditor")
    ask(client_request)

    refused = client_request.follow(client_request.post("contact.confirm", {"code": code()}))

    assert "cannot be used here" in refused.words()
    assert "Auditor" not in refused.words()
    session.rollback()
    assert queries.sign_in_name(editor.id, session) == queries.email_of(editor.id, session) == OLD
    client_request.get("contact.code", 410)


def test_wrong_code_is_counted_and_a_used_one_is_void(
    client_request: ClientRequest, editor: Person, code: Callable[[], str], clock: HandClock
) -> None:
    assert editor
    client_request.get("contact.code", 410)
    client_request.post("contact.confirm", {"code": "123456"}, 410)
    ask(client_request)
    right = code()
    client_request.post("contact.confirm", {"code": ""}, 422)
    wrong = "000000" if right != "000000" else "111111"
    errors = [client_request.post("contact.confirm", {"code": wrong}, 422).field_errors()[0] for _ in range(5)]
    assert "Tries left: 4" in errors[0]
    client_request.post("contact.confirm", {"code": right}, 422)

    ask(client_request)
    client_request.post("contact.confirm", {"code": right}, 422)
    clock.advance(minutes=15)
    client_request.post("contact.confirm", {"code": code()}, 422)
    ask(client_request)
    client_request.post("contact.confirm", {"code": code()})
    client_request.post("contact.confirm", {"code": code()}, 410)


def test_three_letters_an_hour_are_sent(client_request: ClientRequest, editor: Person, clock: HandClock) -> None:
    assert editor
    for number in range(3):
        ask(client_request, email=f"a{number}@example.kz")

    assert ask(client_request, 429).field_errors()
    clock.advance(hours=1)
    ask(client_request)


def test_reset_link_to_the_old_address_is_void(
    client_request: ClientRequest, editor: Person, code: Callable[[], str], session: Session, tools: Tools
) -> None:
    tokens: list[str] = []
    facts = {"session": session, "now": tools.clock.now(), "entropy": tools.entropy}
    accounts.ask_for_reset(OLD, link_for=lambda token: tokens.append(token) or "", **facts)  # type: ignore[func-returns-value]  # both
    ask(client_request)

    client_request.post("contact.confirm", {"code": code()})

    assert editor
    client_request.get("accounts.new_password", 410, token=tokens[0])


def test_old_wishes_are_forgotten(editor: Person, session: Session, tools: Tools, clock: HandClock) -> None:
    contact.ask_for_address(editor.id, NEW, key=b"key", session=session, now=clock.now(), entropy=tools.entropy)
    session.commit()

    accounts.forget_old(session=session, now=clock.now() + timedelta(days=1))

    session.commit()
    assert session.get(EmailChange, editor.id) is None


def test_one_address_wanted_by_two_at_once_becomes_one_persons(
    app: Flask, make_account: MakeAccount, code: Callable[[], str], session: Session, tools: Tools
) -> None:
    people = [make_account(role=Role.EDITOR), make_account(role=Role.REVIEWER)]
    codes = []
    for person in people:
        contact.ask_for_address(person.id, NEW, key=b"key", session=session, now=MORNING, entropy=tools.entropy)
        session.commit()
        codes.append(code())

    def act(person: Person, typed: str) -> object:
        with app.app_context(), unit_of_work() as own:
            return contact.confirm_address(
                person.id, typed, key=b"key", session=own, now=MORNING, entropy=SystemEntropy()
            )

    outcomes = at_once(*[partial(act, *pair) for pair in zip(people, codes, strict=True)])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AddressNotUsable", "NoneType"]


# --- phone and language


def test_applicant_changes_the_phone_number(
    client_request: ClientRequest, make_applicant: MakeApplicant, session: Session
) -> None:
    applicant = make_applicant()
    client_request.sign_in(applicant.person)
    client_request.get("applicants.phone")
    for text in ("", "12", "x" * 300):
        assert client_request.post("applicants.change_phone", {"phone": text}, 422).field_errors()

    client_request.post("applicants.change_phone", {"phone": "8 (701) 123-45-67"})

    session.rollback()
    assert phone_of_account(applicant.person.id, session=session) == "+77011234567"
    assert "+77011234567" in client_request.get("applicants.phone").text
    assert "applicants.phone.changed" in [entry.kind for entry in audit.about(session, str(applicant.facts.id))]


def test_phone_is_for_applicants(client_request: ClientRequest, editor: Person) -> None:
    assert editor
    client_request.get("applicants.phone", 403)


def test_language_of_letters_is_changed(client_request: ClientRequest, editor: Person, session: Session) -> None:
    client_request.post("accounts.change_language", {"language": "xx"}, 400)
    client_request.post("accounts.change_language", {"language": "ru"})

    session.rollback()
    assert session.get_one(Account, editor.id).language == "ru"
    assert client_request.get("accounts.language_page", 303).location == client_request.address_of("accounts.account")
