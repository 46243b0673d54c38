"""What did this browser type so far?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.rules import Sex, read_iin
from app.registration.models import Registration
from app.registration.rules import Stage


@dataclass(frozen=True, kw_only=True)
class RegistrationFacts:
    """A registration that is not over. ``birth_date`` and ``sex`` are those of the IIN, with which they agreed."""

    stage: Stage
    iin: str
    birth_date: date
    sex: Sex
    family_name: str
    given_name: str
    patronymic: str | None
    email: str
    phone: str
    language: str
    code_expires_at: datetime


def registration_of(token: str, *, session: Session, now: datetime) -> RegistrationFacts | None:
    """Return the registration of a browser, or None: not begun, stopped, or its hour is over."""
    query = select(Registration).where(Registration.token_hash == hash_of_token(token), Registration.expires_at > now)
    row = session.scalars(query).one_or_none()
    if row is None:
        return None
    number = read_iin(row.iin)
    return RegistrationFacts(
        stage=_stage(row),
        iin=row.iin,
        birth_date=number.birth_date,
        sex=number.sex,
        family_name=row.family_name,
        given_name=row.given_name,
        patronymic=row.patronymic,
        email=row.email,
        phone=row.phone,
        language=row.language,
        code_expires_at=row.code_expires_at,
    )


def hash_of_token(token: str) -> str:
    """Return what is kept of a browser's token; it is too long to be guessed, so no key is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _stage(row: Registration) -> Stage:
    if row.account_id is not None:
        return Stage.NOTHING
    return Stage.CODE if row.confirmed_at is None else Stage.PASSWORD
