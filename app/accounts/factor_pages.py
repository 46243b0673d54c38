"""Which pages are there for the second factor? Asking for it, setting it up, and the recovery codes."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import factors, queries, service, totp
from app.accounts.errors import FactorNotBegun, HalfSessionOver, SignInRefused, WrongFactorCode
from app.accounts.forms import FactorCodeForm, PresentPasswordForm, SecondStepForm
from app.accounts.guards import current_person, public, role_required
from app.accounts.halfway import (
    forget_codes,
    forget_secret,
    half_signed_in,
    keep_codes,
    kept_codes,
    kept_secret,
    shown_secret,
)
from app.accounts.rules import STAFF, HalfSignedIn
from app.accounts.signin import home_of, open_session
from app.accounts.texts import refusal_text
from app.web import db, redirect_back, render, settings, tools, unit_of_work

bp = Blueprint("factor", __name__)


@bp.get("/sign-in/code")
@public
def code() -> ResponseReturnValue:
    if half_signed_in() is None:
        return _begin_again()
    return render("accounts/factor_code.html", form=SecondStepForm())


@bp.post("/sign-in/code")
@public
def take() -> ResponseReturnValue:
    half = half_signed_in()
    if half is None:
        return _begin_again()
    form = SecondStepForm()
    if not form.validate_on_submit():
        return render("accounts/factor_code.html", form=form), 422
    return _take(half, form)


def _take(half: HalfSignedIn, form: SecondStepForm) -> ResponseReturnValue:
    now = tools().clock.now()
    try:
        with unit_of_work() as session:
            outcome = factors.take_code(half, form.code.data, key=_key(), session=session, now=now)
    except HalfSessionOver:
        return _begin_again()
    if isinstance(outcome, SignInRefused):
        form.code.errors = [refusal_text(outcome)]
        return render("accounts/factor_code.html", form=form), outcome.status
    open_session(outcome, now=now, entropy=tools().entropy)
    left = queries.factor_of(outcome.id, db.session())
    if not totp.is_of_the_app(totp.as_typed(form.code.data)) and left:
        flash(_("This recovery code is used up. Codes left: %(left)s.", left=left.codes_left), "warn")
    return redirect_back(home_of(outcome))


@bp.get("/account/second-factor")
@role_required(*STAFF)
def show() -> ResponseReturnValue:
    return _page()


@bp.get("/account/second-factor/set-up")
@role_required(*STAFF, before_factor=True)
def set_up() -> ResponseReturnValue:
    if current_person().has_factor and kept_secret(_purpose()) is None:
        return redirect(url_for(".show"), 303)
    return _set_up_page(FactorCodeForm())


@bp.post("/account/second-factor/set-up")
@role_required(*STAFF, before_factor=True)
def turn_on() -> ResponseReturnValue:
    person, secret, form = current_person(), kept_secret(_purpose()), FactorCodeForm()
    now = tools().clock.now()
    if secret is None:
        raise FactorNotBegun
    if not form.validate_on_submit():
        return _set_up_page(form), 422
    try:
        with unit_of_work() as session:
            signed_in, codes = factors.turn_on(
                person, secret, form.code.data, key=_key(), session=session, now=now, entropy=tools().entropy
            )
    except WrongFactorCode as refusal:
        form.code.errors = [refusal_text(refusal)]
        return _set_up_page(form), refusal.status
    open_session(signed_in, now=now, entropy=tools().entropy)  # the shown key is forgotten by that
    keep_codes(codes, person.id)
    return redirect(url_for(".codes"), 303)


@bp.get("/account/second-factor/replace")
@bp.get("/account/second-factor/codes/new")
@role_required(*STAFF)
def again() -> ResponseReturnValue:
    """Where a change of the language on a refused form leads: the forms are on the page of the second factor."""
    return redirect(url_for(".show"), 303)


@bp.post("/account/second-factor/replace")
@role_required(*STAFF)
def replace() -> ResponseReturnValue:
    """Another telephone: the password first, then as the first time. The one before counts until the new one does."""
    form = PresentPasswordForm(prefix="replace-")
    if not _confirmed(form):
        return _page(replacing=form), 422
    forget_secret()
    shown_secret(_purpose())
    return redirect(url_for(".set_up"), 303)


@bp.post("/account/second-factor/codes/new")
@role_required(*STAFF)
def new_codes() -> ResponseReturnValue:
    form = PresentPasswordForm(prefix="codes-")
    if not _confirmed(form):
        return _page(renewing=form), 422
    with unit_of_work() as session:
        codes = factors.make_recovery_codes(
            current_person().id, key=_key(), session=session, now=tools().clock.now(), entropy=tools().entropy
        )
    keep_codes(codes, current_person().id)
    return redirect(url_for(".codes"), 303)


@bp.get("/account/second-factor/codes")
@role_required(*STAFF)
def codes() -> ResponseReturnValue:
    """The recovery codes, until they are written down; then never again."""
    found = kept_codes(current_person().id)
    if not found:
        return redirect(url_for(".show"), 303)
    return render("accounts/recovery_codes.html", codes=found)


@bp.post("/account/second-factor/codes")
@role_required(*STAFF)
def codes_kept() -> ResponseReturnValue:
    forget_codes()
    flash(_("The second factor is set up. From now on a code is asked for after your password."), "ok")
    return redirect(url_for(home_of(current_person())), 303)


def qr_of(secret: str, sign_in_name: str) -> str:
    """Return the picture of a secret's address, as a ``data:`` address."""
    return str(segno.make(totp.address_of(secret, sign_in_name), error="m").svg_data_uri(scale=5, light="#fff"))


def _confirmed(form: PresentPasswordForm) -> bool:
    """Say whether the password was typed anew, or leave the reason beside the field."""
    if not form.validate_on_submit():
        return False
    with unit_of_work() as session:
        refusal = service.confirm_password(
            current_person(), form.current.data, session=session, now=tools().clock.now()
        )
    if refusal is not None:
        form.current.errors = [refusal_text(refusal)]
    return refusal is None


def _page(*, replacing: PresentPasswordForm | None = None, renewing: PresentPasswordForm | None = None) -> str:
    return render(
        "accounts/second_factor.html",
        factor=queries.factor_of(current_person().id, db.session()),
        replacing=replacing or PresentPasswordForm(formdata=None, prefix="replace-"),
        renewing=renewing or PresentPasswordForm(formdata=None, prefix="codes-"),
    )


def _set_up_page(form: FactorCodeForm) -> str:
    secret = shown_secret(_purpose())
    name = queries.sign_in_name(current_person().id, db.session())
    return render(
        "accounts/set_up_factor.html",
        form=form,
        required=settings().second_factor_required and not current_person().has_factor,
        qr=qr_of(secret, name),
        address=totp.address_of(secret, name),
        secret=totp.in_groups(secret),
    )


def _begin_again() -> ResponseReturnValue:
    flash(_("The time for the code is over. Type your password again."), "warn")
    return redirect(url_for("accounts.sign_in", next=request.values.get("next")), 303)


def _purpose() -> str:
    return f"secret for {current_person().id}"


def _key() -> bytes:
    return settings().secret_key.encode()
