"""How does one person ask, and another decide?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.rules import Person, Role
from app.approvals.errors import (
    AlreadyWaiting,
    MayNotDecide,
    MayNotRequest,
    NothingToAskFor,
    RequesterGone,
    RequestNotFound,
    RequestOutdated,
)
from app.approvals.models import ApprovalRequest
from app.approvals.queries import RequestFacts, facts_of, newest_about, seen_by
from app.approvals.rules import (
    REQUEST_LIFE,
    Standing,
    State,
    require_requester,
    require_second_person,
    require_waiting,
)
from app.audit import service as audit
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.processes.approved import ACTS, Act, Asked

STATE = "state"
"""Under this name the payload keeps how the subject stood when the act was asked for."""


def require_askable(
    kind: str, subject: str, payload: Mapping[str, Any], *, person: Person, session: Session, now: datetime
) -> int:
    """Refuse what this person may not ask for now.

    Returns:
        The number that the request would have among those for the same act on the same subject.

    Raises:
        NothingToAskFor: There is no such act, or the subject is of another centre.
        MayNotRequest: It is not for this role to ask.
        AlreadyWaiting: The same is asked for already.
        DomainError: The act makes no sense on this subject now; see its row in ``processes.approved.ACTS``.
    """
    act = _act(kind)
    if person.role not in act.requesters:
        raise MayNotRequest
    if not _reaches(person, act.centre_of(subject, session=session)):
        raise NothingToAskFor
    act.check(subject, payload, session=session, now=now)
    number, newest = newest_about(kind, subject, session=session)
    if newest is not None and newest.standing_at(now) is Standing.WAITING:
        raise AlreadyWaiting
    return number + 1


def request(
    kind: str,
    subject: str,
    payload: Mapping[str, Any],
    reason: str,
    *,
    person: Person,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> uuid.UUID:
    """Ask another person to agree to an act. The caller has had the password confirmed. Does not commit.

    Args:
        kind: Of ``processes.approved.ACTS``.
        subject: What it is to be done to.
        payload: What else the act takes.
        reason: Why; kept with the request, and in the log.
        person: Who asks.
        session: The unit of work.
        now: The present moment.
        entropy: Names the request.

    Returns:
        The id of the request.

    Raises:
        DomainError: See ``require_askable``.
    """
    number = require_askable(kind, subject, payload, person=person, session=session, now=now)
    row = ApprovalRequest(
        id=new_id(now, entropy),
        kind=kind,
        subject=subject,
        number=number,
        centre_id=_act(kind).centre_of(subject, session=session),
        payload={**payload, STATE: dict(_act(kind).state_of(subject, session=session))},
        reason=reason,
        requested_by=person.id,
        requested_at=now,
        expires_at=now + REQUEST_LIFE,
        state=State.WAITING,
    )
    _insert(row, session)
    _record("made", row, person, session=session, now=now, payload=payload, reason=reason, expires_at=row.expires_at)
    return row.id


def approve(request_id: uuid.UUID, *, person: Person, session: Session, now: datetime, entropy: Entropy) -> None:
    """Agree, and do the act, both or neither. The caller has had the password confirmed. Does not commit.

    Raises:
        RequestNotFound, OwnRequest, MayNotDecide: It is not for this person to decide.
        RequestExpired, AlreadyDecided, RequestWithdrawn: There is nothing left to decide.
        RequesterGone: Who asked may not ask any more.
        RequestOutdated: What it is about has changed since.
        DomainError: The act makes no sense any more; the request stays waiting.
    """
    row = _to_decide(request_id, person, session=session, now=now)
    act = _act(row.kind)
    _require_standing_requester(row, act, session=session, now=now)
    act.check(row.subject, row.payload, session=session, now=now)
    if row.payload.get(STATE, {}) != act.state_of(row.subject, session=session):
        raise RequestOutdated
    _end(row, State.APPROVED, person, now=now)
    _record("approved", row, person, session=session, now=now, requested_by=row.requested_by)
    asked = Asked(subject=row.subject, payload=row.payload, reason=row.reason, requested_by=row.requested_by)
    act.do(asked, actor=person.id, session=session, now=now, entropy=entropy)


def refuse(request_id: uuid.UUID, note: str, *, person: Person, session: Session, now: datetime) -> None:
    """Decide that it is not to be done, and say why. Does not commit.

    Raises:
        RequestNotFound, OwnRequest, MayNotDecide: It is not for this person to decide.
        RequestExpired, AlreadyDecided, RequestWithdrawn: There is nothing left to decide.
    """
    row = _to_decide(request_id, person, session=session, now=now)
    _end(row, State.REFUSED, person, now=now, note=note)
    _record("refused", row, person, session=session, now=now, requested_by=row.requested_by, note=note)


def withdraw(request_id: uuid.UUID, *, person: Person, session: Session, now: datetime) -> None:
    """Take an own request back. Does not commit.

    Raises:
        RequestNotFound, NotTheRequester: It is not this person's.
        RequestExpired, AlreadyDecided, RequestWithdrawn: It has ended.
    """
    row = _locked(request_id, person, session)
    require_requester(row.requested_by, person.id)
    require_waiting(facts_of(row).standing_at(now))
    _end(row, State.WITHDRAWN, person, now=now)
    _record("withdrawn", row, person, session=session, now=now)


def may_decide(found: RequestFacts, person: Person) -> bool:
    """Say whether this person is the second one for a request."""
    return found.kind in ACTS and person.role in ACTS[found.kind].approvers and person.id != found.requested_by


def _act(kind: str) -> Act:
    if kind not in ACTS:
        raise NothingToAskFor
    return ACTS[kind]


def _reaches(person: Person, centre_id: uuid.UUID | None) -> bool:
    """Say whether a subject of this centre is within the person's reach: a proctor acts at one centre."""
    return person.role is not Role.PROCTOR or (centre_id is not None and centre_id == person.centre_id)


def _insert(row: ApprovalRequest, session: Session) -> None:
    """Of two that ask for the same at once, the constraint of the numbers lets one in."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as taken:
        raise AlreadyWaiting from taken


def _locked(request_id: uuid.UUID, person: Person, session: Session) -> ApprovalRequest:
    """Return the row, if this person may see it, and hold it: of two decisions at once the second sees the first."""
    query = select(ApprovalRequest).where(ApprovalRequest.id == request_id, seen_by(person)).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise RequestNotFound
    return row


def _to_decide(request_id: uuid.UUID, person: Person, *, session: Session, now: datetime) -> ApprovalRequest:
    row = _locked(request_id, person, session)
    require_second_person(row.requested_by, person.id)
    if person.role not in _act(row.kind).approvers:
        raise MayNotDecide
    require_waiting(facts_of(row).standing_at(now))
    return row


def _require_standing_requester(row: ApprovalRequest, act: Act, *, session: Session, now: datetime) -> None:
    """Refuse to act for somebody whose account has been closed since, or who works at another centre now."""
    requester = accounts.person(row.requested_by, session, now=now)
    if requester is None or requester.role not in act.requesters or not _reaches(requester, row.centre_id):
        raise RequesterGone


def _end(row: ApprovalRequest, state: State, person: Person, *, now: datetime, note: str | None = None) -> None:
    row.state, row.decided_by, row.decided_at, row.decision_note = state, person.id, now, note


def _record(
    verb: str, row: ApprovalRequest, person: Person, *, session: Session, now: datetime, **facts: object
) -> None:
    audit.record(
        f"approvals.request.{verb}",
        session=session,
        at=now,
        actor=person.id,
        subject=row.id,
        act=row.kind,
        about=row.subject,
        **facts,
    )
