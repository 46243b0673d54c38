"""What does a proctor see and do? The sittings of their own centre's sessions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accommodations.queries import granted_to
from app.accommodations.rules import ORDINARY, Granted
from app.accounts.guards import current_person, role_required
from app.applicants.queries import applicant_with_id
from app.bookings.queries import BookingFacts, bookings_of_session, sessions_of_centre
from app.kernel.clock import local_day
from app.papers.queries import awaits_throw, seats_of_session
from app.processes.after_sitting import end_sitting
from app.proctoring.forms import ActForm
from app.proctoring.reach import WATCHERS, own_centre, own_session, session_of
from app.sittings import service as sittings
from app.sittings.errors import SittingEnded
from app.sittings.gaps import gaps_of
from app.sittings.queries import SittingFacts, answers_of, last_seen, sittings_of_bookings
from app.sittings.rules import Cause, State
from app.web import db, language, render, tools, unit_of_work

bp = Blueprint("proctoring", __name__)

SHOWN_AHEAD = timedelta(days=2)
"""The timetable makes sessions for a month; who stands in a room looks at today's and the next day's."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One booking on the session's page."""

    name: str
    seat: str | None
    state: str
    answered: int
    questions: int
    minutes_left: int | None
    last_seen_at: datetime | None
    sitting_id: uuid.UUID | None
    granted: Granted
    minutes: int
    """All the time that the person has."""
    accessible: bool
    """Whether an accessible seat was booked."""
    added_minutes: int
    """What was added to the time, pauses too."""
    gaps: int
    """How often the page was silent."""


@bp.get("/proctor/sessions")
@role_required(*WATCHERS)
def sessions() -> ResponseReturnValue:
    now = tools().clock.now()
    found = sessions_of_centre(own_centre(current_person()), opening_before=now + SHOWN_AHEAD, session=db.session())
    lines = [(line, line.centre_names[language()]) for line in found]
    return render("proctoring/sessions.html", sessions=lines, now=now)


@bp.get("/proctor/sessions/<string:code>")
@role_required(*WATCHERS)
def session_page(code: str) -> ResponseReturnValue:
    """Everybody booked into one session, with what their sitting is doing."""
    exam_session = own_session(code)
    now = tools().clock.now()
    bookings = bookings_of_session(exam_session.id, session=db.session())
    started = sittings_of_bookings([booking.id for booking in bookings], session=db.session())
    ids = [sitting.id for sitting in started.values()]
    gaps = {sitting_id: len(found) for sitting_id, found in gaps_of(ids, session=db.session()).items()}
    # A seat is told at check-in, so that nobody can prepare one.
    seats = seats_of_session(exam_session.id, session=db.session()) if now >= exam_session.opens_at else {}
    day = local_day(exam_session.opens_at)
    conditions = granted_to([booking.applicant_id for booking in bookings], day, session=db.session())
    lines = [
        _line(
            booking,
            started.get(booking.id),
            seats.get(booking.id),
            conditions.get(booking.applicant_id, ORDINARY),
            gaps,
            now=now,
            session=db.session(),
        )
        for booking in bookings
    ]
    return render(
        "proctoring/session.html",
        exam_session=exam_session,
        lines=sorted(lines, key=lambda line: line.name),
        form=ActForm(),
        awaits_throw=awaits_throw(exam_session.id, session=db.session()),
    )


@bp.post("/proctor/sittings/<uuid:sitting_id>/release")
@role_required(*WATCHERS)
def release(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Let the applicant go on in another browser: the next sign-in gets the sitting."""
    exam_session = session_of(sitting_id)
    try:
        with unit_of_work() as session:
            sittings.release(sitting_id, actor=current_person().id, session=session, now=tools().clock.now())
    except SittingEnded:
        flash(gettext("This test has ended already. Nothing was changed."), "warn")
    else:
        flash(gettext("Done. The applicant may now press “Continue” in any browser where they are signed in."), "ok")
    return redirect(url_for("proctoring.session_page", code=exam_session.code), 303)


@bp.post("/proctor/sittings/<uuid:sitting_id>/end")
@role_required(*WATCHERS)
def end(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """End a sitting on behalf of the applicant; what was saved counts."""
    exam_session = session_of(sitting_id)
    outside = tools()
    with unit_of_work() as session:
        end_sitting(
            sitting_id,
            Cause.PROCTOR,
            actor=current_person().id,
            session=session,
            now=outside.clock.now(),
            entropy=outside.entropy,
        )
    return redirect(url_for("proctoring.session_page", code=exam_session.code), 303)


def _line(
    booking: BookingFacts,
    sitting: SittingFacts | None,
    seat: str | None,
    granted: Granted,
    gaps: Mapping[uuid.UUID, int],
    *,
    now: datetime,
    session: Session,
) -> Line:
    running = sitting is not None and sitting.state is State.RUNNING
    rules = booking.session.programme.sitting
    return Line(
        name=applicant_with_id(booking.applicant_id, session=session).full_name,
        seat=seat,
        state=_state(sitting),
        answered=len(answers_of(sitting.id, session=session)) if sitting else 0,
        questions=sitting.question_count if sitting else 0,
        minutes_left=int(sitting.timing.remaining(now).total_seconds() // 60) if sitting and running else None,
        last_seen_at=last_seen(sitting.id, session=session) if sitting else None,
        sitting_id=sitting.id if sitting else None,
        granted=granted,
        minutes=rules.minutes_with(granted.extra_percent),
        accessible=booking.accessible,
        added_minutes=int(sitting.timing.credit.total_seconds() // 60) if sitting else 0,
        gaps=gaps.get(sitting.id, 0) if sitting else 0,
    )


def _state(sitting: SittingFacts | None) -> str:
    if sitting is None:
        return "booked"
    if sitting.state is not State.RUNNING:
        return "ended"
    if sitting.timing.paused_at is not None:
        return "paused"
    return "released" if sitting.live_nonce is None else "running"
