"""What was I told? The applicant's messages, in the language of the page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.guards import current_person, role_required
from app.accounts.rules import Role
from app.notices import service
from app.notices.queries import NoticeFacts, access_notice, count_unread, notices_of
from app.notices.rendering import Words, words
from app.web import db, language, render, tools, unit_of_work

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

MESSAGES_ON_A_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Message:
    """A notice in the reader's words."""

    notice: NoticeFacts
    words: Words


@bp.get("")
@role_required(Role.APPLICANT)
def index() -> ResponseReturnValue:
    found = notices_of(current_person().id, limit=MESSAGES_ON_A_PAGE, session=db.session())
    return render("inbox/index.html", messages=[_message(notice) for notice in found])


@bp.get("/<uuid:notice_id>")
@role_required(Role.APPLICANT)
def show(notice_id: uuid.UUID) -> ResponseReturnValue:
    """The text of one message. Having opened it once is having read it, however often the page is loaded."""
    found = access_notice(notice_id, current_person().id, session=db.session())
    if found.read_at is None:
        with unit_of_work() as session:
            service.mark_read(found.id, session=session, now=tools().clock.now())
    return render("inbox/show.html", message=_message(found))


def unread_messages() -> int:
    """Return how many messages the signed-in applicant has not opened; for the header of a page."""
    return count_unread(current_user.id, session=db.session())


def _message(notice: NoticeFacts) -> Message:
    return Message(notice=notice, words=words(notice.kind, notice.facts, language=language()))
