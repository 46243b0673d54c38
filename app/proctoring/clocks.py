"""How is the clock of one test, or of a whole session, stopped, and how is time added to it?"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import service as passwords
from app.accounts.errors import SignInRefused
from app.accounts.guards import current_person, role_required
from app.applicants.queries import applicant_with_id
from app.approvals import service as approvals
from app.approvals.texts import password_refusal
from app.bookings.queries import SessionFacts, bookings_of_session
from app.proctoring.forms import AskTimeForm, PauseForm, TimeForm
from app.proctoring.reach import WATCHERS, own_session, session_of
from app.proctoring.texts import CAUSES, REASONS
from app.sittings import credit
from app.sittings.credit import RULE, CreditFacts, GiveTime, credits_of_sitting, granted
from app.sittings.errors import CreditAboveLimit, NothingToPause, SittingEnded
from app.sittings.gaps import GapFacts, gaps_of
from app.sittings.outages import Span
from app.sittings.queries import SittingFacts, sitting_with_id, sittings_of_bookings
from app.sittings.rules import CreditCause, Reason, State
from app.web import db, local_clock, render, tools, unit_of_work

bp = Blueprint("clocks", __name__, url_prefix="/proctor")

MINUTE = 60
ADD_TIME = "sittings.time.add"
"""The act that two people decide; see ``processes.approved``."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose clock is meant: that of one sitting, or those of all that run in a session."""

    exam_session: SessionFacts
    running: Sequence[SittingFacts]
    one: SittingFacts | None = None

    @property
    def any_paused(self) -> bool:
        return any(sitting.timing.paused_at for sitting in self.running)

    @property
    def any_goes(self) -> bool:
        return any(sitting.timing.paused_at is None for sitting in self.running)

    def address(self, endpoint: str) -> str:
        """Return where an act on this scope is posted, or its page is."""
        if self.one:
            return url_for(f".{endpoint}_one", sitting_id=self.one.id)
        return url_for(f".{endpoint}_all", code=self.exam_session.code)


@dataclass(frozen=True, kw_only=True)
class CreditLine:
    """Time that was added, in words."""

    credit: CreditFacts
    cause: str
    reason: str
    by: str
    """Names of who decided it; empty where the rule did."""


