"""What does the exam page ask of the server? The page itself, its paper, a saved answer, a beat.

None of these looks up who is signed in: the signed cookie names the sitting and carries its live nonce, and the
statement that reads or writes compares that nonce.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, current_app, g, jsonify, redirect, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.accounts.guards import guarded_by
from app.applicants.queries import applicant_with_id
from app.kernel.errors import DomainError
from app.papers.queries import PaperText, paper_with_id, programme_of_paper, text_of
from app.sittings import service
from app.sittings.beats import take_beat
from app.sittings.calls import paper_body, read_answer, read_credit, read_events
from app.sittings.credit import RULE, credits_of_sitting
from app.sittings.errors import SittingElsewhere, SittingEnded
from app.sittings.forms import FinishForm
from app.sittings.journal import SaveAnswer, save_answer
from app.sittings.pace import Pace
from app.sittings.queries import SittingFacts, count_running, progress_of, sitting_with_id
from app.sittings.rules import CreditCause, State
from app.web import db, language, render, tools, unit_of_work

bp = Blueprint("sittings", __name__)

_NONCE_PREFIX = b"synaq-live-v1\x00"
_NONCE_BYTES = 16

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Live:
    """The browser that may act in a sitting."""

    sitting_id: uuid.UUID
    nonce: bytes


def remember_live(sitting_id: uuid.UUID, nonce: bytes) -> None:
    """Make this browser the live one: its signed cookie carries the nonce."""
    cookie["live"] = {"sitting": str(sitting_id), "nonce": nonce.hex()}


def live_nonce(sitting_id: uuid.UUID) -> bytes | None:
    """Return the nonce that this browser holds for the sitting, if any."""
    held = cookie.get("live") or {}
    return bytes.fromhex(held["nonce"]) if held.get("sitting") == str(sitting_id) else None


def browser_nonce(booking_id: uuid.UUID) -> bytes:
    """Return the nonce that this signed-in browser offers for a booking: always the same one.

    So a second press of "Start", or a reply that was lost, finds its own sitting and not one that is open elsewhere.
    """
    return hashlib.sha256(_NONCE_PREFIX + bytes.fromhex(cookie["nonce"]) + booking_id.bytes).digest()[:_NONCE_BYTES]


def holds_live_session(sitting: SittingFacts) -> bool:
    """Say whether this browser is the live one; a released sitting is held by none."""
    return sitting.live_nonce is not None and sitting.live_nonce == live_nonce(sitting.id)


def live_browser_required(view: View) -> View:
    """Guard of the exam page's own calls: the cookie must name this sitting."""

    @wraps(view)
    def guarded(sitting_id: uuid.UUID) -> Any:
        nonce = live_nonce(sitting_id)
        if nonce is None:
            raise SittingElsewhere
        g.live = Live(sitting_id=sitting_id, nonce=nonce)
        return view(sitting_id)

    return guarded_by("live browser")(cast(View, guarded))


def answered_in_json(view: View) -> View:
    """Answer refusals in the form in which the page asked: a code, and where to go after an ending."""

    @wraps(view)
    def answered(sitting_id: uuid.UUID) -> Any:
        try:
            return view(sitting_id)
        except DomainError as error:
            body: dict[str, object] = {"code": error.code, **error.parameters}
            if isinstance(error, SittingEnded):
                body["location"] = _result_location(sitting_id)
            return jsonify(body), getattr(error, "status", 409)

    return cast(View, answered)


