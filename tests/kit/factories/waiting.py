"""How does somebody come to the waiting list in a test, and how does the worker offer places?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.bookings.queries import SessionFacts
from app.bookings.waiting import Wait
from app.kernel.clock import local_day
from app.processes import waiting_list
from app.wiring import Tools
from tests.kit.factories.applicants import Enrolled
from tests.kit.outside import CountedEntropy, HandClock

JoinLine = Callable[..., uuid.UUID]
OfferPlaces = Callable[[], int]


@pytest.fixture
def join_line(session: Session, clock: HandClock, entropy: CountedEntropy) -> JoinLine:
    """Return what puts people on the list for a session's day: ``join_line(who, full)``; a moment later each."""

    def join(who: Enrolled, full: SessionFacts, **facts: Any) -> uuid.UUID:
        session.rollback()
        day = local_day(full.opens_at)
        wait = {"programme_code": full.programme_code, "centre_id": full.centre_id, "from_day": day, "to_day": day}
        clock.advance(seconds=1)
        joined = waiting_list.join(
            who.facts.id, Wait(**(wait | facts)), session=session, now=clock.now(), entropy=entropy
        )
        session.commit()
        return joined

    return join


@pytest.fixture
def offer_places(app: Flask, tools: Tools, session: Session) -> OfferPlaces:
    """Return the act of the worker's timer; gives how many places were offered."""

    def act() -> int:
        session.rollback()
        with app.app_context():
            return waiting_list.offer_places(tools)

    return act
