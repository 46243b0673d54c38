"""Where does anyone check a certificate? On one public page, by number or by the code."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import public
from app.kernel.rulebook import programme_version, register
from app.verification.forms import NumberForm, TokenForm
from app.verification.rules import masked
from app.verification.service import LookUp, check_number, check_text
from app.web import db, language, render, settings, tools, unit_of_work
from certs.document import CertificateDocument
from certs.verification import VerificationReport

bp = Blueprint("verification", __name__)


@bp.get("/verify")
@public
def start() -> ResponseReturnValue:
    return _forms(NumberForm(), TokenForm(), status=200)


@bp.get("/v")
@public
def scanned() -> ResponseReturnValue:
    """Where a QR code leads. The token stays behind the ``#``; the page's script puts it into the form."""
    return _forms(NumberForm(), TokenForm(), status=200)


@bp.get("/verify/number")
@bp.get("/verify/token")
@public
def again() -> ResponseReturnValue:
    """An answer is not kept: whoever reloads it, or changes the language on it, asks again."""
    return redirect(url_for("verification.start"), 303)


@bp.post("/verify/number")
@public
def by_number() -> ResponseReturnValue:
    """Answer with little: the status, the programme, the day, the initials."""
    form = NumberForm()
    if not form.validate_on_submit():
        return _forms(form, TokenForm(formdata=None), status=422)
    look_up = LookUp(number=form.number.data, iin_ending=form.iin_ending.data)
    with unit_of_work() as session:
        report = check_number(
            look_up,
            trust=tools().keys.trust,
            host=settings().official_host,
            session=session,
            now=tools().clock.now(),
        )
    if report is None:
        return render("verification/not_found.html", number=form.number.data), 404
    return _answer(report, full=False)


@bp.post("/verify/token")
@public
def by_token() -> ResponseReturnValue:
    """Answer with everything that the token states, and nothing else."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _forms(NumberForm(formdata=None), form, status=422)
    report = check_text(
        form.token.data,
        trust=tools().keys.trust,
        host=settings().official_host,
        session=db.session(),
        now=tools().clock.now(),
    )
    return _answer(report, full=True)


def _forms(number_form: NumberForm, token_form: TokenForm, *, status: int) -> ResponseReturnValue:
    return render("verification/start.html", number_form=number_form, token_form=token_form), status


def _answer(report: VerificationReport, *, full: bool) -> ResponseReturnValue:
    document = report.document
    return render(
        "verification/report.html",
        report=report,
        document=document,
        full=full,
        initials=masked(f"{document.family} {document.given} {document.patronymic or ''}") if document else "",
        programme_title=_programme_title(document),
        sections=_sections(document) if full else [],
    )


def _programme_title(document: CertificateDocument | None) -> str:
    """Return the programme's title, or its code where this installation does not know it."""
    if document is None:
        return ""
    try:
        return programme_version(document.programme_code, document.programme_version).title[language()]
    except KeyError:
        return f"{document.programme_code} {document.programme_version}"


def _sections(document: CertificateDocument | None) -> list[tuple[str, int, int]]:
    if document is None:
        return []
    try:
        programme = programme_version(document.programme_code, document.programme_version)
    except KeyError:
        return [(str(place), line.correct, line.maximum) for place, line in enumerate(document.sections, 1)]
    return [
        (register().act(block.act).title[language()], line.correct, line.maximum)
        for block, line in zip(programme.blocks, document.sections, strict=False)
    ]
