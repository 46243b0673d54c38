"""Does an act that nobody may do alone take two people, and is it done exactly once?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.rules import Person, Role
from app.approvals import queries, service
from app.approvals.errors import (
    AlreadyDecided,
    AlreadyWaiting,
    MayNotDecide,
    MayNotRequest,
    NothingToAskFor,
    NotTheRequester,
    OwnRequest,
    RequesterGone,
    RequestExpired,
    RequestNotFound,
    RequestOutdated,
    RequestWithdrawn,
)
from app.approvals.models import ApprovalRequest
from app.approvals.rules import REQUEST_LIFE, Standing, State
from app.approvals.texts import ACT_WORDS
from app.approvals.views import _PAGES
from app.audit import queries as log
from app.audit.errors import ActNotFound
from app.bookings.errors import SessionNotFound
from app.bookings.queries import BookingFacts
from app.db import unit_of_work
from app.kernel.entropy import SystemEntropy
from app.kernel.errors import DomainError
from app.papers.errors import DrawNotCommitted, RedrawTooLate
from app.papers.queries import draw_of_session
from app.papers.service import draw_session
from app.processes.approved import ACTS
from app.wiring import Tools
from question_bank.throw import NOT_THROWN
from tests.kit.factories.accounts import MakeAccount
from tests.kit.factories.approvals import ERASE, REDRAW, LogAct, MakeRequest
from tests.kit.factories.bookings import MakeCentre, MakeExamSession
from tests.kit.factories.ceremonies import DICE, Throw
from tests.kit.factories.sittings import StartSitting, at_once
from tests.kit.outside import MORNING, HandClock

Decide = Callable[..., None]


@pytest.fixture
def approve(session: Session, tools: Tools) -> Decide:
    def act(request_id: uuid.UUID, person: Person) -> None:
        """Approve in a unit of work: a refusal leaves nothing behind."""
        session.commit()
        try:
            service.approve(request_id, person=person, session=session, now=tools.clock.now(), entropy=tools.entropy)
            session.commit()
        except DomainError:
            session.rollback()
            raise

    return act


@pytest.fixture
def refuse(session: Session, clock: HandClock) -> Decide:
    def act(request_id: uuid.UUID, person: Person, note: str = "Not needed") -> None:
        service.refuse(request_id, note, person=person, session=session, now=clock.now())
        session.commit()

    return act


@pytest.fixture
def withdraw(session: Session, clock: HandClock) -> Decide:
    def act(request_id: uuid.UUID, person: Person) -> None:
        service.withdraw(request_id, person=person, session=session, now=clock.now())
        session.commit()

    return act


@pytest.fixture
def standing(session: Session, clock: HandClock) -> Callable[[uuid.UUID], Standing]:
    def read(request_id: uuid.UUID) -> Standing:
        session.expire_all()
        return queries.facts_of(session.get_one(ApprovalRequest, request_id)).standing_at(clock.now())

    return read


def facts_of_act(seq: str, session: Session) -> Any:
    (entry,) = log.latest(session, limit=1, before_seq=int(seq) + 1)
    return entry.facts


def kinds_about(subject: uuid.UUID | str, session: Session) -> list[str]:
    return [entry.kind for entry in log.about(session, str(subject))]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_act_has_words_and_a_page(app: Flask) -> None:
    assert ACTS.keys() <= ACT_WORDS.keys() == _PAGES.keys()
    assert all(Role.AUDITOR not in act.requesters | act.approvers for act in ACTS.values())


def test_request_waits_and_changes_nothing(
    make_request: MakeRequest,
    log_act: LogAct,
    administrator: Person,
    session: Session,
    standing: Callable[..., Standing],
) -> None:
    seq = log_act(colour="red")

    request_id = make_request(subject=seq)

    assert standing(request_id) is Standing.WAITING
    assert facts_of_act(seq, session) == {"colour": "red"}
    (entry,) = log.about(session, str(request_id))
    assert (entry.kind, entry.actor) == ("approvals.request.made", str(administrator.id))
    assert entry.facts is not None
    assert (entry.facts["act"], entry.facts["about"], entry.facts["reason"]) == (ERASE, seq, "Decision 7")


def test_approval_does_the_act_and_the_log_names_both(
    make_request: MakeRequest,
    log_act: LogAct,
    administrator: Person,
    second: Person,
    approve: Decide,
    session: Session,
    standing: Callable[..., Standing],
) -> None:
    seq = log_act(colour="red")
    request_id = make_request(subject=seq)

    approve(request_id, second)

    assert standing(request_id) is Standing.APPROVED
    assert facts_of_act(seq, session) is None
    approved = log.about(session, str(request_id))[-1]
    assert (approved.kind, approved.actor) == ("approvals.request.approved", str(second.id))
    assert approved.facts == {"act": ERASE, "about": seq, "requested_by": str(administrator.id)}
    (erased,) = log.about(session, seq)
    assert (erased.kind, erased.actor, erased.facts) == ("audit.facts.erased", str(second.id), {"reason": "Decision 7"})
    assert erased.seq == approved.seq + 1


def test_nobody_decides_about_an_own_request(
    make_request: MakeRequest,
    administrator: Person,
    second: Person,
    approve: Decide,
    refuse: Decide,
    standing: Callable[..., Standing],
) -> None:
    request_id = make_request()

    for decide in (approve, refuse):
        with pytest.raises(OwnRequest):
            decide(request_id, administrator)

    assert standing(request_id) is Standing.WAITING
    approve(request_id, second)


@pytest.mark.parametrize("values", [{"state": State.APPROVED}, {"state": State.REFUSED}, {"state": State.WAITING}])
def test_schema_itself_keeps_one_person_from_deciding(
    make_request: MakeRequest, administrator: Person, session: Session, values: dict[str, Any]
) -> None:
    make_request()

    with pytest.raises(IntegrityError):
        session.execute(update(ApprovalRequest).values(decided_by=administrator.id, decided_at=MORNING, **values))


def test_proctor_asks_for_a_redraw_and_does_not_decide(
    make_request: MakeRequest,
    make_account: MakeAccount,
    drawn_booking: BookingFacts,
    second: Person,
    approve: Decide,
    session: Session,
) -> None:
    place = drawn_booking.session
    proctor = make_account(role=Role.PROCTOR, centre_id=place.centre_id)
    colleague = make_account(role=Role.PROCTOR, centre_id=place.centre_id)
    request_id = make_request(REDRAW, place.code, person=proctor, reason="The dice fell off the table")

    with pytest.raises(MayNotDecide):
        approve(request_id, colleague)
    approve(request_id, second)

    found = draw_of_session(place.id, session=session)
    assert found is not None
    assert found.number == 2
    committed = log.about(session, str(place.id))[-1]
    assert (committed.kind, committed.actor) == ("papers.draw.committed", str(second.id))
    assert committed.facts is not None
    assert committed.facts["reason"] == "The dice fell off the table"


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.EDITOR, Role.APPLICANT, Role.PROCTOR])
def test_other_roles_neither_ask_for_an_erasure_nor_decide(
    make_request: MakeRequest, make_account: MakeAccount, approve: Decide, refuse: Decide, role: Role
) -> None:
    request_id, other = make_request(), make_account(role=role)

    with pytest.raises(MayNotRequest):
        make_request(person=other)
    for decide in (approve, refuse):
        # to a proctor, what belongs to no centre is not even there
        with pytest.raises(RequestNotFound if role is Role.PROCTOR else MayNotDecide):
            decide(request_id, other)


@pytest.mark.parametrize("centre", ["ALA-02", None])
def test_proctor_of_another_centre_finds_neither_session_nor_request(
    make_request: MakeRequest,
    make_account: MakeAccount,
    make_centre: MakeCentre,
    drawn_booking: BookingFacts,
    administrator: Person,
    session: Session,
    clock: HandClock,
    centre: str | None,
) -> None:
    stranger = make_account(role=Role.PROCTOR, centre_id=make_centre(centre) if centre else None)

    with pytest.raises(NothingToAskFor):
        make_request(REDRAW, drawn_booking.session.code, person=stranger)

    session.rollback()
    request_id = make_request(REDRAW, drawn_booking.session.code)
    make_request(ERASE)
    with pytest.raises(RequestNotFound):
        queries.access_request(request_id, stranger, session=session)
    assert queries.waiting(stranger, session=session, now=clock.now()) == []
    assert len(queries.waiting(administrator, session=session, now=clock.now())) == 2


def test_unknown_acts_and_subjects_are_not_asked_for(
    make_request: MakeRequest, make_exam_session: MakeExamSession
) -> None:
    weak = make_exam_session()

    for kind, subject, refusal in [
        ("papers.draw.paint", "x", NothingToAskFor),
        (REDRAW, "NO-SUCH", SessionNotFound),
        (REDRAW, weak.code, DrawNotCommitted),
        *((ERASE, odd, ActNotFound) for odd in ("9999", "0", "-1", "01", "1 ", "١", "x", "9" * 5000)),
    ]:
        with pytest.raises(refusal):
            make_request(kind, subject)


def test_second_request_for_the_same_is_refused_while_one_waits(
    make_request: MakeRequest, log_act: LogAct, second: Person
) -> None:
    seq = log_act()
    make_request(subject=seq)

    with pytest.raises(AlreadyWaiting):
        make_request(subject=seq, person=second)

    assert make_request(subject=log_act())


@pytest.mark.parametrize("ending", ["withdrawn", "refused", "expired"])
def test_same_is_asked_for_again_after_the_end(
    make_request: MakeRequest,
    log_act: LogAct,
    administrator: Person,
    second: Person,
    approve: Decide,
    refuse: Decide,
    withdraw: Decide,
    clock: HandClock,
    session: Session,
    ending: str,
) -> None:
    seq = log_act(colour="red")
    first = make_request(subject=seq)
    if ending == "withdrawn":
        withdraw(first, administrator)
    elif ending == "refused":
        refuse(first, second)
    else:
        clock.advance(hours=24)

    again = make_request(subject=seq)

    approve(again, second)
    assert facts_of_act(seq, session) is None


def test_erased_facts_are_not_erased_again(
    make_request: MakeRequest, log_act: LogAct, second: Person, approve: Decide
) -> None:
    seq = log_act(colour="red")
    approve(make_request(subject=seq), second)

    with pytest.raises(ActNotFound):
        make_request(subject=seq)


def test_request_is_good_up_to_its_last_moment_and_no_longer(
    make_request: MakeRequest,
    administrator: Person,
    second: Person,
    approve: Decide,
    refuse: Decide,
    withdraw: Decide,
    clock: HandClock,
    session: Session,
    standing: Callable[..., Standing],
) -> None:
    late, timely = make_request(), make_request()

    clock.set(MORNING + REQUEST_LIFE - timedelta(microseconds=1))
    approve(timely, second)
    clock.set(MORNING + REQUEST_LIFE)

    for decide, person in ((approve, second), (refuse, second), (withdraw, administrator)):
        with pytest.raises(RequestExpired):
            decide(late, person)
    assert standing(late) is Standing.EXPIRED
    assert session.get_one(ApprovalRequest, late).state is State.WAITING
    assert queries.waiting(second, session=session, now=clock.now()) == []
    ended = queries.ended_since(MORNING, second, session=session, now=clock.now())
    assert [found.id for found in ended] == [late, timely]


def test_ended_request_stays_as_it_ended(
    make_request: MakeRequest,
    make_account: MakeAccount,
    administrator: Person,
    second: Person,
    approve: Decide,
    refuse: Decide,
    withdraw: Decide,
    session: Session,
    standing: Callable[..., Standing],
) -> None:
    third = make_account(role=Role.ADMINISTRATOR)
    approved, refused, withdrawn = make_request(), make_request(), make_request()
    approve(approved, second)
    refuse(refused, second, "No decision of this number")
    withdraw(withdrawn, administrator)

    for ended, refusal in ((approved, AlreadyDecided), (refused, AlreadyDecided), (withdrawn, RequestWithdrawn)):
        for decide, person in ((approve, third), (refuse, third), (withdraw, administrator)):
            with pytest.raises(refusal):
                decide(ended, person)

    assert [standing(one).value for one in (approved, refused, withdrawn)] == ["approved", "refused", "withdrawn"]
    facts = queries.access_request(refused, administrator, session=session)
    assert (facts.decided_by, facts.decision_note) == (second.id, "No decision of this number")
    assert kinds_about(refused, session) == ["approvals.request.made", "approvals.request.refused"]
    assert kinds_about(withdrawn, session) == ["approvals.request.made", "approvals.request.withdrawn"]


def test_only_the_requester_withdraws(
    make_request: MakeRequest, second: Person, withdraw: Decide, standing: Callable[..., Standing]
) -> None:
    request_id = make_request()

    with pytest.raises(NotTheRequester):
        withdraw(request_id, second)

    assert standing(request_id) is Standing.WAITING


def test_unknown_request_is_not_found(second: Person, approve: Decide) -> None:
    with pytest.raises(RequestNotFound):
        approve(uuid.UUID(int=1), second)


def test_redraw_that_came_too_late_changes_nothing_and_still_waits(
    make_request: MakeRequest,
    drawn_booking: BookingFacts,
    start_sitting: StartSitting,
    second: Person,
    approve: Decide,
    session: Session,
    tools: Tools,
    standing: Callable[..., Standing],
) -> None:
    place = drawn_booking.session
    request_id = make_request(REDRAW, place.code)
    draw_session(place, NOT_THROWN, actor="a test", session=session, now=tools.clock.now(), entropy=tools.entropy)
    start_sitting(drawn_booking)
    before = log.size_of_log(session)

    with pytest.raises(RedrawTooLate):
        approve(request_id, second)

    found = draw_of_session(place.id, session=session)
    assert found is not None
    assert found.number == 1
    assert standing(request_id) is Standing.WAITING
    assert log.size_of_log(session) == before


@pytest.mark.parametrize("salt", [DICE, NOT_THROWN], ids=["thrown", "skipped"])
def test_request_made_before_the_throw_is_outdated_after_it(
    make_request: MakeRequest,
    drawn_booking: BookingFacts,
    throw: Throw,
    second: Person,
    approve: Decide,
    refuse: Decide,
    session: Session,
    standing: Callable[..., Standing],
    salt: str,
) -> None:
    """Kept in a drawer, it would be a second throw for whoever does not like the first."""
    place = drawn_booking.session
    kept = make_request(REDRAW, place.code, reason="A die fell off the table")
    throw(place, salt)
    before = log.size_of_log(session)

    with pytest.raises(RequestOutdated):
        approve(kept, second)

    assert standing(kept) is Standing.WAITING
    assert log.size_of_log(session) == before
    found = draw_of_session(place.id, session=session)
    assert found is not None
    assert (found.number, found.salt) == (1, salt)
    refuse(kept, second, "It was thrown since")


def test_request_made_before_another_redraw_is_outdated_after_it(
    make_request: MakeRequest,
    drawn_booking: BookingFacts,
    redraw: Callable[..., int],
    second: Person,
    approve: Decide,
    session: Session,
) -> None:
    place = drawn_booking.session
    kept = make_request(REDRAW, place.code, reason="A die fell off the table")
    redraw(place)

    with pytest.raises(RequestOutdated):
        approve(kept, second)

    found = draw_of_session(place.id, session=session)
    assert found is not None
    assert found.number == 2


def test_redraw_asked_for_after_the_throw_is_approved(
    make_request: MakeRequest,
    drawn_booking: BookingFacts,
    throw: Throw,
    second: Person,
    approve: Decide,
    refuse: Decide,
    session: Session,
) -> None:
    place = drawn_booking.session
    kept = make_request(REDRAW, place.code)
    throw(place)
    refuse(kept, second)

    approve(make_request(REDRAW, place.code, reason="The list was a wrong one"), second)

    found = draw_of_session(place.id, session=session)
    assert found is not None
    assert (found.number, found.salt) == (2, None)


def test_act_that_fails_halfway_takes_its_approval_back(
    make_request: MakeRequest,
    second: Person,
    approve: Decide,
    session: Session,
    standing: Callable[..., Standing],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ActNotFound

    request_id = make_request()
    before = log.size_of_log(session)
    with monkeypatch.context() as patched:
        patched.setattr("app.audit.service.erase_facts", fail)
        with pytest.raises(ActNotFound):
            approve(request_id, second)

    assert standing(request_id) is Standing.WAITING
    assert log.size_of_log(session) == before
    approve(request_id, second)


def test_request_of_a_closed_account_is_not_carried_out(
    make_request: MakeRequest,
    administrator: Person,
    second: Person,
    approve: Decide,
    refuse: Decide,
    session: Session,
    clock: HandClock,
) -> None:
    request_id = make_request()
    accounts.close_account(administrator.id, actor=second.id, session=session, now=clock.now())

    with pytest.raises(RequesterGone):
        approve(request_id, second)

    refuse(request_id, second)


def test_list_forgets_what_ended_long_ago(
    make_request: MakeRequest, second: Person, refuse: Decide, session: Session, clock: HandClock
) -> None:
    request_id = make_request()
    refuse(request_id, second)
    month_later = clock.advance(days=30)

    shown = partial(queries.ended_since, person=second, session=session, now=month_later)

    assert [found.id for found in shown(MORNING - timedelta(microseconds=1))] == [request_id]
    assert shown(MORNING) == []


def test_of_two_approvals_at_once_one_wins_and_the_act_is_done_once(
    app: Flask,
    make_request: MakeRequest,
    make_account: MakeAccount,
    log_act: LogAct,
    second: Person,
    session: Session,
) -> None:
    third = make_account(role=Role.ADMINISTRATOR)
    for _ in range(3):
        seq = log_act(colour="red")
        request_id = make_request(subject=seq)

        def decide(person: Person, request_id: uuid.UUID = request_id) -> str:
            with app.app_context(), unit_of_work() as own:
                service.approve(request_id, person=person, session=own, now=MORNING, entropy=SystemEntropy())
            return "done"

        outcomes = at_once(*[partial(decide, second), partial(decide, third)] * 2)

        assert outcomes.count("done") == 1, outcomes
        assert sum(isinstance(one, AlreadyDecided) for one in outcomes) == 3, outcomes
        session.rollback()
        assert kinds_about(request_id, session) == ["approvals.request.made", "approvals.request.approved"]
        assert kinds_about(seq, session) == ["audit.facts.erased"]
        session.rollback()


def test_approval_and_withdrawal_at_once_leave_one_ending(
    app: Flask,
    make_request: MakeRequest,
    log_act: LogAct,
    administrator: Person,
    second: Person,
    session: Session,
) -> None:
    for _ in range(5):
        seq = log_act(colour="red")
        request_id = make_request(subject=seq)

        def approve(request_id: uuid.UUID = request_id) -> str:
            with app.app_context(), unit_of_work() as own:
                service.approve(request_id, person=second, session=own, now=MORNING, entropy=SystemEntropy())
            return "approved"

        def withdraw(request_id: uuid.UUID = request_id) -> str:
            with app.app_context(), unit_of_work() as own:
                service.withdraw(request_id, person=administrator, session=own, now=MORNING)
            return "withdrawn"

        outcomes = at_once(approve, withdraw)

        (winner,) = [one for one in outcomes if isinstance(one, str)]
        (loser,) = [one for one in outcomes if not isinstance(one, str)]
        assert isinstance(loser, RequestWithdrawn if winner == "withdrawn" else AlreadyDecided)
        session.rollback()
        assert (facts_of_act(seq, session) is None) == (winner == "approved")
        session.rollback()


def test_of_two_requests_for_the_same_at_once_one_is_made(
    app: Flask,
    make_account: MakeAccount,
    log_act: LogAct,
    administrator: Person,
    second: Person,
    session: Session,
    clock: HandClock,
) -> None:
    for _ in range(5):
        seq = log_act()

        def ask(person: Person, seq: str = seq) -> object:
            with app.app_context(), unit_of_work() as own:
                return service.request(
                    ERASE, seq, {}, "why", person=person, session=own, now=MORNING, entropy=SystemEntropy()
                )

        made = at_once(*[partial(ask, administrator), partial(ask, second)] * 2)

        assert sum(isinstance(one, uuid.UUID) for one in made) == 1, made
        assert sum(isinstance(one, AlreadyWaiting) for one in made) == 3, made
    session.rollback()
    assert len(queries.waiting(second, session=session, now=clock.now())) == 5
