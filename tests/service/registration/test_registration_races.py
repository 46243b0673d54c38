"""What happens when two finish, begin or try at the same moment?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.errors import CodeUsedUp, TooManyCodes, WrongCode
from app.accounts.models import Account
from app.accounts.rules import Person
from app.applicants.models import Applicant
from app.db import unit_of_work
from app.jobs.models import Job
from app.kernel.entropy import SystemEntropy
from app.registration import service
from app.registration.errors import IinHasAccount
from app.registration.models import Registration
from app.registration.rules import Details, Stage
from tests.kit.factories.sittings import at_once
from tests.kit.outside import MORNING

POST = service.Post(key=b"key", sign_in="http://localhost/sign-in", forgotten="http://localhost/password/forgotten")
PASSWORD = "eight calm horses"
DETAILS = Details(
    iin="950821499918",
    family_name="Әбенова",
    given_name="Айгүл",
    patronymic=None,
    email="aigul@example.kz",
    phone="+77011234567",
)

Act = Callable[[str], object]


@pytest.fixture
def begin(app: Flask) -> Act:
    """Return what begins a registration for a browser's token, in a unit of work of its own."""

    def act(token: str) -> object:
        command = service.BeginRegistration(token=token, details=DETAILS, language="kk", consent_version="2026-11")
        with app.app_context(), unit_of_work() as session:
            return service.begin(command, post=POST, session=session, now=MORNING, entropy=SystemEntropy())

    return act


@pytest.fixture
def confirm(app: Flask) -> Callable[[str, str], object]:
    def act(token: str, code: str) -> object:
        with app.app_context(), unit_of_work() as session:
            return service.confirm(token, code, key=POST.key, session=session, now=MORNING)

    return act


@pytest.fixture
def complete(app: Flask) -> Act:
    def act(token: str) -> object:
        with app.app_context(), unit_of_work() as session:
            return service.complete(token, PASSWORD, post=POST, session=session, now=MORNING, entropy=SystemEntropy())

    return act


@pytest.fixture
def confirmed(begin: Act, confirm: Callable[[str, str], object], session: Session) -> Act:
    """Return what brings a browser's registration to its last step."""

    def act(token: str) -> object:
        begin(token)
        codes = [job.payload["context"]["code"] for job in session.scalars(select(Job))]
        session.rollback()
        return [confirm(token, code) for code in codes]

    return act


def count(session: Session, table: type) -> int:
    session.rollback()
    return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def test_two_confirmations_of_one_iin_make_one_account(confirmed: Act, complete: Act, session: Session) -> None:
    for token in ("one", "other"):
        confirmed(token)

    outcomes = at_once(partial(complete, "one"), partial(complete, "other"))

    assert {type(outcome) for outcome in outcomes} == {Person, IinHasAccount}
    assert count(session, Account) == count(session, Applicant) == 1


def test_one_form_sent_ten_times_at_once_makes_one_account(confirmed: Act, complete: Act, session: Session) -> None:
    confirmed("one")

    outcomes = at_once(*[partial(complete, "one")] * 10)

    assert sum(isinstance(outcome, Person) for outcome in outcomes) == 1
    assert outcomes.count(None) == 9
    assert count(session, Account) == count(session, Applicant) == 1


def test_first_form_sent_ten_times_at_once_sends_one_letter(begin: Act, session: Session) -> None:
    outcomes = at_once(*[partial(begin, "one")] * 10)

    assert set(outcomes) == {Stage.CODE}
    assert count(session, Registration) == count(session, Job) == 1


def test_ten_browsers_at_once_get_three_letters(begin: Act, session: Session) -> None:
    outcomes = at_once(*[partial(begin, f"browser {number}") for number in range(10)])

    assert sum(outcome is Stage.CODE for outcome in outcomes) == 3
    assert sum(isinstance(outcome, TooManyCodes) for outcome in outcomes) == 7
    assert count(session, Registration) == count(session, Job) == 3


def test_ten_wrong_codes_at_once_are_all_counted(
    begin: Act, confirm: Callable[[str, str], object], session: Session
) -> None:
    begin("one")

    outcomes = at_once(*[partial(confirm, "one", "no code")] * 10)

    assert sum(isinstance(outcome, WrongCode) for outcome in outcomes) == 4
    assert sum(isinstance(outcome, CodeUsedUp) for outcome in outcomes) == 6
    assert session.scalars(select(Registration.wrong_codes)).one() == 10
