"""What does an applicant do here? See the next step, start the test, finish it, read the result."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accommodations.queries import granted
from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.appeals.windows import way_of_ban, ways_of_sitting
from app.applicants.queries import ApplicantFacts, applicant_of_account, running_ban
from app.bookings import waiting
from app.bookings.queries import BookingFacts, access_booking, cancelled_bookings
from app.bookings.rules import WaitingState
from app.desk.steps import result_page, start_page, steps_of
from app.kernel.clock import local_day
from app.processes.after_sitting import end_sitting
from app.processes.before_sitting import StartTest, freeze_paper, start_test
from app.processes.booking import NextPlaces, bookable_programmes, next_places
from app.processes.outages import settle_before_end
from app.scoring.queries import result_of_sitting
from app.sittings import service as sittings
from app.sittings.errors import AlreadySat, SittingElsewhere, SittingPaused
from app.sittings.forms import StartForm
from app.sittings.queries import SittingFacts, access_sitting, sitting_of_booking
from app.sittings.rules import Cause, State
from app.sittings.views import browser_nonce, holds_live_session, live_nonce, remember_live
from app.web import LANGUAGES, db, language, render, tools, unit_of_work

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


@bp.route("/bookings/<uuid:booking_id>/start", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def start(booking_id: uuid.UUID) -> ResponseReturnValue:
    """The page before the clock; its button freezes the paper and starts the clock."""
    applicant = _applicant()
    booking = access_booking(booking_id, applicant.id, session=db.session())
    conditions = granted(applicant.id, local_day(booking.session.opens_at), session=db.session())
    page = start_page(booking, applicant, conditions, language=language())
    form = StartForm()
    form.language.choices = [(code, LANGUAGES[code]) for code in page.programme.languages]
    if not form.validate_on_submit():
        return render("sittings/ready.html", booking=page, programme=page.programme, form=form), (
            422 if form.is_submitted() else 200
        )
    return _start(booking, form.language.data)


def _start(booking: BookingFacts, chosen: str) -> ResponseReturnValue:
    """Freeze first and commit, then start the clock: the paper stands before a second of it has run."""
    outside = tools()
    with unit_of_work() as session:
        freeze_paper(booking, session=session, now=outside.clock.now(), entropy=outside.entropy)
    command = StartTest(booking=booking, language=chosen, nonce=browser_nonce(booking.id))
    try:
        with unit_of_work() as session:
            sitting = start_test(command, session=session, now=outside.clock.now(), entropy=outside.entropy)
    except AlreadySat:
        sitting = _started_here(booking, command.nonce)
    remember_live(sitting)
    return redirect(url_for("sittings.show", sitting_id=sitting.id), 303)


def _started_here(booking: BookingFacts, nonce: bytes) -> SittingFacts:
    """Return the sitting that the first of two presses in this browser started.

    Raises:
        AlreadySat: It was started elsewhere, or is over.
    """
    found = sitting_of_booking(booking.id, session=db.session())
    if found is None or found.state is not State.RUNNING or found.live_nonce != nonce:
        raise AlreadySat
    return found


@bp.route("/sittings/<uuid:sitting_id>/continue", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def resume(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Go on with a running sitting in this browser, if it is the live one or was released."""
    if request.method == "GET":  # reloaded, or the language changed, on the page that refused
        return redirect(url_for("desk.mine"), 303)
    outside = tools()
    applicant = _applicant()
    booking_id = access_sitting(sitting_id, applicant.id, session=db.session()).booking_id
    nonce = live_nonce(sitting_id) or browser_nonce(booking_id)
    try:
        with unit_of_work() as session:
            sitting = sittings.claim(sitting_id, applicant.id, nonce=nonce, session=session, now=outside.clock.now())
    except SittingElsewhere:
        return render("sittings/elsewhere.html"), 409
    remember_live(sitting)
    return redirect(url_for("sittings.show", sitting_id=sitting.id), 303)


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
        if settle_before_end(sitting_id, session=session, now=now):
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
