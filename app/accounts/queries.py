"""Who has an account?"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accounts.errors import AccountNotFound
from app.accounts.models import Account, EmailChange, RecoveryCode, SecondFactor
from app.accounts.rules import STAFF, Person, Role, role_over
from app.kernel.clock import local_day


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whose a sign-in name is, and where letters go."""

    id: uuid.UUID
    email: str | None
    display_name: str
    language: str
    active: bool


@dataclass(frozen=True, kw_only=True)
class StaffFacts:
    """Somebody behind the desk, as administrators see them."""

    id: uuid.UUID
    sign_in_name: str
    display_name: str
    role: Role
    centre_id: uuid.UUID | None
    body_id: uuid.UUID | None
    language: str
    active: bool
    ends_on: date | None
    created_at: datetime
    factor_set_up_at: datetime | None

    def is_over(self, now: datetime) -> bool:
        return not self.active or role_over(self.ends_on, local_day(now))


@dataclass(frozen=True, kw_only=True)
class FactorFacts:
    """A second factor that is set up."""

    set_up_at: datetime
    codes_left: int


def person(account_id: uuid.UUID, session: Session, *, now: datetime) -> Person | None:
    """Return the person of an active account, as every request of a signed-in person asks."""
    row = session.execute(_people(now).where(Account.id == account_id)).one_or_none()
    return None if row is None else Person(**row._mapping)


def active_people(roles: Collection[Role], session: Session, *, now: datetime) -> list[Person]:
    """Return the people with one of these roles whose accounts are active, by name."""
    query = _people(now).where(Account.role.in_(roles)).order_by(Account.display_name, Account.id)
    return [Person(**row._mapping) for row in session.execute(query)]


def factor_of(account_id: uuid.UUID, session: Session) -> FactorFacts | None:
    """Return the second factor of an account, or None."""
    factor = session.get(SecondFactor, account_id)
    if factor is None:
        return None
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account_id)
    return FactorFacts(set_up_at=factor.set_up_at, codes_left=session.execute(left).scalar_one())


def email_of(account_id: uuid.UUID, session: Session) -> str | None:
    """Return where the letters of a person go."""
    return session.scalar(select(Account.email).where(Account.id == account_id))


def wished_address(account_id: uuid.UUID, session: Session) -> str | None:
    """Return the address that waits for its code, or None."""
    waiting = select(EmailChange.email).where(EmailChange.account_id == account_id, EmailChange.code_hash != "")
    return session.scalar(waiting)


def staff(
    *, role: Role | None = None, name: str = "", offset: int = 0, limit: int, session: Session
) -> list[StaffFacts]:
    """Return people behind the desk by name, those whose account is closed last.

    Args:
        role: Of this role only.
        name: A part of the name or of the sign-in name, in any case of letters.
        offset: How many to leave out.
        limit: How many at most.
        session: The unit of work.
    """
    query = _staff().order_by(Account.active.desc(), Account.display_name, Account.id)
    if role is not None:
        query = query.where(Account.role == role)
    if name:
        # SQLite's lower() knows Latin letters only: three spellings find a name in Cyrillic as people type it.
        spellings = {name, name.lower(), name.capitalize(), name.title(), name.upper()}
        shown = [Account.display_name.contains(spelling, autoescape=True) for spelling in sorted(spellings)]
        query = query.where(or_(*shown, Account.sign_in_name.contains(name.lower(), autoescape=True)))
    return [StaffFacts(**row._mapping) for row in session.execute(query.offset(offset).limit(limit))]


def staff_with_id(account_id: uuid.UUID, session: Session) -> StaffFacts:
    """Return one of the people behind the desk.

    Raises:
        AccountNotFound: There is none of this id; an applicant is none.
    """
    row = session.execute(_staff().where(Account.id == account_id)).one_or_none()
    if row is None:
        raise AccountNotFound
    return StaffFacts(**row._mapping)


