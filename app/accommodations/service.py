"""How does a person ask for special conditions, and how is that decided?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accommodations.errors import AccommodationNotFound, AlreadyAsked, AlreadySettled
from app.accommodations.models import Accommodation
from app.accommodations.queries import AccommodationFacts, facts_of
from app.accommodations.rules import Granted, State, Wish, require_a_wish, require_grantable
from app.audit import service as audit
from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.kernel.rulebook import programmes
from question_bank.programme import Kind


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Who decides about which request, and why."""

    accommodation_id: uuid.UUID
    actor: uuid.UUID
    reason: str


def ask(applicant_id: uuid.UUID, wish: Wish, *, session: Session, now: datetime, entropy: Entropy) -> uuid.UUID:
    """Enter a request for special conditions.

    Raises:
        NothingAsked: It asks for nothing.
        AlreadyAsked: One waits for its decision.
    """
    require_a_wish(wish)
    row = Accommodation(
        id=new_id(now, entropy),
        applicant_id=applicant_id,
        asked_at=now,
        wants_accessible=wish.accessible,
        wants_extra_time=wish.extra_time,
        wants_reader=wish.reader,
        words=wish.words,
        document=wish.document,
        state=State.ASKED,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise AlreadyAsked from error
    audit.record("accommodations.request.made", session=session, at=now, actor=applicant_id, subject=row.id)
    return row.id


def withdraw(accommodation_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Take back what was asked for, or give up what was granted. A second call does nothing.

    Raises:
        AccommodationNotFound: It is not this person's.
        AlreadySettled: It was refused, or a later grant took its place.
    """
    row = _locked(accommodation_id, session)
    if row.applicant_id != applicant_id:
        raise AccommodationNotFound
    if row.state is State.WITHDRAWN:
        return
    if row.state not in {State.ASKED, State.GRANTED}:
        raise AlreadySettled
    row.state, row.ended_at = State.WITHDRAWN, now
    session.flush()
    audit.record("accommodations.request.withdrawn", session=session, at=now, actor=applicant_id, subject=row.id)


def erase(applicant_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Erase what a person wrote of their needs and what was answered; nothing is asked or granted any more.

    What was granted stays as a value: it explains how long a test lasted.
    """
    query = select(Accommodation).where(Accommodation.applicant_id == applicant_id).order_by(Accommodation.id)
    for row in session.scalars(query.with_for_update().execution_options(populate_existing=True)).all():
        row.words = row.document = ""
        row.decision_reason = None
        row.wants_accessible = row.wants_extra_time = row.wants_reader = False
        if row.state in {State.ASKED, State.GRANTED}:
            row.state, row.ended_at = State.WITHDRAWN, now
        session.flush()
        audit.record("accommodations.request.erased", session=session, at=now, actor=actor, subject=row.id)


def grant(
    decision: Decision, granted: Granted, until: date | None, *, session: Session, now: datetime
) -> AccommodationFacts:
    """Grant a request, with values for this person. What was granted before ends with it.

    Raises:
        AccommodationNotFound, AlreadySettled: There is nothing to decide.
        NothingAsked, EndsInThePast, TooMuchTime: See ``rules.require_grantable``.
    """
    today = local_day(now)
    bound = [each for each in programmes().versions if each.kind is Kind.CERTIFYING and today < each.in_force_to]
    require_grantable(granted, until, programmes=bound, today=today)
    row = _open(decision.accommodation_id, session)
    _replace(row.applicant_id, session=session, now=now)
    row.state, row.decided_by, row.decided_at = State.GRANTED, decision.actor, now
    row.decision_reason, row.valid_until = decision.reason, until
    row.extra_percent, row.accessible, row.reader = granted.extra_percent, granted.accessible, granted.reader
    session.flush()
    # Why, and what else than time, stays out of the log: it would speak of a person's health for good.
    audit.record(
        "accommodations.request.granted", session=session, at=now, actor=decision.actor, subject=row.id,
        extra_percent=granted.extra_percent, until=until and until.isoformat(),
    )  # fmt: skip
    return facts_of(row)


def refuse(decision: Decision, *, session: Session, now: datetime) -> AccommodationFacts:
    """Refuse a request. Raises ``AccommodationNotFound``, ``AlreadySettled``."""
    row = _open(decision.accommodation_id, session)
    row.state, row.decided_by, row.decided_at = State.REFUSED, decision.actor, now
    row.decision_reason = decision.reason
    session.flush()
    audit.record("accommodations.request.refused", session=session, at=now, actor=decision.actor, subject=row.id)
    return facts_of(row)


def _replace(applicant_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    query = select(Accommodation).where(
        Accommodation.applicant_id == applicant_id, Accommodation.state == State.GRANTED
    )
    row = session.scalar(query.with_for_update())
    if row is not None:
        row.state, row.ended_at = State.REPLACED, now
        session.flush()
        audit.record("accommodations.request.replaced", session=session, at=now, actor="system", subject=row.id)


def _open(accommodation_id: uuid.UUID, session: Session) -> Accommodation:
    row = _locked(accommodation_id, session)
    if row.state is not State.ASKED:
        raise AlreadySettled
    return row


def _locked(accommodation_id: uuid.UUID, session: Session) -> Accommodation:
    query = select(Accommodation).where(Accommodation.id == accommodation_id).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise AccommodationNotFound
    return row
