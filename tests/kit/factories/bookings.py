"""How are centres, exam sessions and bookings made for a test?"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.bookings import service
from app.bookings.queries import BookingFacts, SessionFacts, access_booking, session_with_code
from app.checkin.models import SessionRelease
from app.kernel.clock import local_day
from app.kernel.rulebook import programmes
from app.processes import booking
from app.processes.before_sitting import awaits_release
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.outside import CountedEntropy, HandClock

CERTIFYING = "corps-b-legislation"
PRACTICE = "practice-legislation"

MakeCentre = Callable[..., uuid.UUID]
MakeExamSession = Callable[..., SessionFacts]
MakeBooking = Callable[..., BookingFacts]
Reserve = Callable[..., BookingFacts]


@pytest.fixture
def make_centre(session: Session, clock: HandClock, entropy: CountedEntropy) -> MakeCentre:
    """Return a maker of centres; the same code gives the same centre."""

    def make(code: str = "AST-01") -> uuid.UUID:
        names = {"kk": f"{code} орталығы", "ru": f"Центр {code}", "en": f"Centre {code}"}
        centre_id = service.ensure_centre(code, names, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return centre_id

    return make


@pytest.fixture
def make_exam_session(
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
    make_centre: MakeCentre,
    commit_known_draw: Callable[[SessionFacts], None],
) -> MakeExamSession:
    """Return a maker of exam sessions. By default one opens now, for two hours; draw committed, released."""
    numbers = itertools.count(1)

    def make(
        programme: str = CERTIFYING,
        *,
        centre_id: uuid.UUID | None = None,
        opens_in: timedelta = timedelta(0),
        open_for: timedelta = timedelta(hours=2),
        committed: bool = True,
        released: bool = True,
    ) -> SessionFacts:
        opens_at = clock.now() + opens_in
        command = service.OpenSession(
            code=f"S-{next(numbers)}",
            centre_id=centre_id or make_centre(),
            programme_code=programme,
            programme_version=programmes().on(programme, local_day(opens_at)).version,
            opens_at=opens_at,
            closes_at=opens_at + open_for,
        )
        service.open_session(command, session=session, now=clock.now(), entropy=entropy)
        made = session_with_code(command.code, session=session)
        if committed:
            commit_known_draw(made)
        if released and awaits_release(made):
            let_start(made, session=session, now=clock.now())
        session.commit()
        return made

    return make


def let_start(exam_session: SessionFacts, *, session: Session, now: datetime) -> None:
    """Let a session start without a proctor and without an act, so that other tests need not think of it."""
    if session.get(SessionRelease, exam_session.id) is None:
        session.add(SessionRelease(exam_session_id=exam_session.id, released_at=now, released_by="test"))
        session.flush()


@pytest.fixture
def make_booking(
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
    make_applicant: MakeApplicant,
    make_exam_session: MakeExamSession,
) -> MakeBooking:
    """Return a maker of bookings, of a new applicant into a new exam session unless they are given."""

    def make(applicant: Enrolled | None = None, exam_session: SessionFacts | None = None) -> BookingFacts:
        applicant_id = (applicant or make_applicant()).facts.id
        place = exam_session or make_exam_session()
        booking_id = service.book(applicant_id, place.id, session=session, now=clock.now(), entropy=entropy)
        made = access_booking(booking_id, applicant_id, session=session)
        session.commit()
        return made

    return make


@pytest.fixture
def reserve(session: Session, clock: HandClock, entropy: CountedEntropy) -> Reserve:
    """Return what books a place as the applicant's own page does, by all rules of the programme."""

    def act(who: Enrolled, exam_session: SessionFacts, **facts: Any) -> BookingFacts:
        session.rollback()
        booking_id = booking.reserve(
            who.facts.id, exam_session.id, session=session, now=clock.now(), entropy=entropy, **facts
        )
        made = access_booking(booking_id, who.facts.id, session=session)
        session.commit()
        return made

    return act
