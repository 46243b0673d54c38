"""Who is the applicant behind an account?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.errors import ApplicantNotFound
from app.applicants.models import Applicant


@dataclass(frozen=True, kw_only=True)
class ApplicantFacts:
    """An applicant as the identity document names them."""

    id: uuid.UUID
    account_id: uuid.UUID
    iin: str
    family_name: str
    given_name: str
    patronymic: str | None
    birth_date: date

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.family_name, self.given_name, self.patronymic) if part)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How an applicant is reached beyond the address of their account."""

    account_id: uuid.UUID
    phone: str | None


def applicant_of_account(account_id: uuid.UUID, *, session: Session) -> ApplicantFacts:
    """Return the applicant who signs in with this account.

    Raises:
        ApplicantNotFound: The account is not an applicant's.
    """
    return _facts(session.scalar(select(Applicant).where(Applicant.account_id == account_id)))


def applicant_with_id(applicant_id: uuid.UUID, *, session: Session) -> ApplicantFacts:
    """Return the applicant. Raises ``ApplicantNotFound``."""
    return _facts(session.get(Applicant, applicant_id))


def applicant_with_iin(iin: str, *, session: Session) -> ApplicantFacts | None:
    row = session.scalar(select(Applicant).where(Applicant.iin == iin))
    return _facts(row) if row else None


def contact_of(applicant_id: uuid.UUID, *, session: Session) -> Contact:
    """Return account and phone of the applicant. Raises ``ApplicantNotFound``."""
    query = select(Applicant.account_id, Applicant.phone).where(Applicant.id == applicant_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise ApplicantNotFound
    return Contact(**row._mapping)


def _facts(row: Applicant | None) -> ApplicantFacts:
    if row is None:
        raise ApplicantNotFound
    return ApplicantFacts(
        id=row.id,
        account_id=row.account_id,
        iin=row.iin,
        family_name=row.family_name,
        given_name=row.given_name,
        patronymic=row.patronymic,
        birth_date=row.birth_date,
    )
