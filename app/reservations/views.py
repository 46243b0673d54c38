"""Which pages lead an applicant to a place, to another one, and to the receipt?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import Field

from app.accommodations.queries import granted
from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.applicants.queries import ApplicantFacts, applicant_of_account
from app.bookings import service as bookings
from app.bookings.calendar import bookable_days, window
from app.bookings.errors import (
    BookingCancelled,
    ChangeTooLate,
    CompetitionOver,
    CompetitionTooEarly,
    NotEligible,
    SessionFull,
)
from app.bookings.offers import FreePlaces, free_places
from app.bookings.queries import (
    BookingFacts,
    CentreFacts,
    SessionFacts,
    access_application,
    access_booking,
    centre_with_code,
    session_with_id,
)
from app.erasures.queries import erasure_waits
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.rulebook import programmes_elsewhere
from app.kernel.workdays import workdays
from app.processes import booking as processes
from app.processes.eligibility import Decision, decide
from app.reservations.forms import ApplicationForm
from app.reservations.pages import (
    ReceiptPage,
    calendar_entry,
    centre_options,
    day_options,
    receipt_page,
    receipt_sheet,
    time_options,
)
from app.reservations.receipt import as_calendar, as_pdf
from app.reservations.texts import GroundLine, ground_line
from app.web import db, language, local_date, render, settings, tools, unit_of_work
from question_bank.programme import Programme

bp = Blueprint("reservations", __name__)


@dataclass(frozen=True, kw_only=True)
class Way:
    """What somebody chooses a place for: an application, a booking to be moved, or a test for no competition."""

    programme: Programme
    days: list[date]
    decision: Decision
    """At this moment, the booking that is to be moved left out."""
    accessible: bool
    choose: Callable[..., str]
    """Address of the choice, narrowed to ``centre`` and ``day``."""
    confirm: Callable[..., str]
    """Address of the confirmation of ``exam_session_id``."""
    book: Callable[..., uuid.UUID]
    """What gives the place."""
    moving: BookingFacts | None = None
    application_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ListedTest:
    """A test in the list, with everything that stands against it."""

    programme: Programme
    grounds: list[GroundLine]
    opens_at: datetime | None
    near: bool
    """Whether what stands against it is over on a day that can be booked now."""
    booked: BookingFacts | None
    """The place that the person has, where nothing else stands against another one."""


# --- which test


@bp.get("/book")
@role_required(Role.APPLICANT)
def index() -> ResponseReturnValue:
    """The tests, each with everything that stands against it."""
    now = tools().clock.now()
    applicant = _applicant()
    return render(
        "reservations/index.html",
        lines=[_line(programme, applicant, now) for programme in processes.bookable_programmes(now)],
        elsewhere=programmes_elsewhere(),
        erasure_waits=erasure_waits(applicant.id, session=db.session()),
    )


@bp.route("/book/<string:programme_code>", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def apply_for(programme_code: str) -> ResponseReturnValue:
    """The application: for a competition, or for none."""
    outside = tools()
    now = outside.clock.now()
    applicant, programme = _applicant(), processes.bookable_programme(programme_code, now)
    decision = decide(applicant.id, programme, session=db.session(), now=now)
    if not decision.eligible and not _is_near(decision, programme, now):
        return _barred(programme, decision)
    form = ApplicationForm()
    if form.validate_on_submit() and _days_are_open(form, programme, now):
        with unit_of_work() as session:
            made = bookings.apply_for(
                applicant.id, programme.code, form.competition, session=session, now=now, entropy=outside.entropy
            )
        return redirect(url_for(".choose", application_id=made), 303)
    page = render(
        "reservations/apply.html",
        form=form,
        programme=programme,
        grounds=_grounds(decision),
        opens_at=decision.opens_at,
    )
    return page, 422 if form.is_submitted() else 200


# --- which place


@bp.get("/applications/<uuid:application_id>/places")
@role_required(Role.APPLICANT)
def choose(application_id: uuid.UUID) -> ResponseReturnValue:
    """Centre, day and time for an application, one after the other."""
    return _choose(_for_application(application_id))


@bp.route("/applications/<uuid:application_id>/places/<uuid:exam_session_id>", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def confirm(application_id: uuid.UUID, exam_session_id: uuid.UUID) -> ResponseReturnValue:
    """Everything once more in words; the button books the place."""
    return _confirm(_for_application(application_id), exam_session_id)


@bp.route("/book/places/<uuid:exam_session_id>", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def take(exam_session_id: uuid.UUID) -> ResponseReturnValue:
    """A place that was offered, for no competition: one press where it is offered, or by way of the confirmation."""
    now, applicant = tools().clock.now(), _applicant()
    exam_session = session_with_id(exam_session_id, session=db.session())
    programme = processes.bookable_programme(exam_session.programme_code, now)
    way = Way(
        programme=programme,
        days=bookable_days(programme, None, workdays(), now),
        decision=decide(applicant.id, programme, session=db.session(), now=now),
        accessible=_needs_accessible(applicant),
        choose=lambda **_narrowed: url_for(".apply_for", programme_code=programme.code),
        confirm=partial(url_for, ".take"),
        book=partial(processes.reserve, applicant.id),
    )
    return _confirm(way, exam_session_id)


@bp.get("/bookings/<uuid:booking_id>/move")
@role_required(Role.APPLICANT)
def move(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Another centre, day and time for a booking."""
    return _choose(_for_move(booking_id))


