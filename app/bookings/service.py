"""How do centres, exam sessions and bookings come to be?"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.bookings.models import Booking, Centre, ExamSession
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A new exam session of one programme version at one centre."""

    code: str
    centre_id: uuid.UUID
    programme_code: str
    programme_version: str
    opens_at: datetime
    closes_at: datetime


def ensure_centre(
    code: str, names: Mapping[str, str], *, session: Session, now: datetime, entropy: Entropy
) -> uuid.UUID:
    """Return the centre with this code, entering it if it is new."""
    found = session.scalar(select(Centre.id).where(Centre.code == code))
    if found:
        return found
    row = Centre(id=new_id(now, entropy), code=code, name_kk=names["kk"], name_ru=names["ru"], name_en=names["en"])
    session.add(row)
    session.flush()
    audit.record("bookings.centre.entered", session=session, at=now, actor="system", subject=row.id, code=code)
    return row.id


def open_session(command: OpenSession, *, session: Session, now: datetime, entropy: Entropy) -> uuid.UUID:
    """Enter an exam session."""
    row = ExamSession(id=new_id(now, entropy), **vars(command))
    session.add(row)
    session.flush()
    audit.record("bookings.session.opened", session=session, at=now, actor="system", subject=row.id, code=row.code)
    return row.id


def book(
    applicant_id: uuid.UUID, exam_session_id: uuid.UUID, *, session: Session, now: datetime, entropy: Entropy
) -> uuid.UUID:
    """Give an applicant a place; a second call gives the same one."""
    found = session.scalar(
        select(Booking.id).where(Booking.applicant_id == applicant_id, Booking.exam_session_id == exam_session_id)
    )
    if found:
        return found
    row = Booking(id=new_id(now, entropy), exam_session_id=exam_session_id, applicant_id=applicant_id, created_at=now)
    session.add(row)
    session.flush()
    audit.record("bookings.booking.made", session=session, at=now, actor=applicant_id, subject=row.id)
    return row.id
