"""What is made ready before a sitting starts, so that the start itself is one read and one small write?

Everything that costs (who may sit, which paper, under which conditions) was decided and stored when the person got
ready. The start takes that row, looks at the clock, and writes the sitting; a row that was deleted meanwhile starts
nothing. The prepared row is taken by a deletion, which waits for whoever deletes it at the same moment: a start and
a ban never both happen.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.sittings.errors import AlreadySat, AnotherSittingRuns
from app.sittings.models import PreparedSitting, Sitting
from app.sittings.rules import State, first_head
from app.sittings.service import StartSitting

# Made once, and executed below the ORM: a whole room starts in one second.
_PREPARED, _SITTING = cast(Table, PreparedSitting.__table__), cast(Table, Sitting.__table__)
_OF_BROWSER = (_PREPARED.c.booking_id == bindparam("of_booking")) & (_PREPARED.c.nonce == bindparam("of_browser"))
_TAKE = delete(_PREPARED).where(_OF_BROWSER).returning(*_PREPARED.c)
_GATE = select(_PREPARED.c.exam_session_id, _PREPARED.c.awaits_release).where(_OF_BROWSER)
_START = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(_SITTING).on_conflict_do_nothing().returning(_SITTING.c.id)
    for dialect in (postgresql, sqlite)
}
_CARRIED = (
    *("paper_id", "booking_id", "applicant_id", "language", "question_count", "option_count", "first_head"),
    *("allowance_seconds", "grace_seconds", "credit_cap_seconds", "beat_seconds", "gap_beats"),
)
"""Columns that go from the prepared row into the sitting as they are."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """When the session of a prepared sitting lets people begin."""

    exam_session_id: uuid.UUID
    awaits_release: bool
    begins_at: datetime
    """The opening, or the draw if that was later."""
    admission: timedelta
    """How long after the begin, or after the release, one may start."""
    closes_at: datetime


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A prepared sitting that has been taken: it starts in this unit of work, or is put back by its end."""

    row: Any
    gate: Gate


def prepare(command: StartSitting, gate: Gate, *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Store what a start needs. What was ready for this person before, here or elsewhere, is so no more."""
    sitting_id = new_id(now, entropy)
    values = {
        "booking_id": command.booking_id,
        "exam_session_id": gate.exam_session_id,
        "sitting_id": sitting_id,
        "paper_id": command.paper_id,
        "fingerprint": command.fingerprint,
        "language": command.language,
        "question_count": command.question_count,
        "option_count": command.option_count,
        "nonce": command.nonce,
        "allowance_seconds": _seconds(command.allowance),
        "extra_seconds": _seconds(command.extra),
        "grace_seconds": _seconds(command.grace),
        "credit_cap_seconds": _seconds(command.credit_cap),
        "beat_seconds": _seconds(command.beat),
        "gap_beats": command.gap_beats,
        "first_head": first_head(sitting_id, command.fingerprint),
        "awaits_release": gate.awaits_release,
        "begins_at": gate.begins_at,
        "admission_seconds": _seconds(gate.admission),
        "closes_at": gate.closes_at,
        "prepared_at": now,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(PreparedSitting).values(applicant_id=command.applicant_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["applicant_id"], set_=values))


def is_prepared(booking_id: uuid.UUID, nonce: bytes, *, session: Session) -> bool:
    """Say whether this browser may start this booking, once it is time."""
    return gate_of(booking_id, nonce, session=session) is not None


def gate_of(booking_id: uuid.UUID, nonce: bytes, *, session: Session) -> tuple[uuid.UUID, bool] | None:
    """Return the exam session that this browser is ready for, and whether it waits for a release."""
    found = session.execute(_GATE, {"of_booking": booking_id, "of_browser": nonce}).one_or_none()
    return (found.exam_session_id, found.awaits_release) if found else None


def prepared_bookings(exam_session_id: uuid.UUID, *, session: Session) -> set[uuid.UUID]:
    """Return the bookings of a session whose people are ready."""
    query = select(PreparedSitting.booking_id).where(PreparedSitting.exam_session_id == exam_session_id)
    return set(session.scalars(query))


def take(booking_id: uuid.UUID, nonce: bytes, *, session: Session) -> Prepared | None:
    """Take what this browser has ready for a booking, if it has: nobody else can, until the unit of work ends."""
    row = session.execute(_TAKE, {"of_booking": booking_id, "of_browser": nonce}).one_or_none()
    if row is None:
        return None
    gate = Gate(
        exam_session_id=row.exam_session_id,
        awaits_release=row.awaits_release,
        begins_at=row.begins_at,
        admission=timedelta(seconds=row.admission_seconds),
        closes_at=row.closes_at,
    )
    return Prepared(row=row, gate=gate)


def start(prepared: Prepared, *, session: Session, now: datetime) -> uuid.UUID:
    """Start the clock; the browser that was ready is the live one.

    Returns:
        The id of the sitting.

    Raises:
        AlreadySat: The booking has had its sitting.
        AnotherSittingRuns: The applicant sits another test at this moment.
    """
    row = prepared.row
    carried = {name: getattr(row, name) for name in _CARRIED}
    own = {
        "id": row.sitting_id,
        "state": State.RUNNING.value,
        "live_nonce": row.nonce,
        "started_at": now,
        "credit_seconds": 0,
    }
    started = session.execute(_START[session.get_bind().dialect.name], {**carried, **own}).one_or_none()
    if started is None:
        used = session.scalar(select(exists().where(Sitting.booking_id == row.booking_id)))
        raise AlreadySat if used else AnotherSittingRuns
    audit.record(
        "sittings.sitting.started",
        session=session,
        at=now,
        actor=row.applicant_id,
        subject=row.sitting_id,
        paper=row.paper_id,
        fingerprint=row.fingerprint,
        language=row.language,
        seconds=row.allowance_seconds,
        extra_seconds=row.extra_seconds,
    )
    return uuid.UUID(str(row.sitting_id))


def unprepare(applicant_id: uuid.UUID, *, session: Session) -> None:
    """Make a person unready: something was decided that a start has to see."""
    session.execute(delete(PreparedSitting).where(PreparedSitting.applicant_id == applicant_id))


def unprepare_session(exam_session_id: uuid.UUID, *, session: Session) -> None:
    """Make everybody of a session unready: its papers are drawn anew."""
    session.execute(delete(PreparedSitting).where(PreparedSitting.exam_session_id == exam_session_id))


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
