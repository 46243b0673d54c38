"""Which pages are there for signing in, signing out and passwords?"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts import queries, service
from app.accounts.errors import PasswordRefused, ResetNotUsable, SignInRefused
from app.accounts.forms import ChangePasswordForm, ForgottenForm, LanguageForm, NewPasswordForm, SignInForm
from app.accounts.guards import current_person, public, signed_in, signed_in_before_factor
from app.accounts.halfway import keep_half
from app.accounts.rules import STAFF, HalfSignedIn, Person
from app.accounts.signin import close_session, home_of, open_session
from app.accounts.texts import ROLE_NAMES, refusal_text
from app.web import db, redirect_back, render, settings, tools, unit_of_work

bp = Blueprint("accounts", __name__)


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect_back(home_of(current_person()))
    return _sign_in_page(SignInForm())


@bp.post("/sign-in")
@public
def sign_in_try() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form), 422
    now = tools().clock.now()
    with unit_of_work() as session:
        outcome = service.authenticate(form.sign_in_name.data, form.password.data, session=session, now=now)
    if isinstance(outcome, SignInRefused):
        form.password.errors = [refusal_text(outcome)]
        return _sign_in_page(form), outcome.status
    if isinstance(outcome, HalfSignedIn):
        keep_half(outcome)
        return redirect(url_for("factor.code", next=request.values.get("next")), 303)
    open_session(outcome, now=now, entropy=tools().entropy)
    return redirect_back(home_of(outcome))


@bp.post("/sign-out")
@signed_in_before_factor
def sign_out() -> ResponseReturnValue:
    with unit_of_work() as session:
        service.sign_out(current_person(), session=session, now=tools().clock.now())
    close_session()
    flash(_("You have signed out."), "ok")
    return redirect(url_for(".sign_in"), 303)


@bp.get("/password/forgotten")
@public
def forgotten() -> ResponseReturnValue:
    return render("accounts/forgotten.html", form=ForgottenForm(), asked="asked" in request.args)


@bp.post("/password/forgotten")
@public
def ask_for_reset() -> ResponseReturnValue:
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render("accounts/forgotten.html", form=form, asked=False), 422
    with unit_of_work() as session:
        service.ask_for_reset(
            form.sign_in_name.data,
            link_for=_reset_link,
            session=session,
            now=tools().clock.now(),
            entropy=tools().entropy,
        )
    return redirect(url_for(".forgotten", asked=1), 303)


@bp.get("/password/new/<string:token>")
@public
def new_password(token: str) -> ResponseReturnValue:
    if not service.reset_is_open(token, session=db.session(), now=tools().clock.now()):
        return render("accounts/reset_not_usable.html"), ResetNotUsable.status
    return render("accounts/new_password.html", form=NewPasswordForm())


@bp.post("/password/new/<string:token>")
@public
def set_password(token: str) -> ResponseReturnValue:
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return render("accounts/new_password.html", form=form), 422
    try:
        with unit_of_work() as session:
            service.reset_password(token, form.password.data, session=session, now=tools().clock.now())
    except ResetNotUsable as error:
        return render("accounts/reset_not_usable.html"), error.status
    except PasswordRefused as error:
        form.password.errors = [refusal_text(error)]
        return render("accounts/new_password.html", form=form), error.status
    flash(_("Your new password is set. Sign in with it."), "ok")
    return redirect(url_for(".sign_in"), 303)


@bp.get("/account")
@signed_in
def account() -> ResponseReturnValue:
    return _account_page(ChangePasswordForm())


@bp.get("/account/password")
@signed_in
def password_page() -> ResponseReturnValue:
    """Where a change of the language on a refused form leads: the form is on the account's page."""
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/password")
@signed_in
def change_password() -> ResponseReturnValue:
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _account_page(form), 422
    person, now = current_person(), tools().clock.now()
    try:
        with unit_of_work() as session:
            outcome = service.change_password(
                person.id, form.current.data, form.password.data, session=session, now=now
            )
    except PasswordRefused as error:
        form.password.errors = [refusal_text(error)]
        return _account_page(form), error.status
    if isinstance(outcome, SignInRefused):
        form.current.errors = [refusal_text(outcome)]
        return _account_page(form), outcome.status
    return _changed(outcome)


@bp.get("/account/language")
@signed_in
def language_page() -> ResponseReturnValue:
    """Where a change of the language on a refused form leads: the form is on the account's page."""
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/language")
@signed_in
def change_language() -> ResponseReturnValue:
    form = LanguageForm()
    if not form.validate_on_submit():
        abort(400)
    with unit_of_work() as session:
        service.change_language(current_person().id, form.language.data, session=session, now=tools().clock.now())
    flash(_("Letters to you will be in the language that you chose."), "ok")
    return redirect(url_for(".account"), 303)


def _sign_in_page(form: SignInForm) -> str:
    return render("accounts/sign_in.html", form=form, by_signature=tools().signatures.offered)


def _changed(person: Person) -> ResponseReturnValue:
    """Keep this browser signed in, in the new epoch."""
    open_session(person, now=tools().clock.now(), entropy=tools().entropy)
    flash(_("Your password is changed. Other devices are signed out."), "ok")
    return redirect(url_for(".account"), 303)


def _account_page(form: ChangePasswordForm) -> str:
    person = current_person()
    return render(
        "accounts/account.html",
        form=form,
        language_form=LanguageForm(formdata=None, language=person.language),
        person=person,
        email=queries.email_of(person.id, db.session()),
        is_staff=person.role in STAFF,
        role_name=ROLE_NAMES[person.role],
        sign_in_name=queries.sign_in_name(person.id, db.session()),
    )


def _reset_link(token: str) -> str:
    """The address that the letter names: by the public origin, never by what the request calls its host."""
    return settings().public_origin + url_for("accounts.new_password", token=token)
