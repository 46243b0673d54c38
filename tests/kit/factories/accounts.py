"""How is an account made for a test?"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.accounts import passwords, service
from app.accounts.models import Account
from app.accounts.rules import Person, Role
from tests.kit.outside import CountedEntropy, HandClock

PASSWORD = "seven calm horses"
"""The password of every account that a test makes."""

CENTRE = uuid.UUID("019a0000-0000-7000-8000-0000000000ce")
"""Where proctors act unless a test says otherwise."""

MakeAccount = Callable[..., Person]


@cache
def _password_hash() -> str:
    """Made once: hashing is slow on purpose."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def make_account(session: Session, clock: HandClock, entropy: CountedEntropy) -> MakeAccount:
    """Return a maker of accounts: ``make_account(role=Role.PROCTOR, centre_id=…)`` gives a ``Person``."""
    numbers = itertools.count(1)

    def make(role: Role = Role.APPLICANT, **facts: Any) -> Person:
        number = next(numbers)
        applicant = role is Role.APPLICANT
        facts = {
            "id": uuid.UUID(bytes=entropy.token(16), version=4),
            "sign_in_name": f"{number:012d}" if applicant else f"{role.value}{number}@example.kz",
            "email": f"{role.value}{number}@example.kz",
            "display_name": f"{role.value.title()} {number}",
            "centre_id": CENTRE if role is Role.PROCTOR else None,
            "password_hash": _password_hash(),
            "language": "en",
            "created_at": clock.now(),
        } | facts
        account = Account(role=role, **facts)
        session.add(account)
        session.flush()
        return service._person(account)

    return make


@pytest.fixture
def applicant(make_account: MakeAccount) -> Person:
    """An ordinary applicant."""
    return make_account()
