"""Which pages show people what is held about them, and give them a copy?"""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import service as passwords
from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.applicants import service as applicants
from app.approvals.texts import password_refusal
from app.erasures.rules import DAYS_TO_ERASE, State
from app.personal.export import export_json
from app.personal.forms import ErasureForm, ExportForm
from app.personal.held import Held, held_about, history_of, terms_of
from app.personal.paper import export_pdf
from app.processes import erasure as erasing
from app.registration import consent
from app.web import LANGUAGES, db, language, render, tools, unit_of_work

bp = Blueprint("personal", __name__, url_prefix="/my/data")

OPEN_SECONDS = 120
"""So long a copy can be fetched after the password: a browser fetches it at once, and who sits down later does not."""

_OPEN_UNTIL = "copy_open_until"


@bp.get("")
@role_required(Role.APPLICANT)
def show() -> ResponseReturnValue:
    return _data_page(ExportForm())


@bp.get("/export")
@role_required(Role.APPLICANT)
def again() -> ResponseReturnValue:
    """Where a change of the language on a refused form leads: the form is on the page of the data."""
    return redirect(url_for(".show"), 303)


@bp.post("/export")
@role_required(Role.APPLICANT)
def open_export() -> ResponseReturnValue:
    """Let the copy be fetched, for two minutes, once the password is confirmed."""
    form = ExportForm()
    if not form.validate_on_submit():
        return _data_page(form), 422
    person, now = current_person(), tools().clock.now()
    with unit_of_work() as work:
        refusal = passwords.confirm_password(person, form.password.data, session=work, now=now)
    if refusal is not None:
        form.password.errors = [password_refusal(refusal)]
        return _data_page(form), refusal.status
    session[_OPEN_UNTIL] = int(now.timestamp()) + OPEN_SECONDS
    return redirect(url_for(".as_pdf" if form.form.data == "pdf" else ".as_json"), 303)


@bp.get("/export.json")
@role_required(Role.APPLICANT)
def as_json() -> ResponseReturnValue:
    """Everything, for programs."""
    if not _is_open():
        return _closed()
    return _file(export_json(_handed_out("json"), now=tools().clock.now()), "json", "application/json")


@bp.get("/export.pdf")
@role_required(Role.APPLICANT)
def as_pdf() -> ResponseReturnValue:
    """Everything that a person reads."""
    if not _is_open():
        return _closed()
    held = _handed_out("pdf")
    return _file(export_pdf(held, language=language(), now=tools().clock.now()), "pdf", "application/pdf")


@bp.get("/erasure")
@role_required(Role.APPLICANT)
def erasure() -> ResponseReturnValue:
    """What would be erased, what would stay and until when; and how an earlier request stands."""
    return _erasure_page(ErasureForm())


@bp.post("/erasure")
@role_required(Role.APPLICANT)
def ask_for_erasure() -> ResponseReturnValue:
    form = ErasureForm()
    if not form.validate_on_submit():
        return _erasure_page(form), 422
    person, outside = current_person(), tools()
    now = outside.clock.now()
    with unit_of_work() as work:
        refusal = passwords.confirm_password(person, form.password.data, session=work, now=now)
        if refusal is None:
            erasing.ask(person.id, session=work, now=now, entropy=outside.entropy)
    if refusal is not None:
        form.password.errors = [password_refusal(refusal)]
        return _erasure_page(form), refusal.status
    flash(_("Your request is made. A letter confirms it."), "ok")
    return redirect(url_for(".erasure"), 303)


@bp.post("/erasure/withdraw")
@role_required(Role.APPLICANT)
def withdraw_erasure() -> ResponseReturnValue:
    """Take the request back; it needs no password, for nothing is lost by it."""
    with unit_of_work() as work:
        erasing.withdraw(current_person().id, session=work, now=tools().clock.now())
    flash(_("Your request is withdrawn. Nothing was erased, and your consent stands again."), "ok")
    return redirect(url_for(".erasure"), 303)


@bp.get("/erasure/withdraw")
@role_required(Role.APPLICANT)
def erasure_again() -> ResponseReturnValue:
    """Where a change of the language on a refusal leads."""
    return redirect(url_for(".erasure"), 303)


def _erasure_page(form: ErasureForm) -> str:
    now = tools().clock.now()
    held = held_about(current_person().id, session=db.session())
    newest = held.erasures[0] if held.erasures else None
    return render(
        "personal/erasure.html",
        form=form,
        newest=newest,
        waits=newest is not None and newest.state is State.ASKED,
        hindrance=erasing.hindrance(held.applicant.facts.id, session=db.session(), now=now),
        days=DAYS_TO_ERASE,
        terms=terms_of(held, now=now),
        keeps_identity=erasing.keeps_identity(held.applicant.facts.id, session=db.session()),
    )


def _data_page(form: ExportForm) -> str:
    held = held_about(current_person().id, session=db.session())
    record = held.applicant
    return render(
        "personal/data.html",
        form=form,
        held=held,
        languages=LANGUAGES,
        history=history_of(held, language=language(), now=tools().clock.now()),
        certificates=[certificate for certificate in held.certificates if certificate.token],
        consent_text=consent.PARAGRAPHS if record.consent_version == consent.VERSION else (),
    )


def _is_open() -> bool:
    return bool(tools().clock.now().timestamp() < session.get(_OPEN_UNTIL, 0))


def _closed() -> ResponseReturnValue:
    flash(_("Type your password, then the copy is made."), "info")
    return redirect(url_for(".show"), 303)


def _handed_out(form: str) -> Held:
    """Gather what is held, with the act of handing it out."""
    person, now = current_person(), tools().clock.now()
    with unit_of_work() as work:
        held = held_about(person.id, session=work)
        applicants.note_export(held.applicant.facts.id, form, actor=person.id, session=work, now=now)
    return held


def _file(content: bytes, ending: str, mimetype: str) -> Response:
    """The name of the file says nothing of the person: it stays in a list of downloads."""
    disposition = {"Content-Disposition": f"attachment; filename=synaq-my-data.{ending}"}
    return Response(content, mimetype=mimetype, headers=disposition)
