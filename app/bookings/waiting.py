"""Who waits for a place, who is offered one, and what do they answer?

A place is offered under the lock of its session, like a booking is made; an offer that is not answered holds the place.
To free a place needs no lock but that of the row itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.bookings.errors import AlreadyInLine, OfferGone, WaitingNotFound
from app.bookings.models import Centre, ExamSession, Waiting
from app.bookings.queries import SessionFacts, places_of, session_with_id, sessions_with_ids
from app.bookings.rules import Outcome, WaitingState, hold_until
from app.bookings.service import hold_sessions
from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id


@dataclass(frozen=True, kw_only=True)
class Wait:
    """For what somebody waits: a programme, a centre, the days from the first to the last that suit them."""

    programme_code: str
    centre_id: uuid.UUID
    from_day: date
    to_day: date
    application_id: uuid.UUID | None = None
    struck: bool = False


@dataclass(frozen=True, kw_only=True)
class WaitingFacts:
    """Somebody who waits, with the session in which a place was offered."""

    id: uuid.UUID
    applicant_id: uuid.UUID
    wait: Wait
    centre_names: Mapping[str, str]
    created_at: datetime
    accessible: bool
    session: SessionFacts | None
    offered_until: datetime | None
    outcome: Outcome | None
    booking_id: uuid.UUID | None

    def state_at(self, now: datetime) -> WaitingState:
        """Return how it stands; the last moment of an offer belongs to "lapsed"."""
        if self.outcome is not None:
            return WaitingState(self.outcome.value)
        if self.offered_until is not None:
            return WaitingState.OFFERED if now < self.offered_until else WaitingState.LAPSED
        return WaitingState.WAITING if local_day(now) <= self.wait.to_day else WaitingState.OVER


def join(applicant_id: uuid.UUID, wait: Wait, *, session: Session, now: datetime, entropy: Entropy) -> uuid.UUID:
    """Put somebody at the end of the line of a centre. Raises ``AlreadyInLine``."""
    row = Waiting(id=new_id(now, entropy), applicant_id=applicant_id, created_at=now, **vars(wait))
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise AlreadyInLine from error
    audit.record(
        "bookings.waiting.begun", session=session, at=now, actor=applicant_id, subject=row.id,
        centre=str(wait.centre_id), programme=wait.programme_code, struck=wait.struck,
    )  # fmt: skip
    return row.id


def put_first(applicant_id: uuid.UUID, wait: Wait, *, session: Session, now: datetime) -> None:
    """Let somebody who waits at the centre already stand before everybody else, for further days if need be."""
    query = select(Waiting).where(
        Waiting.applicant_id == applicant_id,
        Waiting.programme_code == wait.programme_code,
        Waiting.centre_id == wait.centre_id,
        Waiting.outcome.is_(None),
    )
    row = session.scalar(query.with_for_update())
    if row is None:
        return
    row.struck, row.from_day, row.to_day = True, min(row.from_day, wait.from_day), max(row.to_day, wait.to_day)
    session.flush()
    audit.record("bookings.waiting.preferred", session=session, at=now, actor="system:worker", subject=row.id)


def leave(waiting_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session, now: datetime) -> Outcome:
    """Leave the line; who is offered a place declines it by that. A second call changes nothing.

    Returns:
        How the waiting has ended.

    Raises:
        WaitingNotFound: It is not this person's.
    """
    row = _locked(waiting_id, session)
    if row.applicant_id != applicant_id:
        raise WaitingNotFound
    if row.outcome is None:
        offered = row.exam_session_id is not None
        _end(row, Outcome.DECLINED if offered else Outcome.LEFT, actor=applicant_id, session=session, now=now)
    return row.outcome or Outcome.LEFT


def leave_all(applicant_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Take a person out of every line; a place that was held for them is free again."""
    query = select(Waiting).where(Waiting.applicant_id == applicant_id, Waiting.outcome.is_(None))
    locked = query.order_by(Waiting.id).with_for_update().execution_options(populate_existing=True)
    for row in session.scalars(locked).all():
        _end(row, Outcome.LEFT, actor=actor, session=session, now=now)


