"""How are the steps before a test noted, and how is a session released?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.checkin.models import CheckIn, SessionRelease
from app.checkin.queries import check_in_of
from app.checkin.rules import Equipment


def confirm_identity(booking_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Note that the person has compared name, number and test, and found them right. Twice is once."""
    values = {"booking_id": booking_id, "confirmed_at": now}
    if _insert_once(CheckIn, values, session=session):
        audit.record("checkin.identity.confirmed", session=session, at=now, actor=actor, subject=booking_id)


def choose_language(booking_id: uuid.UUID, language: str, *, session: Session) -> None:
    """Fix the language of the test. The rules are then read in that language, so another one undoes their tick."""
    if check_in_of(booking_id, session=session).language != language:
        _note(booking_id, {"language": language, "rules_read_at": None}, session=session)


def accept_rules(booking_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Note the tick under the rules."""
    _note(booking_id, {"rules_read_at": now}, session=session)
    language = check_in_of(booking_id, session=session).language
    audit.record("checkin.rules.accepted", session=session, at=now, actor=actor, subject=booking_id, language=language)


def note_equipment(
    booking_id: uuid.UUID, found: Equipment | None, *, actor: uuid.UUID, session: Session, now: datetime
) -> None:
    """Keep what the check of the computer found; the newest check counts. None: it could check nothing."""
    kept = found.to_dict() if found else None
    _note(booking_id, {"equipment_at": now, "equipment": kept}, session=session)
    audit.record(
        "checkin.equipment.checked",
        session=session,
        at=now,
        actor=actor,
        subject=booking_id,
        troubles=check_in_of(booking_id, session=session).troubles,
    )


def leave_samples(booking_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Note that the sample questions are behind the person, answered or skipped."""
    _note(booking_id, {"samples_at": now}, session=session)


def release(exam_session_id: uuid.UUID, *, ready: int, actor: uuid.UUID | str, session: Session, now: datetime) -> bool:
    """Let a session start: everybody who is ready, and from then on everybody who becomes so.

    Args:
        exam_session_id: The session.
        ready: How many are ready at this moment, for the log.
        actor: Who lets it start.
        session: The unit of work.
        now: The present moment.

    Returns:
        Whether this call released it: a second one changes nothing.
    """
    values = {"exam_session_id": exam_session_id, "released_at": now, "released_by": str(actor)}
    if not _insert_once(SessionRelease, values, session=session):
        return False
    audit.record("checkin.session.released", session=session, at=now, actor=actor, subject=exam_session_id, ready=ready)
    return True


def _note(booking_id: uuid.UUID, values: dict[str, object], *, session: Session) -> None:
    session.execute(update(CheckIn).where(CheckIn.booking_id == booking_id).values(**values))


def _insert_once(table: type[CheckIn] | type[SessionRelease], values: dict[str, object], *, session: Session) -> bool:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(text("1"))
    return session.execute(row).one_or_none() is not None
