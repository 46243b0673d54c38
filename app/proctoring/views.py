"""What does a proctor see and do? The sittings of their own centre's sessions."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from app.accommodations.queries import granted_to
from app.accommodations.rules import ORDINARY, Granted
from app.accounts.guards import current_person, role_required
from app.applicants.queries import applicant_with_id
from app.bookings.queries import BookingFacts, bookings_of_session, sessions_of_centre
from app.checkin.queries import check_ins_of, released_at
from app.kernel.clock import local_day
from app.papers.queries import awaits_throw, seats_of_session
from app.processes.after_sitting import end_sitting
from app.processes.before_sitting import awaits_release
from app.processes.release import Arrival, arrivals, release_session
from app.proctoring.forms import ActForm
from app.proctoring.reach import WATCHERS, own_centre, own_session, session_of
from app.sittings import moving
from app.sittings.errors import SittingEnded
from app.sittings.gaps import gaps_of
from app.sittings.moving import open_codes
from app.sittings.queries import SittingFacts, answers_of, last_seen, sitting_with_id, sittings_of_bookings
from app.sittings.rules import Cause, State
from app.web import db, language, render, tools, unit_of_work

bp = Blueprint("proctoring", __name__)

SHOWN_AHEAD = timedelta(days=2)
"""The timetable makes sessions for a month; who stands in a room looks at today's and the next day's."""


@dataclass(frozen=True, kw_only=True)
class Here:
    """What a booking's line needs beside the sitting."""

    arrival: Arrival
    troubles: list[str]
    code_until: datetime | None


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
    troubles: list[str]
    """What the check of the computer found wanting."""
    code_until: datetime | None
    """Until when a code for another computer is good, if there is one."""


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
    come = arrivals(exam_session, bookings, session=db.session())
    checked = check_ins_of([booking.id for booking in bookings], session=db.session())
    codes = open_codes([sitting.id for sitting in started.values()], session=db.session(), now=now)
    lines = [
        _line(
            booking,
            started.get(booking.id),
            seats.get(booking.id),
            conditions.get(booking.applicant_id, ORDINARY),
            gaps,
            here=Here(
                arrival=come[booking.id],
                troubles=[trouble.value for trouble in checked[booking.id].troubles or ()]
                if booking.id in checked
                else [],
                code_until=codes.get(started[booking.id].id) if booking.id in started else None,
            ),
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
        awaits_release=awaits_release(exam_session),
        released_at=released_at(exam_session.id, session=db.session()),
        is_open=exam_session.is_open(now),
        counted={arrival.value: number for arrival, number in Counter(come.values()).items()},
    )


@bp.post("/proctor/sessions/<string:code>/release")
@role_required(*WATCHERS)
def release(code: str) -> ResponseReturnValue:
    """Start the test for all who are ready."""
    exam_session = own_session(code)
    with unit_of_work() as session:
        counted = release_session(exam_session, actor=current_person().id, session=session, now=tools().clock.now())
    started = counted[Arrival.READY] + counted[Arrival.STARTED]
    flash(
        ngettext(
            "The session has started. The test of %(num)d person begins now.",
            "The session has started. The tests of %(num)d people begin now.",
            started,
        ),
        "ok",
    )
    return redirect(url_for("proctoring.session_page", code=exam_session.code), 303)


@bp.post("/proctor/sittings/<uuid:sitting_id>/move")
@role_required(*WATCHERS)
def move(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Show the code by which the applicant goes on at another computer: this once."""
    exam_session, outside = session_of(sitting_id), tools()
    now = outside.clock.now()
    life = timedelta(minutes=exam_session.programme.sitting.move_code_minutes)
    try:
        with unit_of_work() as session:
            code = moving.make_code(
                sitting_id, life, actor=current_person().id, session=session, now=now, entropy=outside.entropy
            )
    except SittingEnded:
        flash(gettext("This test has ended already. Nothing was changed."), "warn")
        return redirect(url_for("proctoring.session_page", code=exam_session.code), 303)
    sitting = sitting_with_id(sitting_id, session=db.session())
    return render(
        "proctoring/code.html",
        exam_session=exam_session,
        name=applicant_with_id(sitting.applicant_id, session=db.session()).full_name,
        code=f"{code[:3]} {code[3:]}",
        until=now + life,
    )


@bp.get("/proctor/sittings/<uuid:sitting_id>/move")
@role_required(*WATCHERS)
def moved(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Lead back whoever loads the page of a code again by its address."""
    return redirect(url_for("proctoring.session_page", code=session_of(sitting_id).code), 303)


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
    here: Here,
    now: datetime,
    session: Session,
) -> Line:
    running = sitting is not None and sitting.state is State.RUNNING
    rules = booking.session.programme.sitting
    return Line(
        name=applicant_with_id(booking.applicant_id, session=session).full_name,
        seat=seat,
        state=_state(sitting, here.arrival),
        troubles=here.troubles,
        code_until=here.code_until if running else None,
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


def _state(sitting: SittingFacts | None, arrival: Arrival) -> str:
    if sitting is None:
        return arrival.value
    if sitting.state is not State.RUNNING:
        return "ended"
    return "paused" if sitting.timing.paused_at is not None else "running"