def offer(
    waiting_id: uuid.UUID, exam_session_id: uuid.UUID, *, accessible: bool, session: Session, now: datetime
) -> WaitingFacts | None:
    """Hold a place for somebody who waits, until they answer or its time is over.

    Returns:
        None where nothing was offered: no place that fits is left, booking closes too soon, or the person has an offer
        already or does not wait any more.
    """
    hold_sessions([exam_session_id], session=session)
    exam_session = session_with_id(exam_session_id, session=session)
    row = _locked(waiting_id, session)
    until = hold_until(now, exam_session.booking_closes_at, exam_session.programme.booking)
    if until is None or row.outcome is not None or row.exam_session_id is not None or not _takes_people(exam_session):
        return None
    places = places_of([exam_session], session=session).get(exam_session_id)
    if places is None or not places.has_place(accessible=accessible):
        return None
    try:
        with session.begin_nested():
            row.exam_session_id, row.offered_until, row.accessible = exam_session_id, until, accessible
    except IntegrityError:  # another place is held for the same person
        session.refresh(row)
        return None
    audit.record(
        "bookings.place.offered", session=session, at=now, actor="system:worker", subject=row.id,
        session_id=str(exam_session_id), until=until.isoformat(),
    )  # fmt: skip
    return _facts_of([row], session)[0]


def take(waiting_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session, now: datetime) -> WaitingFacts:
    """Give the held place up for a booking that is made in the same unit of work. Who has taken it gets it again.

    The session is locked by the caller, so that nobody else books the place in between.

    Raises:
        WaitingNotFound: It is not this person's.
        OfferGone: The time is over, or there is no offer.
    """
    row = _locked(waiting_id, session)
    if row.applicant_id != applicant_id:
        raise WaitingNotFound
    facts = _facts_of([row], session)[0]
    if row.outcome is Outcome.TAKEN:
        return facts
    if facts.state_at(now) is not WaitingState.OFFERED:
        raise OfferGone
    _end(row, Outcome.TAKEN, actor=applicant_id, session=session, now=now)
    return facts


