"""Where does one wait for a place, and take the one that is offered?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.applicants.queries import applicant_of_account
from app.bookings import waiting
from app.bookings.calendar import window
from app.bookings.errors import WrongDays
from app.bookings.queries import CentreFacts, centre_with_code
from app.bookings.rules import Outcome, WaitingState
from app.bookings.waiting import Wait, WaitingFacts
from app.kernel.clock import start_of_local_day
from app.processes import waiting_list
from app.processes.booking import bookable_programme
from app.waiting.forms import WaitForm
from app.web import db, language, render, tools, unit_of_work

bp = Blueprint("waiting", __name__, url_prefix="/waiting")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One waiting as the pages show it."""

    facts: WaitingFacts
    state: str
    programme_title: str
    first: datetime
    last: datetime
    """Midnights of the first and of the last day."""
    before: int
    """How many people stand before."""


@bp.get("")
@role_required(Role.APPLICANT)
def mine() -> ResponseReturnValue:
    """For what I wait, and what came of it."""
    session = db.session()
    found = waiting.waiting_of(_applicant_id(session), session=session)
    return render("waiting/mine.html", lines=[_line(facts, session) for facts in found])


@bp.get("/new")
@role_required(Role.APPLICANT)
def new() -> ResponseReturnValue:
    """The days for which to wait; ``day`` of the address is suggested."""
    now = tools().clock.now()
    programme = bookable_programme(request.args.get("programme", ""), now)
    days = window(programme, now)
    day = _day(request.args.get("day")) or days[0]
    shown = {
        "programme": programme.code,
        "centre": request.args.get("centre", ""),
        "application": request.args.get("application", ""),
        "from_day": day,
        "to_day": day if request.args.get("day") else days[-1],
    }
    return _form_page(WaitForm(formdata=None, data=shown))


@bp.post("")
@role_required(Role.APPLICANT)
def join() -> ResponseReturnValue:
    form, outside = WaitForm(), tools()
    if not form.validate_on_submit():
        return _form_page(form), 422
    wait = Wait(
        programme_code=form.programme.data,
        centre_id=_centre(form).id,
        application_id=uuid.UUID(form.application.data) if form.application.data else None,
        from_day=form.from_day.data,
        to_day=form.to_day.data,
    )
    try:
        with unit_of_work() as session:
            waiting_list.join(
                _applicant_id(session), wait, session=session, now=outside.clock.now(), entropy=outside.entropy
            )
    except WrongDays as refusal:
        form.to_day.errors = [_("These days cannot be booked. Choose days for which booking is open.")]
        return _form_page(form), refusal.status
    flash(_("You are on the waiting list. When a place becomes free for you, we write to you and keep it."), "ok")
    return redirect(url_for(".mine"), 303)


@bp.get("/<uuid:waiting_id>")
@role_required(Role.APPLICANT)
def show(waiting_id: uuid.UUID) -> ResponseReturnValue:
    """One waiting; the place that is offered, if one is."""
    session = db.session()
    facts = waiting.access_waiting(waiting_id, _applicant_id(session), session=session)
    return render("waiting/show.html", line=_line(facts, session))


@bp.get("/<uuid:waiting_id>/accept")
@bp.get("/<uuid:waiting_id>/leave")
@role_required(Role.APPLICANT)
def again(waiting_id: uuid.UUID) -> ResponseReturnValue:
    """Where a change of the language on a refusal leads."""
    return redirect(url_for(".show", waiting_id=waiting_id), 303)


@bp.post("/<uuid:waiting_id>/accept")
@role_required(Role.APPLICANT)
def accept(waiting_id: uuid.UUID) -> ResponseReturnValue:
    """Book the place that is held."""
    outside = tools()
    with unit_of_work() as session:
        waiting_list.accept(
            waiting_id, _applicant_id(session), session=session, now=outside.clock.now(), entropy=outside.entropy
        )
    flash(_("The place is yours."), "ok")
    return redirect(url_for("desk.mine"), 303)


@bp.post("/<uuid:waiting_id>/leave")
@role_required(Role.APPLICANT)
def leave(waiting_id: uuid.UUID) -> ResponseReturnValue:
    """Leave the line, or decline the place that is offered."""
    with unit_of_work() as session:
        outcome = waiting.leave(waiting_id, _applicant_id(session), session=session, now=tools().clock.now())
    if outcome is Outcome.DECLINED:
        flash(_("You have declined the place; it goes to the next person."), "ok")
    elif outcome is Outcome.LEFT:
        flash(_("You have left the waiting list."), "ok")
    return redirect(url_for(".mine"), 303)


def _line(facts: WaitingFacts, session: Session) -> Line:
    now = tools().clock.now()
    state = facts.state_at(now)
    return Line(
        facts=facts,
        state=state.value,
        programme_title=bookable_programme(facts.wait.programme_code, now).title[language()],
        first=start_of_local_day(facts.wait.from_day),
        last=start_of_local_day(facts.wait.to_day),
        before=waiting.before(facts, session=session) if state is WaitingState.WAITING else 0,
    )


def _form_page(form: WaitForm) -> str:
    now = tools().clock.now()
    programme = bookable_programme(form.programme.data or "", now)
    days = window(programme, now)
    return render(
        "waiting/new.html",
        form=form,
        programme_title=programme.title[language()],
        rules=programme.booking,
        centre=_centre(form),
        first=start_of_local_day(days[0]),
        last=start_of_local_day(days[-1]),
    )


def _centre(form: WaitForm) -> CentreFacts:
    return centre_with_code(form.centre.data or "", session=db.session())


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _applicant_id(session: Session) -> uuid.UUID:
    return applicant_of_account(current_person().id, session=session).id
