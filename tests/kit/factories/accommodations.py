"""How are special conditions asked for and granted in a test?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from app.accommodations import service
from app.accommodations.rules import Granted, Wish
from app.accommodations.service import Decision
from app.accounts.rules import Person
from tests.kit.outside import CountedEntropy, HandClock

if TYPE_CHECKING:  # loaded by pytest after this one
    from tests.kit.factories.applicants import Enrolled

EVERYTHING = Wish(accessible=True, extra_time=True, reader=True, words="A seat near the door", document="No. 12345")
ORDINARY_GRANT = Granted(extra_percent=25, accessible=True, reader=True)

Ask = Callable[..., uuid.UUID]
GrantTo = Callable[..., uuid.UUID]


@pytest.fixture
def ask_for(session: Session, clock: HandClock, entropy: CountedEntropy) -> Ask:
    """Return what asks for special conditions: ``ask_for(who, Wish(reader=True))``; for all unless it says what."""

    def ask(who: Enrolled, wish: Wish = EVERYTHING) -> uuid.UUID:
        asked = service.ask(who.facts.id, wish, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return asked

    return ask


@pytest.fixture
def grant_to(session: Session, clock: HandClock, ask_for: Ask, administrator: Person) -> GrantTo:
    """Return what asks and grants at once: ``grant_to(who, Granted(extra_percent=25))``; all unless it says what."""

    def grant(who: Enrolled, granted: Granted = ORDINARY_GRANT, until: date | None = None) -> uuid.UUID:
        asked = ask_for(who)
        decision = Decision(accommodation_id=asked, actor=administrator.id, reason="The document was seen.")
        service.grant(decision, granted, until, session=session, now=clock.now())
        session.commit()
        return asked

    return grant
