"""Which pages are there for what two people decide?"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts import service as passwords
from app.accounts.errors import SignInRefused
from app.accounts.guards import current_person, role_required
from app.accounts.rules import Person, Role
from app.approvals import queries, service
from app.approvals.forms import AskForm, PasswordForm, RefuseForm
from app.approvals.queries import RequestFacts, access_request
from app.approvals.rules import Standing
from app.approvals.texts import ACT_WORDS, STANDINGS, Words, in_words, password_refusal
from app.web import db, render, tools, unit_of_work

bp = Blueprint("approvals", __name__, url_prefix="/approvals")

STAFF = (Role.ADMINISTRATOR, Role.PROCTOR, Role.AUDITOR)
"""Who sees requests. Who asks and who decides stands in ``processes.approved.ACTS``."""

SHOWN_FOR = timedelta(days=30)
"""How long the list shows what has ended; the log has it for good."""


_PAGES: Mapping[str, tuple[frozenset[Role], Callable[[str], str]]] = {
    "papers.draw.redraw": (
        frozenset({Role.PROCTOR, Role.ADMINISTRATOR}),
        lambda subject: url_for("proctoring.session_page", code=subject),
    ),
    **{
        f"certificates.certificate.{verb}": (
            frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
            lambda subject: url_for("register.show", number=subject),
        )
        for verb in ("revoke", "suspend", "restore")
    },
    "audit.facts.erase": (
        frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
        lambda subject: url_for("reports.log", before=int(subject) + 1),
    ),
    "sittings.time.add": (
        frozenset({Role.PROCTOR, Role.ADMINISTRATOR}),
        lambda subject: url_for("clocks.show_one", sitting_id=subject),
    ),
    "people.invitation.send": (
        frozenset({Role.ADMINISTRATOR}),
        lambda subject: url_for("people.invitation", invitation_id=subject),
    ),
}
"""By kind: who may open the page of the subject, and where it is."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A request as the pages show it."""

    facts: RequestFacts
    name: Words
    subject: str
    happens: str
    page: str | None
    """Address of the page of the subject, if this person may open it."""
    requester: str
    decider: str
    """Name of who approved or refused; empty where nobody did."""
    standing: Standing
    symbol: str
    standing_words: Words


@bp.get("/")
@role_required(*STAFF)
def requests() -> ResponseReturnValue:
    person, session, now = current_person(), db.session(), tools().clock.now()
    return render(
        "approvals/requests.html",
        waiting=_lines(queries.waiting(person, session=session, now=now)),
        ended=_lines(queries.ended_since(now - SHOWN_FOR, person, session=session, now=now)),
        person=person,
    )


@bp.get("/new/<string:kind>/<string:subject>")
@role_required(*STAFF)
def ask(kind: str, subject: str) -> ResponseReturnValue:
    return _asking_page(kind, subject, AskForm())


@bp.post("/new/<string:kind>/<string:subject>")
@role_required(*STAFF)
def make(kind: str, subject: str) -> ResponseReturnValue:
    form = AskForm()
    if not form.validate_on_submit():
        return _asking_page(kind, subject, form), 422
    person, outside = current_person(), tools()
    now = outside.clock.now()
    with unit_of_work() as session:
        outcome = passwords.confirm_password(person, form.password.data, session=session, now=now) or service.request(
            kind, subject, {}, form.reason.data, person=person, session=session, now=now, entropy=outside.entropy
        )
    if isinstance(outcome, SignInRefused):
        form.password.errors = [password_refusal(outcome)]
        return _asking_page(kind, subject, form), outcome.status
    flash(_("The request is made. Now another person has to decide."), "ok")
    return redirect(url_for(".show", request_id=outcome), 303)


@bp.get("/<uuid:request_id>")
@role_required(*STAFF)
def show(request_id: uuid.UUID) -> ResponseReturnValue:
    return _request_page(request_id)