@bp.get("/sittings/<uuid:sitting_id>")
@guarded_by("live browser")
def show(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """The exam page; after the end it leads to the result, also for somebody who went back."""
    if live_nonce(sitting_id) is None:
        return redirect(url_for("desk.result", sitting_id=sitting_id), 303)  # asks who they are, and knows what is next
    g.live = Live(sitting_id=sitting_id, nonce=live_nonce(sitting_id) or b"")
    try:
        sitting = _live_sitting(sitting_id)
    except SittingEnded:
        return redirect(_result_location(sitting_id), 303)
    applicant = applicant_with_id(sitting.applicant_id, session=db.session())
    programme = programme_of_paper(sitting.paper_id, session=db.session())
    return render(
        "sittings/show.html",
        sitting={
            "id": sitting.id,
            "applicant_name": applicant.full_name,
            "seat_label": None,
            "language": sitting.language,
            "programme_title": programme.title[language()],
        },
        calls={
            "paper": url_for("sittings.paper", sitting_id=sitting.id),
            "answers": url_for("sittings.answers", sitting_id=sitting.id),
            "events": url_for("sittings.events", sitting_id=sitting.id),
            "finish": url_for("desk.finish", sitting_id=sitting.id),
        },
        finish_form=FinishForm(),
    )


@bp.get("/sittings/<uuid:sitting_id>/paper")
@answered_in_json
@live_browser_required
def paper(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Send the frozen paper once, with what has been answered so far. The key is nowhere in it."""
    sitting = _live_sitting(sitting_id)
    now = tools().clock.now()
    text = _paper(sitting)
    progress = progress_of(sitting, session=db.session())
    return jsonify(
        sitting=str(sitting.id),
        language=sitting.language,
        state=sitting.state.value,
        **_clock_of(sitting, now, _running(now)),
        credits=_credits(sitting),
        grace_seconds=int(sitting.timing.grace.total_seconds()),
        **paper_body(text, sitting.language),
        answers={str(position): option for position, option in progress.answers.items()},
        flags=progress.flags,
        place=progress.place,
        sequence=progress.sequence,
        head=progress.head.hex(),
        event_number=progress.event_number,
        event_time=progress.event_time,
        seen=progress.seen,
        saved={str(position): moment.isoformat() for position, moment in progress.saved_at.items()},
    )


@bp.post("/sittings/<uuid:sitting_id>/answers")
@answered_in_json
@live_browser_required
def answers(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Save one answer; the acknowledgement means that it is on the disk."""
    sent = read_answer()
    command = SaveAnswer(sitting_id=sitting_id, nonce=g.live.nonce, **vars(sent))
    try:
        saved = save_answer(command, engine=db.engine, now=tools().clock.now())
    except SittingEnded:
        return _too_late(command)
    return jsonify(
        sequence=saved.sequence,
        head=saved.head.hex(),
        saved_at=saved.saved_at.isoformat(),
        remaining_ms=saved.remaining.total_seconds() * 1000,
        credit_seconds=int(saved.credit.total_seconds()),
    )


def _too_late(command: SaveAnswer) -> ResponseReturnValue:
    """Answer a change that came after the grace: it is kept apart, and the page may go on delivering."""
    with unit_of_work() as session:
        kept = service.quarantine(command, session=session, now=tools().clock.now())
        ended = sitting_with_id(command.sitting_id, session=session).state is State.ENDED
    if not ended:
        return jsonify(code="sittings.late", kept=kept), 409
    return jsonify(code=SittingEnded.code, kept=kept, location=_result_location(command.sitting_id)), 409


@bp.post("/sittings/<uuid:sitting_id>/events")
@answered_in_json
@live_browser_required
def events(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Take flags, place and the sign of life; answer with the time left, and what was added since the last word."""
    reported, known = read_events(), read_credit()
    now = tools().clock.now()
    running = _running(now)
    sitting = take_beat(sitting_id, reported, nonce=g.live.nonce, engine=db.engine, now=now, running=running)
    if sitting is None:
        with unit_of_work() as session:
            sitting = service.record_events(
                sitting_id, reported, nonce=g.live.nonce, session=session, now=now, running=running
            )
    body: dict[str, object] = {"state": sitting.state.value, **_clock_of(sitting, now, running)}
    if known is not None and known != body["credit_seconds"]:
        body["credits"] = _credits(sitting)
    return jsonify(**body, location=_result_location(sitting_id) if sitting.state is State.ENDED else None)


def _clock_of(sitting: SittingFacts, now: datetime, running: int) -> dict[str, object]:
    """What a page needs to show the time: how much is left, whether it stands and why, when to ask again."""
    return {
        "server_time": now.isoformat(),
        "remaining_ms": sitting.timing.remaining(now).total_seconds() * 1000,
        "paused": sitting.pause_reason.value if sitting.pause_reason else None,
        "credit_seconds": int(sitting.timing.credit.total_seconds()),
        "beat_seconds": int(sitting.beat_while(running).total_seconds()),
    }


def _credits(sitting: SittingFacts) -> list[dict[str, object]]:
    """What was added and is worth a word; a pause was seen on the page itself."""
    return [
        {
            "number": credit.number,
            "cause": "room" if credit.decided_by == RULE else credit.cause.value,
            "seconds": credit.seconds,
        }
        for credit in credits_of_sitting(sitting.id, session=db.session())
        if credit.cause is not CreditCause.PAUSE
    ]


def _running(now: datetime) -> int:
    """How many sit, as this process has counted it."""
    pace: Pace = current_app.extensions.setdefault("synaq_pace", Pace())
    return pace.running(now, lambda: count_running(session=db.session()))


def _live_sitting(sitting_id: uuid.UUID) -> SittingFacts:
    sitting = sitting_with_id(sitting_id, session=db.session())
    if sitting.live_nonce is None or sitting.live_nonce != g.live.nonce:
        raise SittingElsewhere
    if sitting.state is State.ENDED:
        raise SittingEnded
    return sitting


def _paper(sitting: SittingFacts) -> PaperText:
    return text_of(paper_with_id(sitting.paper_id, session=db.session()), sitting.language, session=db.session())


def _result_location(sitting_id: uuid.UUID) -> str:
    return url_for("desk.result", sitting_id=sitting_id)
