"""Can administrators invite people, and the invited open their accounts; and is it closed to everybody else?"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.accounts.rules import STAFF, Person, Role
from app.bodies import service as bodies
from app.notices.delivery import HANDLERS
from app.people.models import Invitation
from app.wiring import Tools
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.bookings import MakeCentre
from tests.kit.factories.people import ADDRESS, Equip, MakeInvitation, Telephone
from tests.kit.outside import HandClock, ListMailer
from tests.kit.pages import Page

NEW = "eight calm horses"
BODY = {"bin": "940740000911", "name_kk": "Министрлік", "name_ru": "Министерство", "name_en": "Ministry"}
TYPED = {"role": "editor", "display_name": "Дана Әбенова", "email": ADDRESS, "language": "ru", "centre": "", "body": ""}


@pytest.fixture
def administrator(inviter: Person, client_request: ClientRequest) -> Person:
    client_request.sign_in(inviter)
    return inviter


@pytest.fixture
def letter(run_jobs: Callable[..., int], mailer: ListMailer) -> Callable[[], str]:
    """Return a reader of the path in the newest letter."""

    def read() -> str:
        run_jobs(HANDLERS)
        bodies = "\n".join(letter.body for letter in mailer.letters)
        return str(re.findall(r"^http://localhost(/\S+)$", bodies, re.MULTILINE)[-1])

    return read


def accept(browser: ClientRequest, path: str, clock: HandClock, status: int = 303, **typed: str) -> Page:
    telephone = Telephone.scan(browser.get_path(path), clock)
    form = {"password": NEW, "repeated": NEW, "code": telephone.code()} | typed
    return browser.post_path(path, form, status)


# --- the way in


def test_invited_person_comes_from_the_letter_to_the_page(
    client_request: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    administrator: Person,
    letter: Callable[[], str],
    clock: HandClock,
    session: Session,
) -> None:
    assert administrator
    client_request.get("people.new_invitation")
    made = client_request.follow(client_request.post("people.invite", TYPED))
    assert ADDRESS in made.words()
    invited = make_browser()

    codes = invited.follow(accept(invited, letter(), clock))

    assert len(codes.all(".//ol[@class='recovery-codes']/li")) == 10
    invited.post("factor.codes_kept")
    assert "Дана Әбенова" in invited.get("accounts.account").text
    account = session.scalars(select(Account).where(Account.sign_in_name == ADDRESS)).one()
    assert (account.role, account.language) == (Role.EDITOR, "ru")
    assert "Accepted" in client_request.get("people.invitations").words()
    client_request.get("people.invitation", invitation_id=session.scalars(select(Invitation.id)).one())
    client_request.get("people.show", account_id=account.id)


def test_page_of_an_invitation_says_what_for(
    client_request: ClientRequest, make_invitation: MakeInvitation, make_centre: MakeCentre
) -> None:
    _, token = make_invitation(role=Role.PROCTOR, centre_id=make_centre(), ends_on=date(2027, 3, 1))
    client_request.get("pages.choose_language", 303, code="en")

    words = client_request.get("invitations.show", token=token).words()

    assert "Operator of a testing centre" in words
    assert "Centre AST-01" in words
    assert "1 March 2027" in words
    assert ADDRESS in words


@pytest.mark.parametrize(
    "typed",
    [
        {"password": "short", "repeated": "short"},
        {"password": ADDRESS, "repeated": ADDRESS},
        {"repeated": "another"},
        {"code": ""},
        {"code": "12"},
    ],
)
def test_bad_input_leaves_the_link_good(
    client_request: ClientRequest, make_invitation: MakeInvitation, clock: HandClock, typed: dict[str, str]
) -> None:
    _, token = make_invitation()
    path = client_request.address_of("invitations.show", token=token)

    refused = accept(client_request, path, clock, 422, **typed)

    assert len(refused.field_errors()) == 1
    accept(client_request, path, clock)


def test_link_that_does_not_work_says_so(
    client_request: ClientRequest, make_invitation: MakeInvitation, clock: HandClock
) -> None:
    _, token = make_invitation()
    path = client_request.address_of("invitations.show", token=token)
    telephone = Telephone.scan(client_request.get_path(path), clock)
    clock.advance(days=7)

    client_request.get_path(path, 410)
    client_request.post_path(path, {"password": NEW, "repeated": NEW, "code": telephone.code()}, 410)
    client_request.get("invitations.show", 410, token="invented")
    client_request.post("invitations.accept", {}, 410, token="invented")


def test_invitation_of_a_body_that_has_ended_says_so(
    client_request: ClientRequest, make_invitation: MakeInvitation, session: Session, inviter: Person, tools: Tools
) -> None:
    facts = {"actor": inviter.id, "session": session, "now": tools.clock.now()}
    names = {code: BODY[f"name_{code}"] for code in ("kk", "ru", "en")}
    body = bodies.enter_body(BODY["bin"], names, entropy=tools.entropy, **facts)
    _, token = make_invitation(role=Role.HIRING_BODY, body_id=body)
    path = client_request.address_of("invitations.show", token=token)
    telephone = Telephone.scan(client_request.get_path(path), tools.clock)
    bodies.end_body(body, **facts)

    client_request.post_path(path, {"password": NEW, "repeated": NEW, "code": telephone.code()}, 410)

    assert not session.scalars(select(Account).where(Account.sign_in_name == ADDRESS)).all()


def test_form_of_another_browser_begins_again(
    client_request: ClientRequest, make_browser: Callable[[], ClientRequest], make_invitation: MakeInvitation
) -> None:
    _, token = make_invitation()
    answer = make_browser().post(
        "invitations.accept", {"password": NEW, "repeated": NEW, "code": "123456"}, token=token
    )

    assert answer.location == client_request.address_of("invitations.show", token=token)


def test_each_browser_is_shown_a_key_of_its_own(
    client_request: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    make_invitation: MakeInvitation,
    clock: HandClock,
) -> None:
    _, token = make_invitation()
    scanners, own = (
        Telephone.scan(browser.get("invitations.show", token=token), clock)
        for browser in (make_browser(), client_request)
    )

    assert scanners.secret != own.secret, "who fetches the link of a letter learns no key that will count"
    assert Telephone.scan(client_request.get("invitations.show", token=token), clock).secret == own.secret


# --- administrators


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"role": "applicant"}, "role"),
        ({"role": "proctor"}, "centre"),
        ({"role": "hiring_body"}, "body"),
        ({"email": "no address"}, "email"),
        ({"display_name": " "}, "display_name"),
        ({"display_name": "\u202ex"}, "display_name"),
        ({"ends_on": "2026-11-24"}, "ends_on"),
        ({"ends_on": "soon"}, "ends_on"),
        ({"centre": str(uuid.UUID(int=7))}, "centre"),
        ({"language": "xx"}, "language"),
    ],
)
@pytest.mark.usefixtures("administrator")
def test_bad_invitation_is_refused_beside_its_field(
    client_request: ClientRequest, session: Session, typed: dict[str, str], field: str
) -> None:
    page = client_request.post("people.invite", TYPED | typed, 422)

    assert page.all(f".//p[@id='{field}-error']"), page.field_errors()
    assert not session.scalars(select(Invitation)).all()


@pytest.mark.usefixtures("administrator")
def test_address_of_an_account_or_an_invitation_is_refused(
    client_request: ClientRequest, make_account: MakeAccount
) -> None:
    make_account(role=Role.AUDITOR, sign_in_name="taken@example.kz", display_name="Тимур Сәрсенов")
    client_request.post("people.invite", TYPED)
    taken = client_request.post("people.invite", TYPED | {"email": "taken@example.kz"}, 422)
    assert "Тимур Сәрсенов" in taken.field_errors()[0]

    for address in ("Taken@example.kz", ADDRESS):
        page = client_request.post("people.invite", TYPED | {"email": address}, 422)
        assert page.all(".//p[@id='email-error']")


def test_administrator_is_invited_when_another_agrees(
    client_request: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    make_account: MakeAccount,
    administrator: Person,
    letter: Callable[[], str],
    clock: HandClock,
    mailer: ListMailer,
    run_jobs: Callable[..., int],
    session: Session,
) -> None:
    assert administrator
    asking = client_request.post("people.invite", TYPED | {"role": "administrator"}).location
    client_request.get_path(asking)
    invitation_id = session.scalars(select(Invitation.id)).one()
    assert client_request.get("people.invitation", invitation_id=invitation_id).all(f".//main//a[@href='{asking}']")
    request = client_request.post_path(asking, {"reason": "Order 7", "password": PASSWORD}).location
    run_jobs(HANDLERS)
    assert not mailer.letters
    client_request.post("people.send_again", {}, 409, invitation_id=invitation_id)

    second = make_browser()
    second.sign_in(make_account(role=Role.ADMINISTRATOR))
    assert second.get_path(request).all(f".//main//a[@href='/people/invitations/{invitation_id}']")
    second.post_path(request + "/approve", {"password": PASSWORD})

    invited = make_browser()
    accept(invited, letter(), clock)
    invited.post("factor.codes_kept")
    invited.get("people.index")


@pytest.mark.usefixtures("administrator")
def test_invitation_is_sent_again_and_withdrawn(
    client_request: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    make_invitation: MakeInvitation,
    letter: Callable[[], str],
) -> None:
    invitation_id, first = make_invitation()
    client_request.post("people.send_again", {}, invitation_id=invitation_id)
    newest = letter()
    make_browser().get("invitations.show", 410, token=first)
    make_browser().get_path(newest)

    client_request.post("people.withdraw", {}, invitation_id=invitation_id)

    make_browser().get_path(newest, 410)
    client_request.post("people.withdraw", {}, 409, invitation_id=invitation_id)
    client_request.post("people.send_again", {}, 409, invitation_id=invitation_id)
    client_request.get("people.invitation", invitation_id=invitation_id)


@pytest.mark.usefixtures("administrator")
def test_people_are_found_by_role_and_name(client_request: ClientRequest, make_account: MakeAccount) -> None:
    make_account(role=Role.EDITOR, display_name="Гүлнар Омарова")
    make_account(role=Role.AUDITOR, display_name="Тимур Сәрсенов", ends_on=date(2027, 1, 1))

    def names(**query: str) -> set[str]:
        page = client_request.get("people.index", **query)
        return {element.text or "" for element in page.all(".//main//th[@scope='row']/a")}

    assert names() == {"Дана Асқарқызы", "Гүлнар Омарова", "Тимур Сәрсенов"}
    assert names(role="auditor") == {"Тимур Сәрсенов"}
    assert names(name="омарова") == {"Гүлнар Омарова"}
    assert names(name="EDITOR") == {"Гүлнар Омарова"}
    assert names(name="100%") == names(name="nobody") == names(page="2") == set()
    assert names(page="x") == names(page="0") == names()
    client_request.get("people.index", 422, role="king")


@pytest.mark.usefixtures("administrator")
def test_long_list_has_pages(client_request: ClientRequest, make_account: MakeAccount) -> None:
    for number in range(51):
        make_account(role=Role.EDITOR, display_name=f"Person {number:02d}")

    first = client_request.get("people.index", role="editor")
    (further,) = [link.get("href") for link in first.all(".//main//nav/a")]
    assert "Person 50" in client_request.get_path(str(further)).words()


@pytest.fixture
def editor(make_account: MakeAccount) -> Person:
    return make_account(role=Role.EDITOR, sign_in_name=ADDRESS, email=ADDRESS, display_name="Дана Әбенова")


@pytest.mark.usefixtures("administrator")
def test_name_is_corrected(client_request: ClientRequest, editor: Person) -> None:
    client_request.post("people.rename", {"name-display_name": ""}, 422, account_id=editor.id)
    client_request.post("people.rename", {"name-display_name": "Дана  Ибраева"}, account_id=editor.id)

    assert client_request.get("people.show", account_id=editor.id).h1 == "Дана Ибраева"


def test_end_on_a_day_is_set_and_signs_out_then(
    client_request: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    administrator: Person,
    editor: Person,
    clock: HandClock,
) -> None:
    own = make_browser()
    own.sign_in(editor)
    client_request.post("people.set_end", {"date-ends_on": "2026-11-24"}, 422, account_id=editor.id)
    client_request.post("people.set_end", {"date-ends_on": "2026-11-25"}, account_id=editor.id)
    client_request.get("people.show", account_id=editor.id)
    client_request.post("people.set_end", {"date-ends_on": "2026-11-25"}, 409, account_id=administrator.id)

    clock.advance(hours=11)
    own.sign_in(editor)
    own.get("accounts.account")
    clock.advance(hours=3)

    own.get("accounts.account", 302)


def test_role_is_ended_with_reason_and_tick(
    client_request: ClientRequest,
    make_browser: Callable[[], ClientRequest],
    administrator: Person,
    editor: Person,
) -> None:
    own = make_browser()
    own.sign_in(editor)
    good = {"end-reason": "Order 7", "end-sure": "y"}
    client_request.post("people.end", {"end-reason": "Order 7"}, 422, account_id=editor.id)
    client_request.post("people.end", {"end-sure": "y"}, 422, account_id=editor.id)
    own.get("accounts.account")

    client_request.post("people.end", good, account_id=editor.id)

    own.get("accounts.account", 302)
    client_request.get("people.show", account_id=editor.id)
    client_request.post("people.end", good, 409, account_id=editor.id)
    client_request.post("people.end", good, 409, account_id=administrator.id)
    client_request.get("people.show", account_id=administrator.id)
    assert client_request.get("people.again", 303, account_id=editor.id).location.endswith(str(editor.id))


@pytest.mark.usefixtures("administrator")
def test_second_factor_is_reset_with_a_reason(
    client_request: ClientRequest, editor: Person, equip: Equip, run_jobs: Callable[..., int], mailer: ListMailer
) -> None:
    client_request.post("people.reset_factor", {"factor-reason": "Order 7"}, 409, account_id=editor.id)
    equip(editor)
    client_request.get("people.show", account_id=editor.id)
    client_request.post("people.reset_factor", {"factor-reason": ""}, 422, account_id=editor.id)

    client_request.post("people.reset_factor", {"factor-reason": "Order 7"}, account_id=editor.id)

    run_jobs(HANDLERS)
    assert mailer.letters[-1].to == ADDRESS


@pytest.mark.usefixtures("administrator")
def test_link_for_a_new_password_is_sent_at_an_administrators_wish(
    client_request: ClientRequest, make_browser: Callable[[], ClientRequest], editor: Person, letter: Callable[[], str]
) -> None:
    client_request.post("people.send_link", {}, account_id=editor.id)

    make_browser().get_path(letter())


@pytest.mark.usefixtures("administrator")
def test_applicants_and_strangers_are_not_among_the_people(client_request: ClientRequest, applicant: Person) -> None:
    for account_id in (applicant.id, uuid.UUID(int=7)):
        client_request.get("people.show", 404, account_id=account_id)
        client_request.post("people.end", {"end-reason": "x", "end-sure": "y"}, 404, account_id=account_id)
        client_request.post("people.send_link", {}, 404, account_id=account_id)
        client_request.post("people.rename", {"name-display_name": "x"}, 404, account_id=account_id)
    client_request.get("people.invitation", 404, invitation_id=uuid.UUID(int=7))
    client_request.post("people.withdraw", {}, 404, invitation_id=uuid.UUID(int=7))


@pytest.mark.usefixtures("administrator")
def test_hiring_bodies_are_entered_and_ended(client_request: ClientRequest) -> None:
    client_request.get("people.hiring_bodies")
    for typed in ({"bin": "940740000912"}, {"name_kk": ""}, {"name_en": "x" * 201}):
        assert client_request.post("people.enter_body", BODY | typed, 422).field_errors()
    page = client_request.follow(client_request.post("people.enter_body", BODY))
    client_request.post("people.enter_body", BODY, 422)
    (path,) = [form.get("action") for form in page.all(".//main//ul//form")]
    (option,) = client_request.get("people.new_invitation").all(".//select[@name='body']/option")[1:]
    client_request.post("people.invite", TYPED | {"role": "hiring_body", "body": option.get("value", "")})

    client_request.post_path(str(path))

    client_request.post_path(str(path), status=409)
    assert len(client_request.get("people.new_invitation").all(".//select[@name='body']/option")) == 1


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_people_are_for_administrators(
    app: Flask, client_request: ClientRequest, make_account: MakeAccount, role: Role
) -> None:
    assert role is Role.APPLICANT or role in STAFF
    client_request.sign_in(make_account(role=role))
    for endpoint in ("people.index", "people.invitations", "people.new_invitation", "people.hiring_bodies"):
        client_request.get(endpoint, 403)
    client_request.post("people.invite", TYPED, 403)
    client_request.post("people.end", {}, 403, account_id=uuid.UUID(int=7))


# --- the command line


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_first_administrator_is_invited_at_the_machine(
    app: Flask, client_request: ClientRequest, clock: HandClock, session: Session
) -> None:
    run = app.test_cli_runner().invoke
    command = ["people", "invite", "--role", "administrator", "--email", ADDRESS, "--name", "Дана Әбенова"]
    done = run(args=command)
    assert done.exit_code == 0, done.output
    (path,) = re.findall(r"http://localhost(/\S+)", done.output)
    assert run(args=command).exit_code == 1, "invited already"

    accept(client_request, path, clock)
    client_request.post("factor.codes_kept")
    client_request.get("people.index")

    reset = run(args=["people", "reset-factor", "--email", ADDRESS, "--reason", "Order 7"])
    assert reset.exit_code == 0, reset.output
    assert run(args=["people", "reset-factor", "--email", "nobody@example.kz", "--reason", "x"]).exit_code == 1
    client_request.get("people.index", 302)
