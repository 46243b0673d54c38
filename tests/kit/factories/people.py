"""How does somebody in a test come by a second factor or an invitation?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import factors
from app.accounts.rules import Person, Role
from app.accounts.totp import new_secret
from app.people import service
from tests.kit.outside import CountedEntropy, HandClock
from tests.kit.pages import Page

if TYPE_CHECKING:  # loaded by pytest after this one
    from tests.kit.factories.accounts import MakeAccount

ADDRESS = "dana@example.kz"


class Telephone:
    """An authenticator app, whose clock is that of the test."""

    def __init__(self, secret: str, clock: HandClock) -> None:
        self.secret = secret
        self.clock = clock

    @classmethod
    def scan(cls, page: Page, clock: HandClock) -> Telephone:
        """Take the key from a page, as it stands there in letters."""
        return cls(page.words(".//code[@class='factor-key']").replace(" ", ""), clock)

    def code(self) -> str:
        """Return the six digits of this moment."""
        return pyotp.TOTP(self.secret).at(self.clock.now())

    def wrong_code(self) -> str:
        """Return six digits that are not taken now."""
        steps = (-timedelta(seconds=30), timedelta(0), timedelta(seconds=30))
        near = {pyotp.TOTP(self.secret).at(self.clock.now() + step) for step in steps}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


Equip = Callable[[Person], tuple[Telephone, list[str]]]
MakeInvitation = Callable[..., tuple[uuid.UUID, str]]


@pytest.fixture
def equip(app: Flask, session: Session, clock: HandClock, entropy: CountedEntropy) -> Equip:
    """Return what sets up a second factor: ``telephone, recovery_codes = equip(person)``."""

    def act(person: Person) -> tuple[Telephone, list[str]]:
        telephone = Telephone(new_secret(entropy.token(20)), clock)
        codes = factors.set_up(
            person.id,
            telephone.secret,
            telephone.code(),
            key=app.config["SECRET_KEY"].encode(),
            session=session,
            now=clock.now(),
            entropy=entropy,
        )
        session.commit()
        clock.advance(seconds=30)  # the code is used up
        return telephone, codes

    return act


@pytest.fixture
def inviter(make_account: MakeAccount) -> Person:
    """The administrator who invites, unless a test says otherwise."""
    return make_account(role=Role.ADMINISTRATOR, display_name="Дана Асқарқызы")


@pytest.fixture
def make_invitation(session: Session, clock: HandClock, entropy: CountedEntropy, inviter: Person) -> MakeInvitation:
    """Return a maker of invitations: ``invitation_id, token = make_invitation(role=Role.EDITOR)``."""

    def make(actor: Person | None = inviter, **facts: Any) -> tuple[uuid.UUID, str]:
        command = service.Invite(
            **{"role": Role.EDITOR, "email": ADDRESS, "display_name": "Дана Әбенова", "language": "en"} | facts
        )
        tokens = [""]
        invitation_id = service.invite(
            command,
            actor=actor.id if actor else None,
            link_for=lambda token: tokens.append(token) or token,  # type: ignore[func-returns-value]  # both
            session=session,
            now=clock.now(),
            entropy=entropy,
        )
        session.commit()
        return invitation_id, tokens[-1]

    return make
