"""Which pages change the address of a person? The new one is confirmed by a code that is sent there."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import contact, queries, service
from app.accounts.codes import read_mail_address
from app.accounts.errors import AddressNotUsable, EmailChangeOver, MailUnusable, SignInRefused, TooManyCodes
from app.accounts.forms import AddressForm, MailCodeForm
from app.accounts.guards import current_person, signed_in
from app.accounts.rules import STAFF
from app.accounts.texts import refusal_text
from app.web import db, render, settings, tools, unit_of_work

bp = Blueprint("contact", __name__)


@bp.get("/account/email")
@signed_in
def email() -> ResponseReturnValue:
    return _address_page(AddressForm())


@bp.post("/account/email")
@signed_in
def ask() -> ResponseReturnValue:
    form = AddressForm()
    if not form.validate_on_submit():
        return _address_page(form), 422
    person, now = current_person(), tools().clock.now()
    try:
        address = read_mail_address(form.email.data)
        with unit_of_work() as session:
            refusal = service.confirm_password(person, form.current.data, session=session, now=now)
            if refusal is None:
                contact.ask_for_address(
                    person.id, address, key=_key(), session=session, now=now, entropy=tools().entropy
                )
    except (MailUnusable, TooManyCodes) as error:
        form.email.errors = [refusal_text(error)]
        return _address_page(form), error.status
    if isinstance(refusal, SignInRefused):
        form.current.errors = [refusal_text(refusal)]
        return _address_page(form), refusal.status
    return redirect(url_for(".code"), 303)


@bp.get("/account/email/code")
@signed_in
def code() -> ResponseReturnValue:
    return _code_page(MailCodeForm())


@bp.post("/account/email/code")
@signed_in
def confirm() -> ResponseReturnValue:
    form = MailCodeForm()
    if not form.validate_on_submit():
        return _code_page(form), 422
    typed = "".join(sign for sign in form.code.data if sign.isdigit())
    with unit_of_work() as session:
        refusal = contact.confirm_address(
            current_person().id,
            typed,
            key=_key(),
            session=session,
            now=tools().clock.now(),
            entropy=tools().entropy,
        )
    if isinstance(refusal, AddressNotUsable):
        flash(refusal_text(refusal), "stop")
        return redirect(url_for(".email"), 303)
    if refusal is not None:
        form.code.errors = [refusal_text(refusal)]
        return _code_page(form), refusal.status
    flash(_("Your e-mail address is changed. The old address was told."), "ok")
    return redirect(url_for("accounts.account"), 303)


def _address_page(form: AddressForm) -> str:
    person = current_person()
    present = queries.email_of(person.id, db.session())
    return render("accounts/email.html", form=form, present=present, is_staff=person.role in STAFF)


def _code_page(form: MailCodeForm) -> str:
    wished = queries.wished_address(current_person().id, db.session())
    if wished is None:
        raise EmailChangeOver
    return render("accounts/email_code.html", form=form, email=wished)


def _key() -> bytes:
    return settings().secret_key.encode()
