"""How does a person become an applicant, and how is one barred for a while?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.rules import ERASED_NAME
from app.applicants.errors import ActEntered, ActInFuture, ApplicantNotFound, BanLifted, BanNotFound, NoBanFollows
from app.applicants.models import Applicant, Ban
from app.applicants.queries import BanFacts, ban_facts
from app.applicants.rules import (
    ERASED_IIN_BYTES,
    NO_BIRTH_DATE,
    erased_iin,
    read_iin,
    read_name,
    read_phone,
    require_printable,
)
from app.audit import service as audit
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from question_bank.programme import Programme
from question_bank.scoring import ban_ends_on


@dataclass(frozen=True, kw_only=True)
class Consent:
    """That a person agreed to the processing of their data: to which text, and when."""

    version: str
    given_at: datetime


@dataclass(frozen=True, kw_only=True)
class EnrolApplicant:
    """Names as the identity document prints them."""

    account_id: uuid.UUID
    iin: str
    family_name: str
    given_name: str
    patronymic: str | None = None
    phone: str | None = None
    consent: Consent | None = None
    """None where somebody else enters the person, who then agrees on paper."""


def enrol(command: EnrolApplicant, *, session: Session, now: datetime, entropy: Entropy) -> uuid.UUID:
    """Enter a person whose account exists. The birth date is the one that the IIN carries.

    Raises:
        IinInvalid, NameUnusable: See ``rules``.
    """
    read = read_iin(command.iin)
    family, given = read_name(command.family_name), read_name(command.given_name)
    patronymic = read_name(command.patronymic) if command.patronymic else None
    require_printable(family, given, patronymic or "")
    row = Applicant(
        id=new_id(now, entropy),
        account_id=command.account_id,
        iin=read.iin,
        family_name=family,
        given_name=given,
        patronymic=patronymic,
        birth_date=read.birth_date,
        phone=command.phone,
        consent_version=command.consent and command.consent.version,
        consented_at=command.consent and command.consent.given_at,
        created_at=now,
    )
    session.add(row)
    session.flush()
    audit.record("applicants.applicant.enrolled", session=session, at=now, actor=command.account_id, subject=row.id)
    if command.consent:
        facts = {"version": command.consent.version, "given_at": command.consent.given_at}
        audit.record(
            "applicants.consent.given", session=session, at=now, actor=command.account_id, subject=row.id, **facts
        )
    return row.id


def change_phone(account_id: uuid.UUID, phone: str, *, session: Session, now: datetime) -> None:
    """Note another phone number of the applicant who signs in with this account.

    Raises:
        PhoneUnusable: It is none.
        ApplicantNotFound: The account is not an applicant's.
    """
    number = read_phone(phone)
    row = session.scalar(select(Applicant).where(Applicant.account_id == account_id).with_for_update())
    if row is None:
        raise ApplicantNotFound
    row.phone = number
    audit.record("applicants.phone.changed", session=session, at=now, actor=account_id, subject=row.id)


@dataclass(frozen=True, kw_only=True)
class ImposeBan:
    """An act on a violation of the rules, as it was drawn up."""

    applicant_id: uuid.UUID
    reference: str
    """Number of the act."""
    act_on: date
    programme: Programme
    """Whose rule says how long it bars the person."""
    description: str
    """What was seen."""
    booking_id: uuid.UUID | None = None
    sitting_id: uuid.UUID | None = None


def impose_ban(command: ImposeBan, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy) -> BanFacts:
    """Bar a person from testing, from the day of the act for as long as the programme says.

    Raises:
        ActInFuture: The act is dated after today.
        NoBanFollows: The programme bars nobody.
        ActEntered: An act of this number is entered for this person already.

    Basis:
        ``retest.violation_ban`` of the programme, counted from the day of the act.
    """
    ends_on = ban_ends_on(command.act_on, command.programme)
    if command.act_on > local_day(now):
        raise ActInFuture
    if ends_on <= command.act_on:
        raise NoBanFollows
    row = Ban(
        id=new_id(now, entropy),
        applicant_id=command.applicant_id,
        reference=command.reference,
        act_on=command.act_on,
        starts_at=start_of_local_day(command.act_on),
        ends_at=start_of_local_day(ends_on),
        programme_code=command.programme.code,
        programme_version=command.programme.version,
        description=command.description,
        booking_id=command.booking_id,
        sitting_id=command.sitting_id,
        imposed_by=actor,
        imposed_at=now,
    )
    _insert_ban(row, session)
    audit.record(
        "applicants.ban.imposed",
        session=session,
        at=now,
        actor=actor,
        subject=row.id,
        applicant=row.applicant_id,
        reference=row.reference,
        act_on=row.act_on,
        ends_at=row.ends_at,
        sitting=row.sitting_id,
    )
    return ban_facts(row)


def lift_ban(ban_id: uuid.UUID, reason: str, *, actor: uuid.UUID | str, session: Session, now: datetime) -> BanFacts:
    """End a ban for good, and say why.

    Raises:
        BanNotFound: There is none.
        BanLifted: It was lifted before.
    """
    row = session.scalar(
        select(Ban).where(Ban.id == ban_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise BanNotFound
    if row.lifted_at is not None:
        raise BanLifted
    row.lifted_at, row.lifted_reason = now, reason
    audit.record(
        "applicants.ban.lifted", session=session, at=now, actor=actor, subject=row.id, applicant=row.applicant_id
    )
    return ban_facts(row)


def _insert_ban(row: Ban, session: Session) -> None:
    """Of two that enter the same act at once, the constraint lets one in."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as taken:
        known = select(Ban.id).where(Ban.applicant_id == row.applicant_id, Ban.reference == row.reference)
        raise ActEntered(ban_id=session.scalar(known)) from taken


def hold(applicant_id: uuid.UUID, *, session: Session) -> None:
    """Keep a person to one act at a time until the end of the unit of work: a double click, or two tabs, queue here."""
    session.execute(select(Applicant.id).where(Applicant.id == applicant_id).with_for_update(key_share=True))


def hold_registered(applicant_id: uuid.UUID, *, session: Session) -> None:
    """Hold a person as ``hold`` does, and refuse one whose data were erased: nothing begins for them any more.

    Raises:
        ApplicantNotFound: There is no such person, or not any more.
    """
    hold(applicant_id, session=session)
    present = select(Applicant.id).where(Applicant.id == applicant_id, Applicant.erased_at.is_(None))
    if session.scalar(present) is None:
        raise ApplicantNotFound


def note_export(applicant_id: uuid.UUID, form: str, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Record that everything held about a person was handed out, and in which form. Does not commit."""
    audit.record("applicants.data.exported", session=session, at=now, actor=actor, subject=applicant_id, form=form)


def erase(
    applicant_id: uuid.UUID,
    *,
    keep_identity: bool,
    actor: uuid.UUID,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    """Erase the phone number, and names, IIN and birth date too unless results rest on them. Does not commit.

    Raises:
        ApplicantNotFound: There is no such applicant.
    """
    row = session.get(Applicant, applicant_id, with_for_update=True)
    if row is None:
        raise ApplicantNotFound
    row.phone, row.erased_at = None, now
    if not keep_identity:
        row.family_name, row.given_name, row.patronymic = ERASED_NAME, ERASED_NAME, None
        row.iin, row.birth_date = erased_iin(entropy.token(ERASED_IIN_BYTES)), NO_BIRTH_DATE
    session.flush()
    facts = {"identity_kept": keep_identity}
    audit.record("applicants.applicant.erased", session=session, at=now, actor=actor, subject=applicant_id, **facts)
