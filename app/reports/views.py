"""Which pages show the log and the state of the machinery?"""

from __future__ import annotations

import json
import uuid
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.accounts.texts import ROLE_NAMES
from app.audit import queries as audit
from app.jobs import queries as jobs
from app.jobs.rules import JobState
from app.notices.queries import count_outgoing, outgoing
from app.notices.rules import FAILED_KEPT_FOR
from app.outbound import queries as outbound_queries
from app.reports import service, words
from app.reports.forms import LogForm
from app.reports.texts import ACT_NAMES, MESSAGE_NAMES
from app.web import db, redirect_back, render, settings, tools, unit_of_work

bp = Blueprint("reports", __name__, url_prefix="/reports")

READERS = (Role.AUDITOR, Role.ADMINISTRATOR)
ENTRIES_ON_A_PAGE = 50
CHECKPOINTS_ON_A_PAGE = 200
JOBS_ON_A_PAGE = 50
EVENTS_ON_A_PAGE = 50


@bp.get("/log")
@role_required(*READERS)
def log() -> ResponseReturnValue:
    form = LogForm(request.args)
    if not form.validate():
        return render("reports/log.html", form=form, days=[], names={}, acts={}, older=None), 422
    kind, about = form.kind.data or "", form.about.data or ""
    found = audit.latest(db.session(), limit=ENTRIES_ON_A_PAGE + 1, before_seq=form.before.data, kind=kind, about=about)
    shown = found[:ENTRIES_ON_A_PAGE]
    more = len(found) > ENTRIES_ON_A_PAGE
    older = url_for(".log", kind=kind, about=about, before=shown[-1].seq) if more else None
    names = words.names_of(shown, session=db.session())
    return render("reports/log.html", form=form, days=words.by_day(shown), names=names, acts=ACT_NAMES, older=older)


@bp.get("/log/<int:seq>")
@role_required(*READERS)
def act(seq: int) -> ResponseReturnValue:
    """One act, what stands for it in the tree, and what proves it."""
    page = words.act_page(seq, session=db.session())
    names = words.names_of([page.act.entry], session=db.session())
    return render("reports/act.html", page=page, names=names, acts=ACT_NAMES)


@bp.get("/log/<int:seq>/proof.json")
@role_required(*READERS)
def proof(seq: int) -> ResponseReturnValue:
    """The proof as a file; docs/log.md says how to check it."""
    found = audit.prove(seq, session=db.session())
    body = json.dumps(words.proof_document(found, tools().keys.log_keys()), ensure_ascii=False, indent=1)
    disposition = {"Content-Disposition": f"attachment; filename=act-{seq}-proof.json"}
    return Response(body, mimetype="application/json", headers=disposition)


@bp.get("/checkpoints")
@role_required(*READERS)
def checkpoints() -> ResponseReturnValue:
    """What was signed, and how anybody checks it."""
    keys = tools().keys
    return render(
        "reports/checkpoints.html",
        checkpoints=audit.checkpoints(db.session(), limit=CHECKPOINTS_ON_A_PAGE),
        size=audit.size_of_log(db.session()),
        keys=keys.log_keys() if keys.is_filled else [],
        origin=settings().public_origin,
    )


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


@bp.get("/outbound")
@role_required(Role.ADMINISTRATOR)
def outbound() -> ResponseReturnValue:
    """What the state HR system was told, and whether it took it."""
    session = db.session()
    return render(
        "reports/outbound.html",
        receiver=urlsplit(settings().hr_webhook).netloc,
        events=outbound_queries.latest_events(limit=EVENTS_ON_A_PAGE, session=session),
        untaken=outbound_queries.count_untaken(session=session),
    )


@bp.get("/letters")
@role_required(Role.ADMINISTRATOR)
def letters() -> ResponseReturnValue:
    """Did the letters leave? Short messages are shown where this installation sends them."""
    session, by_phone = db.session(), tools().texter is not None
    return render(
        "reports/letters.html",
        counts=[(state.value, number) for state, number in count_outgoing(by_phone=by_phone, session=session).items()],
        messages={
            state.value: outgoing(state, by_phone=by_phone, limit=JOBS_ON_A_PAGE, session=session) for state in JobState
        },
        names=MESSAGE_NAMES,
        kept_days=FAILED_KEPT_FOR.days,
    )


@bp.post("/jobs/<uuid:job_id>/retry")
@role_required(Role.ADMINISTRATOR)
def retry_job(job_id: uuid.UUID) -> ResponseReturnValue:
    with unit_of_work() as session:
        service.retry_job(job_id, actor=current_person().id, session=session, now=tools().clock.now())
    flash(_("The job will be tried again shortly."), "ok")
    return redirect_back(".overview")
