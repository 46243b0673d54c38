"""How does an applicant contest a test or an act? Choose the ground, see the own answers, write, read the decision."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.appeals import service
from app.appeals.errors import AlreadyFiled
from app.appeals.evidence import record_of, sheet_of
from app.appeals.forms import StatementForm, questions_form
from app.appeals.queries import AppealFacts, access_appeal, appeals_of
from app.appeals.rules import GROUND_NAMES, MOST_QUESTIONS, Ground, State
from app.appeals.windows import (
    Way,
    contestable_bans,
    require_open_for_ban,
    require_open_for_sitting,
    require_sheet,
    sheet_is_open,
    way_of_ban,
    ways_of_sitting,
)
from app.applicants.errors import BanNotFound
from app.applicants.queries import ApplicantFacts, BanFacts, applicant_of_account, ban_with_id
from app.bookings.queries import bookings_of_applicant
from app.sittings.queries import SittingFacts, access_sitting, sittings_of_bookings
from app.web import db, language, render, tools, unit_of_work

bp = Blueprint("appeals", __name__)

STATE_STATUS = {
    State.OPEN: "info",
    State.GRANTED: "ok",
    State.REFUSED: "stop",
    State.WITHDRAWN: "warn",
}


@dataclass(frozen=True, kw_only=True)
class ContestableTest:
    """A test of which something may be contested now."""

    sitting_id: uuid.UUID
    title: str
    started_at: datetime
    until: datetime


@bp.get("/appeals")
@role_required(Role.APPLICANT)
def mine() -> ResponseReturnValue:
    """The own appeals, and what may be contested now."""
    applicant, session, now = _applicant(), db.session(), tools().clock.now()
    bans = contestable_bans(applicant.id, session=session, now=now)
    return render(
        "appeals/mine.html",
        appeals=appeals_of(applicant.id, session=session),
        names=_ground_names(),
        statuses=STATE_STATUS,
        tests=_contestable_tests(applicant, now),
        bans=[(ban, way_of_ban(ban, session=session)) for ban in bans],
    )


@bp.get("/sittings/<uuid:sitting_id>/appeal")
@role_required(Role.APPLICANT)
def choose(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """The grounds on which this test may be contested, each with its time."""
    sitting = _own_sitting(sitting_id)
    if sitting.ended_at is None:
        return redirect(url_for("desk.mine"), 303)
    ways = ways_of_sitting(sitting, session=db.session())
    return render(
        "appeals/choose.html", sitting=sitting, ways=ways, names=_ground_names(), now=tools().clock.now(), Ground=Ground
    )


@bp.get("/sittings/<uuid:sitting_id>/answers")
@role_required(Role.APPLICANT)
def sheet(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """The own answers as the paper showed the questions, while they can be contested."""
    sitting, now = _own_sitting(sitting_id), tools().clock.now()
    require_sheet(sitting, session=db.session(), now=now)
    ways = {way.ground: way for way in ways_of_sitting(sitting, session=db.session())}
    return render(
        "appeals/sheet.html",
        sitting=sitting,
        sheet=sheet_of(sitting, session=db.session()),
        content=ways.get(Ground.CONTENT),
        now=now,
    )


@bp.route("/sittings/<uuid:sitting_id>/appeal/content", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def contest_questions(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Write under each question that is contested what is wrong with it."""
    sitting, outside = _own_sitting(sitting_id), tools()
    now = outside.clock.now()
    filed = _filed(ways_of_sitting(sitting, session=db.session()), Ground.CONTENT)
    if filed:
        return _led_to(filed)
    require_open_for_sitting(Ground.CONTENT, sitting, session=db.session(), now=now)
    paper = sheet_of(sitting, session=db.session())
    form = questions_form(question.position for question in paper.questions)
    if not form.validate_on_submit():
        page = render("appeals/questions.html", sitting=sitting, sheet=paper, form=form, most=MOST_QUESTIONS)
        return page, 422 if form.is_submitted() else 200
    try:
        with unit_of_work() as session:
            made = service.contest_questions(
                sitting, form.arguments, language=language(), session=session, now=now, entropy=outside.entropy
            )
    except AlreadyFiled as taken:
        return _led_to(taken.parameters["appeal_id"])
    return _thanked(made)


