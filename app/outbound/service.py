"""How is an event fixed, put on its way, and noted as taken?"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.jobs import service as jobs
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.outbound.models import OutboundEvent
from app.outbound.rules import RECORD_JOB, SEND_JOB, TAKEN, Event, EventKind


def announce(kind: EventKind, subject: uuid.UUID, *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Ask, in the transaction of the cause, that the other system be told. A second call changes nothing."""
    jobs.enqueue_all([announcement(kind, subject)], session=session, now=now, entropy=entropy)


def announcement(kind: EventKind, subject: uuid.UUID) -> jobs.NewJob:
    """Return the job by which the other system is told, for a cause that queues others beside it."""
    payload = {"kind": kind.value, "subject": str(subject)}
    return jobs.NewJob(kind=RECORD_JOB, payload=payload, key=f"{RECORD_JOB}:{kind.value}:{subject}")


def record(event: Event, *, session: Session, now: datetime, entropy: Entropy) -> uuid.UUID | None:
    """Fix the bytes of an event and queue them: every try sends these and no others. Does not commit.

    Returns:
        The id of the event, or None where it was recorded before.
    """
    body = event.body()
    values = {
        "id": new_id(now, entropy),
        "kind": event.kind,
        "subject_id": event.subject,
        "body_digest": hashlib.sha256(body).digest(),
        "created_at": now,
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(OutboundEvent).values(values).on_conflict_do_nothing().returning(OutboundEvent.id)
    event_id = session.execute(statement).scalar_one_or_none()
    if event_id is not None:
        payload = {"event": str(event_id), "body": body.decode()}
        jobs.enqueue(SEND_JOB, payload, session=session, now=now, entropy=entropy, key=f"{SEND_JOB}:{event_id}")
    return event_id


def note_try(event_id: uuid.UUID, status: int | None, *, session: Session, now: datetime) -> None:
    """Keep how the last try was answered; what was taken once stays taken."""
    values = {"tried_at": now, "last_status": status}
    session.execute(update(OutboundEvent).where(OutboundEvent.id == event_id).values(values))
    if status in TAKEN:
        untaken = OutboundEvent.delivered_at.is_(None)
        taken = update(OutboundEvent).where(OutboundEvent.id == event_id, untaken)
        session.execute(taken.values(delivered_at=now))
