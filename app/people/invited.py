"""Which page does the link of an invitation open? What one is invited for, and everything that makes the account."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import totp
from app.accounts.errors import NameTaken, PasswordRefused, WrongFactorCode
from app.accounts.factor_pages import qr_of
from app.accounts.forms import ChosenPasswordForm
from app.accounts.guards import public
from app.accounts.halfway import forget_secret, keep_codes, kept_secret, shown_secret
from app.accounts.service import digest_of
from app.accounts.signin import open_session
from app.accounts.texts import ROLE_NAMES, refusal_text
from app.bodies.errors import BodyEnded
from app.bodies.queries import body_with_id
from app.bookings.queries import centre_lines
from app.people import service
from app.people.errors import EndNotAhead, InvitationNotUsable
from app.people.queries import InvitationFacts, open_invitation
from app.web import db, language, render, settings, tools, unit_of_work

bp = Blueprint("invitations", __name__)


@bp.get("/invitation/<string:token>")
@public
def show(token: str) -> ResponseReturnValue:
    try:
        found = open_invitation(token, session=db.session(), now=tools().clock.now())
    except InvitationNotUsable as refusal:
        return _not_usable(refusal)
    return _page(token, found, ChosenPasswordForm())


@bp.post("/invitation/<string:token>")
@public
def accept(token: str) -> ResponseReturnValue:
    now, form, secret = tools().clock.now(), ChosenPasswordForm(), kept_secret(_purpose(token))
    try:
        found = open_invitation(token, session=db.session(), now=now)
        if not form.validate_on_submit():
            return _page(token, found, form), 422
        if secret is None:  # another invitation was opened in this browser meanwhile
            return redirect(request.path, 303)
        command = service.Accept(token=token, password=form.password.data, secret=secret, code=form.code.data)
        with unit_of_work() as session:
            person, codes = service.accept(
                command, key=settings().secret_key.encode(), session=session, now=now, entropy=tools().entropy
            )
    except PasswordRefused as refusal:
        form.password.errors = [refusal_text(refusal)]
        return _page(token, found, form), refusal.status
    except WrongFactorCode as refusal:
        form.code.errors = [refusal_text(refusal)]
        return _page(token, found, form), refusal.status
    except (
        InvitationNotUsable,
        EndNotAhead,
        BodyEnded,
        NameTaken,
    ):  # not raised: the log
        return _not_usable(InvitationNotUsable())
    forget_secret()
    open_session(person, now=now, entropy=tools().entropy)
    keep_codes(codes, person.id)
    return redirect(url_for("factor.codes"), 303)


def _page(token: str, found: InvitationFacts, form: ChosenPasswordForm) -> str:
    secret = shown_secret(_purpose(token))
    return render(
        "people/invited.html",
        form=form,
        invitation=found,
        role_name=ROLE_NAMES[found.role],
        belongs_to=_place(found),
        qr=qr_of(secret, found.email),
        address=totp.address_of(secret, found.email),
        secret=totp.in_groups(secret),
    )


def _not_usable(refusal: InvitationNotUsable) -> ResponseReturnValue:
    return render("people/not_usable.html"), refusal.status


def _place(found: InvitationFacts) -> str | None:
    session = db.session()
    if found.body_id:
        return body_with_id(found.body_id, session=session).names[language()]
    names = {line.centre.id: line.centre.names for line in centre_lines(session=session, now=tools().clock.now())}
    return names[found.centre_id][language()] if found.centre_id else None


def _purpose(token: str) -> str:
    return f"secret for invitation {digest_of(token)}"
