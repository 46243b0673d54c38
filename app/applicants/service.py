"""How does a person become an applicant?"""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.applicants.rules import read_iin
from app.audit import service as audit
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id


@dataclass(frozen=True, kw_only=True)
class EnrolApplicant:
    """Names as the identity document prints them."""

    account_id: uuid.UUID
    iin: str
    family_name: str
    given_name: str
    patronymic: str | None = None


def enrol(command: EnrolApplicant, *, session: Session, now: datetime, entropy: Entropy) -> uuid.UUID:
    """Enter a person whose account exists. The birth date is the one that the IIN carries.

    Raises:
        IinInvalid: See ``rules.read_iin``.
    """
    read = read_iin(command.iin)
    row = Applicant(
        id=new_id(now, entropy),
        account_id=command.account_id,
        iin=read.iin,
        family_name=_normal(command.family_name),
        given_name=_normal(command.given_name),
        patronymic=_normal(command.patronymic) if command.patronymic else None,
        birth_date=read.birth_date,
        created_at=now,
    )
    session.add(row)
    session.flush()
    audit.record("applicants.applicant.enrolled", session=session, at=now, actor=command.account_id, subject=row.id)
    return row.id


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()))
