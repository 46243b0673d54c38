"""Which pages let anybody practise? The start, the page of the real test with its calls, and the feedback."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, jsonify, redirect, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.guards import guarded_by, public
from app.accounts.rules import Role
from app.kernel.clock import local_day
from app.kernel.errors import DomainError
from app.kernel.rulebook import programmes
from app.papers.queries import items_uncommitted, paper_text
from app.practice import service
from app.practice.contents import feedback_page
from app.practice.errors import PracticeNotFound, PracticeNotReady
from app.practice.forms import BeginForm
from app.practice.queries import RunFacts, access_run, open_run, written
from app.practice.rules import feedback_of, hash_of_token
from app.sittings.calls import paper_body, read_answer, read_events
from app.sittings.errors import SittingElsewhere, SittingEnded
from app.sittings.forms import FinishForm
from app.sittings.rules import State
from app.web import LANGUAGES, db, language, render, tools, unit_of_work
from question_bank.programme import Kind, Programme

bp = Blueprint("practice", __name__, url_prefix="/practice")

_TOKEN = "practice"  # noqa: S105  # its name in the cookie
_TOKEN_BYTES = 32

View = TypeVar("View", bound=Callable[..., Any])


def own_run_required(view: View) -> View:
    """Guard of the pages of a run: the cookie's token must be the one that began it."""
    return guarded_by("practice token")(view)


def answered_in_json(view: View) -> View:
    """Answer refusals as a real test does, so that the same scripts understand them."""

    @wraps(view)
    def answered(run_id: uuid.UUID) -> Any:
        try:
            return view(run_id)
        except PracticeNotFound as error:
            return jsonify(code=SittingElsewhere.code), error.status
        except SittingEnded as error:
            return jsonify(code=error.code, kept=False, location=_result_location(run_id)), error.status
        except DomainError as error:
            return jsonify(code=error.code, **error.parameters), getattr(error, "status", 409)

    return cast(View, answered)


@bp.get("")
@public
def start() -> ResponseReturnValue:
    """What practice is, and the button."""
    return _start_page(BeginForm(language=language()))


@bp.post("")
@public
def begin() -> ResponseReturnValue:
    """Draw a paper and open it; a browser that practises already goes on."""
    programme, form = _programme(), BeginForm()
    form.language.choices = _choices(programme)
    if not form.validate_on_submit():
        return _start_page(form), 422
    outside = tools()
    token = browser.setdefault(_TOKEN, outside.entropy.token(_TOKEN_BYTES).hex())
    command = service.BeginRun(token_hash=hash_of_token(token), programme=programme, language=form.language.data)
    with unit_of_work() as session:
        run = service.begin(command, session=session, now=outside.clock.now(), entropy=outside.entropy)
    return redirect(url_for(".show", run_id=run.id), 303)


@bp.get("/<uuid:run_id>")
@own_run_required
def show(run_id: uuid.UUID) -> ResponseReturnValue:
    """The page of the real test, with calls of its own."""
    run = _run(run_id)
    if run.is_over(_now()):
        return redirect(_result_location(run_id), 303)
    return render(
        "practice/show.html",
        sitting={
            "id": run.id,
            "seat_label": None,
            "language": run.language,
            "programme_title": run.programme.title[language()],
        },
        calls={
            "paper": url_for(".paper", run_id=run_id),
            "answers": url_for(".answers", run_id=run_id),
            "events": url_for(".events", run_id=run_id),
            "finish": url_for(".finish", run_id=run_id),
        },
        finish_form=FinishForm(),
    )


