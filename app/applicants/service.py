"""How does a person become an applicant?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.applicants.rules import read_iin, read_name, require_printable
from app.audit import service as audit
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id


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
