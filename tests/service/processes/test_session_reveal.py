"""When may the secret of a session's draw be revealed?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings.errors import SessionNotFound
from app.bookings.queries import BookingFacts
from app.papers.errors import DrawNotRevealed
from app.papers.queries import transcript_of
from app.processes import session_end
from question_bank import verify_draw
from tests.kit.factories.bookings import MakeBooking
from tests.kit.factories.sittings import EndSitting, StartSitting
from tests.kit.outside import HandClock

Reveal = Callable[[str], None]


@pytest.fixture
def reveal(session: Session, clock: HandClock) -> Reveal:
    def act(code: str) -> None:
        session.rollback()
        session_end.reveal(code, session=session, now=clock.now())
        session.commit()

    return act


@pytest.fixture
def booking(make_booking: MakeBooking) -> BookingFacts:
    return make_booking()


def test_secret_is_kept_while_a_test_may_still_start(
    booking: BookingFacts, start_sitting: StartSitting, end: EndSitting, reveal: Reveal, clock: HandClock
) -> None:
    end(start_sitting(booking))
    clock.set(booking.session.closes_at - timedelta(microseconds=1))

    with pytest.raises(DrawNotRevealed):
        reveal(booking.session.code)


def test_secret_is_kept_while_a_sitting_runs(
    booking: BookingFacts, start_sitting: StartSitting, end: EndSitting, reveal: Reveal, clock: HandClock
) -> None:
    clock.set(booking.session.closes_at - timedelta(minutes=1))
    sitting = start_sitting(booking)
    clock.set(booking.session.closes_at + timedelta(minutes=30))
    with pytest.raises(DrawNotRevealed):
        reveal(booking.session.code)

    end(sitting)
    reveal(booking.session.code)


def test_revealed_session_can_be_checked_by_anyone(
    booking: BookingFacts,
    start_sitting: StartSitting,
    end: EndSitting,
    reveal: Reveal,
    session: Session,
    clock: HandClock,
) -> None:
    end(start_sitting(booking))
    clock.set(booking.session.closes_at)

    reveal(booking.session.code)

    assert verify_draw.verify(transcript_of(booking.session, session=session)) == []


def test_unknown_session_is_not_revealed(reveal: Reveal) -> None:
    with pytest.raises(SessionNotFound):
        reveal("NO-SUCH")
