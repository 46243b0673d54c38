"""How does a person become an applicant?"""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.applicants import service
from app.applicants.errors import ApplicantNotFound, IinInvalid, NameUnusable
from app.applicants.queries import applicant_of_account, applicant_with_id, applicant_with_iin
from app.audit import queries as audit
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.applicants import MakeApplicant
from tests.kit.outside import CountedEntropy, HandClock

IIN = "950821499918"


def enrol(account: Person, session: Session, clock: HandClock, entropy: CountedEntropy, **facts: str) -> uuid.UUID:
    names = {"iin": IIN, "family_name": "Сейітова", "given_name": "Айгүл"} | facts
    command = service.EnrolApplicant(account_id=account.id, **names)
    return service.enrol(command, session=session, now=clock.now(), entropy=entropy)


def test_enrolled_person_is_found_by_account_id_and_iin(
    applicant: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    applicant_id = enrol(applicant, session, clock, entropy, patronymic="Ерланқызы")

    facts = applicant_with_id(applicant_id, session=session)

    assert facts == applicant_of_account(applicant.id, session=session) == applicant_with_iin(IIN, session=session)
    assert (facts.birth_date, facts.full_name) == (date(1995, 8, 21), "Сейітова Айгүл Ерланқызы")


def test_patronymic_may_be_absent(
    applicant: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    applicant_id = enrol(applicant, session, clock, entropy, patronymic="")

    facts = applicant_with_id(applicant_id, session=session)

    assert (facts.patronymic, facts.full_name) == (None, "Сейітова Айгүл")


def test_names_are_stored_in_one_written_form(
    applicant: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    applicant_id = enrol(applicant, session, clock, entropy, family_name="  Айтмағамбеи\u0306  Ұлы ")

    assert applicant_with_id(applicant_id, session=session).family_name == "Айтмағамбей Ұлы"


def test_wrong_iin_enters_nobody(
    applicant: Person, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    with pytest.raises(IinInvalid):
        enrol(applicant, session, clock, entropy, iin="950821499917")

    with pytest.raises(ApplicantNotFound):
        applicant_of_account(applicant.id, session=session)


def test_one_iin_is_one_person(
    make_account: MakeAccount, session: Session, clock: HandClock, entropy: CountedEntropy
) -> None:
    enrol(make_account(), session, clock, entropy)
    second = make_account()

    with pytest.raises(IntegrityError):
        enrol(second, session, clock, entropy)


def test_unknown_people_are_not_found(make_account: MakeAccount, session: Session) -> None:
    proctor = make_account(role=Role.PROCTOR)

    with pytest.raises(ApplicantNotFound):
        applicant_of_account(proctor.id, session=session)
    with pytest.raises(ApplicantNotFound):
        applicant_with_id(proctor.id, session=session)
    assert applicant_with_iin(IIN, session=session) is None


def test_log_entry_of_an_enrolment_names_nobody(make_applicant: MakeApplicant, session: Session) -> None:
    enrolled = make_applicant()

    (entry,) = audit.about(session, str(enrolled.facts.id))

    assert (entry.kind, entry.actor, dict(entry.facts)) == (
        "applicants.applicant.enrolled",
        str(enrolled.person.id),
        {},
    )


@pytest.mark.parametrize("name", ["", "  ", "а" * 61, "Иванов (Петров)", "Smith 2", "Ким <b>"])
def test_name_that_no_certificate_can_carry_is_refused(
    applicant: Person, session: Session, clock: HandClock, entropy: CountedEntropy, name: str
) -> None:
    with pytest.raises(NameUnusable):
        enrol(applicant, session, clock, entropy, family_name=name)


@pytest.mark.parametrize("name", ["О\u2019Коннор", "Мамин-Сибиряк", "де Ла Круз", "Ізтілеуұлы"])
def test_name_as_documents_have_it_is_taken(
    applicant: Person, session: Session, clock: HandClock, entropy: CountedEntropy, name: str
) -> None:
    applicant_id = enrol(applicant, session, clock, entropy, family_name=name)

    assert applicant_with_id(applicant_id, session=session).family_name == name
