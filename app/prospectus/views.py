"""Which pages tell everybody what the test is? The list of tests, and the rules of each version of one."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.accounts.guards import public
from app.kernel.clock import local_day
from app.kernel.rulebook import programmes, programmes_elsewhere
from app.prospectus.contents import listed_programmes, programme_in_words
from app.prospectus.words import CONFIDENCE, SIGNS
from app.web import language, render, tools
from question_bank.programme import Programme

bp = Blueprint("prospectus", __name__, url_prefix="/tests")


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """All tests: those that are held here, and those that are not."""
    here = listed_programmes(programmes().versions, local_day(tools().clock.now()))
    return render("prospectus/index.html", here=here, elsewhere=programmes_elsewhere())


@bp.get("/<string:code>")
@public
def show(code: str) -> ResponseReturnValue:
    """The rules in force today; between two versions, the newest."""
    today = local_day(tools().clock.now())
    try:
        found = next(
            (found for found in programmes().versions if found.code == code and found.is_in_force(today)), None
        )
        return _page(found or programmes().latest(code))
    except KeyError:
        abort(404)


@bp.get("/<string:code>/<string:version>")
@public
def version(code: str, version: str) -> ResponseReturnValue:
    """The rules of one version, in force or not: those that a certificate rests on."""
    try:
        return _page(programmes().version(code, version))
    except KeyError:
        abort(404)


def _page(programme: Programme) -> str:
    today = local_day(tools().clock.now())
    others = [found for found in programmes().versions if found.code == programme.code and found != programme]
    return render(
        "prospectus/show.html",
        programme=programme,
        page=programme_in_words(programme, today, language=language()),
        others=sorted(others, key=lambda found: found.in_force_from, reverse=True),
        confidence=CONFIDENCE,
        signs=SIGNS,
    )
