"""Does a checked signature open the account of its person, once?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.errors import AccountClosed
from app.accounts.rules import Person, Role
from app.accounts.service import close_account
from app.audit import queries as audit
from app.db import unit_of_work
from app.eds.people import NamedPerson
from app.eds.revocation import Revocation
from app.eds.verifier import Signatory
from app.signature import service
from app.signature.errors import ChallengeOver, ChallengeUsed, NobodyRegistered
from app.signature.models import SignatureChallenge
from app.signature.rules import Challenge
from tests.kit.eds import IIN
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.sittings import at_once
from tests.kit.outside import MORNING, HandClock

CHALLENGE = Challenge(origin="https://test.gov.kz", nonce="ab" * 32, made_at=MORNING)
ASEL = Signatory(person=NamedPerson(iin=IIN, name="ТЕСТОВ ТЕСТ"), certificate="cd" * 32, revocation=Revocation.BY_LIST)


@pytest.fixture
def asel(make_account: MakeAccount, session: Session) -> Person:
    person = make_account(sign_in_name=IIN)
    session.commit()
    return person


def test_signature_signs_its_person_in_and_the_log_says_how(asel: Person, session: Session) -> None:
    outcome = service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING)
    session.commit()

    assert outcome == asel
    (opened,) = audit.about(session, str(asel.id))
    assert opened.kind == "accounts.session.opened"
    assert opened.facts == {"way": "signature", "certificate": "cd" * 32, "revocation": "crl"}


def test_text_is_used_once(asel: Person, session: Session) -> None:
    service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING)
    session.commit()

    with pytest.raises(ChallengeUsed):
        service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING)

    assert service.sign_in(ASEL, replace(CHALLENGE, nonce="ef" * 32), session=session, now=MORNING) == asel


def test_of_two_at_the_same_moment_one_is_let_in(app: Flask, asel: Person) -> None:
    def attempt() -> object:
        with app.app_context(), unit_of_work() as session:
            try:
                return service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING)
            except ChallengeUsed as used:
                return used

    outcomes = at_once(attempt, attempt)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ChallengeUsed", "Person"]


def test_late_signature_opens_nothing(asel: Person, session: Session) -> None:
    with pytest.raises(ChallengeOver):
        service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING + timedelta(minutes=5))


def test_who_is_not_registered_is_told_so_and_the_text_is_used_up(session: Session) -> None:
    outcome = service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING)
    session.commit()

    assert isinstance(outcome, NobodyRegistered)
    with pytest.raises(ChallengeUsed):
        service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING)


def test_closed_account_stays_closed(asel: Person, session: Session) -> None:
    close_account(asel.id, actor="administrator", session=session, now=MORNING)

    outcome = service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING)
    session.commit()

    assert isinstance(outcome, AccountClosed)
    assert [entry.kind for entry in audit.about(session, str(asel.id))] == ["accounts.account.closed"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPLICANT])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_staff_are_not_let_in_by_an_iin(make_account: MakeAccount, session: Session, role: Role) -> None:
    make_account(role=role, sign_in_name=IIN)

    assert isinstance(service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING), NobodyRegistered)


def test_used_texts_are_forgotten_when_they_are_over(session: Session, clock: HandClock) -> None:
    service.sign_in(ASEL, CHALLENGE, session=session, now=MORNING)
    kept = select(func.count()).select_from(SignatureChallenge)
    service.forget_old(session=session, now=clock.advance(minutes=4))
    assert session.scalar(kept) == 1

    service.forget_old(session=session, now=clock.advance(minutes=1))

    assert session.scalar(kept) == 0
