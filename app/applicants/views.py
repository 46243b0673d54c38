"""Which page changes what an applicant said of themselves? The phone number; names follow the document."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.applicants import service
from app.applicants.errors import PhoneUnusable
from app.applicants.forms import PhoneForm
from app.applicants.queries import phone_of_account
from app.web import db, render, tools, unit_of_work

bp = Blueprint("applicants", __name__)


@bp.get("/account/phone")
@role_required(Role.APPLICANT)
def phone() -> ResponseReturnValue:
    return _page(PhoneForm(phone=phone_of_account(current_person().id, session=db.session())))


@bp.post("/account/phone")
@role_required(Role.APPLICANT)
def change_phone() -> ResponseReturnValue:
    form = PhoneForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with unit_of_work() as session:
            service.change_phone(current_person().id, form.phone.data, session=session, now=tools().clock.now())
    except PhoneUnusable as refusal:
        form.phone.errors = [
            _("Type the number with its code, for example +7 701 123 45 67; of another country, beginning with +.")
        ]
        return _page(form), refusal.status
    flash(_("Your phone number is changed."), "ok")
    return redirect(url_for("accounts.account"), 303)


def _page(form: PhoneForm) -> str:
    return render("accounts/phone.html", form=form)
