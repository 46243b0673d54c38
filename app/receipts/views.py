"""Where does somebody find their receipt and response sheet, and where does anybody check them?"""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.guards import current_person, public, role_required
from app.accounts.rules import Role
from app.applicants.queries import applicant_of_account
from app.receipts.errors import StillRuns
from app.receipts.forms import CheckForm
from app.receipts.pages import ReceiptPage, act_lines, cause_words, credit_words, programme_title, receipt_page
from app.receipts.paper import as_pdf
from app.receipts.queries import ReceiptFacts, receipt_of, receipts_of, sheet_of
from app.receipts.service import check
from app.sittings.queries import SittingFacts, access_sitting
from app.sittings.rules import State
from app.web import db, language, render, settings, tools
from certs.encoding import RECEIPT_PAGE, qr_text
from certs.errors import ReceiptError
from certs.qr import qr_svg
from certs.receipt_verification import ReceiptReport

bp = Blueprint("receipts", __name__)


# --- the own receipt


@bp.get("/sittings/<uuid:sitting_id>/receipt")
@role_required(Role.APPLICANT)
def show(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """The receipt as a page to keep and to print; until it is signed, the page says so."""
    sitting = _mine(sitting_id)
    found = receipts_of([sitting.id], session=db.session()).get(sitting.id)
    if found is None:
        return render("receipts/waiting.html", sitting_id=sitting.id)
    return render(
        "receipts/show.html",
        page=_page(found),
        sitting_id=sitting.id,
        qr_text=qr_text(settings().official_host, found.token, RECEIPT_PAGE),
    )


@bp.get("/sittings/<uuid:sitting_id>/receipt.svg")
@role_required(Role.APPLICANT)
def qr(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """The QR code, drawn from the token."""
    found = receipt_of(_mine(sitting_id).id, session=db.session())
    drawing = qr_svg(settings().official_host, found.token, title=found.code, page=RECEIPT_PAGE)
    return Response(drawing, mimetype="image/svg+xml")


@bp.get("/sittings/<uuid:sitting_id>/receipt.pdf")
@role_required(Role.APPLICANT)
def pdf(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """The receipt as a PDF."""
    found = receipt_of(_mine(sitting_id).id, session=db.session())
    content = as_pdf(_page(found), host=settings().official_host, language=language())
    return _file(content, "application/pdf", f"synaq-{found.code}.pdf")


@bp.get("/sittings/<uuid:sitting_id>/sheet.json")
@role_required(Role.APPLICANT)
def sheet(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """The own answers, row by row, with the secret that opens the seal. No texts, no key."""
    content = sheet_of(_mine(sitting_id), session=db.session()).to_json()
    return _file(content, "application/json", f"synaq-sheet-{sitting_id}.json")


# --- checking one


@bp.get("/receipts")
@public
def start() -> ResponseReturnValue:
    return _form(CheckForm(), status=200)


@bp.get("/r")
@public
def scanned() -> ResponseReturnValue:
    """Where the QR code of a receipt leads. The token stays behind the ``#``; the page's script fills the form."""
    return _form(CheckForm(), status=200)


@bp.get("/receipts/answer")
@public
def again() -> ResponseReturnValue:
    """An answer is not kept: whoever reloads it, or changes the language on it, asks again."""
    return redirect(url_for("receipts.start"), 303)


@bp.post("/receipts/answer")
@public
def answer() -> ResponseReturnValue:
    """Say of each check what it found, in one sentence. Nothing of it is kept."""
    form = CheckForm()
    if not form.validate_on_submit():
        return _form(form, status=422)
    content = form.sheet.data.read() if form.sheet.data else None
    try:
        report = check(
            form.token.data,
            content,
            trust=tools().keys.trust,
            host=settings().official_host,
            session=db.session(),
        )
    except ReceiptError as error:
        mistyped = error.code == "code-check"
        form.token.errors = [
            _("A character of the code is mistyped. Compare it with the receipt.")
            if mistyped
            else _("This is no code of a receipt. It has sixteen letters and digits, in four groups.")
        ]
        return _form(form, status=422)
    if report is None:
        form.token.errors = [_("No receipt has this code. Compare it with the receipt, or use the QR code.")]
        return _form(form, status=404)
    return _answer(report)


def _answer(report: ReceiptReport) -> ResponseReturnValue:
    stated = report.receipt
    return render(
        "receipts/report.html",
        report=report,
        stated=stated,
        programme_title=programme_title(stated, language=language()) if stated else "",
        acts=act_lines(stated, language=language()) if stated else (),
        cause=cause_words(stated.cause) if stated else "",
        credit=credit_words(stated.credit_seconds) if stated else "",
    )


def _form(form: CheckForm, *, status: int) -> ResponseReturnValue:
    return render("receipts/start.html", form=form), status


def _page(found: ReceiptFacts) -> ReceiptPage:
    return receipt_page(
        found,
        check_address=f"{settings().public_origin}{url_for('receipts.start')}",
        demonstration=tools().keys.trust.demonstration,
        language=language(),
    )


def _mine(sitting_id: uuid.UUID) -> SittingFacts:
    """Return the own sitting, once it is over.

    Raises:
        SittingNotFound: It is not there, or is another's.
        StillRuns: There is neither receipt nor sheet yet.
    """
    applicant = applicant_of_account(current_person().id, session=db.session())
    sitting = access_sitting(sitting_id, applicant.id, session=db.session())
    if sitting.state is not State.ENDED:
        raise StillRuns
    return sitting


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, mimetype=kind, headers={"Content-Disposition": f"attachment; filename={name}"})