@bp.route("/sittings/<uuid:sitting_id>/appeal/technical", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def contest_conduct(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Write what failed, beside what the system itself noted."""
    sitting, outside = _own_sitting(sitting_id), tools()
    now = outside.clock.now()
    filed = _filed(ways_of_sitting(sitting, session=db.session()), Ground.TECHNICAL)
    if filed:
        return _led_to(filed)
    require_open_for_sitting(Ground.TECHNICAL, sitting, session=db.session(), now=now)
    form = StatementForm()
    if not form.validate_on_submit():
        record = record_of(sitting, session=db.session())
        page = render("appeals/technical.html", sitting=sitting, record=record, form=form)
        return page, 422 if form.is_submitted() else 200
    try:
        with unit_of_work() as session:
            made = service.contest_conduct(
                sitting, form.statement.data, language=language(), session=session, now=now, entropy=outside.entropy
            )
    except AlreadyFiled as taken:
        return _led_to(taken.parameters["appeal_id"])
    return _thanked(made)


@bp.route("/bans/<uuid:ban_id>/appeal", methods=["GET", "POST"])
@role_required(Role.APPLICANT)
def contest_violation(ban_id: uuid.UUID) -> ResponseReturnValue:
    """Write what is wrong with the act."""
    ban, outside = _own_ban(ban_id), tools()
    now = outside.clock.now()
    way = way_of_ban(ban, session=db.session())
    if way.appeal_id:
        return _led_to(way.appeal_id)
    require_open_for_ban(ban, session=db.session(), now=now)
    form = StatementForm()
    if not form.validate_on_submit():
        page = render("appeals/violation.html", ban=ban, until=way.until, form=form)
        return page, 422 if form.is_submitted() else 200
    try:
        with unit_of_work() as session:
            made = service.contest_violation(
                ban, form.statement.data, language=language(), session=session, now=now, entropy=outside.entropy
            )
    except AlreadyFiled as taken:
        return _led_to(taken.parameters["appeal_id"])
    return _thanked(made)


@bp.get("/appeals/<uuid:appeal_id>")
@role_required(Role.APPLICANT)
def show(appeal_id: uuid.UUID) -> ResponseReturnValue:
    """One own appeal: what was written, by when it is decided, and the decision."""
    found = access_appeal(appeal_id, _applicant().id, session=db.session())
    now = tools().clock.now()
    sitting = access_sitting(found.sitting_id, found.applicant_id, session=db.session()) if found.sitting_id else None
    return render(
        "appeals/show.html",
        appeal=found,
        name=_ground_names()[found.ground],
        status_kind=STATE_STATUS[found.state],
        reasons=found.reasons,
        ban=ban_with_id(found.ban_id, session=db.session()) if found.ban_id else None,
        sheet_is_open=bool(sitting and sheet_is_open(sitting, session=db.session(), now=now)),
        now=now,
    )


@bp.post("/appeals/<uuid:appeal_id>/withdraw")
@role_required(Role.APPLICANT)
def withdraw(appeal_id: uuid.UUID) -> ResponseReturnValue:
    with unit_of_work() as session:
        applicant_id = applicant_of_account(current_person().id, session=session).id
        service.withdraw(appeal_id, applicant_id, session=session, now=tools().clock.now())
    flash(_("Your appeal is withdrawn. Nobody decides about it any more."), "ok")
    return redirect(url_for(".show", appeal_id=appeal_id), 303)


def _applicant() -> ApplicantFacts:
    return applicant_of_account(current_person().id, session=db.session())


def _own_sitting(sitting_id: uuid.UUID) -> SittingFacts:
    return access_sitting(sitting_id, _applicant().id, session=db.session())


def _own_ban(ban_id: uuid.UUID) -> BanFacts:
    """Return the ban if it is this applicant's; another's looks absent."""
    found = ban_with_id(ban_id, session=db.session())
    if found.applicant_id != _applicant().id:
        raise BanNotFound
    return found


def _contestable_tests(applicant: ApplicantFacts, now: datetime) -> list[ContestableTest]:
    bookings = {booking.id: booking for booking in bookings_of_applicant(applicant.id, session=db.session())}
    sittings = sittings_of_bookings(bookings, session=db.session())
    found = []
    for booking_id, sitting in sittings.items():
        open_ways = [way for way in ways_of_sitting(sitting, session=db.session()) if way.is_open(now)]
        if open_ways:
            found.append(
                ContestableTest(
                    sitting_id=sitting.id,
                    title=bookings[booking_id].session.programme.title[language()],
                    started_at=sitting.timing.started_at,
                    until=max(way.until for way in open_ways),
                )
            )
    return found


def _ground_names() -> dict[Ground, str]:
    return {ground: names[language()] for ground, names in GROUND_NAMES.items()}


def _filed(ways: list[Way], ground: Ground) -> uuid.UUID | None:
    return next((way.appeal_id for way in ways if way.ground is ground), None)


def _led_to(appeal_id: object) -> ResponseReturnValue:
    """Show the appeal that stands: filed twice is filed once."""
    flash(_("This is contested already: your appeal is below. Nothing was filed a second time."), "info")
    return redirect(url_for(".show", appeal_id=appeal_id), 303)


def _thanked(made: AppealFacts) -> ResponseReturnValue:
    flash(_("Your appeal %(number)s is filed.", number=made.number), "ok")
    return redirect(url_for(".show", appeal_id=made.id), 303)
