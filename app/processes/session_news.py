"""Who must hear of a session? Everybody booked, the day before it, and when it is not to take place.

Both are found by looking, again and again, rather than by a job that each booking would queue: whoever was not told yet
is told, however the booking or the withdrawal came about, and however long the worker was away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from app.bookings.queries import (
    BookingFacts,
    SessionFacts,
    bookings_of_session,
    sessions_taking_place,
    sessions_withdrawn,
)
from app.bookings.struck import unsettled
from app.bookings.timetable import OTHER_HOURS
from app.db import db, unit_of_work
from app.kernel.clock import LOCAL, local_day, start_of_local_day
from app.notices.queries import told
from app.notices.rules import NoticeKind
from app.processes.telling import facts_of, tell
from app.wiring import Tools

REMINDER_HOUR = 10
"""From this hour in UTC+5 on, people are reminded of tomorrow's test: nobody is woken by it."""


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing to tell to everybody who is booked in a session."""

    kind: NoticeKind
    key_of: Callable[[BookingFacts], str]


REMINDER = News(
    kind=NoticeKind.BOOKING_REMINDER,
    key_of=lambda booking: f"booking_reminder:{booking.id}:{booking.session.opens_at.isoformat()}",
)
WITHDRAWAL = News(kind=NoticeKind.SESSION_CHANGED, key_of=lambda booking: f"session_changed:{booking.id}")


def remind(tools: Tools) -> int:
    """Remind of tomorrow's tests those who were not reminded yet; return how many."""
    now = tools.clock.now()
    if now.astimezone(LOCAL).hour < REMINDER_HOUR:
        return 0
    tomorrow = local_day(now) + timedelta(days=1)
    day = start_of_local_day(tomorrow), start_of_local_day(tomorrow + timedelta(days=1))
    return _tell_all(sessions_taking_place(*day, session=db.session()), REMINDER, tools)


def tell_of_withdrawals(tools: Tools) -> int:
    """Tell those who are booked in sessions that are not to take place, and were not told yet; return how many."""
    return _tell_all(sessions_withdrawn(ending_after=tools.clock.now(), session=db.session()), WITHDRAWAL, tools)


def _tell_all(sessions: Iterable[SessionFacts], news: News, tools: Tools) -> int:
    return sum(_tell_session(exam_session, news, tools) for exam_session in sessions)


def _tell_session(exam_session: SessionFacts, news: News, tools: Tools) -> int:
    """Tell everybody of one session, in one unit of work; but those of whom a job decides first where they sit."""
    with unit_of_work() as session:
        undecided = unsettled(exam_session.id, session=session)
        booked = bookings_of_session(exam_session.id, session=session)
        roster = {news.key_of(booking): booking for booking in booked if booking.id not in undecided}
        untold = roster.keys() - told(roster.keys(), session=session)
        if not untold:
            return 0
        shared = facts_of(exam_session, session=session) | {"reason": reason_of(exam_session)}
        for key in sorted(untold):
            booking = roster[key]
            tell(
                booking.applicant_id,
                news.kind,
                shared | {"booking_id": booking.id},
                key=key,
                session=session,
                now=tools.clock.now(),
                entropy=tools.entropy,
            )
    return len(untold)


def reason_of(exam_session: SessionFacts) -> str | None:
    """Return why a session was withdrawn, where somebody gave a reason in words."""
    return None if exam_session.withdrawn_reason == OTHER_HOURS else exam_session.withdrawn_reason
