"""How is an applicant made for a test?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Person
from app.applicants import service
from app.applicants.queries import ApplicantFacts, applicant_with_id
from app.applicants.rules import check_digit
from tests.kit.factories.accounts import MakeAccount
from tests.kit.outside import CountedEntropy, HandClock


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """An applicant and the account with which they sign in."""

    person: Person
    facts: ApplicantFacts


MakeApplicant = Callable[..., Enrolled]


def synthetic_iin(number: int) -> str:
    """Return a number that is valid in form: born on 15 May 1990, with a high serial."""
    serials = (f"9005153{serial:04d}" for serial in itertools.count(9000 - 20 * number))
    return next(eleven + digit for eleven in serials if (digit := check_digit(eleven)) is not None)


@pytest.fixture
def make_applicant(
    session: Session, clock: HandClock, entropy: CountedEntropy, make_account: MakeAccount
) -> MakeApplicant:
    """Return a maker of applicants with accounts: ``make_applicant(family_name="Ли")``."""
    numbers = itertools.count(1)

    def make(**facts: Any) -> Enrolled:
        iin = facts.pop("iin", None) or synthetic_iin(next(numbers))
        person = make_account(sign_in_name=iin)
        names = {"family_name": "Сейітова", "given_name": "Айгүл", "patronymic": "Ерланқызы"} | facts
        command = service.EnrolApplicant(account_id=person.id, iin=iin, **names)
        applicant_id = service.enrol(command, session=session, now=clock.now(), entropy=entropy)
        made = Enrolled(person=person, facts=applicant_with_id(applicant_id, session=session))
        session.commit()
        return made

    return make