def staff_named(name: str, session: Session) -> StaffFacts | None:
    """Return who signs in behind the desk under a normalised name, or None."""
    row = session.execute(_staff().where(Account.sign_in_name == name)).one_or_none()
    return None if row is None else StaffFacts(**row._mapping)


def administrators_that_stay(*, session: Session) -> list[uuid.UUID]:
    """Return the active administrators whose role has no end, and hold their rows: of two ends one waits."""
    query = select(Account).where(
        Account.role == Role.ADMINISTRATOR, Account.active.is_(True), Account.ends_on.is_(None)
    )
    rows = session.scalars(query.order_by(Account.id).with_for_update().execution_options(populate_existing=True))
    return [row.id for row in rows]


def _people(now: datetime) -> Any:
    columns = (
        Account.id,
        Account.role,
        Account.display_name,
        Account.centre_id,
        Account.body_id,
        Account.language,
        Account.epoch,
        SecondFactor.account_id.is_not(None).label("has_factor"),
    )
    open_now = or_(Account.ends_on.is_(None), Account.ends_on > local_day(now))
    query = select(*columns).outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
    return query.where(Account.active.is_(True), open_now)


def _staff() -> Any:
    columns = (
        Account.id,
        Account.sign_in_name,
        Account.display_name,
        Account.role,
        Account.centre_id,
        Account.body_id,
        Account.language,
        Account.active,
        Account.ends_on,
        Account.created_at,
        SecondFactor.set_up_at.label("factor_set_up_at"),
    )
    query = select(*columns).outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
    return query.where(Account.role.in_(STAFF))


def sign_in_name(account_id: uuid.UUID, session: Session) -> str:
    """Return the name under which a person signs in."""
    return session.execute(select(Account.sign_in_name).where(Account.id == account_id)).scalar_one()


def account_named(name: str, session: Session) -> uuid.UUID | None:
    """Return the account that signs in under a normalised name, active or not."""
    return session.scalar(select(Account.id).where(Account.sign_in_name == name))


def holder_of(name: str, session: Session) -> Holder | None:
    """Return who signs in under a normalised name, active or not."""
    columns = (Account.id, Account.email, Account.display_name, Account.language, Account.active)
    row = session.execute(select(*columns).where(Account.sign_in_name == name)).one_or_none()
    return None if row is None else Holder(**row._mapping)


def holder_with_id(account_id: uuid.UUID, session: Session) -> Holder:
    """Return whose an account is, active or not."""
    columns = (Account.id, Account.email, Account.display_name, Account.language, Account.active)
    return Holder(**session.execute(select(*columns).where(Account.id == account_id)).one()._mapping)


@dataclass(frozen=True, kw_only=True)
class AccountRecord:
    """Everything that an account holds about its person, but for the hash of the password."""

    id: uuid.UUID
    sign_in_name: str
    email: str | None
    display_name: str
    language: str
    active: bool
    created_at: datetime


def account_record(account_id: uuid.UUID, session: Session) -> AccountRecord:
    """Return what is kept of an account, active or not."""
    names = ("id", "sign_in_name", "email", "display_name", "language", "active", "created_at")
    query = select(*(getattr(Account, name) for name in names)).where(Account.id == account_id)
    return AccountRecord(**session.execute(query).one()._mapping)


def display_names(account_ids: Collection[uuid.UUID], session: Session) -> dict[uuid.UUID, str]:
    """Return the names of several people, closed accounts too; for pages about the past."""
    query = select(Account.id, Account.display_name).where(Account.id.in_(account_ids))
    return dict(session.execute(query).all())


def active_by_role(session: Session) -> dict[Role, int]:
    """Return how many active accounts each role has; every role is there."""
    query = select(Account.role, func.count()).where(Account.active.is_(True)).group_by(Account.role)
    return dict.fromkeys(Role, 0) | dict(session.execute(query).all())
