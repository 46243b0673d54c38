"""Who asked to have their data erased, and how does an administrator carry it out or refuse?"""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import service as passwords
from app.accounts.guards import current_person, role_required
from app.accounts.queries import display_names
from app.accounts.rules import Role
from app.applicants.queries import applicant_record
from app.approvals.forms import PasswordForm
from app.approvals.texts import password_refusal
from app.erasures.queries import decided_erasures, erasure_with_id, open_erasures
from app.erasures.rules import DAYS_TO_ERASE, days_left
from app.processes import erasure
from app.reports.forms import RefuseErasureForm
from app.web import db, render, tools, unit_of_work

bp = Blueprint("erasures", __name__, url_prefix="/reports/erasures")

DECIDED_ON_A_PAGE = 50


@bp.get("/")
@role_required(Role.ADMINISTRATOR)
def requests() -> ResponseReturnValue:
    session, now = db.session(), tools().clock.now()
    waiting = open_erasures(session=session)
    return render(
        "erasures/requests.html",
        waiting=[(request, days_left(request.asked_at, now)) for request in waiting],
        days=DAYS_TO_ERASE,
        decided=decided_erasures(limit=DECIDED_ON_A_PAGE, session=session),
    )


@bp.get("/<uuid:request_id>")
@role_required(Role.ADMINISTRATOR)
def show(request_id: uuid.UUID) -> ResponseReturnValue:
    return _request_page(request_id)


@bp.get("/<uuid:request_id>/carry-out")
@bp.get("/<uuid:request_id>/refuse")
@role_required(Role.ADMINISTRATOR)
def again(request_id: uuid.UUID) -> ResponseReturnValue:
    """Where a change of the language on a refused form leads: the forms are on the page of the request."""
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<uuid:request_id>/carry-out")
@role_required(Role.ADMINISTRATOR)
def carry_out(request_id: uuid.UUID) -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate_on_submit():
        return _request_page(request_id, carrying_out=form), 422
    person, outside = current_person(), tools()
    now = outside.clock.now()
    with unit_of_work() as session:
        refusal = passwords.confirm_password(person, form.password.data, session=session, now=now)
        if refusal is None:
            erasure.execute(request_id, actor=person.id, session=session, now=now, entropy=outside.entropy)
    if refusal is not None:
        form.password.errors = [password_refusal(refusal)]
        return _request_page(request_id, carrying_out=form), refusal.status
    flash(_("The data are erased. A last letter tells the person."), "ok")
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<uuid:request_id>/refuse")
@role_required(Role.ADMINISTRATOR)
def refuse(request_id: uuid.UUID) -> ResponseReturnValue:
    form = RefuseErasureForm()
    if not form.validate_on_submit():
        return _request_page(request_id, refusing=form), 422
    outside = tools()
    with unit_of_work() as session:
        erasure.refuse(
            request_id,
            form.reason.data,
            actor=current_person().id,
            session=session,
            now=outside.clock.now(),
            entropy=outside.entropy,
        )
    flash(_("Refused. A letter gives the person your reason."), "ok")
    return redirect(url_for(".show", request_id=request_id), 303)


def _request_page(
    request_id: uuid.UUID, *, carrying_out: PasswordForm | None = None, refusing: RefuseErasureForm | None = None
) -> str:
    session, now = db.session(), tools().clock.now()
    request = erasure_with_id(request_id, session=session)
    deciders = {request.decided_by} if request.decided_by else set()
    return render(
        "erasures/request.html",
        request=request,
        applicant=applicant_record(request.applicant_id, session=session),
        decider=next(iter(display_names(deciders, session).values()), ""),
        days_left=days_left(request.asked_at, now),
        hindrance=erasure.hindrance(request.applicant_id, session=session, now=now),
        identity_kept=erasure.keeps_identity(request.applicant_id, session=session),
        carrying_out=carrying_out or PasswordForm(formdata=None),
        refusing=refusing or RefuseErasureForm(formdata=None),
    )
