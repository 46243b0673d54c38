"""Can booking be tried at once after ``flask demo seed``, and does a second run harm nothing?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.bookings.queries import all_rooms, centre_with_code
from app.db import db
from app.demonstration import people
from app.kernel.rulebook import programmes
from app.processes.booking import earliest_places
from tests.kit.outside import HandClock


@pytest.fixture
def seed(app: Flask, session: Session, pool: object) -> Callable[[], None]:
    def act() -> None:
        session.rollback()
        with app.app_context():
            people.seed(app.extensions["synaq_tools"])
            db.session.remove()

    return act


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_demonstration_has_free_places_at_several_centres(
    seed: Callable[[], None], session: Session, clock: HandClock
) -> None:
    seed()
    rooms = all_rooms(session=session)
    seed()

    session.rollback()
    assert all_rooms(session=session) == rooms
    assert len(rooms) == len(people.PLACES)
    here = centre_with_code(people.CENTRE_CODE, session=session)
    programme = programmes().on("corps-b-legislation", clock.now().date())
    offers = earliest_places(here, programme, clock.now(), session=session, now=clock.now())
    assert offers[0].centre.code == people.CENTRE_CODE
    assert len({offer.centre.code for offer in offers}) == 3
