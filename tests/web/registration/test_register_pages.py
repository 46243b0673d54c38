"""Does a person get an account in three steps, whatever they type, and does nobody learn of another?"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.accounts.rules import Person
from app.applicants.models import Applicant
from app.audit import queries as audit
from app.jobs.models import Job
from app.notices.delivery import HANDLERS
from app.registration.models import CodeAllowance, Registration
from app.work import TIMERS
from tests.kit.client import ClientRequest
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.registrations import NEW_PASSWORD, TYPED, MakeNewcomer, Newcomer
from tests.kit.outside import MORNING, HandClock, ListMailer
from tests.kit.pages import Page

IIN = "950821499918"
OTHER = {"iin": "900515399919", "birth_date": "15051990", "sex": "male"}


@pytest.fixture
def holder(make_account: MakeAccount, session: Session) -> Person:
    """Who has an account of the IIN that is typed."""
    person = make_account(sign_in_name=IIN, email="holder@example.kz", display_name="Айгүл Әбенова")
    session.commit()
    return person


def count(session: Session, table: type) -> int:
    session.rollback()
    return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def values(page: Page) -> dict[str, str]:
    return {field.get("name", ""): field.get("value", "") for field in page.all(".//main//input")}


# --- the way


@pytest.mark.parametrize("endpoint", ["pages.home", "accounts.sign_in"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_page_leads_to_registration(client_request: ClientRequest, endpoint: str) -> None:
    addresses = [link.get("href") for link in client_request.get(endpoint).all(".//main//a")]

    assert client_request.address_of("registration.start") in addresses


def test_newcomer_gets_account_and_applicant_and_is_signed_in(
    newcomer: Newcomer, session: Session, clock: HandClock
) -> None:
    newcomer.browser.get("registration.start")
    code_page = newcomer.browser.follow(newcomer.begin())
    clock.advance(minutes=2)
    newcomer.browser.follow(newcomer.confirm())
    home = newcomer.choose()

    assert "aigul@example.kz" in code_page.words()
    assert home.location == newcomer.browser.address_of("desk.mine")
    assert "You are registered." in newcomer.browser.follow(home).words()
    account = session.scalars(select(Account)).one()
    applicant = session.scalars(select(Applicant)).one()
    assert (account.sign_in_name, account.email, account.language) == (IIN, "aigul@example.kz", "en")
    assert account.display_name == "Айгүл Әбенова"
    assert (applicant.account_id, applicant.iin, applicant.patronymic) == (account.id, IIN, "Серікқызы")
    assert (applicant.phone, applicant.consent_version) == ("+77011234567", TYPED["consent_version"])
    assert applicant.consented_at == MORNING


def test_new_password_signs_in_afterwards(newcomer: Newcomer) -> None:
    newcomer.register()
    newcomer.browser.post("accounts.sign_out")

    newcomer.browser.post("accounts.sign_in_try", {"sign_in_name": IIN, "password": NEW_PASSWORD})


def test_log_tells_what_came_of_it_and_names_nobody(newcomer: Newcomer, session: Session) -> None:
    newcomer.register()

    account = session.scalars(select(Account)).one()
    applicant = session.scalars(select(Applicant)).one()
    about = [audit.about(session, str(each.id)) for each in (account, applicant)]
    assert [entry.kind for entries in about for entry in entries] == [
        "accounts.account.created",
        "accounts.session.opened",
        "applicants.applicant.enrolled",
        "applicants.consent.given",
    ]
    written = repr([dict(entry.facts) for entries in about for entry in entries])
    assert not any(word in written for word in (IIN, "Айгүл", "aigul", "7011234567"))


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_page_is_sound_in_every_language(newcomer: Newcomer, language: str) -> None:
    newcomer.browser.get("pages.choose_language", status=303, code=language)
    newcomer.browser.get("registration.start")
    newcomer.begin(status=422, iin="1", consent="")
    newcomer.begin(language=language)
    newcomer.browser.get("registration.code")
    newcomer.confirm("000000", status=422)
    newcomer.confirm()
    newcomer.browser.get("registration.password")
    newcomer.choose("short", status=422)
    newcomer.choose()
    newcomer.browser.get("registration.start", status=303)


def test_person_who_is_signed_in_is_led_home(client_request: ClientRequest, applicant: Person) -> None:
    client_request.sign_in(applicant)

    for endpoint in ("registration.start", "registration.code", "registration.password", "registration.done"):
        assert client_request.get(endpoint, status=303).location == client_request.address_of("desk.mine")


def test_steps_cannot_be_skipped(newcomer: Newcomer) -> None:
    newcomer.browser.get("registration.code", status=410)
    newcomer.browser.get("registration.password", status=410)
    newcomer.begin()

    assert newcomer.browser.get("registration.password", status=303).location.endswith("/register/code")
    assert newcomer.choose().location.endswith("/register/code")


# --- bad input


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param({"iin": "950821499917"}, "This is not an IIN", id="wrong IIN digit"),
        pytest.param({"birth_date": "22.08.1995"}, "The IIN has another birth date", id="birth date contradicts"),
        pytest.param({"sex": "male"}, "The IIN does not agree", id="sex contradicts"),
        pytest.param({"family_name": "Әбенова 2"}, "Type letters", id="digit in a name"),
        pytest.param({"given_name": "Aйгүл"}, "letters of one alphabet", id="Latin letter in a Cyrillic name"),
        pytest.param({"email": "aigul@"}, "Type an address", id="no address"),
        pytest.param({"phone": "123"}, "Type the number", id="no phone number"),
        pytest.param({"consent": ""}, "Without this consent", id="no consent"),
        pytest.param({"consent_version": "2020-01"}, "has changed meanwhile", id="consent to an older text"),
        pytest.param({"language": "de"}, "", id="another language"),
        pytest.param({"family_name": "  "}, "Type letters", id="spaces alone"),
    ],
)
def test_bad_input_is_refused_beside_its_field_and_nothing_typed_is_lost(
    newcomer: Newcomer, session: Session, typed: dict[str, str], words: str
) -> None:
    page = newcomer.begin(status=422, **typed)

    assert len(page.field_errors()) == 1
    assert words in page.field_errors()[0]
    kept = TYPED | typed
    shown = values(page)
    assert all(shown[name] == kept[name] for name in ("iin", "birth_date", "family_name", "email", "phone"))
    assert count(session, Registration) == count(session, Job) == 0


def test_empty_form_names_its_fields(newcomer: Newcomer) -> None:
    page = newcomer.browser.post("registration.begin", {}, status=422)

    assert len(page.field_errors()) == 9


@pytest.mark.parametrize("name", ["О'Коннор", "Мамин-Сибиряк", "Ізтілеуұлы", "D\u2019Arc"])
def test_names_with_apostrophes_and_hyphens_come_through(newcomer: Newcomer, session: Session, name: str) -> None:
    newcomer.register(family_name=name)

    assert session.scalars(select(Applicant.family_name)).one() == name


def test_name_is_shown_as_text(newcomer: Newcomer) -> None:
    page = newcomer.begin(status=422, family_name='"><b>x</b>')

    assert values(page)["family_name"] == '"><b>x</b>'


def test_mail_that_bounces_loses_nothing_and_the_address_can_be_corrected(
    newcomer: Newcomer, mailer: ListMailer, session: Session, clock: HandClock
) -> None:
    newcomer.begin(email="aigul@exmaple.kz")
    mailer.fail_with = smtplib.SMTPRecipientsRefused({"aigul@exmaple.kz": (550, b"no such host")})
    newcomer.run_jobs(HANDLERS)
    mailer.fail_with = None

    page = newcomer.browser.get("registration.code")
    form = newcomer.browser.get("registration.start")

    assert "aigul@exmaple.kz" in page.words()
    assert "A letter to a wrong address comes back to us" in page.words()
    assert values(form)["family_name"] == "Әбенова"
    assert values(form)["email"] == "aigul@exmaple.kz"
    newcomer.begin(email="aigul@example.kz")
    newcomer.confirm()
    newcomer.choose()
    assert session.scalars(select(Account.email)).one() == "aigul@example.kz"


def test_expired_code_is_refused_and_another_one_works(newcomer: Newcomer, clock: HandClock) -> None:
    newcomer.begin()
    code = newcomer.code()
    clock.advance(minutes=15)

    page = newcomer.confirm(code, status=422)

    assert "has expired" in page.field_errors()[0]
    newcomer.browser.post("registration.send_again")
    newcomer.confirm()


def test_code_of_an_older_letter_is_void(newcomer: Newcomer) -> None:
    newcomer.begin()
    older = newcomer.code()
    newcomer.browser.post("registration.send_again")

    assert "newest letter" in newcomer.confirm(older, status=422).field_errors()[0]
    newcomer.confirm()


def test_fifth_wrong_code_makes_even_the_right_one_void(newcomer: Newcomer) -> None:
    newcomer.begin()
    code = newcomer.code()
    wrong = "000000" if code != "000000" else "111111"

    messages = [newcomer.confirm(wrong, status=422).field_errors()[0] for _ in range(5)]

    assert ["Tries left" in message for message in messages] == [True] * 4 + [False]
    assert "void" in newcomer.confirm(code, status=422).field_errors()[0]
    newcomer.browser.post("registration.send_again")
    newcomer.confirm()


@pytest.mark.parametrize("form", ["{0} {1}", " {0}{1} ", "{0}-{1}"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_code_may_be_typed_in_groups(newcomer: Newcomer, form: str) -> None:
    newcomer.begin()
    code = newcomer.code()

    newcomer.confirm(form.format(code[:3], code[3:]))


@pytest.mark.parametrize(("password", "others"), [("short", {}), ("1234567890", {}), (NEW_PASSWORD, {"repeated": "x"})])
def test_unfit_password_is_refused_and_the_code_stays_confirmed(
    newcomer: Newcomer, session: Session, password: str, others: dict[str, str]
) -> None:
    newcomer.begin()
    newcomer.confirm()

    assert len(newcomer.choose(password, status=422, **others).field_errors()) == 1
    assert count(session, Account) == 0
    newcomer.choose()


# --- twice, late, again


def test_same_form_twice_is_one_registration_and_one_letter(newcomer: Newcomer, session: Session) -> None:
    newcomer.begin()
    newcomer.begin()

    assert count(session, Registration) == count(session, Job) == 1


def test_code_that_was_taken_may_be_sent_again(newcomer: Newcomer) -> None:
    newcomer.begin()
    code = newcomer.code()
    newcomer.confirm(code)

    assert newcomer.confirm(code).location.endswith("/register/password")
    assert newcomer.begin().location.endswith("/register/password")


def test_replayed_password_form_makes_no_second_account(
    newcomer: Newcomer, make_browser: Callable[[], ClientRequest], session: Session, app: Flask
) -> None:
    newcomer.begin()
    newcomer.confirm()
    before = newcomer.browser.session_content()
    newcomer.choose()
    replaying = Newcomer(make_browser(), newcomer.run_jobs, newcomer.mailer)
    with replaying.browser.browser.session_transaction() as kept:
        kept.update(before)

    answers = [replaying.choose(), replaying.begin(), replaying.confirm("123456")]

    assert {answer.location for answer in answers} == {replaying.browser.address_of("registration.done")}
    assert all(app.config["SESSION_COOKIE_NAME"] not in answer.headers.get("Set-Cookie", "") for answer in answers)
    assert "Sign in with your IIN" in replaying.browser.get("registration.done").words()
    assert count(session, Account) == count(session, Applicant) == 1


def test_other_details_need_another_code(newcomer: Newcomer) -> None:
    newcomer.begin()
    newcomer.confirm()

    answer = newcomer.begin(email="another@example.kz")

    assert answer.location.endswith("/register/code")
    assert newcomer.browser.get("registration.password", status=303).location.endswith("/register/code")


def test_registration_ends_with_its_hour_and_is_deleted_by_the_timer(
    newcomer: Newcomer, session: Session, clock: HandClock, app: Flask
) -> None:
    newcomer.begin()
    code = newcomer.code()
    clock.advance(minutes=60)

    page = newcomer.confirm(code, status=410)
    newcomer.browser.get("registration.code", status=410)
    (forget,) = (timer for timer in TIMERS if timer.name == "forget")
    with app.app_context():
        forget.run(app.extensions["synaq_tools"])

    assert "There is no registration to go on with" in page.words()
    assert count(session, Registration) == count(session, CodeAllowance) == 0
    assert "iin" in values(newcomer.browser.get("registration.start"))


def test_timer_leaves_what_still_counts(newcomer: Newcomer, session: Session, clock: HandClock, app: Flask) -> None:
    newcomer.begin()
    clock.advance(minutes=60, microseconds=-1)
    (forget,) = (timer for timer in TIMERS if timer.name == "forget")
    with app.app_context():
        forget.run(app.extensions["synaq_tools"])

    assert (count(session, Registration), count(session, CodeAllowance)) == (1, 2)


def test_stopping_deletes_what_was_typed(newcomer: Newcomer, session: Session) -> None:
    newcomer.begin()

    newcomer.browser.post("registration.stop")

    assert count(session, Registration) == 0
    assert values(newcomer.browser.get("registration.start"))["family_name"] == ""


def test_another_browser_sees_nothing_of_it(newcomer: Newcomer, make_newcomer: MakeNewcomer) -> None:
    newcomer.begin()
    other = make_newcomer()

    assert values(other.browser.get("registration.start"))["iin"] == ""
    other.confirm(newcomer.code(), status=410)


def test_cookie_and_table_hold_neither_code_nor_token(newcomer: Newcomer, session: Session) -> None:
    newcomer.begin()
    code = newcomer.code()

    row = session.scalars(select(Registration)).one()
    cookie = repr(newcomer.browser.session_content())
    assert not any(word in cookie for word in (IIN, "Айгүл", "aigul", code))
    stored = repr({column.key: getattr(row, column.key) for column in Registration.__table__.columns})
    assert code not in stored
    assert newcomer.browser.session_content()["registration"] not in stored


# --- letters are counted


def test_fourth_code_of_an_hour_waits_and_the_typed_form_stays(newcomer: Newcomer, clock: HandClock) -> None:
    newcomer.begin()
    clock.advance(minutes=10)
    for _ in range(2):
        newcomer.browser.post("registration.send_again")

    page = newcomer.browser.follow(newcomer.browser.post("registration.send_again"))
    form = newcomer.begin(status=429, given_name="Айнұр")

    assert "The next one can be sent after 11:00:00." in page.words()
    assert "after 11:00:00" in form.field_errors()[0]
    assert values(form)["given_name"] == "Айнұр"
    clock.set(MORNING + timedelta(hours=1))
    newcomer.begin(given_name="Айнұр")
    newcomer.confirm()


@pytest.mark.parametrize(
    "others", [pytest.param(OTHER, id="one address"), pytest.param({"email": "b@example.kz"}, id="one IIN")]
)
def test_letters_are_counted_for_address_and_for_iin(make_newcomer: MakeNewcomer, others: dict[str, str]) -> None:
    for _ in range(3):
        make_newcomer().begin()

    make_newcomer().begin(status=429, **others)
    make_newcomer().begin(**OTHER, email="b@example.kz")


def test_refused_letter_takes_nothing_from_the_allowance_of_another(make_newcomer: MakeNewcomer) -> None:
    for _ in range(3):
        make_newcomer().begin()
    for _ in range(3):
        make_newcomer().begin(status=429, email="b@example.kz")

    make_newcomer().begin(**OTHER, email="b@example.kz")


# --- an IIN that has an account


def test_letter_with_the_code_says_what_it_is_for(newcomer: Newcomer, mailer: ListMailer) -> None:
    newcomer.begin()
    code = newcomer.code()

    (letter,) = mailer.letters
    assert (letter.to, letter.subject) == ("aigul@example.kz", "Code for your registration with Synaq")
    assert f"\n{code}\n" in letter.body
    assert "until 10:15 (UTC+5)" in letter.body
    assert not any(word in letter.body for word in (IIN, "Айгүл", "Әбенова", "http"))


@pytest.mark.usefixtures("holder")
def test_holder_at_the_own_address_reads_that_there_is_an_account(
    newcomer: Newcomer, mailer: ListMailer, session: Session
) -> None:
    newcomer.begin(email="Holder@example.kz")
    newcomer.run_jobs(HANDLERS)

    (letter,) = mailer.letters
    assert (letter.to, letter.subject) == ("holder@example.kz", "You have an account with Synaq")
    assert "\nhttp://localhost/sign-in\n" in letter.body
    assert "\nhttp://localhost/password/forgotten\n" in letter.body
    assert IIN not in letter.body
    assert not re.search(r"\b[0-9]{6}\b", letter.body)


@pytest.mark.usefixtures("holder")
def test_letter_to_another_address_is_the_same_as_for_an_unknown_iin(
    make_newcomer: MakeNewcomer, mailer: ListMailer
) -> None:
    for typed in ({}, OTHER):
        newcomer = make_newcomer()
        newcomer.begin(**typed)
        newcomer.code()

    known, unknown = (re.sub(r"[0-9]{6}", "CODE", letter.body) for letter in mailer.letters)
    assert known == unknown
    assert mailer.letters[0].subject == mailer.letters[1].subject


def steps(newcomer: Newcomer, typed: dict[str, str]) -> list[tuple[int, str, str]]:
    """Answers to the same deeds: begin, look, mistype, ask again, mistype until it is void."""
    deeds = [newcomer.browser.get("registration.start"), newcomer.begin(**typed)]
    deeds += [newcomer.browser.get("registration.code"), newcomer.confirm("12345x", status=422)]
    deeds += [newcomer.browser.post("registration.send_again"), newcomer.browser.get("registration.code")]
    deeds += [newcomer.confirm("12345x", status=422) for _ in range(6)]
    deeds += [newcomer.browser.post("registration.send_again"), newcomer.browser.post("registration.send_again")]
    deeds += [newcomer.browser.get("registration.code")]
    token = re.compile(r'(name="csrf_token"[^>]*value=)"[^"]*"')
    return [(page.status, page.headers.get("Location", ""), token.sub(r"\1", page.text)) for page in deeds]


@pytest.mark.usefixtures("holder")
@pytest.mark.parametrize("address", ["stranger@example.kz", "holder@example.kz"])
def test_answers_are_equal_whether_the_iin_has_an_account(
    make_newcomer: MakeNewcomer, session: Session, address: str
) -> None:
    known = steps(make_newcomer(), {"email": address})
    session.query(CodeAllowance).delete()
    session.commit()

    unknown = steps(make_newcomer(), {**OTHER, "email": address})

    assert known == unknown
    assert count(session, Job) == 6


def test_second_registration_with_the_iin_opens_nothing_and_tells_the_holder(
    newcomer: Newcomer, holder: Person, mailer: ListMailer, session: Session
) -> None:
    newcomer.begin()
    newcomer.confirm()
    before = session.scalars(select(Account.password_hash)).one()

    pages = [newcomer.choose(status=409), newcomer.choose(status=409)]

    newcomer.run_jobs(HANDLERS)
    letter = mailer.letters[-1]
    assert all(page.h1 == "This IIN has an account" for page in pages)
    assert not any("holder@" in page.text for page in pages)
    assert [each.to for each in mailer.letters] == ["aigul@example.kz", "holder@example.kz"], "told once"
    assert letter.subject == "Somebody tried to register with your IIN"
    assert "aigul@example.kz" not in letter.body
    assert count(session, Account) == 1
    assert count(session, Applicant) == 0
    assert session.scalars(select(Account.password_hash)).one() == before
    (act,) = audit.about(session, str(holder.id))
    assert (act.kind, act.actor) == ("registration.account.refused", "anonymous")
    newcomer.browser.get("accounts.account", status=302)


def test_closed_account_is_not_opened_again(newcomer: Newcomer, make_account: MakeAccount, mailer: ListMailer) -> None:
    make_account(sign_in_name=IIN, email="aigul@example.kz", active=False)

    newcomer.begin()
    newcomer.confirm()
    newcomer.choose(status=409)

    newcomer.run_jobs(HANDLERS)
    assert [letter.subject for letter in mailer.letters] == ["Code for your registration with Synaq"]


def test_person_without_phone_and_consent_stays_valid(make_applicant: MakeApplicant, session: Session) -> None:
    enrolled: Enrolled = make_applicant()

    row = session.get(Applicant, enrolled.facts.id)
    assert row is not None
    assert (row.phone, row.consent_version, row.consented_at) == (None, None, None)


@pytest.mark.parametrize("endpoint", ["begin", "confirm", "send_again", "complete", "stop"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_post_without_a_token_is_refused(newcomer: Newcomer, endpoint: str) -> None:
    newcomer.begin()

    newcomer.browser.post(f"registration.{endpoint}", dict(TYPED), status=400, csrf=False)
