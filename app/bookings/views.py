"""What do administrators see and change of centres, rooms, seats and hours?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import groupby

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import Field

from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.applicants.queries import applicant_with_id
from app.bookings import queries, timetable
from app.bookings.calendar import write_hours
from app.bookings.errors import AlreadyThere, BookingsStruck, CentreNotFound, ClosedThatDay
from app.bookings.forms import (
    WEEK,
    ExceptionForm,
    HoursForm,
    RoomForm,
    StopForm,
    WorkstationsForm,
    weekday_name,
)
from app.bookings.queries import CentreFacts, RoomFacts, WorkstationFacts, centre_with_code
from app.bookings.rules import Fate, Reach
from app.bookings.struck import SETTLE_STRUCK, struck_bookings
from app.bookings.timetable import Act, seal
from app.jobs import service as jobs
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.ids import new_id
from app.kernel.workdays import Standing, workdays
from app.web import db, language, render, tools, unit_of_work

bp = Blueprint("centres", __name__, url_prefix="/centres")

HOLIDAYS_SHOWN_FOR = timedelta(days=120)
REACHES = (
    (Reach.CENTRE.value, _l("Move them to the next free places at this centre")),
    (Reach.NEAREST.value, _l("Move them to the next free places here, or else at the nearest centre that has some")),
    (Reach.NOWHERE.value, _l("Move nobody; people choose another time themselves")),
)
UNSENT = ("csrf_token", "agreed", "reach")
"""Fields of a form that its confirmation fills in anew."""


@bp.get("/")
@role_required(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    return render("centres/index.html", lines=queries.centre_lines(session=db.session(), now=tools().clock.now()))


@bp.get("/<string:code>")
@role_required(Role.ADMINISTRATOR)
def show(code: str) -> ResponseReturnValue:
    """Rooms, hours, and the days that differ."""
    centre, session, today = _centre(code), db.session(), local_day(tools().clock.now())
    weekly = queries.weekly_hours_of(centre.id, session=session)
    stations = queries.workstations_of_centre(centre.id, session=session)
    rooms = queries.rooms_of_centre(centre.id, session=session)
    return render(
        "centres/show.html",
        centre=centre,
        rooms=[(room, [each for each in stations if each.room_id == room.id]) for room in rooms],
        hours=[(weekday_name(day), write_hours(weekly.get(day, ()))) for day in range(1, 8)],
        exceptions=queries.exceptions_of(centre.id, since=today, session=session),
        holidays=[
            (start_of_local_day(day), day_off.title[language()], workdays().years[day.year] is Standing.PROJECTED)
            for day, day_off in sorted(workdays().days_off.items())
            if today <= day <= today + HOLIDAYS_SHOWN_FOR
        ],
        midnight=start_of_local_day,
    )


@bp.get("/<string:code>/sessions")
@role_required(Role.ADMINISTRATOR)
def sessions(code: str) -> ResponseReturnValue:
    """The sessions ahead, with booked and free places."""
    centre, session, now = _centre(code), db.session(), tools().clock.now()
    found = queries.sessions_ahead(centre.id, now, session=session)
    days = [(day, list(lines)) for day, lines in groupby(found, key=lambda each: local_day(each.opens_at))]
    return render(
        "centres/sessions.html",
        centre=centre,
        days=[(start_of_local_day(day), lines) for day, lines in days],
        places=queries.places_of(found, session=session),
        rooms={room.id: room.name for room in queries.rooms_of_centre(centre.id, session=session)},
        now=now,
    )


@bp.get("/<string:code>/struck/<uuid:change_id>")
@role_required(Role.ADMINISTRATOR)
def struck(code: str, change_id: uuid.UUID) -> ResponseReturnValue:
    """Who was moved where by a change, and who could not be."""
    centre, session = _centre(code), db.session()
    found = struck_bookings(change_id, centre.id, session=session)
    if not found:
        raise CentreNotFound
    return render(
        "centres/struck.html",
        centre=centre,
        change_id=change_id,
        lines=[
            (line, applicant_with_id(line.before.applicant_id, session=session).full_name)
            for line in sorted(found, key=lambda each: (each.before.session.opens_at, each.before.created_at))
        ],
        pending=sum(line.fate is Fate.PENDING for line in found),
    )


@bp.get("/<string:code>/rooms")
@role_required(Role.ADMINISTRATOR)
def new_room(code: str) -> ResponseReturnValue:
    return render("centres/new_room.html", centre=_centre(code), form=RoomForm())


@bp.post("/<string:code>/rooms")
@role_required(Role.ADMINISTRATOR)
def add_room(code: str) -> ResponseReturnValue:
    centre, form, outside = _centre(code), RoomForm(), tools()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                timetable.add_room(
                    centre.id, form.code.data, form.name.data, _act(), session=session, entropy=outside.entropy
                )
            flash(_("The room is entered. Put its workstations into service now."), "ok")
            return redirect(url_for(".room", code=code, room=form.code.data), 303)
        except AlreadyThere:
            _complain(form.code, _("There is a room with this code at the centre."))
    return render("centres/new_room.html", centre=centre, form=form), 422


@bp.get("/<string:code>/rooms/<string:room>")
@role_required(Role.ADMINISTRATOR)
def room(code: str, room: str) -> ResponseReturnValue:
    return _room_page(_centre(code), room, WorkstationsForm())


@bp.post("/<string:code>/rooms/<string:room>")
@role_required(Role.ADMINISTRATOR)
def add_workstations(code: str, room: str) -> ResponseReturnValue:
    centre, form = _centre(code), WorkstationsForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                timetable.add_workstations(
                    _room(centre, room), form.chosen, _act(), accessible=form.accessible.data, session=session
                )
            flash(_("The workstations are in service."), "ok")
            return redirect(url_for(".room", code=code, room=room), 303)
        except AlreadyThere as refusal:
            _complain(form.numbers, _("The centre has these already: %(name)s", name=refusal.parameters["name"]))
    return _room_page(centre, room, form), 422


@bp.get("/<string:code>/workstations/<string:number>")
@role_required(Role.ADMINISTRATOR)
def workstation(code: str, number: str) -> ResponseReturnValue:
    return _workstation_page(_centre(code), number, StopForm())


@bp.post("/<string:code>/workstations/<string:number>")
@role_required(Role.ADMINISTRATOR)
def stop_workstation(code: str, number: str) -> ResponseReturnValue:
    """Out of service, with a reason."""
    centre, form = _centre(code), StopForm()
    if not form.validate_on_submit():
        return _workstation_page(centre, number, form), 422
    back = _back_to_room(centre, number)
    return _changed(
        centre,
        lambda act, session: timetable.stop_workstation(centre.id, number, form.reason.data, act, session=session),
        back=back,
        done=_("The workstation is out of service."),
    )


@bp.post("/<string:code>/workstations/<string:number>/start")
@role_required(Role.ADMINISTRATOR)
def start_workstation(code: str, number: str) -> ResponseReturnValue:
    centre = _centre(code)
    with unit_of_work() as session:
        timetable.start_workstation(centre.id, number, _act(), session=session)
    flash(_("The workstation is in service again."), "ok")
    return redirect(_back_to_room(centre, number), 303)


@bp.get("/<string:code>/hours")
@role_required(Role.ADMINISTRATOR)
def hours(code: str) -> ResponseReturnValue:
    centre = _centre(code)
    weekly = queries.weekly_hours_of(centre.id, session=db.session())
    shown = {name: write_hours(weekly.get(number, ())) for number, name in enumerate(WEEK, start=1)}
    return render("centres/hours.html", centre=centre, form=HoursForm(data=shown))


@bp.post("/<string:code>/hours")
@role_required(Role.ADMINISTRATOR)
def set_hours(code: str) -> ResponseReturnValue:
    centre, form = _centre(code), HoursForm()
    if not form.validate_on_submit():
        return render("centres/hours.html", centre=centre, form=form), 422
    return _changed(
        centre,
        lambda act, session: timetable.set_weekly_hours(centre.id, form.weekly, act, session=session),
        back=url_for(".show", code=code),
        done=_("The hours are changed. Sessions for them are made within the hour."),
    )


@bp.get("/<string:code>/exceptions")
@role_required(Role.ADMINISTRATOR)
def new_exception(code: str) -> ResponseReturnValue:
    return render("centres/new_exception.html", centre=_centre(code), form=ExceptionForm())


@bp.post("/<string:code>/exceptions")
@role_required(Role.ADMINISTRATOR)
def add_exception(code: str) -> ResponseReturnValue:
    centre, form, outside = _centre(code), ExceptionForm(), tools()
    if form.validate_on_submit():
        try:
            return _changed(
                centre,
                lambda act, session: timetable.add_exception(
                    centre.id, form.exception, form.reason.data, act, session=session, entropy=outside.entropy
                ),
                back=url_for(".show", code=code),
                done=_("The day is changed."),
            )
        except AlreadyThere:
            _complain(form.day, _("This day differs already. Remove that exception first."))
        except ClosedThatDay:
            _complain(form.day, _("No test is held on a holiday, and a day that is over stays as it was."))
    return render("centres/new_exception.html", centre=centre, form=form), 422


@bp.get("/<string:code>/exceptions/<uuid:exception_id>/remove")
@role_required(Role.ADMINISTRATOR)
def exception_again(code: str, exception_id: uuid.UUID) -> ResponseReturnValue:  # noqa: ARG001  # of the address
    """Where a change of the language on the confirmation leads: the exceptions are on the page of the centre."""
    return redirect(url_for(".show", code=code), 303)


@bp.post("/<string:code>/exceptions/<uuid:exception_id>/remove")
@role_required(Role.ADMINISTRATOR)
def remove_exception(code: str, exception_id: uuid.UUID) -> ResponseReturnValue:
    centre = _centre(code)
    return _changed(
        centre,
        lambda act, session: timetable.remove_exception(centre.id, exception_id, act, session=session),
        back=url_for(".show", code=code),
        done=_("The day is as its weekday again."),
    )


def _changed(
    centre: CentreFacts, change: Callable[[Act, Session], object], *, back: str, done: str
) -> ResponseReturnValue:
    """Make a change; where it would strike bookings, name them and ask first. What follows for them is a job."""
    act, outside = _act(), tools()
    try:
        with unit_of_work() as session:
            change(act, session)
            struck = struck_bookings(act.change_id, centre.id, session=session) if act.change_id else []
            if struck:
                payload = {"change_id": str(act.change_id), "centre_id": str(centre.id)}
                jobs.enqueue(SETTLE_STRUCK, payload, session=session, now=act.now, entropy=outside.entropy)
    except BookingsStruck as refusal:
        strikes = refusal.parameters["strikes"]
        fields = [(name, value) for name, value in request.form.items(multi=True) if name not in UNSENT]
        page = render(
            "centres/confirm.html",
            centre=centre,
            strikes=strikes,
            agreed=seal(strikes),  # type: ignore[arg-type]  # parameters of a refusal are plain objects
            fields=fields,
            back=back,
            reaches=REACHES,
        )
        return page, refusal.status
    flash(done, "ok")
    if struck:
        return redirect(url_for(".struck", code=centre.code, change_id=act.change_id), 303)
    return redirect(back, 303)


def _act() -> Act:
    """Read who agrees to what; only who has agreed to strikes says what follows for the people."""
    outside, agreed, chosen = tools(), request.form.get("agreed", ""), request.form.get("reach", "")
    now = outside.clock.now()
    return Act(
        actor=current_person().id,
        now=now,
        agreed=agreed,
        reach=next((reach for reach in Reach if reach.value == chosen), Reach.NOWHERE),
        change_id=new_id(now, outside.entropy) if agreed else None,
    )


def _centre(code: str) -> CentreFacts:
    return centre_with_code(code, session=db.session())


def _room(centre: CentreFacts, code: str) -> RoomFacts:
    for found in queries.rooms_of_centre(centre.id, session=db.session()):
        if found.code == code:
            return found
    raise CentreNotFound


def _room_page(centre: CentreFacts, code: str, form: WorkstationsForm) -> str:
    room = _room(centre, code)
    stations = queries.workstations_of_centre(centre.id, session=db.session())
    return render(
        "centres/room.html",
        centre=centre,
        room=room,
        stations=[each for each in stations if each.room_id == room.id],
        form=form,
    )


def _workstation(centre: CentreFacts, number: str) -> WorkstationFacts:
    for found in queries.workstations_of_centre(centre.id, session=db.session()):
        if found.number == number:
            return found
    raise CentreNotFound


def _workstation_page(centre: CentreFacts, number: str, form: StopForm) -> str:
    found = _workstation(centre, number)
    return render(
        "centres/workstation.html", centre=centre, station=found, form=form, back=_back_to_room(centre, number)
    )


def _back_to_room(centre: CentreFacts, number: str) -> str:
    found = _workstation(centre, number)
    for room in queries.rooms_of_centre(centre.id, session=db.session()):
        if room.id == found.room_id:
            return url_for(".room", code=centre.code, room=room.code)
    return url_for(".show", code=centre.code)


def _complain(field: Field, words: str) -> None:
    field.errors = [*field.errors, words]
