"""What do two people decide about in a test? An act in the log to erase, and a committed draw to replace."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.approvals import service
from app.audit import queries as log
from app.audit import service as audit
from app.bookings.queries import BookingFacts
from app.bookings.service import ensure_workstations
from app.processes.ceremony import close_and_commit
from tests.kit.outside import CountedEntropy, HandClock

if TYPE_CHECKING:  # loaded by pytest after this one
    from tests.kit.factories.accounts import MakeAccount
    from tests.kit.factories.bookings import MakeBooking, MakeExamSession

ERASE = "audit.facts.erase"
REDRAW = "papers.draw.redraw"

LogAct = Callable[..., str]
MakeRequest = Callable[..., uuid.UUID]


@pytest.fixture
def administrator(make_account: MakeAccount) -> Person:
    """Who asks, unless a test says otherwise."""
    return make_account(role=Role.ADMINISTRATOR, display_name="Дана Асқарқызы")


@pytest.fixture
def second(make_account: MakeAccount) -> Person:
    """Who decides, unless a test says otherwise."""
    return make_account(role=Role.ADMINISTRATOR, display_name="Болат Серікұлы")


@pytest.fixture
def log_act(session: Session, clock: HandClock) -> LogAct:
    """Return a writer of acts into the log: ``log_act(colour="red")`` gives the number of one, as it is written."""

    def write(**facts: Any) -> str:
        audit.record("tests.thing.done", session=session, at=clock.now(), actor="a test", subject="thing", **facts)
        session.commit()
        seq = str(log.size_of_log(session))
        session.rollback()  # a reader on SQLite cannot become a writer once somebody else has written
        return seq

    return write


@pytest.fixture
def make_request(
    session: Session, clock: HandClock, entropy: CountedEntropy, administrator: Person, log_act: LogAct
) -> MakeRequest:
    """Return a maker of requests; the administrator's, for the erasure of a new act, unless it is said otherwise."""

    def make(
        kind: str = ERASE, subject: str | None = None, *, person: Person | None = None, reason: str = "Decision 7"
    ) -> uuid.UUID:
        made = service.request(
            kind,
            subject or log_act(colour="red"),
            {},
            reason,
            person=person or administrator,
            session=session,
            now=clock.now(),
            entropy=entropy,
        )
        session.commit()
        return made

    return make


@pytest.fixture
def drawn_booking(
    session: Session,
    clock: HandClock,
    entropy: CountedEntropy,
    make_booking: MakeBooking,
    make_exam_session: MakeExamSession,
) -> BookingFacts:
    """A booking into an exam session that is open, with one committed draw of its roster; nothing is thrown yet."""
    booking = make_booking(exam_session=make_exam_session(committed=False))
    ensure_workstations(booking.session.centre_id, ("1", "2"), session=session, now=clock.now())
    close_and_commit(booking.session, actor="a test", session=session, now=clock.now(), entropy=entropy)
    session.commit()
    return booking