@bp.get("/<uuid:run_id>/paper")
@answered_in_json
@own_run_required
def paper(run_id: uuid.UUID) -> ResponseReturnValue:
    """Send the paper with what has been answered so far. The key is nowhere in it."""
    run, now = _run(run_id), _now()
    if run.is_over(now):
        raise SittingEnded
    items = items_uncommitted(run.questions, session=db.session())
    text = paper_text(run.questions, run.programme, items, run.language)
    journal = written(run, session=db.session())
    return jsonify(
        sitting=str(run.id),
        language=run.language,
        state=State.RUNNING.value,
        server_time=now.isoformat(),
        remaining_ms=_milliseconds(run, now),
        beat_seconds=run.beat_seconds,
        grace_seconds=int(run.timing.grace.total_seconds()),
        **paper_body(text, run.language),
        answers={str(position): option for position, option in journal.answers.items()},
        flags=run.flags,
        place=run.place,
        sequence=journal.sequence,
        head=journal.head.hex(),
        event_number=run.event_number,
    )


@bp.post("/<uuid:run_id>/answers")
@answered_in_json
@own_run_required
def answers(run_id: uuid.UUID) -> ResponseReturnValue:
    """Save one answer; the acknowledgement means that it is on the disk."""
    command = service.GiveAnswer(run_id=run_id, token_hash=_token_hash(), **vars(read_answer()))
    with unit_of_work() as session:
        saved = service.save_answer(command, session=session, now=_now())
    return jsonify(
        sequence=saved.sequence,
        head=saved.head.hex(),
        saved_at=saved.saved_at.isoformat(),
        remaining_ms=saved.remaining.total_seconds() * 1000,
    )


@bp.post("/<uuid:run_id>/events")
@answered_in_json
@own_run_required
def events(run_id: uuid.UUID) -> ResponseReturnValue:
    """Take flags and place; answer with the time left."""
    reported, now = read_events(), _now()
    with unit_of_work() as session:
        run = service.record_events(run_id, reported, token_hash=_token_hash(), session=session, now=now)
    over = run.is_over(now)
    return jsonify(
        state=(State.ENDED if over else State.RUNNING).value,
        server_time=now.isoformat(),
        remaining_ms=_milliseconds(run, now),
        location=_result_location(run_id) if over else None,
    )


@bp.post("/<uuid:run_id>/finish")
@own_run_required
def finish(run_id: uuid.UUID) -> ResponseReturnValue:
    """End the run. Whether it was the click or the time, the server's clock says."""
    with unit_of_work() as session:
        service.end(run_id, token_hash=_token_hash(), session=session, now=_now())
    return redirect(_result_location(run_id), 303)


@bp.get("/<uuid:run_id>/result")
@own_run_required
def result(run_id: uuid.UUID) -> ResponseReturnValue:
    """What the run came to, and what to read; only once it is over."""
    run = _run(run_id)
    if not run.is_over(_now()):
        return redirect(url_for(".show", run_id=run_id), 303)
    items = items_uncommitted(run.questions, session=db.session())
    feedback = feedback_of(run.questions, items, written(run, session=db.session()).answers, run.programme)
    return render(
        "practice/result.html",
        page=feedback_page(feedback, run, language=language()),
        run=run,
        applicant=current_user.is_authenticated and current_user.role is Role.APPLICANT,
    )


def _start_page(form: BeginForm) -> str:
    programme = _programme()
    form.language.choices = _choices(programme)
    running = open_run(_token_hash(), session=db.session(), now=_now())
    return render("practice/start.html", programme=programme, form=form, running=running)


def _programme() -> Programme:
    """Return the practice programme of today. Raises ``PracticeNotReady``."""
    today = local_day(_now())
    for programme in programmes().versions:
        if programme.kind is Kind.PRACTICE and programme.is_in_force(today):
            return programme
    raise PracticeNotReady


def _choices(programme: Programme) -> list[tuple[str, str]]:
    return [(code, LANGUAGES[code]) for code in programme.sitting.languages]


def _run(run_id: uuid.UUID) -> RunFacts:
    return access_run(run_id, _token_hash(), session=db.session(), now=_now())


def _token_hash() -> str:
    return hash_of_token(str(browser.get(_TOKEN, "")))


def _now() -> datetime:
    return tools().clock.now()


def _milliseconds(run: RunFacts, now: datetime) -> float:
    return run.timing.remaining(now).total_seconds() * 1000


def _result_location(run_id: uuid.UUID) -> str:
    return url_for("practice.result", run_id=run_id)
