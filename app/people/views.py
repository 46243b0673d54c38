"""What do administrators see and do about people behind the desk, invitations and hiring bodies?"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import Field

from app.accounts import queries as accounts
from app.accounts import service as account_service
from app.accounts.errors import BodyMissing, CentreMissing, DisplayNameUnusable, MailUnusable
from app.accounts.guards import current_person, role_required
from app.accounts.queries import display_names
from app.accounts.rules import Role
from app.accounts.texts import ROLE_NAMES
from app.audit import queries as log
from app.bodies import queries as bodies
from app.bodies import service as body_service
from app.bodies.errors import BinInvalid, BodyEnded, BodyThere
from app.bookings.queries import centre_lines
from app.kernel.errors import DomainError
from app.people import queries, service
from app.people.errors import AddressHasAccount, AlreadyInvited, EndNotAhead
from app.people.forms import BodyForm, EndDateForm, EndForm, InviteForm, NameForm, ResetForm, SearchForm
from app.people.rules import NEED_ANOTHER, Standing
from app.people.texts import STANDINGS, refusal_text
from app.web import db, language, link_to, render, tools, unit_of_work

bp = Blueprint("people", __name__, url_prefix="/people")

ON_A_PAGE = 50
SEND = "people.invitation.send"
"""The act to which another administrator agrees; see ``processes.approved.ACTS``."""

Form = TypeVar("Form", bound=FlaskForm)


@bp.get("/")
@role_required(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    form = SearchForm(request.args)
    good = form.validate()
    number = _page_number(form.page.data)
    found = accounts.staff(
        role=Role(form.role.data) if good and form.role.data else None,
        name=form.name.data if good else "",
        offset=(number - 1) * ON_A_PAGE,
        limit=ON_A_PAGE + 1,
        session=db.session(),
    )
    return render(
        "people/index.html",
        form=form,
        people=found[:ON_A_PAGE],
        earlier=number - 1,
        later=number + 1 if len(found) > ON_A_PAGE else 0,
        role_names=ROLE_NAMES,
        places=_places(),
        now=tools().clock.now(),
    ), (200 if good else 422)


@bp.get("/<uuid:account_id>")
@role_required(Role.ADMINISTRATOR)
def show(account_id: uuid.UUID) -> ResponseReturnValue:
    return _person_page(account_id)


@bp.get("/<uuid:account_id>/name")
@bp.get("/<uuid:account_id>/end-date")
@bp.get("/<uuid:account_id>/end")
@bp.get("/<uuid:account_id>/second-factor")
@role_required(Role.ADMINISTRATOR)
def again(account_id: uuid.UUID) -> ResponseReturnValue:
    """Where a change of the language on a refused form leads: the forms are on the page of the person."""
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.post("/<uuid:account_id>/name")
@role_required(Role.ADMINISTRATOR)
def rename(account_id: uuid.UUID) -> ResponseReturnValue:
    form = NameForm(prefix="name-")

    def act(session: Session, now: datetime) -> None:
        account_service.rename(
            accounts.staff_with_id(account_id, session).id,
            form.display_name.data,
            actor=current_person().id,
            session=session,
            now=now,
        )

    done = _done(form, {DisplayNameUnusable: form.display_name}, act)
    return _to_person(account_id, _("The name is changed.")) if done else (_person_page(account_id, naming=form), 422)


@bp.post("/<uuid:account_id>/end-date")
@role_required(Role.ADMINISTRATOR)
def set_end(account_id: uuid.UUID) -> ResponseReturnValue:
    form = EndDateForm(prefix="date-")

    def act(session: Session, now: datetime) -> None:
        service.set_end(account_id, form.ends_on.data, actor=current_person().id, session=session, now=now)

    done = _done(form, {EndNotAhead: form.ends_on}, act)
    return _to_person(account_id, _("The end is noted.")) if done else (_person_page(account_id, dating=form), 422)


@bp.post("/<uuid:account_id>/end")
@role_required(Role.ADMINISTRATOR)
def end(account_id: uuid.UUID) -> ResponseReturnValue:
    form = EndForm(prefix="end-")

    def act(session: Session, now: datetime) -> None:
        service.end_role(account_id, reason=form.reason.data, actor=current_person().id, session=session, now=now)

    if not _done(form, {}, act):
        return _person_page(account_id, ending=form), 422
    return _to_person(account_id, _("The role has ended. The person is signed out everywhere."))


@bp.post("/<uuid:account_id>/second-factor")
@role_required(Role.ADMINISTRATOR)
def reset_factor(account_id: uuid.UUID) -> ResponseReturnValue:
    form, entropy = ResetForm(prefix="factor-"), tools().entropy

    def act(session: Session, now: datetime) -> None:
        service.reset_factor(
            account_id,
            reason=form.reason.data,
            actor=current_person().id,
            session=session,
            now=now,
            entropy=entropy,
        )

    if not _done(form, {}, act):
        return _person_page(account_id, resetting=form), 422
    return _to_person(account_id, _("The second factor is reset. A letter tells the person."))


@bp.post("/<uuid:account_id>/password-link")
@role_required(Role.ADMINISTRATOR)
def send_link(account_id: uuid.UUID) -> ResponseReturnValue:
    with unit_of_work() as session:
        account_service.send_reset(
            accounts.staff_with_id(account_id, session).id,
            link_for=lambda token: link_to("accounts.new_password", token=token),
            actor=current_person().id,
            session=session,
            now=tools().clock.now(),
            entropy=tools().entropy,
        )
    return _to_person(account_id, _("A link for a new password is on its way. You do not get to see it."))


@bp.get("/invitations")
@role_required(Role.ADMINISTRATOR)
def invitations() -> ResponseReturnValue:
    number, now = _page_number(request.args.get("page")), tools().clock.now()
    found = queries.invitations(offset=(number - 1) * ON_A_PAGE, limit=ON_A_PAGE + 1, session=db.session())
    return render(
        "people/invitations.html",
        lines=[(each, STANDINGS[each.standing_at(now)]) for each in found[:ON_A_PAGE]],
        earlier=number - 1,
        later=number + 1 if len(found) > ON_A_PAGE else 0,
        role_names=ROLE_NAMES,
    )


@bp.get("/invitations/new")
@role_required(Role.ADMINISTRATOR)
def new_invitation() -> ResponseReturnValue:
    return _invite_page(_invite_form())


@bp.post("/invitations/new")
@role_required(Role.ADMINISTRATOR)
def invite() -> ResponseReturnValue:
    form, made = _invite_form(), list[uuid.UUID]()

    def act(session: Session, now: datetime) -> None:
        command = service.Invite(
            role=Role(form.role.data),
            email=form.email.data,
            display_name=form.display_name.data,
            language=form.language.data,
            centre_id=uuid.UUID(form.centre.data) if form.centre.data else None,
            body_id=uuid.UUID(form.body.data) if form.body.data else None,
            ends_on=form.ends_on.data,
        )
        made.append(
            service.invite(
                command,
                actor=current_person().id,
                link_for=invitation_link,
                session=session,
                now=now,
                entropy=tools().entropy,
            )
        )

    beside: Mapping[type[DomainError], Field] = {
        AddressHasAccount: form.email,
        AlreadyInvited: form.email,
        MailUnusable: form.email,
        DisplayNameUnusable: form.display_name,
        CentreMissing: form.centre,
        BodyMissing: form.body,
        BodyEnded: form.body,
        EndNotAhead: form.ends_on,
    }
    if not _done(form, beside, act):
        return _invite_page(form), 422
    if Role(form.role.data) in NEED_ANOTHER:
        flash(_("Nothing is sent yet: another administrator has to agree. Ask for that now."), "warn")
        return redirect(url_for("approvals.ask", kind=SEND, subject=str(made[0])), 303)
    flash(_("The invitation is on its way. It works for seven days."), "ok")
    return redirect(url_for(".invitation", invitation_id=made[0]), 303)


@bp.get("/invitations/<uuid:invitation_id>")
@role_required(Role.ADMINISTRATOR)
def invitation(invitation_id: uuid.UUID) -> ResponseReturnValue:
    found, now = queries.invitation_with_id(invitation_id, session=db.session()), tools().clock.now()
    inviter = display_names([found.invited_by], db.session()) if found.invited_by else {}
    standing = found.standing_at(now)
    return render(
        "people/invitation.html",
        invitation=found,
        role_name=ROLE_NAMES[found.role],
        belongs_to=_places().get(found.centre_id or found.body_id or found.id),
        inviter=inviter.get(found.invited_by) if found.invited_by else None,
        standing=STANDINGS[standing],
        waiting=standing is Standing.WAITING,
        may_send=standing is Standing.OPEN or (standing is Standing.EXPIRED and found.role not in NEED_ANOTHER),
        may_withdraw=standing in {Standing.OPEN, Standing.WAITING, Standing.EXPIRED},
        kind=SEND,
    )


@bp.post("/invitations/<uuid:invitation_id>/send")
@role_required(Role.ADMINISTRATOR)
def send_again(invitation_id: uuid.UUID) -> ResponseReturnValue:
    with unit_of_work() as session:
        service.send_again(
            invitation_id,
            actor=current_person().id,
            link_for=invitation_link,
            session=session,
            now=tools().clock.now(),
            entropy=tools().entropy,
        )
    flash(_("Another letter is on its way. Only its link works."), "ok")
    return redirect(url_for(".invitation", invitation_id=invitation_id), 303)


@bp.post("/invitations/<uuid:invitation_id>/withdraw")
@role_required(Role.ADMINISTRATOR)
def withdraw(invitation_id: uuid.UUID) -> ResponseReturnValue:
    with unit_of_work() as session:
        service.withdraw(invitation_id, actor=current_person().id, session=session, now=tools().clock.now())
    flash(_("The invitation is withdrawn. Its link no longer works."), "ok")
    return redirect(url_for(".invitation", invitation_id=invitation_id), 303)


@bp.get("/bodies")
@role_required(Role.ADMINISTRATOR)
def hiring_bodies() -> ResponseReturnValue:
    return _bodies_page(BodyForm())


@bp.post("/bodies")
@role_required(Role.ADMINISTRATOR)
def enter_body() -> ResponseReturnValue:
    form = BodyForm()

    def act(session: Session, now: datetime) -> None:
        names = {"kk": form.name_kk.data, "ru": form.name_ru.data, "en": form.name_en.data}
        body_service.enter_body(
            form.bin.data, names, actor=current_person().id, session=session, now=now, entropy=tools().entropy
        )

    if not _done(form, {BinInvalid: form.bin, BodyThere: form.bin}, act):
        return _bodies_page(form), 422
    flash(_("The body is entered. Its people can be invited now."), "ok")
    return redirect(url_for(".hiring_bodies"), 303)


@bp.post("/bodies/<uuid:body_id>/end")
@role_required(Role.ADMINISTRATOR)
def end_body(body_id: uuid.UUID) -> ResponseReturnValue:
    with unit_of_work() as session:
        body_service.end_body(body_id, actor=current_person().id, session=session, now=tools().clock.now())
    flash(_("The body hires no more. End the roles of its people, if they are to end."), "ok")
    return redirect(url_for(".hiring_bodies"), 303)


def invitation_link(token: str) -> str:
    """Return the address that a letter of invitation names."""
    return link_to("invitations.show", token=token)


def _done(form: Form, beside: Mapping[type[DomainError], Field], act: Callable[[Session, datetime], None]) -> bool:
    """Do what a good form says, or leave the reason beside its field."""
    if not form.validate_on_submit():
        return False
    try:
        with unit_of_work() as session:
            act(session, tools().clock.now())
    except tuple(beside) as refusal:
        beside[type(refusal)].errors = [refusal_text(refusal)]
        return False
    return True


def _person_page(
    account_id: uuid.UUID,
    *,
    naming: NameForm | None = None,
    dating: EndDateForm | None = None,
    ending: EndForm | None = None,
    resetting: ResetForm | None = None,
) -> str:
    found, now = accounts.staff_with_id(account_id, db.session()), tools().clock.now()
    opened = log.latest(db.session(), limit=1, kind="accounts.session.opened", about=str(account_id))
    return render(
        "people/person.html",
        person=found,
        role_name=ROLE_NAMES[found.role],
        belongs_to=_places().get(found.centre_id or found.body_id or found.id),
        over=found.is_over(now),
        own=account_id == current_person().id,
        signed_in_at=opened[0].at if opened else None,
        naming=naming or NameForm(formdata=None, prefix="name-", display_name=found.display_name),
        dating=dating or EndDateForm(formdata=None, prefix="date-", ends_on=found.ends_on),
        ending=ending or EndForm(formdata=None, prefix="end-"),
        resetting=resetting or ResetForm(formdata=None, prefix="factor-"),
    )


def _to_person(account_id: uuid.UUID, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(url_for(".show", account_id=account_id), 303)


def _invite_form() -> InviteForm:
    form, session, now = InviteForm(), db.session(), tools().clock.now()
    centres = [(str(line.centre.id), line.centre.names[language()]) for line in centre_lines(session=session, now=now)]
    hiring = [(str(each.id), each.names[language()]) for each in bodies.bodies(session=session) if each.active]
    form.centre.choices = [("", _("none")), *centres]
    form.body.choices = [("", _("none")), *hiring]
    return form


def _invite_page(form: InviteForm) -> str:
    return render("people/invite.html", form=form)


def _bodies_page(form: BodyForm) -> str:
    return render("people/bodies.html", form=form, bodies=bodies.bodies(session=db.session()))


def _places() -> dict[uuid.UUID, str]:
    """Name the centres and bodies to which people belong, by id."""
    session, now = db.session(), tools().clock.now()
    centres = {line.centre.id: line.centre.names[language()] for line in centre_lines(session=session, now=now)}
    return centres | {each.id: each.names[language()] for each in bodies.bodies(session=session)}


def _page_number(text: str | None) -> int:
    """Read the number of a page of a list; whatever is none is the first."""
    return int(text) if text and text.isascii() and text.isdigit() and 0 < int(text[:6]) == int(text) else 1
