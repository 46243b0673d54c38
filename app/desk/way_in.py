"""What does an applicant do before the clock? One step after another, then wait for the start.

``/bookings/<id>/start`` leads to the step that is next. The last page waits; its call and its button look up nobody:
the signed cookie gives the nonce of the browser that got ready, and the statement compares that.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, jsonify, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.accommodations.queries import granted
from app.accounts.guards import current_person, guarded_by, role_required
from app.accounts.rules import Role
from app.applicants.queries import ApplicantFacts, applicant_of_account
from app.bookings.queries import BookingFacts, access_booking
from app.checkin import service as checkin
from app.checkin.errors import NotReleased
from app.checkin.forms import EquipmentForm, LanguageForm, RulesForm, StepForm
from app.checkin.queries import CheckInFacts, check_in_of, released_at
from app.checkin.rules import STEPS, Step, read_equipment
from app.checkin.samples import sample_paper
from app.desk.steps import start_page
from app.kernel.clock import local_day
from app.papers.queries import paper_of_booking
from app.processes.before_sitting import (
    PrepareTest,
    awaits_release,
    freeze_paper,
    is_released,
    prepare_test,
    require_admission,
    start_test,
)
from app.sittings import preparing
from app.sittings.errors import NotPrepared
from app.sittings.queries import sitting_of_booking
from app.sittings.rules import State
from app.sittings.views import browser_nonce, remember_live
from app.web import LANGUAGES, db, language, render, tools, unit_of_work

bp = Blueprint("way_in", __name__)

View = TypeVar("View", bound=Callable[..., Any])


def ready_browser_required(view: View) -> View:
    """Guard of the waiting page's own call and button: a browser that is signed in; which one, the statement checks."""

    @wraps(view)
    def guarded(booking_id: uuid.UUID) -> Any:
        if "nonce" not in cookie:
            return redirect(url_for("accounts.sign_in", next=url_for("way_in.start", booking_id=booking_id)))
        return view(booking_id)

    return guarded_by("ready browser")(cast(View, guarded))


@bp.get("/bookings/<uuid:booking_id>/start")
@role_required(Role.APPLICANT)
def start(booking_id: uuid.UUID) -> ResponseReturnValue:
    """The entrance: lead to the next step, if the person may come in at all."""
    booking = _booking(booking_id)
    if (running := _own_running(booking)) is not None:
        return redirect(url_for("sittings.show", sitting_id=running), 303)
    require_admission(booking, session=db.session(), now=tools().clock.now())
    return _to(_check_in(booking).next_step, booking)


