"""Which sessions and sittings does this person reach? A proctor those of the own centre, an administrator all."""

from __future__ import annotations

import uuid

from app.accounts.guards import current_person
from app.accounts.rules import Person, Role
from app.bookings.errors import SessionNotFound
from app.bookings.queries import SessionFacts, booking_with_id, session_with_code
from app.sittings.queries import sitting_with_id
from app.web import db

WATCHERS = (Role.PROCTOR, Role.ADMINISTRATOR)


def own_centre(person: Person) -> uuid.UUID | None:
    """Return the centre that bounds what this person sees; None for an administrator, who sees all."""
    return None if person.role is Role.ADMINISTRATOR else person.centre_id or uuid.UUID(int=0)


def own_session(code: str) -> SessionFacts:
    """Return the session, if it is this person's. Raises ``SessionNotFound``."""
    return _require_own(session_with_code(code, session=db.session()))


def session_of(sitting_id: uuid.UUID) -> SessionFacts:
    """Return the session of a sitting, if it is this person's. Raises ``SittingNotFound``, ``SessionNotFound``."""
    sitting = sitting_with_id(sitting_id, session=db.session())
    return _require_own(booking_with_id(sitting.booking_id, session=db.session()).session)


def _require_own(exam_session: SessionFacts) -> SessionFacts:
    """Refuse another centre's session as if it were not there."""
    if own_centre(current_person()) not in {None, exam_session.centre_id}:
        raise SessionNotFound
    return exam_session