@bp.get("/<uuid:request_id>/approve")
@bp.get("/<uuid:request_id>/refuse")
@role_required(*STAFF)
def again(request_id: uuid.UUID) -> ResponseReturnValue:
    """Where a change of the language on a refused form leads: the forms are on the page of the request."""
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<uuid:request_id>/approve")
@role_required(*STAFF)
def approve(request_id: uuid.UUID) -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate_on_submit():
        return _request_page(request_id, approving=form), 422
    person, outside = current_person(), tools()
    now = outside.clock.now()
    with unit_of_work() as session:
        refusal = passwords.confirm_password(person, form.password.data, session=session, now=now)
        if refusal is None:
            service.approve(request_id, person=person, session=session, now=now, entropy=outside.entropy)
    if refusal is not None:
        form.password.errors = [password_refusal(refusal)]
        return _request_page(request_id, approving=form), refusal.status
    flash(_("Approved and done. Both names stand in the log."), "ok")
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<uuid:request_id>/refuse")
@role_required(*STAFF)
def refuse(request_id: uuid.UUID) -> ResponseReturnValue:
    form = RefuseForm()
    if not form.validate_on_submit():
        return _request_page(request_id, refusing=form), 422
    with unit_of_work() as session:
        service.refuse(request_id, form.note.data, person=current_person(), session=session, now=tools().clock.now())
    flash(_("Refused. Nothing was done."), "ok")
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<uuid:request_id>/withdraw")
@role_required(*STAFF)
def withdraw(request_id: uuid.UUID) -> ResponseReturnValue:
    with unit_of_work() as session:
        service.withdraw(request_id, person=current_person(), session=session, now=tools().clock.now())
    flash(_("Your request is withdrawn. Nothing was done."), "ok")
    return redirect(url_for(".show", request_id=request_id), 303)


def _asking_page(kind: str, subject: str, form: AskForm) -> str:
    person = current_person()
    service.require_askable(kind, subject, {}, person=person, session=db.session(), now=tools().clock.now())
    words = ACT_WORDS[kind]
    return render(
        "approvals/ask.html",
        form=form,
        kind=kind,
        subject=subject,
        name=words.name,
        subject_words=in_words(words.subject, subject, {}),
        happens=in_words(words.happens, subject, {}),
        page=_page_of(kind, subject, person),
    )


def _request_page(
    request_id: uuid.UUID, *, approving: PasswordForm | None = None, refusing: RefuseForm | None = None
) -> str:
    person = current_person()
    facts = access_request(request_id, person, session=db.session())
    (line,) = _lines([facts])
    return render(
        "approvals/request.html",
        line=line,
        own=facts.requested_by == person.id,
        may_decide=service.may_decide(facts, person),
        approving=approving or PasswordForm(formdata=None),
        refusing=refusing or RefuseForm(formdata=None),
    )


def _lines(found: Iterable[RequestFacts]) -> list[Line]:
    requests = list(found)
    people = {who for facts in requests for who in (facts.requested_by, facts.decided_by) if who}
    names = accounts.display_names(people, db.session())
    return [_line(facts, names) for facts in requests]


def _line(facts: RequestFacts, names: Mapping[uuid.UUID, str]) -> Line:
    words = ACT_WORDS[facts.kind]
    standing = facts.standing_at(tools().clock.now())
    symbol, standing_words = STANDINGS[standing]
    return Line(
        facts=facts,
        name=words.name,
        subject=in_words(words.subject, facts.subject, facts.payload),
        happens=in_words(words.happens, facts.subject, facts.payload),
        page=_page_of(facts.kind, facts.subject, current_person()),
        requester=names[facts.requested_by],
        decider=names[facts.decided_by] if facts.decided_by else "",
        standing=standing,
        symbol=symbol,
        standing_words=standing_words,
    )


def _page_of(kind: str, subject: str, person: Person) -> str | None:
    readers, address_of = _PAGES[kind]
    return address_of(subject) if person.role in readers else None
