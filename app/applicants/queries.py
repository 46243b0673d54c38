"""Who is the applicant behind an account?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.errors import ApplicantNotFound, BanNotFound
from app.applicants.models import Applicant, Ban
from app.applicants.rules import Sex, read_iin


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
    def sex(self) -> Sex:
        return read_iin(self.iin).sex

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.family_name, self.given_name, self.patronymic) if part)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How an applicant is reached beyond the address of their account."""

    account_id: uuid.UUID
    phone: str | None


@dataclass(frozen=True, kw_only=True)
class BanFacts:
    """A ban as its row states it; it bars in the half-open period [starts_at, ends_at) unless it was lifted."""

    id: uuid.UUID
    applicant_id: uuid.UUID
    reference: str
    """Number of the act on the violation."""
    act_on: date
    starts_at: datetime
    ends_at: datetime
    programme_code: str
    programme_version: str
    description: str
    booking_id: uuid.UUID | None
    sitting_id: uuid.UUID | None
    imposed_by: uuid.UUID
    imposed_at: datetime
    lifted_at: datetime | None
    lifted_reason: str | None

    def runs_at(self, now: datetime) -> bool:
        """Say whether it bars at ``now``; the moment at which it ends is free again."""
        return self.lifted_at is None and self.starts_at <= now < self.ends_at

    def kept_out_at(self, moment: datetime) -> bool:
        """Say whether a start was refused for it at a moment gone by: from its entry until it ended or was lifted."""
        until = min(self.ends_at, self.lifted_at or self.ends_at)
        return max(self.starts_at, self.imposed_at) <= moment < until


@dataclass(frozen=True, kw_only=True)
class ApplicantRecord:
    """Everything that is kept of an applicant in their own row."""

    facts: ApplicantFacts
    phone: str | None
    consent_version: str | None
    consented_at: datetime | None
    erased_at: datetime | None
    created_at: datetime


def applicant_record(applicant_id: uuid.UUID, *, session: Session) -> ApplicantRecord:
    """Return what is kept of an applicant. Raises ``ApplicantNotFound``."""
    row = session.get(Applicant, applicant_id, populate_existing=True)
    if row is None:
        raise ApplicantNotFound
    return ApplicantRecord(
        facts=_facts(row),
        phone=row.phone,
        consent_version=row.consent_version,
        consented_at=row.consented_at,
        erased_at=row.erased_at,
        created_at=row.created_at,
    )


def applicant_of_account(account_id: uuid.UUID, *, session: Session) -> ApplicantFacts:
    """Return the applicant who signs in with this account.

    Raises:
        ApplicantNotFound: The account is not an applicant's.
    """
    return _facts(session.scalar(select(Applicant).where(Applicant.account_id == account_id)))


def phone_of_account(account_id: uuid.UUID, *, session: Session) -> str | None:
    """Return the phone number of an applicant, if one is known.

    Raises:
        ApplicantNotFound: The account is not an applicant's.
    """
    row = session.scalar(select(Applicant).where(Applicant.account_id == account_id))
    if row is None:
        raise ApplicantNotFound
    return row.phone


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


def running_ban(applicant_id: uuid.UUID, *, session: Session, now: datetime) -> BanFacts | None:
    """Return the ban that keeps this person from testing now; of several, the one that ends last."""
    query = select(Ban).where(
        Ban.applicant_id == applicant_id, Ban.lifted_at.is_(None), Ban.starts_at <= now, Ban.ends_at > now
    )
    row = session.scalar(query.order_by(Ban.ends_at.desc(), Ban.id).limit(1))
    return ban_facts(row) if row else None


def bans_of(applicant_id: uuid.UUID, *, session: Session) -> list[BanFacts]:
    """Return all bans of a person, lifted ones too, the newest act first."""
    query = select(Ban).where(Ban.applicant_id == applicant_id).order_by(Ban.act_on.desc(), Ban.id.desc())
    return [ban_facts(row) for row in session.scalars(query)]


def latest_bans(limit: int, *, session: Session) -> list[BanFacts]:
    """Return the bans that were imposed last, the newest first."""
    return [ban_facts(row) for row in session.scalars(select(Ban).order_by(Ban.id.desc()).limit(limit))]


def ban_with_id(ban_id: uuid.UUID, *, session: Session) -> BanFacts:
    """Return the ban, whosever it is. Raises ``BanNotFound``."""
    row = session.get(Ban, ban_id, populate_existing=True)
    if row is None:
        raise BanNotFound
    return ban_facts(row)


def ban_ids(*, session: Session) -> set[uuid.UUID]:
    """Return the ids of all bans."""
    return set(session.scalars(select(Ban.id)))


def lifted_ban_ids(*, session: Session) -> set[uuid.UUID]:
    """Return the ids of the bans that were lifted."""
    return set(session.scalars(select(Ban.id).where(Ban.lifted_at.is_not(None))))


def ban_facts(row: Ban) -> BanFacts:
    """Freeze a row."""
    return BanFacts(
        id=row.id,
        applicant_id=row.applicant_id,
        reference=row.reference,
        act_on=row.act_on,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        programme_code=row.programme_code,
        programme_version=row.programme_version,
        description=row.description,
        booking_id=row.booking_id,
        sitting_id=row.sitting_id,
        imposed_by=row.imposed_by,
        imposed_at=row.imposed_at,
        lifted_at=row.lifted_at,
        lifted_reason=row.lifted_reason,
    )


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
