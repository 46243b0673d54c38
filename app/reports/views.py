"""Which pages show the log and the state of the machinery?"""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.accounts.texts import ROLE_NAMES
from app.audit import queries as audit
from app.jobs import queries as jobs
from app.reports import service
from app.reports.forms import LogForm
from app.web import db, render, tools, unit_of_work

bp = Blueprint("reports", __name__, url_prefix="/reports")

ENTRIES_ON_A_PAGE = 50
JOBS_ON_A_PAGE = 50


@bp.get("/log")
@role_required(Role.AUDITOR, Role.ADMINISTRATOR)
def log() -> ResponseReturnValue:
    form = LogForm(request.args)
    if not form.validate():
        return render("reports/log.html", form=form, entries=[], older=None), 422
    entries = audit.latest(
        db.session(), limit=ENTRIES_ON_A_PAGE + 1, before_seq=form.before.data, kind=form.kind.data or ""
    )
    shown = entries[:ENTRIES_ON_A_PAGE]
    older = shown[-1].seq if len(entries) > ENTRIES_ON_A_PAGE else None
    return render("reports/log.html", form=form, entries=shown, older=older)


@bp.get("/")
@role_required(Role.ADMINISTRATOR)
def overview() -> ResponseReturnValue:
    session = db.session()
    return render(
        "reports/overview.html",
        job_counts={state.value: number for state, number in jobs.counts(session).items()},
        failed=jobs.failed(session, limit=JOBS_ON_A_PAGE),
        troubled=jobs.troubled(session, limit=JOBS_ON_A_PAGE),
        accounts=[(ROLE_NAMES[role], number) for role, number in accounts.active_by_role(session).items()],
    )


@bp.post("/jobs/<uuid:job_id>/retry")
@role_required(Role.ADMINISTRATOR)
def retry_job(job_id: uuid.UUID) -> ResponseReturnValue:
    with unit_of_work() as session:
        service.retry_job(job_id, actor=current_person().id, session=session, now=tools().clock.now())
    flash(_("The job will be tried again shortly."), "ok")
    return redirect(url_for(".overview"), 303)
