"""How is an appeal decided? A commission is appointed, its members read the case and vote."""

from __future__ import annotations

import uuid
from typing import cast

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from app.accounts import queries as accounts
from app.accounts.guards import current_person, role_required
from app.accounts.rules import Person, Role
from app.appeals import service
from app.appeals.errors import AppealNotFound, CommissionTooSmall, MemberNotImpartial
from app.appeals.evidence import contested_lines, record_of, sheet_of
from app.appeals.forms import AppointForm, ReplaceForm, VoteForm, appoint_form, vote_form
from app.appeals.impartiality import Candidate, PartTaken, candidates
from app.appeals.queries import AppealFacts, appeal_with_id, ended_appeals, open_appeals
from app.appeals.rules import GROUND_NAMES, State
from app.appeals.texts import PART_WORDS
from app.appeals.views import STATE_STATUS
from app.applicants.queries import ban_with_id
from app.sittings.queries import sitting_with_id
from app.web import LANGUAGES, db, language, render, tools, unit_of_work

bp = Blueprint("commission", __name__, url_prefix="/commission")

DECIDERS = (Role.ADMINISTRATOR, Role.REVIEWER)
FURTHER_PLACES = 2
"""Members beyond the least number that the form offers to appoint."""
ENDED_SHOWN = 50


@bp.get("/")
@role_required(*DECIDERS)
def index() -> ResponseReturnValue:
    """What is to be decided: all of it for an administrator, the own cases for the others."""
    person, session = current_person(), db.session()
    return render(
        "appeals/commission_index.html",
        waiting=[found for found in open_appeals(session=session) if _may_see(found, person)],
        ended=[found for found in ended_appeals(ENDED_SHOWN, session=session) if _may_see(found, person)],
        names={ground: names[language()] for ground, names in GROUND_NAMES.items()},
        statuses=STATE_STATUS,
        person=person,
        now=tools().clock.now(),
    )


@bp.get("/<uuid:appeal_id>")
@role_required(*DECIDERS)
def show(appeal_id: uuid.UUID) -> ResponseReturnValue:
    return _page(_visible(appeal_id))


@bp.get("/<uuid:appeal_id>/members")
@bp.get("/<uuid:appeal_id>/replacement")
@bp.get("/<uuid:appeal_id>/vote")
@role_required(*DECIDERS)
def again(appeal_id: uuid.UUID) -> ResponseReturnValue:
    """Where a change of the language on a refused form leads: the forms are on the page of the appeal."""
    return redirect(url_for(".show", appeal_id=appeal_id), 303)


@bp.post("/<uuid:appeal_id>/members")
@role_required(Role.ADMINISTRATOR)
def appoint(appeal_id: uuid.UUID) -> ResponseReturnValue:
    found = _visible(appeal_id)
    form = _appoint_form(found)
    if not form.validate_on_submit():
        return _page(found, appointing=form), 422
    try:
        with unit_of_work() as session:
            service.appoint(
                appeal_id, form.members, actor=current_person().id, session=session, now=tools().clock.now()
            )
    except (CommissionTooSmall, MemberNotImpartial) as refused:
        form.form_errors.append(_why(refused))
        return _page(found, appointing=form), 422
    flash(_("The commission is appointed. Its members see the case among their appeals."), "ok")
    return redirect(url_for(".show", appeal_id=appeal_id), 303)


@bp.post("/<uuid:appeal_id>/replacement")
@role_required(Role.ADMINISTRATOR)
def replace_member(appeal_id: uuid.UUID) -> ResponseReturnValue:
    found = _visible(appeal_id)
    form = _replace_form(found)
    if not form.validate_on_submit():
        return _page(found, replacing=form), 422
    try:
        with unit_of_work() as session:
            service.replace_member(
                appeal_id,
                uuid.UUID(form.leaving.data),
                uuid.UUID(form.coming.data),
                actor=current_person().id,
                session=session,
                now=tools().clock.now(),
            )
    except (CommissionTooSmall, MemberNotImpartial) as refused:
        form.form_errors.append(_why(refused))
        return _page(found, replacing=form), 422
    flash(_("The member is replaced."), "ok")
    return redirect(url_for(".show", appeal_id=appeal_id), 303)


@bp.post("/<uuid:appeal_id>/case")
@role_required(*DECIDERS)
def open_case(appeal_id: uuid.UUID) -> ResponseReturnValue:
    """Let a member read the case, which is noted in the log."""
    with unit_of_work() as session:
        service.open_case(appeal_id, current_person(), session=session, now=tools().clock.now())
    return redirect(url_for(".show", appeal_id=appeal_id), 303)


