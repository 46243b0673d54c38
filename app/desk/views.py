"""What does an applicant do here? See the next step, go on with a test, finish it, read the result."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import cast

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.appeals.windows import way_of_ban, ways_of_sitting
from app.applicants.queries import ApplicantFacts, applicant_of_account, running_ban
from app.bookings import waiting
from app.bookings.queries import cancelled_bookings
from app.bookings.rules import WaitingState
from app.desk.steps import result_page, steps_of
from app.processes.after_sitting import end_sitting
from app.processes.booking import NextPlaces, bookable_programmes, next_places
from app.processes.outages import settle_before_end
from app.scoring.queries import result_of_sitting
from app.sittings import moving
from app.sittings import service as sittings
from app.sittings.errors import MoveCodeMissing, MoveCodeRefused, SittingElsewhere, SittingPaused, TooManyMoveCodes
from app.sittings.forms import MoveForm
from app.sittings.queries import SittingFacts, access_sitting
from app.sittings.rules import Cause, Phase, State
from app.sittings.views import browser_nonce, holds_live_session, live_nonce, remember_live
from app.web import db, language, local_clock, render, tools, unit_of_work

bp = Blueprint("desk", __name__)


@bp.get("/my")
@role_required(Role.APPLICANT)
def mine() -> ResponseReturnValue:
    """Bookings of the applicant, each with its one next step."""
    applicant, now = _applicant(), tools().clock.now()
    steps = steps_of(applicant.id, language=language(), session=db.session(), now=now)
    ban = running_ban(applicant.id, session=db.session(), now=now)
    way = way_of_ban(ban, session=db.session()) if ban else None
    return render(
        "bookings/mine.html",
        steps=steps,
        ban=ban,
        way=way,
        now=now,
        offers=[
            facts
            for facts in waiting.waiting_of(applicant.id, session=db.session())
            if facts.state_at(now) is WaitingState.OFFERED
        ],
        places=_next_places(applicant),
        cancelled=cancelled_bookings(applicant.id, session=db.session()),
    )


@bp.route("/sittings/<uuid:sitting_id>/continue", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def resume(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Go on with a running sitting in this browser, if it is the live one; another one needs the proctor's code."""
    if request.method == "GET":  # reloaded, or the language changed, on the page that refused
        return redirect(url_for("desk.mine"), 303)
    applicant = _applicant()
    nonce = _own_nonce(sitting_id, applicant)
    try:
        sittings.claim(sitting_id, applicant.id, nonce=nonce, session=db.session())
    except SittingElsewhere:
        return render("sittings/elsewhere.html", form=MoveForm(formdata=None), sitting_id=sitting_id), 409
    remember_live(sitting_id, nonce)
    return redirect(url_for("sittings.show", sitting_id=sitting_id), 303)


@bp.route("/sittings/<uuid:sitting_id>/move-here", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def move_here(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Take a running sitting over by the proctor's code: the page that was open before stops."""
    if request.method == "GET":
        return redirect(url_for("desk.mine"), 303)
    applicant, form = _applicant(), MoveForm()
    nonce = _own_nonce(sitting_id, applicant)
    status = 422
    if form.validate_on_submit():
        with unit_of_work() as session:
            taken = moving.take_over(
                sitting_id, applicant.id, form.code.data, nonce=nonce, session=session, now=tools().clock.now()
            )
        if isinstance(taken, SittingFacts):
            remember_live(sitting_id, nonce)
            return redirect(url_for("sittings.show", sitting_id=sitting_id), 303)
        form.code.errors, status = [_refusal(taken)], taken.status
    return render("sittings/elsewhere.html", form=form, sitting_id=sitting_id), status


def _own_nonce(sitting_id: uuid.UUID, applicant: ApplicantFacts) -> bytes:
    """Return the nonce of this browser for a sitting of the applicant: the one it holds, or the one that it offers."""
    booking_id = access_sitting(sitting_id, applicant.id, session=db.session()).booking_id
    return live_nonce(sitting_id) or browser_nonce(booking_id)


def _refusal(refused: MoveCodeRefused | MoveCodeMissing | TooManyMoveCodes) -> str:
    """Say beside the field why a code was not taken."""
    if isinstance(refused, TooManyMoveCodes):
        again_at = local_clock(cast(datetime, refused.parameters["again_at"]))
        words = _("Too many wrong codes. Try again after %(time)s, or ask the operator for a new code.", time=again_at)
    elif isinstance(refused, MoveCodeMissing):
        words = _("No code is good for this test now. Ask the operator for a new one.")
    else:
        words = _("This is not the code. Compare it with what the operator reads out.")
    return str(words)


@bp.post("/sittings/<uuid:sitting_id>/finish")
@role_required(Role.APPLICANT)
def finish(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """End the sitting. Whether it was the click or the time, the server's clock says.

    In a pause, or if time is given back for an outage at this moment, it goes on: the page says why.
    """
    try:
        ended = _finish(sitting_id, _applicant())
    except SittingPaused:
        ended = False
    return redirect(url_for("desk.result" if ended else "sittings.show", sitting_id=sitting_id), 303)


def _finish(sitting_id: uuid.UUID, applicant: ApplicantFacts) -> bool:
    outside = tools()
    now = outside.clock.now()
    with unit_of_work() as session:
        sitting = access_sitting(sitting_id, applicant.id, session=session)
        if sitting.state is State.RUNNING and not holds_live_session(sitting):
            raise SittingElsewhere
        if sitting.timing.phase_at(now) is not Phase.OPEN and settle_before_end(sitting_id, session=session, now=now):
            return False
        end_sitting(sitting_id, Cause.CLICK, actor=applicant.id, session=session, now=now, entropy=outside.entropy)
    return True


@bp.get("/sittings/<uuid:sitting_id>/result")
@role_required(Role.APPLICANT)
def result(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """What the sitting came to, and the next step."""
    applicant = _applicant()
    sitting = access_sitting(sitting_id, applicant.id, session=db.session())
    if sitting.state is State.RUNNING:
        return redirect(url_for("desk.mine"), 303)
    found = result_of_sitting(sitting_id, session=db.session())
    page = result_page(found, sitting, language=language(), session=db.session())
    ways = ways_of_sitting(sitting, session=db.session())
    again = [] if found.earns_certificate and not found.voided_at else _next_places(applicant, found.programme_code)
    return render("scoring/result.html", result=page, ways=ways, now=tools().clock.now(), places=again)


def _next_places(applicant: ApplicantFacts, programme_code: str | None = None) -> list[NextPlaces]:
    """Return the earliest places that may be booked, for each test that the person could sit next."""
    now = tools().clock.now()
    found = [
        next_places(applicant.id, programme, session=db.session(), now=now)
        for programme in bookable_programmes(now)
        if programme_code in (None, programme.code)
    ]
    return [places for places in found if places]


def _applicant() -> ApplicantFacts:
    return applicant_of_account(current_person().id, session=db.session())
