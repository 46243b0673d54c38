"""Which pages sign a person in by their digital signature? Through NCALayer, or by a file that is signed elsewhere."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import structlog
from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app import headers
from app.accounts.errors import SignInRefused
from app.accounts.guards import current_person, public
from app.accounts.signin import home_of, open_session
from app.eds.errors import SignatureRefused
from app.kernel.errors import DomainError
from app.signature import service
from app.signature.errors import ChallengeOver, ChallengeUsed, NobodyRegistered, SignaturesNotTaken
from app.signature.forms import SignatureForm
from app.signature.rules import LEAST_REST, NONCE_BYTES, Challenge
from app.signature.texts import refusal_text
from app.web import redirect_back, render, settings, tools, unit_of_work

bp = Blueprint("signature", __name__, url_prefix="/sign-in/signature")

NCALAYER = "wss://127.0.0.1:13579"
"""The program of the certification authority on the person's own machine; the page's script talks to it."""
_CHALLENGE = "signature"
FILE_NAME = "synaq-sign-in.txt"

log = structlog.get_logger()


@bp.before_request
def _only_where_signatures_are_taken() -> None:
    if not tools().signatures.offered:
        raise SignaturesNotTaken


@bp.get("")
@public
def show() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect_back(home_of(current_person()))
    return _page(SignatureForm())


@bp.get("/text")
@public
def text() -> ResponseReturnValue:
    """The text as a file, for who signs it with another program; the page comes first."""
    challenge = _kept_challenge()
    if challenge is None:
        return redirect(url_for(".show"), 303)
    answer = Response(challenge.text, mimetype="text/plain")
    answer.headers["Content-Disposition"] = f"attachment; filename={FILE_NAME}"
    return answer


@bp.post("")
@public
def sign_in() -> ResponseReturnValue:
    form = SignatureForm()
    signature = form.signature if form.validate_on_submit() else b""
    if not signature:
        form.file.errors = [_("Choose the file, or paste the signature.")]
        return _page(form), 422
    challenge, now = _kept_challenge(), tools().clock.now()
    try:
        if challenge is None or not challenge.is_good_at(now):
            raise ChallengeOver
        signatory = tools().signatures.signatory(signature, challenge.text, now=now)
        with unit_of_work() as session:
            outcome = service.sign_in(signatory, challenge, session=session, now=now)
    except SignatureRefused as refusal:
        return _refused(form, refusal)
    except (ChallengeOver, ChallengeUsed) as refusal:
        browser.pop(_CHALLENGE, None)
        return _refused(form, refusal)
    browser.pop(_CHALLENGE, None)
    if isinstance(outcome, NobodyRegistered):
        return render("signature/nobody.html", person=signatory.person), outcome.status
    if isinstance(outcome, SignInRefused):
        return _refused(form, outcome)
    open_session(outcome, now=now, entropy=tools().entropy)
    return redirect_back(home_of(outcome))


def _refused(form: SignatureForm, refusal: DomainError) -> ResponseReturnValue:
    log.info("refused", code=refusal.code, path=request.path)
    form.file.errors = [refusal_text(refusal)]
    return _page(form), getattr(refusal, "status", 422)


def _page(form: SignatureForm) -> Response:
    """Show the form with a text that is good for a while; its script alone may reach NCALayer."""
    challenge = _kept_challenge()
    if challenge is None or not challenge.is_good_at(tools().clock.now() + LEAST_REST):
        challenge = _new_challenge()
    form.pasted.data = ""
    page = render(
        "signature/show.html",
        form=form,
        text=challenge.text.decode(),
        encoded=base64.b64encode(challenge.text).decode("ascii"),
        good_until=challenge.good_until,
        ncalayer=NCALAYER,
    )
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = headers.content_security_policy(connect_also=NCALAYER)
    return answer


def _new_challenge() -> Challenge:
    """Ask this browser for a signature: its signed cookie alone holds the nonce."""
    nonce, made_at = tools().entropy.token(NONCE_BYTES).hex(), tools().clock.now().replace(microsecond=0)
    browser[_CHALLENGE] = [nonce, int(made_at.timestamp())]
    return Challenge(origin=settings().public_origin, nonce=nonce, made_at=made_at)


def _kept_challenge() -> Challenge | None:
    kept = browser.get(_CHALLENGE)
    if kept is None:
        return None
    nonce, made_at = kept
    return Challenge(origin=settings().public_origin, nonce=nonce, made_at=datetime.fromtimestamp(made_at, UTC))
