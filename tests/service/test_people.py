"""Does an invitation make one account, and does a role end when it is to?"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import factors, queries
from app.accounts import service as accounts
from app.accounts.errors import (
    BodyMissing,
    CentreMissing,
    FactorMissing,
    MailUnusable,
    PasswordTooShort,
    WrongFactorCode,
    WrongPassword,
)
from app.accounts.models import Account, RecoveryCode, SecondFactor
from app.accounts.rules import HalfSignedIn, Person, Role
from app.approvals import service as approvals
from app.approvals.errors import OwnRequest
from app.audit import queries as audit
from app.bodies import service as bodies
from app.bodies.errors import BinInvalid, BodyEnded, BodyNotFound, BodyThere
from app.bodies.models import HiringBody
from app.db import unit_of_work
from app.jobs.models import Job
from app.kernel.entropy import SystemEntropy
from app.people import service
from app.people.errors import (
    AddressHasAccount,
    AlreadyEnded,
    AlreadyInvited,
    EndNotAhead,
    InvitationDone,
    InvitationNeedsAnother,
    InvitationNotFound,
    InvitationNotUsable,
    LastAdministrator,
    OwnAccount,
    RoleNotInvited,
)
from app.people.queries import invitation_with_id, open_invitation
from app.people.rules import Standing
from app.wiring import Tools
from tests.kit.factories.accounts import PASSWORD, MakeAccount
from tests.kit.factories.bookings import MakeCentre
from tests.kit.factories.people import ADDRESS, Equip, MakeInvitation, Telephone
from tests.kit.factories.sittings import at_once
from tests.kit.outside import MORNING, HandClock

BIN = "940740000911"
NAMES = {"kk": "Министрлік", "ru": "Министерство", "en": "Ministry"}
KEY = b"only-for-tests-only-for-tests-only"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

Accept = Callable[..., object]


@pytest.fixture
def accept(app: Flask, clock: HandClock) -> Accept:
    """Return what accepts an invitation by its token, in a unit of work of its own."""

    def act(token: str, password: str = "eight calm horses", code: str | None = None) -> object:
        typed = code or Telephone(SECRET, clock).code()
        command = service.Accept(token=token, password=password, secret=SECRET, code=typed)
        with app.app_context(), unit_of_work() as session:
            return service.accept(command, key=KEY, session=session, now=clock.now(), entropy=SystemEntropy())

    return act


@pytest.fixture
def body(session: Session, tools: Tools, inviter: Person) -> uuid.UUID:
    made = bodies.enter_body(
        BIN, NAMES, actor=inviter.id, session=session, now=tools.clock.now(), entropy=tools.entropy
    )
    session.commit()
    return made


def count(session: Session, table: type) -> int:
    session.rollback()
    return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def kinds(session: Session, subject: uuid.UUID) -> list[str]:
    session.rollback()
    return [entry.kind for entry in audit.about(session, str(subject))]


def standing(session: Session, invitation_id: uuid.UUID, clock: HandClock) -> Standing:
    session.rollback()
    return invitation_with_id(invitation_id, session=session).standing_at(clock.now())


# --- invitations


def test_accepted_invitation_is_an_account_with_its_second_factor(
    make_invitation: MakeInvitation,
    accept: Accept,
    session: Session,
    clock: HandClock,
    make_centre: MakeCentre,
    inviter: Person,
) -> None:
    centre, last_day = make_centre(), date(2027, 1, 1)
    invitation_id, token = make_invitation(
        role=Role.PROCTOR, centre_id=centre, ends_on=last_day, email=" Dana@Example.KZ"
    )

    person, codes = accept(token)  # type: ignore[misc]

    found = queries.staff_with_id(person.id, session)
    assert (found.sign_in_name, found.role, found.centre_id, found.ends_on) == (ADDRESS, Role.PROCTOR, centre, last_day)
    assert found.factor_set_up_at == clock.now()
    assert len(codes) == count(session, RecoveryCode) == 10
    assert standing(session, invitation_id, clock) is Standing.ACCEPTED
    assert kinds(session, invitation_id) == [
        "people.invitation.made",
        "people.invitation.sent",
        "people.invitation.accepted",
    ]
    (created,) = [entry for entry in audit.about(session, str(person.id)) if entry.kind == "accounts.account.created"]
    assert created.actor == str(inviter.id)


def test_invitation_accepted_twice_at_once_is_one_account(
    make_invitation: MakeInvitation, accept: Accept, session: Session
) -> None:
    _, token = make_invitation()

    outcomes = at_once(*[partial(accept, token)] * 4)

    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InvitationNotUsable) for outcome in outcomes) == 3
    assert count(session, Account) == 2, "the inviter, and the invited person once"


def test_used_link_no_longer_works(make_invitation: MakeInvitation, accept: Accept, session: Session) -> None:
    _, token = make_invitation()
    accept(token)

    with pytest.raises(InvitationNotUsable):
        accept(token)
    with pytest.raises(InvitationNotUsable):
        open_invitation(token, session=session, now=MORNING)


@pytest.mark.parametrize("token", ["", "invented", "x" * 500])
def test_invented_link_does_not_work(accept: Accept, token: str) -> None:
    with pytest.raises(InvitationNotUsable):
        accept(token)


def test_link_works_for_seven_days(make_invitation: MakeInvitation, accept: Accept, clock: HandClock) -> None:
    _, token = make_invitation()
    clock.advance(days=7)

    with pytest.raises(InvitationNotUsable):
        accept(token)
    clock.advance(seconds=-1)
    accept(token)


def test_withdrawn_invitation_no_longer_works(
    make_invitation: MakeInvitation, accept: Accept, session: Session, clock: HandClock, inviter: Person
) -> None:
    invitation_id, token = make_invitation()
    service.withdraw(invitation_id, actor=inviter.id, session=session, now=clock.now())
    session.commit()

    with pytest.raises(InvitationNotUsable):
        accept(token)
    with pytest.raises(InvitationDone):
        service.withdraw(invitation_id, actor=inviter.id, session=session, now=clock.now())
    assert standing(session, invitation_id, clock) is Standing.WITHDRAWN


def send_again(invitation_id: uuid.UUID, actor: Person, session: Session, tools: Tools) -> str:
    tokens: list[str] = []
    service.send_again(
        invitation_id,
        actor=actor.id,
        link_for=lambda token: tokens.append(token) or token,  # type: ignore[func-returns-value]  # both
        session=session,
        now=tools.clock.now(),
        entropy=tools.entropy,
    )
    session.commit()
    return tokens[0]


def test_only_the_link_of_the_newest_letter_works(
    make_invitation: MakeInvitation, accept: Accept, session: Session, tools: Tools, clock: HandClock, inviter: Person
) -> None:
    invitation_id, first = make_invitation()
    clock.advance(days=8)

    second = send_again(invitation_id, inviter, session, tools)

    with pytest.raises(InvitationNotUsable):
        accept(first)
    accept(second)
    with pytest.raises(InvitationDone):
        send_again(invitation_id, inviter, session, tools)


def test_wrong_code_or_password_leaves_the_link_good(
    make_invitation: MakeInvitation, accept: Accept, session: Session, clock: HandClock
) -> None:
    invitation_id, token = make_invitation()

    with pytest.raises(WrongFactorCode):
        accept(token, code=Telephone(SECRET, clock).wrong_code())
    with pytest.raises(PasswordTooShort):
        accept(token, password="short")

    assert count(session, Account) == 1
    assert standing(session, invitation_id, clock) is Standing.OPEN
    accept(token)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"role": Role.APPLICANT}, RoleNotInvited),
        ({"role": Role.PROCTOR}, CentreMissing),
        ({"role": Role.HIRING_BODY}, BodyMissing),
        ({"role": Role.HIRING_BODY, "body_id": uuid.UUID(int=7)}, BodyNotFound),
        ({"email": "not an address"}, MailUnusable),
        ({"ends_on": date(2026, 11, 24)}, EndNotAhead),
    ],
)
def test_unfit_invitation_is_refused(
    make_invitation: MakeInvitation, facts: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        make_invitation(**facts)


def test_address_of_an_account_is_not_invited(
    make_invitation: MakeInvitation, make_account: MakeAccount, session: Session, clock: HandClock
) -> None:
    person = make_account(role=Role.EDITOR, sign_in_name=ADDRESS)
    with pytest.raises(AddressHasAccount):
        make_invitation()

    accounts.close_account(person.id, actor="test", session=session, now=clock.now())
    with pytest.raises(AddressHasAccount):
        make_invitation()


def test_address_is_invited_once_at_a_time(make_invitation: MakeInvitation, clock: HandClock) -> None:
    make_invitation()
    with pytest.raises(AlreadyInvited):
        make_invitation(role=Role.REVIEWER)

    clock.advance(days=7)
    make_invitation(role=Role.REVIEWER)


def test_person_of_a_hiring_body_belongs_to_it(
    make_invitation: MakeInvitation, accept: Accept, body: uuid.UUID, session: Session
) -> None:
    _, token = make_invitation(role=Role.HIRING_BODY, body_id=body)

    person, _ = accept(token)  # type: ignore[misc]

    assert person.body_id == body
    assert queries.staff_with_id(person.id, session).body_id == body


def test_body_that_has_ended_gets_nobody(
    make_invitation: MakeInvitation,
    accept: Accept,
    body: uuid.UUID,
    session: Session,
    clock: HandClock,
    inviter: Person,
) -> None:
    _, token = make_invitation(role=Role.HIRING_BODY, body_id=body)
    bodies.end_body(body, actor=inviter.id, session=session, now=clock.now())
    session.commit()

    with pytest.raises(BodyEnded):
        accept(token)
    with pytest.raises(BodyEnded):
        make_invitation(role=Role.HIRING_BODY, body_id=body, email="other@example.kz")
    with pytest.raises(BodyEnded):
        bodies.end_body(body, actor=inviter.id, session=session, now=clock.now())


def test_body_is_entered_once(body: uuid.UUID, session: Session, tools: Tools, inviter: Person) -> None:
    def enter(number: str) -> None:
        bodies.enter_body(
            number, NAMES, actor=inviter.id, session=session, now=tools.clock.now(), entropy=tools.entropy
        )

    with pytest.raises(BodyThere):
        enter("9407 4000 0911")
    with pytest.raises(BinInvalid):
        enter("940740000912")
    with pytest.raises(BodyNotFound):
        bodies.end_body(uuid.UUID(int=7), actor=inviter.id, session=session, now=tools.clock.now())
    assert body
    assert count(session, HiringBody) == 1


# --- what needs another administrator


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_administrator_and_auditor_are_invited_by_two(
    app: Flask,
    make_invitation: MakeInvitation,
    make_account: MakeAccount,
    session: Session,
    tools: Tools,
    clock: HandClock,
    inviter: Person,
    role: Role,
) -> None:
    invitation_id, token = make_invitation(role=role)
    assert token == ""
    assert standing(session, invitation_id, clock) is Standing.WAITING
    assert count(session, Job) == 0
    with pytest.raises(InvitationNeedsAnother):
        send_again(invitation_id, inviter, session, tools)
    session.rollback()

    facts = {"session": session, "now": clock.now(), "entropy": tools.entropy}
    second = make_account(role=Role.ADMINISTRATOR)
    request = approvals.request("people.invitation.send", str(invitation_id), {}, "Decision 7", person=inviter, **facts)
    with pytest.raises(OwnRequest):
        approvals.approve(request, person=inviter, **facts)
    with app.app_context():
        approvals.approve(request, person=second, **facts)
    session.commit()

    assert standing(session, invitation_id, clock) is Standing.OPEN
    (job,) = session.scalars(select(Job))
    assert job.payload["context"]["invitation"].startswith("http://localhost/invitation/")
    clock.advance(days=7)
    with pytest.raises(InvitationNeedsAnother):
        send_again(invitation_id, inviter, session, tools)


@pytest.mark.parametrize("subject", ["x", str(uuid.UUID(int=7)), str(uuid.UUID(int=7)).upper()])
def test_nobody_agrees_to_an_invitation_that_is_not_there(
    session: Session, tools: Tools, inviter: Person, subject: str
) -> None:
    facts = {"session": session, "now": tools.clock.now(), "entropy": tools.entropy}

    with pytest.raises(InvitationNotFound):
        approvals.request("people.invitation.send", subject, {}, "Decision 7", person=inviter, **facts)


def test_invitation_withdrawn_meanwhile_is_not_sent(
    app: Flask,
    make_invitation: MakeInvitation,
    make_account: MakeAccount,
    session: Session,
    tools: Tools,
    inviter: Person,
) -> None:
    invitation_id, _ = make_invitation(role=Role.AUDITOR)
    facts = {"session": session, "now": tools.clock.now(), "entropy": tools.entropy}
    request = approvals.request("people.invitation.send", str(invitation_id), {}, "Decision 7", person=inviter, **facts)
    service.withdraw(invitation_id, actor=inviter.id, session=session, now=tools.clock.now())

    with app.app_context(), pytest.raises(InvitationDone):
        approvals.approve(request, person=make_account(role=Role.ADMINISTRATOR), **facts)


# --- ends


def test_role_is_over_from_its_day_on(make_account: MakeAccount, session: Session, clock: HandClock) -> None:
    person = make_account(role=Role.EDITOR, sign_in_name=ADDRESS, ends_on=date(2026, 11, 25))
    midnight = MORNING + timedelta(hours=14)

    clock.set(midnight - timedelta(seconds=1))
    assert queries.person(person.id, session, now=clock.now()) == person
    assert accounts.authenticate(ADDRESS, PASSWORD, session=session, now=clock.now()) == person
    clock.set(midnight)
    assert queries.person(person.id, session, now=clock.now()) is None
    assert isinstance(accounts.authenticate(ADDRESS, PASSWORD, session=session, now=clock.now()), WrongPassword)

    assert accounts.close_ended(session=session, now=clock.now()) == 1
    assert accounts.close_ended(session=session, now=clock.now()) == 0
    session.commit()
    assert kinds(session, person.id)[-1] == "accounts.account.closed"


@pytest.fixture
def end(session: Session, clock: HandClock) -> Callable[[Person, Person], None]:
    def act(person: Person, actor: Person) -> None:
        service.end_role(person.id, reason="Decision 7", actor=actor.id, session=session, now=clock.now())
        session.commit()

    return act


def test_role_ends_with_a_reason_and_once(
    make_account: MakeAccount, inviter: Person, session: Session, clock: HandClock, end: Callable[..., None]
) -> None:
    person = make_account(role=Role.PROCTOR)

    end(person, inviter)

    assert queries.person(person.id, session, now=clock.now()) is None
    (closed,) = [entry for entry in audit.about(session, str(person.id)) if entry.kind == "accounts.account.closed"]
    assert (closed.actor, closed.facts) == (str(inviter.id), {"reason": "Decision 7"})
    with pytest.raises(AlreadyEnded):
        end(person, inviter)


def test_nobody_ends_their_own_role(
    make_account: MakeAccount, inviter: Person, session: Session, tools: Tools, end: Callable[..., None]
) -> None:
    make_account(role=Role.ADMINISTRATOR)

    with pytest.raises(OwnAccount):
        end(inviter, inviter)
    with pytest.raises(OwnAccount):
        service.reset_factor(
            inviter.id,
            reason="x",
            actor=inviter.id,
            session=session,
            now=tools.clock.now(),
            entropy=tools.entropy,
        )


def test_last_administrator_stays(
    make_account: MakeAccount, inviter: Person, session: Session, clock: HandClock, end: Callable[..., None]
) -> None:
    leaving = make_account(role=Role.ADMINISTRATOR, ends_on=date(2027, 1, 1))

    with pytest.raises(LastAdministrator):
        end(inviter, leaving)
    with pytest.raises(LastAdministrator):
        service.set_end(inviter.id, date(2027, 1, 1), actor=leaving.id, session=session, now=clock.now())
    service.set_end(leaving.id, None, actor=inviter.id, session=session, now=clock.now())
    end(inviter, leaving)


def test_two_administrators_who_end_each_other_leave_one(
    app: Flask, make_account: MakeAccount, inviter: Person, session: Session, clock: HandClock
) -> None:
    other = make_account(role=Role.ADMINISTRATOR)
    session.commit()

    def act(person: Person, actor: Person) -> None:
        with app.app_context(), unit_of_work() as own:
            service.end_role(person.id, reason="x", actor=actor.id, session=own, now=clock.now())

    outcomes = at_once(partial(act, inviter, other), partial(act, other, inviter))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastAdministrator", "NoneType"]


# --- second factors


def test_one_code_typed_twice_at_once_signs_in_once(
    app: Flask, make_account: MakeAccount, equip: Equip, clock: HandClock
) -> None:
    person = make_account(role=Role.EDITOR)
    telephone, codes = equip(person)
    half = HalfSignedIn(account_id=person.id, epoch=0, at=clock.now())

    def act(code: str) -> object:
        with app.app_context(), unit_of_work() as own:
            return factors.take_code(half, code, key=KEY, session=own, now=clock.now())

    for code in (telephone.code(), codes[0]):
        outcomes = at_once(*[partial(act, code)] * 3)
        assert sum(isinstance(outcome, Person) for outcome in outcomes) == 1


def test_reset_takes_the_factor_signs_out_and_tells(
    make_account: MakeAccount, equip: Equip, inviter: Person, session: Session, tools: Tools
) -> None:
    person = make_account(role=Role.EDITOR, sign_in_name=ADDRESS)
    equip(person)

    def reset() -> None:
        service.reset_factor(
            person.id,
            reason="Decision 7",
            actor=inviter.id,
            session=session,
            now=tools.clock.now(),
            entropy=tools.entropy,
        )
        session.commit()

    reset()

    assert count(session, SecondFactor) == count(session, RecoveryCode) == 0
    found = queries.person(person.id, session, now=tools.clock.now())
    assert found
    assert (found.epoch, found.has_factor) == (1, False)
    assert kinds(session, person.id)[-1] == "accounts.factor.reset"
    (job,) = session.scalars(select(Job))
    assert job.payload["kind"] == "factor_reset"
    with pytest.raises(FactorMissing):
        reset()
