"""Which pages lead a person to an account? Three steps; the browser holds a random token and nothing that was typed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, flash, redirect, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts.errors import PasswordRefused, TooManyCodes
from app.accounts.guards import current_person, public
from app.accounts.signin import home_of, open_session
from app.accounts.texts import refusal_text as password_refusal
from app.kernel.clock import local_day
from app.registration import service
from app.registration.consent import PARAGRAPHS
from app.registration.errors import CodeNotConfirmed, DetailsRefused, IinHasAccount, RegistrationOver
from app.registration.forms import CodeForm, DetailsForm, FirstPasswordForm
from app.registration.queries import RegistrationFacts, registration_of
from app.registration.rules import Details, Stage, Typed, read_details
from app.registration.texts import refusal_text
from app.web import db, language, render, settings, tools, unit_of_work

bp = Blueprint("registration", __name__, url_prefix="/register")

View = Callable[[], ResponseReturnValue]

PAGES = {
    Stage.CODE: "registration.code",
    Stage.PASSWORD: "registration.password",
    Stage.NOTHING: "registration.done",
}
_TOKEN = "registration"  # noqa: S105  # its name in the cookie
_TOKEN_BYTES = 32


def for_newcomers(view: View) -> View:
    """Send people who are signed in to their own page."""

    @wraps(view)
    def led() -> ResponseReturnValue:
        if current_user.is_authenticated:
            return redirect(url_for(home_of(current_person())), 303)
        return view()

    return led


def at_stage(stage: Stage) -> Callable[[View], View]:
    """Send a browser to the step that it has reached; one that has begun nothing is told so."""

    def decorate(view: View) -> View:
        @wraps(view)
        def led() -> ResponseReturnValue:
            found = _registration()
            if found is None:
                raise RegistrationOver
            return view() if found.stage is stage else redirect(url_for(PAGES[found.stage]), 303)

        return led

    return decorate


@bp.get("")
@public
@for_newcomers
def start() -> ResponseReturnValue:
    """The form; filled in again for who comes back to correct something."""
    found = _registration()
    if found is None or found.stage is Stage.NOTHING:
        browser[_TOKEN] = tools().entropy.token(_TOKEN_BYTES).hex()
        return _details_page(DetailsForm(language=language()))
    return _details_page(
        DetailsForm(
            iin=found.iin,
            birth_date=f"{found.birth_date:%d.%m.%Y}",
            sex=found.sex.value,
            family_name=found.family_name,
            given_name=found.given_name,
            patronymic=found.patronymic or "",
            email=found.email,
            phone=found.phone,
            language=found.language,
        )
    )


@bp.post("")
@public
@for_newcomers
def begin() -> ResponseReturnValue:
    form = DetailsForm()
    details = _details(form)
    if details is None:
        return _details_page(form), DetailsRefused.status
    command = service.BeginRegistration(
        token=browser.setdefault(_TOKEN, tools().entropy.token(_TOKEN_BYTES).hex()),
        details=details,
        language=form.language.data,
        consent_version=form.consent_version.data,
    )
    now, entropy = tools().clock.now(), tools().entropy
    try:
        with unit_of_work() as session:
            stage = service.begin(command, post=_post(), session=session, now=now, entropy=entropy)
    except TooManyCodes as refusal:
        form.email.errors = [refusal_text(refusal)]
        return _details_page(form), refusal.status
    return redirect(url_for(PAGES[stage]), 303)


@bp.get("/code")
@public
@for_newcomers
@at_stage(Stage.CODE)
def code() -> ResponseReturnValue:
    return _code_page(CodeForm())


@bp.post("/code")
@public
@for_newcomers
@at_stage(Stage.CODE)
def confirm() -> ResponseReturnValue:
    form = CodeForm()
    if not form.validate_on_submit():
        return _code_page(form), 422
    typed = "".join(sign for sign in form.code.data if sign.isdigit())
    with unit_of_work() as session:
        refusal = service.confirm(_token(), typed, key=_key(), session=session, now=tools().clock.now())
    if refusal is not None:
        form.code.errors = [refusal_text(refusal)]
        return _code_page(form), refusal.status
    return redirect(url_for(".password"), 303)


@bp.post("/code/again")
@public
@for_newcomers
@at_stage(Stage.CODE)
def send_again() -> ResponseReturnValue:
    now, entropy = tools().clock.now(), tools().entropy
    try:
        with unit_of_work() as session:
            service.send_again(_token(), post=_post(), session=session, now=now, entropy=entropy)
    except TooManyCodes as refusal:
        flash(refusal_text(refusal), "warn")
    else:
        flash(_("Another code is on its way. Only the newest one counts."), "ok")
    return redirect(url_for(".code"), 303)


@bp.get("/password")
@public
@for_newcomers
@at_stage(Stage.PASSWORD)
def password() -> ResponseReturnValue:
    return render("registration/password.html", form=FirstPasswordForm())


@bp.post("/password")
@public
@for_newcomers
@at_stage(Stage.PASSWORD)
def complete() -> ResponseReturnValue:
    form = FirstPasswordForm()
    if not form.validate_on_submit():
        return render("registration/password.html", form=form), 422
    now, entropy = tools().clock.now(), tools().entropy
    try:
        with unit_of_work() as session:
            outcome = service.complete(
                _token(), form.password.data, post=_post(), session=session, now=now, entropy=entropy
            )
    except PasswordRefused as refusal:
        form.password.errors = [password_refusal(refusal)]
        return render("registration/password.html", form=form), refusal.status
    except CodeNotConfirmed:
        return redirect(url_for(".code"), 303)
    if isinstance(outcome, IinHasAccount):
        return render("registration/has_account.html"), outcome.status
    if outcome is None:
        return redirect(url_for(".done"), 303)
    open_session(outcome, now=now, entropy=entropy)
    flash(_("You are registered. From now on, sign in with your IIN and your password."), "ok")
    return redirect(url_for(home_of(outcome)), 303)


@bp.get("/done")
@public
@for_newcomers
def done() -> ResponseReturnValue:
    """Where the same form sent again leads. Changes nothing in the cookie, which the first one may be replacing."""
    return render("registration/done.html")


@bp.post("/stop")
@public
@for_newcomers
def stop() -> ResponseReturnValue:
    with unit_of_work() as session:
        service.stop(_token(), session=session)
    browser.pop(_TOKEN, None)
    flash(_("The registration was stopped, and what you typed is deleted."), "ok")
    return redirect(url_for("pages.home"), 303)


def _details(form: DetailsForm) -> Details | None:
    """Return what the form says, or None and leave the reasons beside its fields."""
    shaped = form.validate_on_submit()
    typed = {name: form[name].data or "" for name in Typed.__dataclass_fields__}
    try:
        details = read_details(Typed(**typed), today=local_day(tools().clock.now()))
    except DetailsRefused as refusal:
        for name, problem in refusal.problems.items():
            form[name].errors = form[name].errors or [refusal_text(problem)]
        return None
    return details if shaped else None


def _details_page(form: DetailsForm) -> str:
    return render("registration/details.html", form=form, consent=PARAGRAPHS)


def _code_page(form: CodeForm) -> str:
    found = _registration()
    if found is None:
        raise RegistrationOver
    return render("registration/code.html", form=form, email=found.email)


def _registration() -> RegistrationFacts | None:
    return registration_of(_token(), session=db.session(), now=tools().clock.now())


def _token() -> str:
    return str(browser.get(_TOKEN, ""))


def _key() -> bytes:
    return settings().secret_key.encode()


def _post() -> service.Post:
    """Addresses by the public origin, never by what the request calls its host."""
    origin = settings().public_origin
    return service.Post(
        key=_key(),
        sign_in=origin + url_for("accounts.sign_in"),
        forgotten=origin + url_for("accounts.forgotten"),
    )
