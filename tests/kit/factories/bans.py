"""How is a person barred in a test?"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Role
from app.applicants import service
from app.applicants.queries import BanFacts
from app.kernel.clock import local_day
from app.kernel.rulebook import programmes
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.bookings import CERTIFYING
from tests.kit.outside import CountedEntropy, HandClock

MakeBan = Callable[..., BanFacts]


@pytest.fixture
def make_ban(session: Session, clock: HandClock, entropy: CountedEntropy, make_account: MakeAccount) -> MakeBan:
    """Return a maker of bans: ``make_ban(applicant_id, act_on=…)``; the act is of today unless it is given."""
    numbers = itertools.count(1)

    def make(applicant_id: uuid.UUID, *, act_on: date | None = None, sitting_id: uuid.UUID | None = None) -> BanFacts:
        day = act_on or local_day(clock.now())
        command = service.ImposeBan(
            applicant_id=applicant_id,
            reference=f"AST-01/{next(numbers)}",
            act_on=day,
            programme=programmes().on(CERTIFYING, day),
            description="A telephone was on the table.",
            sitting_id=sitting_id,
        )
        actor = make_account(role=Role.ADMINISTRATOR)
        made = service.impose_ban(command, actor=actor.id, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return made

    return make
