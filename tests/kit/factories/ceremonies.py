"""How is a session brought to its throw in a test? Workstations, a roster, booking closed, dice on the table."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import service as bookings
from app.bookings.queries import BookingFacts, SessionFacts, access_booking, session_with_id
from app.papers import service as papers
from app.processes import ceremony
from question_bank.throw import NOT_THROWN
from tests.kit.factories.applicants import Enrolled, MakeApplicant
from tests.kit.factories.bookings import MakeExamSession, let_start
from tests.kit.outside import CountedEntropy, HandClock

DICE = "dice:3162453416"
BALLS = "balls:07-31-90-12-55-68"
DAY = timedelta(days=1)
FAMILY_NAMES = ("Ахметова", "Бекова", "Ғалиева", "Дәулетова", "Ергешева", "Жүнісова", "Иванова", "Қасымова")

MakeSeats = Callable[..., None]
MakeRoster = Callable[..., list[BookingFacts]]
CloseAndCommit = Callable[..., int]
Throw = Callable[..., int]
MakeCeremony = Callable[..., list[BookingFacts]]


@pytest.fixture
def make_seats(session: Session, clock: HandClock) -> MakeSeats:
    """Return a furnisher of centres: ``make_seats(exam_session, 6, accessible=2)`` puts seats 01 to 06 into service."""

    def make(exam_session: SessionFacts, count: int, *, accessible: int = 0) -> None:
        numbers = [f"{number:02d}" for number in range(1, count + 1)]
        bookings.ensure_workstations(
            exam_session.centre_id, numbers, accessible=numbers[:accessible], session=session, now=clock.now()
        )
        session.commit()

    return make


@pytest.fixture
def make_roster(
    session: Session, clock: HandClock, entropy: CountedEntropy, make_applicant: MakeApplicant
) -> MakeRoster:
    """Return a maker of bookings in one session: so many new people, the first of them in need of accessible seats."""
    names = itertools.cycle(FAMILY_NAMES)

    def book(who: Enrolled, exam_session: SessionFacts, *, accessible: bool) -> BookingFacts:
        outside = {"session": session, "now": clock.now(), "entropy": entropy}
        booking_id = bookings.book(who.facts.id, exam_session.id, accessible=accessible, **outside)
        return access_booking(booking_id, who.facts.id, session=session)

    def make(
        exam_session: SessionFacts,
        count: int = 3,
        *,
        accessible: int = 0,
        people: Sequence[Enrolled] = (),
        released: bool = True,
    ) -> list[BookingFacts]:
        fresh = [make_applicant(family_name=next(names)) for _ in range(count - len(people))]
        booked = [book(who, exam_session, accessible=place < accessible) for place, who in enumerate([*people, *fresh])]
        if released:
            let_start(exam_session, session=session, now=clock.now())
        session.commit()
        return booked

    return make


@pytest.fixture
def close_and_commit(session: Session, clock: HandClock, entropy: CountedEntropy) -> CloseAndCommit:
    """Return what closes booking and commits to the draw; gives the number of the draw."""

    def act(exam_session: SessionFacts, actor: uuid.UUID | str = "test") -> int:
        session.rollback()
        found = session_with_id(exam_session.id, session=session)
        number = ceremony.close_and_commit(found, actor=actor, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return number

    return act


@pytest.fixture
def throw(session: Session, clock: HandClock, entropy: CountedEntropy) -> Throw:
    """Return a thrower: ``throw(exam_session)`` takes dice, ``throw(exam_session, NOT_THROWN)`` skips them."""

    def act(
        exam_session: SessionFacts,
        salt: str = DICE,
        *,
        witnesses: Sequence[BookingFacts] = (),
        actor: uuid.UUID | str = "test",
    ) -> int:
        session.rollback()
        count = papers.draw_session(
            exam_session,
            salt,
            witnesses=[str(booking.id) for booking in witnesses],
            why_weak=None if salt != NOT_THROWN else "Nobody has come but one.",
            actor=actor,
            session=session,
            now=clock.now(),
            entropy=entropy,
        )
        session.commit()
        return count

    return act


@pytest.fixture
def redraw(session: Session, clock: HandClock, entropy: CountedEntropy) -> Callable[..., int]:
    """Return what commits to another draw of the same roster, as two people decide it."""

    def act(exam_session: SessionFacts, reason: str = "The dice fell off the table.") -> int:
        session.rollback()
        number = ceremony.redraw(
            exam_session, reason=reason, actor="test", session=session, now=clock.now(), entropy=entropy
        )
        session.commit()
        return number

    return act


@pytest.fixture
def tomorrow(make_exam_session: MakeExamSession) -> SessionFacts:
    """A session that opens in a day, so that booking for it closes now; without a draw."""
    return make_exam_session(opens_in=DAY, committed=False)


@pytest.fixture
def make_ceremony(
    make_exam_session: MakeExamSession,
    make_seats: MakeSeats,
    make_roster: MakeRoster,
    close_and_commit: CloseAndCommit,
) -> MakeCeremony:
    """Return a maker of sessions whose draw waits for the throw; gives the bookings, three unless told otherwise."""

    def make(
        exam_session: SessionFacts | None = None,
        *,
        count: int = 3,
        accessible: int = 0,
        people: Sequence[Enrolled] = (),
    ) -> list[BookingFacts]:
        place = exam_session or make_exam_session(opens_in=timedelta(hours=1), committed=False)
        make_seats(place, count + 3, accessible=accessible + 1)
        booked = make_roster(place, count, accessible=accessible, people=people)
        close_and_commit(place)
        return booked

    return make