def note_booking(waiting_id: uuid.UUID, booking_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Note what came of an offer; the person waits for nothing else of this programme any more."""
    row = _locked(waiting_id, session)
    row.booking_id = booking_id
    session.flush()
    audit.record(
        "bookings.place.taken", session=session, at=now, actor=row.applicant_id, subject=row.id, booking=str(booking_id)
    )
    others = select(Waiting.id).where(
        Waiting.applicant_id == row.applicant_id,
        Waiting.programme_code == row.programme_code,
        Waiting.outcome.is_(None),
    )
    for other in session.scalars(others.order_by(Waiting.id)).all():
        _end(_locked(other, session), Outcome.LEFT, actor=row.applicant_id, session=session, now=now)


def settle(*, session: Session, now: datetime) -> int:
    """End the offers whose time is over and the waiting for days gone by; put back in line whose place is gone.

    Returns:
        How many rows were changed.
    """
    due = or_(
        Waiting.offered_until <= now,
        Waiting.exam_session_id.is_(None) & (Waiting.to_day < local_day(now)),
        _taken_back(),
    )
    query = select(Waiting).where(Waiting.outcome.is_(None), due).order_by(Waiting.id)
    rows = session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True)).all()
    for row in rows:
        if row.exam_session_id is None:
            _end(row, Outcome.OVER, actor="system:worker", session=session, now=now)
        elif row.offered_until is not None and row.offered_until <= now:
            _end(row, Outcome.LAPSED, actor="system:worker", session=session, now=now)
        else:
            _recall(row, session=session, now=now)
    return len(rows) + _recall_lacking(session=session, now=now)


def _recall_lacking(*, session: Session, now: datetime) -> int:
    """Put back in line, the last one first, whose place is gone because a seat went out of service."""
    held_in = select(Waiting.exam_session_id).where(Waiting.outcome.is_(None), Waiting.exam_session_id.is_not(None))
    sessions = sessions_with_ids(filter(None, session.scalars(held_in.distinct())), session=session)
    places = places_of(sessions, session=session)
    lacking = [found for found, counted in places.items() if counted.holds_too_many(accessible=True)]
    if not lacking:
        return 0
    offered = select(Waiting).where(Waiting.outcome.is_(None), Waiting.exam_session_id.in_(lacking))
    latest = offered.order_by(Waiting.offered_until.desc(), Waiting.id.desc()).with_for_update(skip_locked=True)
    rows = session.scalars(latest.execution_options(populate_existing=True)).all()
    recalled = 0
    for row in rows:
        found = places_of(sessions_with_ids([row.exam_session_id or row.id], session=session), session=session)
        if any(places.holds_too_many(accessible=row.accessible) for places in found.values()):
            _recall(row, session=session, now=now)
            recalled += 1
    return recalled


def _recall(row: Waiting, *, session: Session, now: datetime) -> None:
    row.exam_session_id = row.offered_until = None
    row.accessible = False
    session.flush()
    audit.record("bookings.place.recalled", session=session, at=now, actor="system:worker", subject=row.id)


def line(*, session: Session, now: datetime) -> list[WaitingFacts]:
    """Return who waits and has no offer, in line: whose place was struck first, then who came first."""
    query = select(Waiting).where(_in_line(), Waiting.to_day >= local_day(now))
    return _facts_of(session.scalars(query.order_by(*_ORDER)), session)


def waiting_of(applicant_id: uuid.UUID, *, session: Session) -> list[WaitingFacts]:
    """Return for what a person waits and has waited, the newest first."""
    query = select(Waiting).where(Waiting.applicant_id == applicant_id).order_by(Waiting.created_at.desc())
    return _facts_of(session.scalars(query), session)


def access_waiting(waiting_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session) -> WaitingFacts:
    """Return it if it is this applicant's. Raises ``WaitingNotFound``."""
    row = session.get(Waiting, waiting_id, populate_existing=True)
    if row is None or row.applicant_id != applicant_id:
        raise WaitingNotFound
    return _facts_of([row], session)[0]


def before(facts: WaitingFacts, *, session: Session) -> int:
    """Return how many people stand before somebody in the line of a centre, for days that are theirs too."""
    wait = facts.wait
    overlapping = (Waiting.from_day <= wait.to_day, Waiting.to_day >= wait.from_day)
    same = (Waiting.programme_code == wait.programme_code, Waiting.centre_id == wait.centre_id)
    query = select(Waiting.id).where(_in_line(), *same, *overlapping).order_by(*_ORDER)
    found = list(session.scalars(query))
    return found.index(facts.id) if facts.id in found else len(found)


_ORDER = (Waiting.struck.desc(), Waiting.created_at, Waiting.id)


def _in_line() -> ColumnElement[bool]:
    return Waiting.outcome.is_(None) & Waiting.exam_session_id.is_(None)


def _taken_back() -> ColumnElement[bool]:
    """Offers in sessions that take nobody any more. Only sessions in which a place is held are read."""
    closed = or_(ExamSession.withdrawn_at.is_not(None), ExamSession.booking_closed_at.is_not(None))
    return exists().where(ExamSession.id == Waiting.exam_session_id, closed)


def _takes_people(exam_session: SessionFacts) -> bool:
    return exam_session.withdrawn_at is None and exam_session.booking_closed_at is None


def _end(row: Waiting, outcome: Outcome, *, actor: uuid.UUID | str, session: Session, now: datetime) -> None:
    row.outcome, row.ended_at = outcome, now
    session.flush()
    audit.record("bookings.waiting.ended", session=session, at=now, actor=actor, subject=row.id, outcome=outcome.value)


def _locked(waiting_id: uuid.UUID, session: Session) -> Waiting:
    query = select(Waiting).where(Waiting.id == waiting_id).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise WaitingNotFound
    return row


def _facts_of(rows: Iterable[Waiting], session: Session) -> list[WaitingFacts]:
    rows = list(rows)
    offered = {row.exam_session_id for row in rows if row.exam_session_id is not None}
    sessions = {found.id: found for found in sessions_with_ids(offered, session=session)} if offered else {}
    centres = {
        row.id: row for row in session.scalars(select(Centre).where(Centre.id.in_({row.centre_id for row in rows})))
    }
    return [
        WaitingFacts(
            id=row.id,
            applicant_id=row.applicant_id,
            wait=Wait(
                programme_code=row.programme_code,
                centre_id=row.centre_id,
                from_day=row.from_day,
                to_day=row.to_day,
                application_id=row.application_id,
                struck=row.struck,
            ),
            centre_names={
                "kk": centres[row.centre_id].name_kk,
                "ru": centres[row.centre_id].name_ru,
                "en": centres[row.centre_id].name_en,
            },
            created_at=row.created_at,
            accessible=row.accessible,
            session=sessions[row.exam_session_id] if row.exam_session_id else None,
            offered_until=row.offered_until,
            outcome=row.outcome,
            booking_id=row.booking_id,
        )
        for row in rows
    ]
