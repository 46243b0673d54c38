"""Who has an account?"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.accounts.rules import Person, Role


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whose a sign-in name is, and where letters go."""

    id: uuid.UUID
    email: str | None
    display_name: str
    language: str
    active: bool


def person(account_id: uuid.UUID, session: Session) -> Person | None:
    """Return the person of an active account, as every request of a signed-in person asks."""
    columns = (
        Account.id,
        Account.role,
        Account.display_name,
        Account.centre_id,
        Account.language,
        Account.epoch,
    )
    row = session.execute(select(*columns).where(Account.id == account_id, Account.active.is_(True))).one_or_none()
    return None if row is None else Person(**row._mapping)


def active_people(roles: Collection[Role], session: Session) -> list[Person]:
    """Return the people with one of these roles whose accounts are active, by name."""
    columns = (
        Account.id,
        Account.role,
        Account.display_name,
        Account.centre_id,
        Account.language,
        Account.epoch,
    )
    query = select(*columns).where(Account.role.in_(roles), Account.active.is_(True))
    return [Person(**row._mapping) for row in session.execute(query.order_by(Account.display_name, Account.id))]


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


def display_names(account_ids: Collection[uuid.UUID], session: Session) -> dict[uuid.UUID, str]:
    """Return the names of several people, closed accounts too; for pages about the past."""
    query = select(Account.id, Account.display_name).where(Account.id.in_(account_ids))
    return dict(session.execute(query).all())


def active_by_role(session: Session) -> dict[Role, int]:
    """Return how many active accounts each role has; every role is there."""
    query = select(Account.role, func.count()).where(Account.active.is_(True)).group_by(Account.role)
    return dict.fromkeys(Role, 0) | dict(session.execute(query).all())
