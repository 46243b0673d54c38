"""How is an erasure asked for, and how does the request end? What it erases, ``processes.erasure`` knows."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.erasures.errors import AlreadyAsked, AlreadyDecided, ErasureNotFound, NothingAsked
from app.erasures.models import ErasureRequest
from app.erasures.queries import ErasureFacts, facts
from app.erasures.rules import State
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id


def ask(
    applicant_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy
) -> ErasureFacts:
    """Keep that a person withdraws the consent and wants their data erased. Does not commit.

    Raises:
        AlreadyAsked: Of two requests at once the index lets one in.
    """
    row = ErasureRequest(id=new_id(now, entropy), applicant_id=applicant_id, state=State.ASKED, asked_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as taken:
        raise AlreadyAsked from taken
    audit.record("erasures.request.made", session=session, at=now, actor=actor, subject=row.id, applicant=applicant_id)
    return facts(row)


def hold_open(request_id: uuid.UUID, *, session: Session) -> ErasureFacts:
    """Return a request that waits, and hold it: of two decisions at once the second sees the first.

    Raises:
        ErasureNotFound: There is none.
        AlreadyDecided: It has ended.
    """
    return facts(_open(request_id, session))


def finish(request_id: uuid.UUID, *, identity_kept: bool, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Note that the data are erased. Does not commit. Raises as ``hold_open`` does."""
    row = _open(request_id, session)
    row.state, row.decided_at, row.decided_by = State.DONE, now, actor
    told = {"applicant": row.applicant_id, "identity_kept": identity_kept}
    session.flush()
    audit.record("erasures.request.done", session=session, at=now, actor=actor, subject=row.id, **told)


def refuse(request_id: uuid.UUID, reason: str, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """Refuse with a reason that the person reads; it may speak of them and stays out of the log. Does not commit."""
    row = _open(request_id, session)
    row.state, row.decided_at, row.decided_by, row.reason = State.REFUSED, now, actor, reason
    session.flush()
    audit.record(
        "erasures.request.refused", session=session, at=now, actor=actor, subject=row.id, applicant=row.applicant_id
    )


def withdraw(applicant_id: uuid.UUID, *, actor: uuid.UUID, session: Session, now: datetime) -> None:
    """End a person's own request that waits; nothing was erased. Does not commit.

    Raises:
        NothingAsked: None waits. Of this and carrying it out at once the first one counts.
    """
    waiting = select(ErasureRequest).where(
        ErasureRequest.applicant_id == applicant_id, ErasureRequest.state == State.ASKED
    )
    row = session.scalar(waiting.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NothingAsked
    row.state, row.decided_at, row.decided_by = State.WITHDRAWN, now, actor
    session.flush()
    audit.record(
        "erasures.request.withdrawn", session=session, at=now, actor=actor, subject=row.id, applicant=applicant_id
    )


def _open(request_id: uuid.UUID, session: Session) -> ErasureRequest:
    row = session.get(ErasureRequest, request_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise ErasureNotFound
    if row.state is not State.ASKED:
        raise AlreadyDecided
    return row
