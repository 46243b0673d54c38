"""How does an act on a violation become a ban? An administrator enters it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.applicants.errors import ActEntered, ActInFuture, IinInvalid, NoBanFollows
from app.applicants.queries import (
    ApplicantFacts,
    applicant_with_id,
    applicant_with_iin,
    ban_with_id,
    latest_bans,
)
from app.applicants.rules import read_iin
from app.applicants.service import ImposeBan
from app.bookings.errors import SessionNotFound
from app.bookings.queries import BookingFacts, bookings_of_applicant, session_with_code
from app.kernel.rulebook import programmes
from app.processes.violations import record_violation
from app.proctoring.forms import ViolationForm
from app.sittings.queries import sitting_of_booking
from app.web import db, render, tools, unit_of_work
from question_bank.programme import Kind, Programme

bp = Blueprint("violations", __name__, url_prefix="/violations")

SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What the form names, found."""

    applicant: ApplicantFacts
    programme: Programme
    booking: BookingFacts | None


@bp.get("/")
@role_required(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    """The acts that were entered last."""
    session, now = db.session(), tools().clock.now()
    lines = [
        (
            ban,
            applicant_with_id(ban.applicant_id, session=session).full_name,
            _standing(ban.runs_at(now), ban.lifted_at),
        )
        for ban in latest_bans(SHOWN, session=session)
    ]
    return render("violations/index.html", lines=lines, shown=SHOWN)


@bp.route("/new", methods=["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def enter() -> ResponseReturnValue:
    """Enter an act; the ban that follows runs from its date."""
    form, outside = ViolationForm(), tools()
    if not form.validate_on_submit():
        return render("violations/new.html", form=form), 422 if form.is_submitted() else 200
    found = _found(form, session=db.session())
    if found is None:
        return render("violations/new.html", form=form), 422
    try:
        with unit_of_work() as session:
            ban_id = record_violation(
                _command(form, found, session=session),
                actor=current_person().id,
                session=session,
                now=outside.clock.now(),
                entropy=outside.entropy,
            ).id
    except ActEntered as known:
        flash(_("An act of this number is entered for this person already. Nothing was entered a second time."), "warn")
        return redirect(url_for(".show", ban_id=known.parameters["ban_id"]), 303)
    except ActInFuture:
        form.act_on.errors = [_("The act cannot be dated after today.")]
        return render("violations/new.html", form=form), 422
    except NoBanFollows:
        form.session_code.errors = [_("This is a session of a practice test: nobody is barred for it.")]
        return render("violations/new.html", form=form), 422
    flash(_("The act is entered, and the person is told."), "ok")
    return redirect(url_for(".show", ban_id=ban_id), 303)


@bp.get("/<uuid:ban_id>")
@role_required(Role.ADMINISTRATOR)
def show(ban_id: uuid.UUID) -> ResponseReturnValue:
    """One ban: whom it bars, until when, by which act."""
    ban, now = ban_with_id(ban_id, session=db.session()), tools().clock.now()
    return render(
        "violations/show.html",
        ban=ban,
        name=applicant_with_id(ban.applicant_id, session=db.session()).full_name,
        standing=_standing(ban.runs_at(now), ban.lifted_at),
    )


def _standing(runs: bool, lifted_at: datetime | None) -> str:
    """Return how a ban stands, as the pages name it."""
    return "runs" if runs else "lifted" if lifted_at else "over"


def _found(form: ViolationForm, *, session: Session) -> Entered | None:
    """Find person, session and programme; say beside the field what is not there."""
    applicant = _applicant(form, session=session)
    if applicant is None:
        return None
    booking = None
    if form.session_code.data:
        booking = _booking(applicant, form.session_code.data, session=session)
        if booking is None:
            form.session_code.errors = [_("This person has no place in a session of this code.")]
            return None
    programme = booking.session.programme if booking else _certifying_on(form.act_on.data)
    if programme is None:
        form.act_on.errors = [_("On this day no test was held under rules that Synaq knows.")]
        return None
    return Entered(applicant=applicant, programme=programme, booking=booking)


def _applicant(form: ViolationForm, *, session: Session) -> ApplicantFacts | None:
    try:
        found = applicant_with_iin(read_iin(form.iin.data).iin, session=session)
    except IinInvalid:
        form.iin.errors = [_("This is not an IIN. Compare it with the identity document.")]
        return None
    if found is None:
        form.iin.errors = [_("Nobody with this IIN is registered.")]
    return found


def _booking(applicant: ApplicantFacts, code: str, *, session: Session) -> BookingFacts | None:
    try:
        exam_session = session_with_code(code, session=session)
    except SessionNotFound:
        return None
    bookings = bookings_of_applicant(applicant.id, session=session)
    return next((booking for booking in bookings if booking.session.id == exam_session.id), None)


def _certifying_on(day: date) -> Programme | None:
    """Return the rules of the test that leads to a certificate on a day."""
    versions = programmes().versions
    return next((each for each in versions if each.kind is Kind.CERTIFYING and each.is_in_force(day)), None)


def _command(form: ViolationForm, found: Entered, *, session: Session) -> ImposeBan:
    sitting = sitting_of_booking(found.booking.id, session=session) if found.booking else None
    return ImposeBan(
        applicant_id=found.applicant.id,
        reference=form.reference.data,
        act_on=form.act_on.data,
        programme=found.programme,
        description=form.description.data,
        booking_id=found.booking.id if found.booking else None,
        sitting_id=sitting.id if sitting else None,
    )
