"""What does a proctor see and do? The sittings of their own centre's sessions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accommodations.queries import granted_to
from app.accommodations.rules import ORDINARY, Granted
from app.accounts.guards import current_person, role_required
from app.accounts.rules import Person, Role
from app.applicants.queries import applicant_with_id
from app.bookings.errors import SessionNotFound
from app.bookings.queries import (
    BookingFacts,
    SessionFacts,
    booking_with_id,
    bookings_of_session,
    session_with_code,
    sessions_of_centre,
)
from app.kernel.clock import local_day
from app.papers.queries import awaits_throw, seats_of_session
from app.processes.after_sitting import end_sitting
from app.proctoring.forms import ActForm
from app.sittings import service as sittings
from app.sittings.errors import SittingEnded
from app.sittings.queries import SittingFacts, answers_of, last_seen, sitting_with_id, sittings_of_bookings
from app.sittings.rules import Cause, State
from app.web import db, language, render, tools, unit_of_work

bp = Blueprint("proctoring", __name__)

SHOWN_AHEAD = timedelta(days=2)
"""The timetable makes sessions for a month; who stands in a room looks at today's and the next day's."""
WATCHERS = (Role.PROCTOR, Role.ADMINISTRATOR)


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


@bp.get("/proctor/sessions")
@role_required(*WATCHERS)
def sessions() -> ResponseReturnValue:
    now = tools().clock.now()
    found = sessions_of_centre(_own_centre(current_person()), opening_before=now + SHOWN_AHEAD, session=db.session())
    lines = [(line, line.centre_names[language()]) for line in found]
    return render("proctoring/sessions.html", sessions=lines, now=now)


@bp.get("/proctor/sessions/<string:code>")
@role_required(*WATCHERS)
def session_page(code: str) -> ResponseReturnValue:
    """Everybody booked into one session, with what their sitting is doing."""
    exam_session = _own_session(code)
    now = tools().clock.now()
    bookings = bookings_of_session(exam_session.id, session=db.session())
    started = sittings_of_bookings([booking.id for booking in bookings], session=db.session())
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
    exam_session = _session_of(sitting_id)
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
    exam_session = _session_of(sitting_id)
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


def _own_centre(person: Person) -> uuid.UUID | None:
    """Return the centre that bounds what this person sees; None for an administrator, who sees all."""
    return None if person.role is Role.ADMINISTRATOR else person.centre_id or uuid.UUID(int=0)


def _own_session(code: str) -> SessionFacts:
    return _require_own(session_with_code(code, session=db.session()))


def _session_of(sitting_id: uuid.UUID) -> SessionFacts:
    sitting = sitting_with_id(sitting_id, session=db.session())
    return _require_own(booking_with_id(sitting.booking_id, session=db.session()).session)


def _require_own(exam_session: SessionFacts) -> SessionFacts:
    """Refuse another centre's session as if it were not there."""
    if _own_centre(current_person()) not in {None, exam_session.centre_id}:
        raise SessionNotFound
    return exam_session


def _line(
    booking: BookingFacts,
    sitting: SittingFacts | None,
    seat: str | None,
    granted: Granted,
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
    )


def _state(sitting: SittingFacts | None) -> str:
    if sitting is None:
        return "booked"
    if sitting.state is not State.RUNNING:
        return "ended"
    return "released" if sitting.live_nonce is None else "running"
