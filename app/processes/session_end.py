"""What happens at the end of an exam session: the secret of its draw is revealed, never earlier."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.bookings.queries import bookings_of_session, session_with_code
from app.papers import service as papers
from app.papers.errors import DrawNotRevealed
from app.sittings.queries import sittings_of_bookings
from app.sittings.rules import State


def reveal(session_code: str, *, session: Session, now: datetime) -> None:
    """Reveal the draw of a session that is closed and in which nobody sits any more.

    Raises:
        SessionNotFound: There is no such session.
        DrawNotRevealed: A sitting may still start, or one still runs; the secret would tell papers beforehand.
    """
    exam_session = session_with_code(session_code, session=session)
    roster = bookings_of_session(exam_session.id, session=session)
    started = sittings_of_bookings([booking.id for booking in roster], session=session)
    if now < exam_session.closes_at or any(sitting.state is State.RUNNING for sitting in started.values()):
        raise DrawNotRevealed
    papers.reveal_draw(exam_session, session=session, now=now)