@bp.post("/<uuid:appeal_id>/vote")
@role_required(*DECIDERS)
def vote(appeal_id: uuid.UUID) -> ResponseReturnValue:
    person, outside = current_person(), tools()
    found = _visible(appeal_id)
    if found.member(person.id) is None:
        raise AppealNotFound
    form = vote_form(question.position for question in found.questions)
    if not form.validate_on_submit():
        return _page(found, voting=form), 422
    with unit_of_work() as session:
        outcome = service.cast_vote(
            appeal_id,
            service.Vote(ballot=form.ballot, reason=form.reason.data),
            person,
            session=session,
            now=outside.clock.now(),
            entropy=outside.entropy,
        )
    if outcome is None:
        flash(_("Your vote counts. The appeal is decided when all members have voted."), "ok")
    else:
        flash(_("Your vote was the last one: the appeal is decided, and the applicant is told."), "ok")
    return redirect(url_for(".show", appeal_id=appeal_id), 303)


def _may_see(found: AppealFacts, person: Person) -> bool:
    return person.role is Role.ADMINISTRATOR or found.member(person.id) is not None


def _visible(appeal_id: uuid.UUID) -> AppealFacts:
    """Return the appeal, if it is this person's to see; a case of others looks absent."""
    found = appeal_with_id(appeal_id, session=db.session())
    if not _may_see(found, current_person()):
        raise AppealNotFound
    return found


def _page(
    found: AppealFacts,
    *,
    appointing: AppointForm | None = None,
    replacing: ReplaceForm | None = None,
    voting: VoteForm | None = None,
) -> str:
    """Show the case: keys and record only to a member who has opened it, the votes of others only to who has voted."""
    person, session = current_person(), db.session()
    own = found.member(person.id)
    reads = own is not None and own.opened_at is not None
    appoints = person.role is Role.ADMINISTRATOR and found.state is State.OPEN
    ban = ban_with_id(found.ban_id, session=session) if reads and found.ban_id else None
    sitting_id = ban.sitting_id if ban else found.sitting_id
    sitting = sitting_with_id(sitting_id, session=session) if reads and sitting_id else None
    return render(
        "appeals/commission.html",
        appeal=found,
        own=own,
        reads=reads,
        is_open=found.state is State.OPEN,
        name=GROUND_NAMES[found.ground][language()],
        reader_language=LANGUAGES[found.language],
        status_kind=STATE_STATUS[found.state],
        late=found.is_late(tools().clock.now()),
        people=accounts.display_names([member.account_id for member in found.members], session),
        sees_votes=found.state in {State.GRANTED, State.REFUSED} or bool(own and own.voted_at),
        appointing=(appointing or _appoint_form(found)) if appoints and not found.members else None,
        replacing=(replacing or _replace_form(found)) if appoints and found.members else None,
        voting=voting or vote_form(question.position for question in found.questions),
        lines=contested_lines(found, language=language(), session=session) if reads else [],
        sheet=sheet_of(sitting, session=session) if sitting else None,
        record=record_of(sitting, session=session) if sitting else None,
        ban=ban,
    )


def _candidates(found: AppealFacts) -> list[Candidate]:
    return candidates(found, appointer=current_person().id, session=db.session(), now=tools().clock.now())


def _appoint_form(found: AppealFacts) -> AppointForm:
    return appoint_form(found.rules.commission_minimum, FURTHER_PLACES, _choices(_candidates(found)))


def _replace_form(found: AppealFacts) -> ReplaceForm:
    form = ReplaceForm(formdata=None) if request.endpoint != "commission.replace_member" else ReplaceForm()
    waiting = [member.account_id for member in found.members if member.ballot is None]
    names = accounts.display_names(waiting, db.session())
    form.leaving.choices = [_nobody(), *(SelectChoice(str(who), names[who]) for who in waiting)]
    coming = [each for each in _candidates(found) if found.member(each.person.id) is None]
    form.coming.choices = [_nobody(), *_choices(coming)]
    return form


def _nobody() -> SelectChoice:
    return SelectChoice("", _("Nobody chosen"))


def _choices(found: list[Candidate]) -> list[SelectChoice]:
    """Offer everybody of a role that decides, with what keeps some of them from it: the service refuses those."""
    return [SelectChoice(str(each.person.id), _label(each)) for each in found]


def _label(candidate: Candidate) -> str:
    name = candidate.person.display_name
    return f"{name} ({PART_WORDS[candidate.part.part]})" if candidate.part else name


def _why(refused: CommissionTooSmall | MemberNotImpartial) -> str:
    if isinstance(refused, CommissionTooSmall):
        return str(_("Choose at least %(least)s different people.", least=refused.parameters["least"]))
    account_id, part = cast(uuid.UUID, refused.parameters["account_id"]), cast(PartTaken, refused.parameters["part"])
    name = accounts.display_names([account_id], db.session()).get(account_id, "")
    return str(_("%(name)s may not decide: %(why)s.", name=name, why=PART_WORDS[part.part]))
