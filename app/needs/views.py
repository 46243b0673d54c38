"""Where does one ask for special conditions, and where is that decided?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app.accommodations import queries
from app.accommodations import service as accommodations
from app.accommodations.errors import EndsInThePast, NothingAsked, TooMuchTime
from app.accommodations.queries import AccommodationFacts
from app.accommodations.rules import State
from app.accommodations.service import Decision
from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.applicants.queries import ApplicantFacts, applicant_of_account, applicant_with_id
from app.bookings.queries import bookings_of_applicant
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.rulebook import programmes
from app.needs.forms import AskForm, GrantForm, RefuseForm
from app.processes import accommodating
from app.processes.accommodating import Outcome
from app.web import db, render, tools, unit_of_work
from question_bank.programme import Kind, Programme

bp = Blueprint("accommodations", __name__, url_prefix="/accommodations")

SYMBOLS: Mapping[State, str] = {
    State.ASKED: "info",
    State.GRANTED: "ok",
    State.REFUSED: "stop",
    State.WITHDRAWN: "info",
    State.REPLACED: "info",
}


@bp.get("")
@role_required(Role.APPLICANT)
def mine() -> ResponseReturnValue:
    """What I have asked for, and the form for something new."""
    return _own_page(AskForm())


@bp.post("")
@role_required(Role.APPLICANT)
def ask() -> ResponseReturnValue:
    form, outside = AskForm(), tools()
    if not form.validate_on_submit():
        return _own_page(form), 422
    try:
        with unit_of_work() as session:
            accommodations.ask(
                _applicant(session).id, form.wish, session=session, now=outside.clock.now(), entropy=outside.entropy
            )
    except NothingAsked as refusal:
        form.accessible.errors = [_("Choose what you need, or write it below.")]
        return _own_page(form), refusal.status
    flash(_("Your request is made. An administrator decides; we write to you then."), "ok")
    return redirect(url_for(".mine"), 303)


@bp.post("/<uuid:accommodation_id>/withdraw")
@role_required(Role.APPLICANT)
def withdraw(accommodation_id: uuid.UUID) -> ResponseReturnValue:
    with unit_of_work() as session:
        accommodations.withdraw(accommodation_id, _applicant(session).id, session=session, now=tools().clock.now())
    flash(_("It is withdrawn. Places that you have booked stay as they are."), "ok")
    return redirect(url_for(".mine"), 303)


@bp.get("/requests")
@role_required(Role.ADMINISTRATOR)
def requests() -> ResponseReturnValue:
    """What waits for a decision, the oldest first."""
    session = db.session()
    found = queries.open_requests(session=session)
    return render(
        "accommodations/requests.html",
        lines=[(facts, applicant_with_id(facts.applicant_id, session=session).full_name) for facts in found],
    )


@bp.get("/requests/<uuid:accommodation_id>")
@role_required(Role.ADMINISTRATOR)
def show(accommodation_id: uuid.UUID) -> ResponseReturnValue:
    return _request_page(accommodation_id)


@bp.get("/requests/<uuid:accommodation_id>/grant")
@bp.get("/requests/<uuid:accommodation_id>/refuse")
@role_required(Role.ADMINISTRATOR)
def again(accommodation_id: uuid.UUID) -> ResponseReturnValue:
    """Where a change of the language on a refused form leads: the forms are on the page of the request."""
    return redirect(url_for(".show", accommodation_id=accommodation_id), 303)


@bp.post("/requests/<uuid:accommodation_id>/grant")
@role_required(Role.ADMINISTRATOR)
def grant(accommodation_id: uuid.UUID) -> ResponseReturnValue:
    form, outside = GrantForm(), tools()
    if not form.validate_on_submit():
        return _request_page(accommodation_id, granting=form), 422
    try:
        with unit_of_work() as session:
            outcome = accommodating.grant(
                _decision(accommodation_id, form.reason.data),
                form.granted,
                form.until.data,
                session=session,
                now=outside.clock.now(),
                entropy=outside.entropy,
            )
    except NothingAsked as refusal:
        form.extra_percent.errors = [_("Grant something, or refuse the request below.")]
        return _request_page(accommodation_id, granting=form), refusal.status
    except EndsInThePast as refusal:
        form.until.errors = [_("This day is over. Choose a later one, or leave it empty.")]
        return _request_page(accommodation_id, granting=form), refusal.status
    except TooMuchTime as refusal:
        words = _(
            "That makes %(minutes)s minutes. The sessions have room for %(most)s; a longer extension has to be entered in the rules of the programme first.",  # noqa: E501  # one message
            **refusal.parameters,
        )
        form.extra_percent.errors = [words]
        return _request_page(accommodation_id, granting=form), refusal.status
    _say(outcome)
    return redirect(url_for(".show", accommodation_id=accommodation_id), 303)


@bp.post("/requests/<uuid:accommodation_id>/refuse")
@role_required(Role.ADMINISTRATOR)
def refuse(accommodation_id: uuid.UUID) -> ResponseReturnValue:
    form, outside = RefuseForm(), tools()
    if not form.validate_on_submit():
        return _request_page(accommodation_id, refusing=form), 422
    with unit_of_work() as session:
        accommodating.refuse(
            _decision(accommodation_id, form.reason.data),
            session=session,
            now=outside.clock.now(),
            entropy=outside.entropy,
        )
    flash(_("Refused. The applicant reads your reason."), "ok")
    return redirect(url_for(".show", accommodation_id=accommodation_id), 303)


def _say(outcome: Outcome) -> None:
    flash(_("Granted. The applicant is told."), "ok")
    adapted, left = len(outcome.adapted), len(outcome.left)
    if adapted:
        words = ngettext(
            "%(num)d booking has an accessible seat now.", "%(num)d bookings have an accessible seat now.", adapted
        )
        flash(words, "ok")
    if left:
        words = ngettext(
            "%(num)d booking keeps an ordinary seat: its roster is fixed, or no accessible seat is free. The applicant may move it.",  # noqa: E501  # one message
            "%(num)d bookings keep ordinary seats: their rosters are fixed, or no accessible seat is free. The applicant may move them.",  # noqa: E501  # one message
            left,
        )
        flash(words, "warn")


def _own_page(form: AskForm) -> str:
    session, today = db.session(), local_day(tools().clock.now())
    found = queries.requests_of(_applicant(session).id, session=session)
    return render(
        "accommodations/mine.html",
        form=form,
        requests=found,
        waits=any(facts.state is State.ASKED for facts in found),
        programme=_programme(),
        symbols=SYMBOLS,
        today=today,
        midnight=start_of_local_day,
    )


def _request_page(
    accommodation_id: uuid.UUID, *, granting: GrantForm | None = None, refusing: RefuseForm | None = None
) -> str:
    session, now = db.session(), tools().clock.now()
    facts = queries.request_with_id(accommodation_id, session=session)
    bookings = bookings_of_applicant(facts.applicant_id, session=session)
    return render(
        "accommodations/request.html",
        facts=facts,
        name=applicant_with_id(facts.applicant_id, session=session).full_name,
        bookings=[each for each in bookings if now < each.session.opens_at and not each.session.withdrawn_at],
        granting=granting or GrantForm(formdata=None, data=_suggested(facts)),
        refusing=refusing or RefuseForm(formdata=None),
        programme=_programme(),
        symbols=SYMBOLS,
        midnight=start_of_local_day,
    )


def _suggested(facts: AccommodationFacts) -> dict[str, object]:
    """Return what was asked for, with the ordinary extension of the programme."""
    programme = _programme()
    ordinary = programme.sitting.ordinary_extra_percent if programme else 0
    return {
        "extra_percent": ordinary if facts.wish.extra_time else 0,
        "accessible": facts.wish.accessible,
        "reader": facts.wish.reader,
    }


def _programme() -> Programme | None:
    """Return the programme in force that leads to a certificate, for the ordinary values."""
    today = local_day(tools().clock.now())
    for programme in programmes().versions:
        if programme.kind is Kind.CERTIFYING and programme.is_in_force(today):
            return programme
    return None


def _decision(accommodation_id: uuid.UUID, reason: str) -> Decision:
    return Decision(accommodation_id=accommodation_id, actor=current_person().id, reason=reason)


def _applicant(session: Session) -> ApplicantFacts:
    return applicant_of_account(current_person().id, session=session)
