"""Which pages belong to no room, and what does every template know? Home, language, health."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Flask, abort, current_app, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.accounts.guards import public
from app.accounts.signin import home_of
from app.demonstration import letters
from app.desk.inbox import unread_messages
from app.desk.steps import programme_page
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.rulebook import programmes
from app.web import (
    LANGUAGES,
    language,
    local_clock,
    local_date,
    local_time,
    redirect_back,
    render,
    settings,
    time_left,
    tools,
)
from question_bank.programme import Kind, Programme

bp = Blueprint("pages", __name__)

SHORT_LANGUAGES = {"kk": "Қаз", "ru": "Рус", "en": "Eng"}
"""Names of the languages where there is little room."""


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    programme = _programme_today()
    return render(
        "pages/home.html",
        programme=programme_page(programme, language=language()) if programme else None,
        programme_code=programme.code if programme else None,
        letters_are_shown=letters.are_shown(),
    )


@bp.route("/language/<string:code>", methods=["GET", "POST"])
@public
def choose_language(code: str) -> ResponseReturnValue:
    if code not in LANGUAGES:
        abort(404)
    session["language"] = code
    return redirect_back("pages.home")


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


def calendar_day(day: date) -> str:
    """Write a day of the calendar in the reader's language."""
    return local_date(start_of_local_day(day))


def place() -> str:
    """Return the address to which a change of the language leads back: this page, or the one where a form was."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    adapter = current_app.create_url_adapter(request)
    try:
        adapter and adapter.match(request.path, method="GET")
    except HTTPException:
        return url_for("pages.home")
    return request.path


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        home_of=home_of,
        place=place,
        language=language,
        languages=LANGUAGES,
        settings=settings,
        short_languages=SHORT_LANGUAGES,
        unread_messages=unread_messages,
    )
    app.jinja_env.filters.update(
        calendar_day=calendar_day,
        local_clock=local_clock,
        local_date=local_date,
        local_time=local_time,
        time_left=time_left,
    )


def _programme_today() -> Programme | None:
    """The test that leads to a certificate now, or None between two programmes."""
    today = local_day(tools().clock.now())
    for programme in programmes().versions:
        if programme.kind is Kind.CERTIFYING and programme.is_in_force(today):
            return programme
    return None
