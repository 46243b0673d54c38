"""Which sessions follow from rooms and hours? Those of the booking window, made by the worker and by a command."""

from __future__ import annotations

from app.bookings.queries import all_rooms
from app.bookings.timetable import plan_room
from app.db import db, unit_of_work
from app.kernel.rulebook import programmes
from app.wiring import Tools
from question_bank.programme import Kind


def plan_sessions(tools: Tools) -> int:
    """Make the sessions that are lacking, room by room, for every programme that leads to a certificate.

    Returns:
        How many were made or take place again.
    """
    certifying = [programme for programme in programmes().versions if programme.kind is Kind.CERTIFYING]
    made = 0
    for room in all_rooms(session=db.session()):
        with unit_of_work() as session:
            made += plan_room(room, certifying, session=session, now=tools.clock.now(), entropy=tools.entropy)
    return made
