"""What would have been sent? In a demonstration whose mail goes to a folder, anybody reads it: no address is real."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.accounts.guards import public
from app.mail import FolderMailer
from app.sms import FolderTexter
from app.web import render, settings, tools

bp = Blueprint("demonstration", __name__, url_prefix="/dev")

LETTERS_ON_A_PAGE = 50


def are_shown() -> bool:
    """Say whether this installation shows its letters: never in production, never where they are really sent."""
    return settings().demonstration and isinstance(tools().mailer, FolderMailer)


@bp.get("/letters")
@public
def letters() -> ResponseReturnValue:
    mailer, texter = tools().mailer, tools().texter
    if not settings().demonstration or not isinstance(mailer, FolderMailer):
        abort(404)
    return render(
        "demonstration/letters.html",
        letters=mailer.letters(limit=LETTERS_ON_A_PAGE),
        messages=texter.messages(limit=LETTERS_ON_A_PAGE) if isinstance(texter, FolderTexter) else [],
    )