@bp.route("/bookings/<uuid:booking_id>/move/<uuid:exam_session_id>", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def move_to(booking_id: uuid.UUID, exam_session_id: uuid.UUID) -> ResponseReturnValue:
    """Old and new time side by side; the button moves the booking."""
    return _confirm(_for_move(booking_id), exam_session_id)


@bp.route("/bookings/<uuid:booking_id>/cancel", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def cancel(booking_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more, then give the place back."""
    outside, applicant = tools(), _applicant()
    found = access_booking(booking_id, applicant.id, session=db.session())
    if request.method == "GET":
        if not found.may_change(outside.clock.now()):
            raise BookingCancelled if found.cancelled_at else ChangeTooLate
        return render("reservations/cancel.html", page=_receipt(found, applicant))
    with unit_of_work() as session:
        processes.cancel(
            booking_id,
            applicant_id=applicant.id,
            session=session,
            now=outside.clock.now(),
            entropy=outside.entropy,
        )
    flash(_("The booking is cancelled. Nothing counts as an attempt."), "ok")
    return redirect(url_for("desk.mine"), 303)


# --- the receipt


@bp.get("/bookings/<uuid:booking_id>/receipt")
@role_required(Role.APPLICANT)
def receipt(booking_id: uuid.UUID) -> ResponseReturnValue:
    """The receipt as a page that can be printed."""
    applicant = _applicant()
    found = access_booking(booking_id, applicant.id, session=db.session())
    return render("reservations/receipt.html", page=_receipt(found, applicant))


@bp.get("/bookings/<uuid:booking_id>/receipt.pdf")
@role_required(Role.APPLICANT)
def receipt_pdf(booking_id: uuid.UUID) -> ResponseReturnValue:
    applicant = _applicant()
    found = access_booking(booking_id, applicant.id, session=db.session())
    sheet = receipt_sheet(_receipt(found, applicant), language=language())
    return _file(as_pdf(sheet, now=tools().clock.now()), "application/pdf", f"synaq-{found.number}.pdf")


@bp.get("/bookings/<uuid:booking_id>/receipt.ics")
@role_required(Role.APPLICANT)
def receipt_calendar(booking_id: uuid.UUID) -> ResponseReturnValue:
    """The booking for a calendar. One that was moved leads to the newest, so that the calendar shows one entry."""
    applicant = _applicant()
    found = access_booking(booking_id, applicant.id, session=db.session())
    if found.moved_to_id is not None:
        return redirect(url_for(".receipt_calendar", booking_id=found.moved_to_id), 303)
    origin = settings().public_origin
    entry = calendar_entry(
        found,
        _receipt(found, applicant),
        host=urlsplit(origin).hostname or "synaq",
        url=origin + url_for(".receipt", booking_id=booking_id),
        session=db.session(),
    )
    kind = "text/calendar; charset=utf-8; method=PUBLISH"
    return _file(as_calendar(entry, found), kind, f"synaq-{found.number}.ics")


# --- the two steps of every way


def _choose(way: Way) -> ResponseReturnValue:
    """Show centres, or the days of a centre, or the times of a day."""
    if way.decision.opens_at is None and not way.decision.eligible:
        return _barred(way.programme, way.decision)
    code, day = request.args.get("centre"), _day(request.args.get("day"))
    centre = centre_with_code(code, session=db.session()) if code else None
    free = _free(way)
    options = centre_options(
        free,
        home=centre or _home(way),
        url=lambda chosen: way.choose(centre=chosen),
        language=language(),
        session=db.session(),
    )
    here = [place for place in free if centre and place.centre_id == centre.id]
    return render(
        "reservations/choose.html",
        way=way,
        centre=centre,
        day=day and start_of_local_day(day),
        chosen=day and day.isoformat(),
        centres=options,
        days=day_options(here, url=lambda chosen: way.choose(centre=code, day=chosen.isoformat())),
        times=time_options(
            [place for place in here if place.day == day], url=lambda chosen: way.confirm(exam_session_id=chosen)
        ),
    )


def _confirm(way: Way, exam_session_id: uuid.UUID) -> ResponseReturnValue:
    """Show the place in words; a press gives it, or says at once what else is free."""
    exam_session = session_with_id(exam_session_id, session=db.session())
    centre = centre_with_code(exam_session.centre_code, session=db.session())
    if request.method == "GET":
        return render("reservations/confirm.html", way=way, exam_session=exam_session, centre=centre)
    outside = tools()
    try:
        with unit_of_work() as session:
            booking_id = way.book(exam_session_id, session=session, now=outside.clock.now(), entropy=outside.entropy)
    except SessionFull:
        return _full(way, exam_session, centre)
    except NotEligible as refusal:
        decision: Decision = refusal.parameters["decision"]  # type: ignore[assignment]  # parameters are plain objects
        return _barred(way.programme, decision)
    flash(_("Your booking is moved.") if way.moving else _("A place is booked for you."), "ok")
    return redirect(url_for(".receipt", booking_id=booking_id), 303)


def _full(way: Way, exam_session: SessionFacts, centre: CentreFacts) -> ResponseReturnValue:
    """Say that the last place is gone, and offer the next ones."""
    offers = processes.earliest_places(
        centre,
        way.programme,
        way.decision.opens_at or tools().clock.now(),
        days=way.days,
        accessible=way.accessible,
        session=db.session(),
        now=tools().clock.now(),
    )
    page = render("reservations/full.html", way=way, exam_session=exam_session, centre=centre, offers=offers)
    return page, SessionFull.status


def _line(programme: Programme, applicant: ApplicantFacts, now: datetime) -> ListedTest:
    decision = decide(applicant.id, programme, session=db.session(), now=now)
    return ListedTest(
        programme=programme,
        grounds=_grounds(decision),
        opens_at=decision.opens_at,
        near=_is_near(decision, programme, now),
        booked=decision.grounds[0].booking if len(decision.grounds) == 1 else None,
    )


def _is_near(decision: Decision, programme: Programme, now: datetime) -> bool:
    """Return whether what stands against the test is over on a day that can be booked now."""
    return decision.opens_at is not None and local_day(decision.opens_at) <= window(programme, now)[-1]


def _barred(programme: Programme, decision: Decision) -> ResponseReturnValue:
    page = render(
        "reservations/barred.html", programme=programme, grounds=_grounds(decision), opens_at=decision.opens_at
    )
    return page, NotEligible.status


def _for_application(application_id: uuid.UUID) -> Way:
    now, applicant = tools().clock.now(), _applicant()
    application = access_application(application_id, applicant.id, session=db.session())
    programme = processes.bookable_programme(application.programme_code, now)
    return Way(
        programme=programme,
        days=bookable_days(programme, application.competition_deadline, workdays(), now),
        decision=decide(applicant.id, programme, session=db.session(), now=now),
        accessible=_needs_accessible(applicant),
        choose=partial(url_for, ".choose", application_id=application_id),
        confirm=partial(url_for, ".confirm", application_id=application_id),
        book=partial(processes.reserve, applicant.id, application_id=application_id),
        application_id=application_id,
    )


def _for_move(booking_id: uuid.UUID) -> Way:
    now, applicant = tools().clock.now(), _applicant()
    found = access_booking(booking_id, applicant.id, session=db.session())
    if request.method == "GET" and not found.may_change(now):
        raise BookingCancelled if found.cancelled_at else ChangeTooLate
    programme = processes.bookable_programme(found.session.programme_code, now)
    return Way(
        programme=programme,
        days=processes.days_for(applicant.id, programme, found.application_id, session=db.session(), now=now),
        decision=decide(applicant.id, programme, session=db.session(), now=now, leaving_out=booking_id),
        accessible=found.accessible,
        choose=partial(url_for, ".move", booking_id=booking_id),
        confirm=partial(url_for, ".move_to", booking_id=booking_id),
        book=partial(processes.move, booking_id, applicant_id=applicant.id),
        moving=found,
        application_id=found.application_id,
    )


def _needs_accessible(applicant: ApplicantFacts) -> bool:
    return granted(applicant.id, local_day(tools().clock.now()), session=db.session()).accessible


def _free(way: Way) -> list[FreePlaces]:
    """Return the free places that the person may take: none before a wait ends, nor that of a booking to be moved."""
    now = tools().clock.now()
    found = free_places(way.programme.code, way.days, accessible=way.accessible, session=db.session(), now=now)
    first = way.decision.opens_at or now
    mine = way.moving.session.id if way.moving else None
    return [place for place in found if place.opens_at >= first and place.exam_session_id != mine]


def _home(way: Way) -> CentreFacts | None:
    if way.moving is not None:
        return centre_with_code(way.moving.session.centre_code, session=db.session())
    return processes.home_centre(_applicant().id, session=db.session())


def _days_are_open(form: ApplicationForm, programme: Programme, now: datetime) -> bool:
    """Say beside the date why nothing can be booked for the competition, if so."""
    competition = form.competition
    try:
        bookable_days(programme, competition.deadline if competition else None, workdays(), now)
    except CompetitionOver as refusal:
        words = _("The days for this competition ended on %(day)s. Check the date, or apply for no competition.")
        return _complain(form.deadline, words % {"day": _in_words(refusal.parameters["last"])})
    except CompetitionTooEarly as refusal:
        words = _("Places for this competition can be booked from %(day)s. Come back then.")
        return _complain(form.deadline, words % {"day": _in_words(refusal.parameters["opens_on"])})
    return True


def _complain(field: Field, words: str) -> bool:
    field.errors = [*field.errors, words]
    return False


def _in_words(day: object) -> str:
    return local_date(start_of_local_day(day)) if isinstance(day, date) else ""


def _day(text: str | None) -> date | None:
    """Read the day of an address."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        abort(404)


def _grounds(decision: Decision) -> list[GroundLine]:
    return [ground_line(ground) for ground in decision.grounds]


def _receipt(found: BookingFacts, applicant: ApplicantFacts) -> ReceiptPage:
    now = tools().clock.now()
    return receipt_page(found, applicant, language=language(), session=db.session(), now=now)


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(content, content_type=kind, headers=headers)


def _applicant() -> ApplicantFacts:
    return applicant_of_account(current_person().id, session=db.session())
