"""Where is a session drawn, and where can anybody check it?"""

from __future__ import annotations

import uuid
from pathlib import Path

from flask import Blueprint, Response, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

import question_bank
from app.accounts.guards import current_person, public, role_required
from app.accounts.rules import Person, Role
from app.applicants.queries import applicant_of_account
from app.bookings.errors import SessionNotFound
from app.bookings.queries import SessionFacts, access_booking, session_with_code, sessions_with_ids
from app.ceremony.forms import SkipForm, ThrowForm
from app.ceremony.words import ceremony_page, draw_page, names_of, roster_of
from app.papers import service as papers
from app.papers.queries import draw_of_session, drawn_sessions, paper_of_booking, transcript_of
from app.processes.ceremony import close_and_commit, plan_rounds
from app.web import db, language, render, tools, unit_of_work
from question_bank.throw import NOT_THROWN
from question_bank.transcript import transcript_text

bp = Blueprint("ceremony", __name__)

LEADERS = (Role.PROCTOR, Role.ADMINISTRATOR)
WATCHERS = (*LEADERS, Role.AUDITOR)
SESSIONS_SHOWN = 20
VERIFIER = Path(question_bank.__file__).with_name("verify_draw.py")


@bp.get("/proctor/sessions/<string:code>/draw")
@role_required(*WATCHERS)
def lead(code: str) -> ResponseReturnValue:
    """The ceremony, step by step."""
    return _lead(_own_session(code))


@bp.get("/proctor/sessions/<string:code>/draw/close")
@bp.get("/proctor/sessions/<string:code>/draw/throw")
@bp.get("/proctor/sessions/<string:code>/draw/skip")
@role_required(*WATCHERS)
def again(code: str) -> ResponseReturnValue:
    """A form that was refused is left by a reload or a change of the language: back to the steps."""
    return redirect(url_for("ceremony.lead", code=code), 303)


@bp.post("/proctor/sessions/<string:code>/draw/close")
@role_required(*LEADERS)
def close(code: str) -> ResponseReturnValue:
    """Fix the roster and commit, where the worker has not done so yet."""
    exam_session, outside = _own_session(code), tools()
    beacon = plan_rounds([exam_session], outside)[exam_session.id]
    with unit_of_work() as session:
        close_and_commit(
            exam_session,
            beacon=beacon,
            actor=current_person().id,
            session=session,
            now=outside.clock.now(),
            entropy=outside.entropy,
        )
    return redirect(url_for("ceremony.lead", code=code), 303)


@bp.post("/proctor/sessions/<string:code>/draw/throw")
@role_required(*LEADERS)
def throw(code: str) -> ResponseReturnValue:
    """Take what lies on the table, and draw seats and papers."""
    exam_session = _own_session(code)
    form = ThrowForm(roster=roster_of(exam_session, session=db.session()))
    if not form.validate_on_submit():
        return _lead(exam_session, throw_form=form), 422
    return _draw(exam_session, form.salt, number=form.number.data, witnesses=form.witnesses)


@bp.post("/proctor/sessions/<string:code>/draw/skip")
@role_required(*LEADERS)
def skip(code: str) -> ResponseReturnValue:
    """Draw without a throw, and mark the draw as weak for good."""
    exam_session = _own_session(code)
    form = SkipForm()
    if not form.validate_on_submit():
        return _lead(exam_session, skip_form=form), 422
    return _draw(exam_session, NOT_THROWN, number=form.number.data, why_weak=form.reason.data)


@bp.get("/draws")
@public
def index() -> ResponseReturnValue:
    """The newest sessions with a draw."""
    newest = drawn_sessions(SESSIONS_SHOWN, session=db.session())
    found = sessions_with_ids(newest, session=db.session())
    draws = [(line, draw_of_session(line.id, session=db.session())) for line in found]
    lines = [(line, line.centre_names[language()], draw_page(draw)) for line, draw in draws if draw]
    return render("ceremony/index.html", lines=lines)


@bp.get("/draws/<string:code>")
@public
def show(code: str) -> ResponseReturnValue:
    """What anybody may know of a session's draw, and the check of it in the reader's own browser."""
    exam_session = session_with_code(code, session=db.session())
    page = ceremony_page(exam_session, session=db.session(), now=tools().clock.now())
    if page.draw is None:
        raise SessionNotFound
    return render("ceremony/show.html", page=page, centre=exam_session.centre_names[language()])


@bp.get("/draws/<string:code>/<int(max=9999):number>/transcript.json")
@public
def transcript(code: str, number: int) -> ResponseReturnValue:
    """All that is needed to draw again, once the secret is revealed."""
    exam_session = session_with_code(code, session=db.session())
    found = transcript_of(exam_session, number=number, session=db.session())
    response = Response(transcript_text(found), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Content-Disposition"] = f'inline; filename="draw-{exam_session.code}-{number}.json"'
    return response


@bp.get("/draws/verify-draw.py")
@public
def verifier() -> ResponseReturnValue:
    """The check as one file for any computer with Python."""
    return send_file(VERIFIER, mimetype="text/x-python", as_attachment=True, download_name="verify_draw.py")


@bp.get("/bookings/<uuid:booking_id>/draw")
@role_required(Role.APPLICANT)
def own(booking_id: uuid.UUID) -> ResponseReturnValue:
    """How one's own seat and questions were drawn."""
    applicant = applicant_of_account(current_person().id, session=db.session())
    booking = access_booking(booking_id, applicant.id, session=db.session())
    page = ceremony_page(booking.session, session=db.session(), now=tools().clock.now())
    return render(
        "ceremony/own.html",
        page=page,
        booking=booking,
        paper=paper_of_booking(booking.id, session=db.session()),
        seat_shown=booking.session.opens_at <= tools().clock.now(),
        centre=booking.session.centre_names[language()],
    )


def _draw(
    exam_session: SessionFacts,
    salt: str,
    *,
    number: int | None,
    witnesses: tuple[str, ...] = (),
    why_weak: str | None = None,
) -> ResponseReturnValue:
    outside = tools()
    with unit_of_work() as session:
        count = papers.draw_session(
            exam_session,
            salt,
            number=number,
            witnesses=witnesses,
            why_weak=why_weak,
            actor=current_person().id,
            session=session,
            now=outside.clock.now(),
            entropy=outside.entropy,
        )
    flash(gettext("Done: %(count)d seats and papers are drawn and frozen.", count=count), "ok")
    return redirect(url_for("ceremony.lead", code=exam_session.code), 303)


def _lead(exam_session: SessionFacts, *, throw_form: ThrowForm | None = None, skip_form: SkipForm | None = None) -> str:
    page = ceremony_page(exam_session, session=db.session(), now=tools().clock.now())
    roster = roster_of(exam_session, session=db.session())
    number = page.draw.number if page.draw else None
    return render(
        "ceremony/lead.html",
        page=page,
        centre=exam_session.centre_names[language()],
        may_lead=current_person().role in LEADERS,
        witnesses=names_of(page.draw.witnesses, roster) if page.draw else [],
        throw_form=throw_form or ThrowForm(formdata=None, roster=roster, number=number),
        skip_form=skip_form or SkipForm(formdata=None, number=number),
    )


def _own_session(code: str) -> SessionFacts:
    """Return the session; another centre's looks absent to a proctor."""
    exam_session = session_with_code(code, session=db.session())
    if not _may_see(current_person(), exam_session):
        raise SessionNotFound
    return exam_session


def _may_see(person: Person, exam_session: SessionFacts) -> bool:
    return person.role is not Role.PROCTOR or person.centre_id == exam_session.centre_id