@bp.get("/sittings/<uuid:sitting_id>/clock")
@role_required(*WATCHERS)
def show_one(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """The clock of one test: what was added, when the page was silent, and what can be done."""
    return _page(_one(sitting_id))


@bp.get("/sessions/<string:code>/clock")
@role_required(*WATCHERS)
def show_all(code: str) -> ResponseReturnValue:
    """The clocks of all tests that run in a session, together."""
    return _page(_all(code))


@bp.route("/sittings/<uuid:sitting_id>/clock/pause", methods=["GET", "POST"])
@role_required(*WATCHERS)
def pause_one(sitting_id: uuid.UUID) -> ResponseReturnValue:
    return _pause(_one(sitting_id))


@bp.route("/sessions/<string:code>/clock/pause", methods=["GET", "POST"])
@role_required(*WATCHERS)
def pause_all(code: str) -> ResponseReturnValue:
    return _pause(_all(code))


@bp.post("/sittings/<uuid:sitting_id>/clock/resume")
@role_required(*WATCHERS)
def resume_one(sitting_id: uuid.UUID) -> ResponseReturnValue:
    return _resume(_one(sitting_id))


@bp.post("/sessions/<string:code>/clock/resume")
@role_required(*WATCHERS)
def resume_all(code: str) -> ResponseReturnValue:
    return _resume(_all(code))


@bp.route("/sittings/<uuid:sitting_id>/clock/time", methods=["GET", "POST"])
@role_required(*WATCHERS)
def time_one(sitting_id: uuid.UUID) -> ResponseReturnValue:
    return _add_time(_one(sitting_id))


@bp.route("/sessions/<string:code>/clock/time", methods=["GET", "POST"])
@role_required(*WATCHERS)
def time_all(code: str) -> ResponseReturnValue:
    return _add_time(_all(code))


@bp.route("/sittings/<uuid:sitting_id>/clock/more", methods=["GET", "POST"])
@role_required(*WATCHERS)
def more(sitting_id: uuid.UUID) -> ResponseReturnValue:
    """Ask a second person to agree to more time than one may add."""
    scope, form = _one(sitting_id), AskTimeForm()
    form.gap.choices = _gap_choices(scope)
    if not form.validate_on_submit():
        return _more_page(scope, form), 422 if form.is_submitted() else 200
    person, outside = current_person(), tools()
    now = outside.clock.now()
    payload = {
        "cause": form.cause.data,
        "minutes": form.minutes.data,
        "code": form.reason.data,
        "span": form.gap.data,
    }
    with unit_of_work() as session:
        outcome = passwords.confirm_password(person, form.password.data, session=session, now=now) or approvals.request(
            ADD_TIME,
            str(sitting_id),
            payload,
            form.note.data,
            person=person,
            session=session,
            now=now,
            entropy=outside.entropy,
        )
    if isinstance(outcome, SignInRefused):
        form.password.errors = [password_refusal(outcome)]
        return _more_page(scope, form), outcome.status
    flash(_("The request is made. Now another person has to decide."), "ok")
    return redirect(url_for("approvals.show", request_id=outcome), 303)


def _pause(scope: Scope) -> ResponseReturnValue:
    form = PauseForm(prefix="pause-")
    if not form.validate_on_submit():
        return (_page(scope, pausing=form), 422) if form.is_submitted() else redirect(scope.address("show"), 303)
    reason = Reason(form.reason.data)

    def stop(sitting: SittingFacts, session: Session, now: datetime) -> bool:
        return credit.pause(sitting.id, reason, actor=current_person().id, session=session, now=now)

    stopped = _to_each(scope, stop)
    flash(ngettext("%(num)d test is paused.", "%(num)d tests are paused.", stopped), "ok" if stopped else "warn")
    return redirect(scope.address("show"), 303)


def _resume(scope: Scope) -> ResponseReturnValue:
    def go_on(sitting: SittingFacts, session: Session, now: datetime) -> bool:
        return credit.unpause(sitting.id, actor=current_person().id, session=session, now=now)

    going = _to_each(scope, go_on)
    flash(ngettext("%(num)d test goes on.", "%(num)d tests go on.", going), "ok" if going else "warn")
    return redirect(scope.address("show"), 303)


def _add_time(scope: Scope) -> ResponseReturnValue:
    form = TimeForm(prefix="time-")
    form.gap.choices = _gap_choices(scope)
    if not form.validate_on_submit():
        return (_page(scope, adding=form), 422) if form.is_submitted() else redirect(scope.address("show"), 303)

    def add(sitting: SittingFacts, session: Session, now: datetime) -> bool:
        command = GiveTime(
            sitting_id=sitting.id,
            cause=CreditCause(form.cause.data),
            seconds=form.minutes.data * MINUTE,
            reason=Reason(form.reason.data),
            note=form.note.data,
            span=_span(form.gap.data),
        )
        credit.give(command, actor=current_person().id, session=session, now=now)
        return True

    above: list[int] = []
    added = _to_each(scope, add, above=above)
    if above and scope.one:
        form.minutes.errors = [
            ngettext(
                "One person may add %(num)d more minute to this test. For more, ask a second person.",
                "One person may add %(num)d more minutes to this test. For more, ask a second person.",
                above[0] // MINUTE,
            )
        ]
        return _page(scope, adding=form), 422
    flash(
        ngettext("Time is added to %(num)d test.", "Time is added to %(num)d tests.", added), "ok" if added else "warn"
    )
    if above:
        flash(
            ngettext(
                "Nothing was added to %(num)d test: there it would be more than one person may add.",
                "Nothing was added to %(num)d tests: there it would be more than one person may add.",
                len(above),
            ),
            "warn",
        )
    return redirect(scope.address("show"), 303)


def _to_each(
    scope: Scope, act: Callable[[SittingFacts, Session, datetime], bool], *, above: list[int] | None = None
) -> int:
    """Do an act to all of them at one moment, in the order of their ids; return to how many it was done.

    What ended meanwhile, or cannot be paused any more, is left out; ``above`` takes what is left where a limit says no.
    """
    done, now = 0, tools().clock.now()
    with unit_of_work() as session:
        for sitting in sorted(scope.running, key=lambda sitting: sitting.id):
            try:
                done += act(sitting, session, now)
            except (SittingEnded, NothingToPause):
                continue
            except CreditAboveLimit as refused:
                if above is not None:
                    above.append(refused.left)
    return done


def _one(sitting_id: uuid.UUID) -> Scope:
    exam_session = session_of(sitting_id)
    sitting = sitting_with_id(sitting_id, session=db.session())
    return Scope(exam_session=exam_session, running=[sitting] if sitting.state is State.RUNNING else [], one=sitting)


def _all(code: str) -> Scope:
    exam_session = own_session(code)
    bookings = bookings_of_session(exam_session.id, session=db.session())
    started = sittings_of_bookings([booking.id for booking in bookings], session=db.session()).values()
    return Scope(exam_session=exam_session, running=[each for each in started if each.state is State.RUNNING])


def _page(scope: Scope, *, pausing: PauseForm | None = None, adding: TimeForm | None = None) -> str:
    adding = adding or TimeForm(prefix="time-", formdata=None)
    adding.gap.choices = _gap_choices(scope)
    one, now = scope.one, tools().clock.now()
    kept = credits_of_sitting(one.id, session=db.session()) if one else []
    return render(
        "proctoring/clock.html",
        scope=scope,
        name=_name(one) if one else "",
        minutes_left=int(one.timing.remaining(now).total_seconds() // MINUTE) if one else None,
        pause_reason=REASONS[one.pause_reason] if one and one.pause_reason else "",
        pausing=pausing or PauseForm(prefix="pause-", formdata=None),
        adding=adding,
        credits=_lines(kept),
        gaps=_gaps(one) if one else [],
        left_minutes=_left(one, kept) if one else None,
    )


def _more_page(scope: Scope, form: AskTimeForm) -> str:
    return render("proctoring/more_time.html", scope=scope, name=_name(scope.one) if scope.one else "", form=form)


def _name(sitting: SittingFacts) -> str:
    return applicant_with_id(sitting.applicant_id, session=db.session()).full_name


def _left(sitting: SittingFacts, kept: Sequence[CreditFacts]) -> int:
    return max(0, int(sitting.timing.credit_cap.total_seconds()) - granted(kept)) // MINUTE


def _gaps(sitting: SittingFacts) -> list[GapFacts]:
    return gaps_of([sitting.id], session=db.session()).get(sitting.id, [])


def _gap_choices(scope: Scope) -> list[tuple[str, str]]:
    """Return the silences of one sitting as what lost time may be given back for."""
    found = _gaps(scope.one) if scope.one else []
    return [("", _("none of these")), *((_written(gap.span), _in_words(gap.span)) for gap in found)]


def _written(span: Span) -> str:
    return f"{span.begins.isoformat()} {span.ends.isoformat()}"


def _span(written: str | None) -> Span | None:
    """Read back what ``_written`` wrote; a choice of the form is one of those."""
    if not written:
        return None
    begins, ends = written.split(" ")
    return Span(datetime.fromisoformat(begins), datetime.fromisoformat(ends))


def _in_words(span: Span) -> str:
    return f"{local_clock(span.begins)}–{local_clock(span.ends)} ({minutes_and_seconds(span)})"


def minutes_and_seconds(span: Span) -> str:
    """Write how long a stretch of time is: 2:35."""
    minutes, seconds = divmod(int(span.length.total_seconds()), MINUTE)
    return f"{minutes}:{seconds:02}"


def _lines(kept: Sequence[CreditFacts]) -> list[CreditLine]:
    deciders = {who for each in kept for who in (each.decided_by, each.requested_by) if who and who != RULE}
    names = accounts.display_names({uuid.UUID(who) for who in deciders}, db.session())
    return [
        CreditLine(
            credit=each,
            cause=str(CAUSES[each.cause]),
            reason=str(REASONS[each.reason]),
            by=", ".join(
                names.get(uuid.UUID(who), "") for who in (each.requested_by, each.decided_by) if who and who != RULE
            ),
        )
        for each in kept
    ]