@bp.route("/bookings/<uuid:booking_id>/start/identity", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def identity(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Is this me, and is this my test?"""
    booking, form, now = _booking(booking_id), StepForm(), tools().clock.now()
    require_admission(booking, session=db.session(), now=now)
    if not form.validate_on_submit():
        applicant = _applicant()
        conditions = granted(applicant.id, local_day(booking.session.opens_at), session=db.session())
        paper = paper_of_booking(booking.id, session=db.session())
        page = start_page(booking, applicant, conditions, seat=paper.seat if paper else None, language=language())
        return _page("checkin/identity.html", Step.IDENTITY, booking, form=form, page=page)
    with unit_of_work() as session:
        checkin.confirm_identity(booking.id, actor=booking.applicant_id, session=session, now=now)
    return _to(Step.LANGUAGE, booking)


@bp.route("/bookings/<uuid:booking_id>/start/language", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def choose_language(booking_id: uuid.UUID) -> ResponseReturnValue:
    """In which language? The pages follow it from here on."""
    booking = _booking(booking_id)
    done = _check_in(booking)
    if (earlier := _earlier(Step.LANGUAGE, done, booking)) is not None:
        return earlier
    form = LanguageForm(language=done.language)
    form.language.choices = [(code, LANGUAGES[code]) for code in booking.session.programme.sitting.languages]
    if not form.validate_on_submit():
        return _page("checkin/language.html", Step.LANGUAGE, booking, form=form)
    with unit_of_work() as session:
        checkin.choose_language(booking.id, form.language.data, session=session)
    cookie["language"] = form.language.data
    return _to(Step.RULES, booking)


@bp.route("/bookings/<uuid:booking_id>/start/rules", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def rules(booking_id: uuid.UUID) -> ResponseReturnValue:
    """What holds during the test, in its language."""
    booking, form = _booking(booking_id), RulesForm()
    done = _check_in(booking)
    if (earlier := _earlier(Step.RULES, done, booking)) is not None:
        return earlier
    if not form.validate_on_submit():
        applicant = _applicant()
        conditions = granted(applicant.id, local_day(booking.session.opens_at), session=db.session())
        page = start_page(booking, applicant, conditions, seat=None, language=language())
        return _page(
            "checkin/rules.html",
            Step.RULES,
            booking,
            form=form,
            page=page,
            test_language=LANGUAGES[done.language or "kk"],
        )
    with unit_of_work() as session:
        checkin.accept_rules(booking.id, actor=booking.applicant_id, session=session, now=tools().clock.now())
    return _to(Step.EQUIPMENT, booking)


@bp.route("/bookings/<uuid:booking_id>/start/equipment", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def equipment(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Does this computer do what the page needs? Whatever comes out, one goes on; the proctor sees it."""
    booking, form = _booking(booking_id), EquipmentForm()
    if (earlier := _earlier(Step.EQUIPMENT, _check_in(booking), booking)) is not None:
        return earlier
    if not form.validate_on_submit():
        return _page("checkin/equipment.html", Step.EQUIPMENT, booking, form=form)
    found = read_equipment(form.report.data or "")
    with unit_of_work() as session:
        checkin.note_equipment(booking.id, found, actor=booking.applicant_id, session=session, now=tools().clock.now())
    return _to(Step.SAMPLES, booking)


@bp.get("/bookings/<uuid:booking_id>/start/clock")
@role_required(Role.APPLICANT)
def clock(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Tell the time, for the check of the connection."""
    _booking(booking_id)
    return jsonify(server_time=tools().clock.now().isoformat())


@bp.route("/bookings/<uuid:booking_id>/start/samples", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def samples(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Three questions on the page of the test, which count for nothing; after them one is ready."""
    booking, form = _booking(booking_id), StepForm()
    done = _check_in(booking)
    if (earlier := _earlier(Step.SAMPLES, done, booking)) is not None:
        return earlier
    if not form.validate_on_submit():
        calls = dict.fromkeys(("answers", "events"), "") | {
            "paper": url_for("way_in.samples_paper", booking_id=booking.id),
            "finish": url_for("way_in.samples", booking_id=booking.id),
        }
        sitting = _sample_sitting(booking, done)
        return _page("checkin/samples.html", Step.SAMPLES, booking, finish_form=form, sitting=sitting, calls=calls)
    with unit_of_work() as session:
        checkin.leave_samples(booking.id, session=session, now=tools().clock.now())
    return _get_ready(booking)


@bp.get("/bookings/<uuid:booking_id>/start/sample-paper")
@role_required(Role.APPLICANT)
def samples_paper(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Send the sample questions, in the language of the test."""
    done = _check_in(_booking(booking_id))
    return jsonify(sample_paper(done.language or language()))


@bp.post("/bookings/<uuid:booking_id>/start/ready")
@role_required(Role.APPLICANT)
def ready(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Get ready once more: at another computer, or after something was decided meanwhile."""
    booking = _booking(booking_id)
    if _check_in(booking).next_step is not Step.READY:
        return redirect(url_for("way_in.start", booking_id=booking_id), 303)
    return _get_ready(booking)


@bp.get("/bookings/<uuid:booking_id>/start/wait")
@role_required(Role.APPLICANT)
def wait(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Wait for the start of the session; the page asks every two seconds and then starts by itself."""
    booking = _booking(booking_id)
    if (running := _own_running(booking)) is not None:
        return redirect(url_for("sittings.show", sitting_id=running), 303)
    if sitting_of_booking(booking.id, session=db.session()):
        return redirect(url_for("desk.mine"), 303)
    if (earlier := _earlier(Step.READY, _check_in(booking), booking)) is not None:
        return earlier
    return render(
        "checkin/wait.html",
        booking=booking,
        ready=preparing.is_prepared(booking.id, browser_nonce(booking.id), session=db.session()),
        awaits_release=awaits_release(booking.session),
        released=is_released(booking.session, session=db.session()),
        form=StepForm(),
    )


@bp.get("/bookings/<uuid:booking_id>/start/released")
@ready_browser_required
def released(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Answer the waiting page: is this browser ready still, and may it start?"""
    gate = preparing.gate_of(booking_id, browser_nonce(booking_id), session=db.session())
    if gate is None:
        return jsonify(ready=False, released=False)
    exam_session_id, waits = gate
    return jsonify(ready=True, released=not waits or released_at(exam_session_id, session=db.session()) is not None)


@bp.post("/bookings/<uuid:booking_id>/start")
@ready_browser_required
def begin(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Start the clock. All that costs was done before: this is a read and a small write."""
    try:
        with unit_of_work() as session:
            started = start_test(booking_id, browser_nonce(booking_id), session=session, now=tools().clock.now())
    except (NotPrepared, NotReleased):
        return redirect(url_for("way_in.start", booking_id=booking_id), 303)
    remember_live(started.sitting_id, started.nonce)
    return redirect(url_for("sittings.show", sitting_id=started.sitting_id), 303)


PAGES = {
    Step.IDENTITY: "way_in.identity",
    Step.LANGUAGE: "way_in.choose_language",
    Step.RULES: "way_in.rules",
    Step.EQUIPMENT: "way_in.equipment",
    Step.SAMPLES: "way_in.samples",
    Step.READY: "way_in.wait",
}


def _get_ready(booking: BookingFacts) -> ResponseReturnValue:
    """Freeze first and commit, then store what the start needs: the paper stands before anybody waits for it."""
    outside = tools()
    with unit_of_work() as session:
        freeze_paper(booking, session=session, now=outside.clock.now(), entropy=outside.entropy)
    chosen = _check_in(booking).language or ""
    command = PrepareTest(booking=booking, language=chosen, nonce=browser_nonce(booking.id))
    with unit_of_work() as session:
        prepare_test(command, session=session, now=outside.clock.now(), entropy=outside.entropy)
    return _to(Step.READY, booking)


def _earlier(step: Step, done: CheckInFacts, booking: BookingFacts) -> ResponseReturnValue | None:
    """Lead to the step that is still open, if ``step`` would be done before it."""
    open_step = done.next_step
    return _to(open_step, booking) if STEPS.index(open_step) < STEPS.index(step) else None


def _to(step: Step, booking: BookingFacts) -> ResponseReturnValue:
    return redirect(url_for(PAGES[step], booking_id=booking.id), 303)


def _page(template: str, step: Step, booking: BookingFacts, **context: Any) -> ResponseReturnValue:
    """Render the page of a step; a form that was not filled in comes back with what is missing."""
    status = 422 if request.method == "POST" else 200
    number = STEPS.index(step)
    back = url_for(PAGES[STEPS[number - 1]], booking_id=booking.id) if number else None
    shown = render(template, booking=booking, number=number + 1, of=len(STEPS), back=back, **context)
    return shown, status


def _sample_sitting(booking: BookingFacts, done: CheckInFacts) -> dict[str, object]:
    """Return what the layout of the exam page asks of a sitting."""
    return {
        "id": booking.id,
        "applicant_name": _applicant().full_name,
        "seat_label": None,
        "language": done.language,
        "programme_title": booking.session.programme.title[language()],
    }


def _own_running(booking: BookingFacts) -> uuid.UUID | None:
    """Return the sitting of a booking that this browser holds, if it runs: a page from before its start came back."""
    found = sitting_of_booking(booking.id, session=db.session())
    if found is None or found.state is not State.RUNNING or found.live_nonce != browser_nonce(booking.id):
        return None
    remember_live(found.id, found.live_nonce)
    return found.id


def _check_in(booking: BookingFacts) -> CheckInFacts:
    return check_in_of(booking.id, session=db.session())


def _booking(booking_id: uuid.UUID) -> BookingFacts:
    return access_booking(booking_id, _applicant().id, session=db.session())


def _applicant() -> ApplicantFacts:
    return applicant_of_account(current_person().id, session=db.session())
