"""How does an act enter the log, and how do its facts leave it?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.audit.errors import ActNotErasable, ActNotFound
from app.audit.models import AuditBody, AuditEntry, AuditErasure
from app.audit.queries import FACTS_ERASED
from app.audit.rules import checked_kind, is_erasable, written
from app.audit.writer import WaitingAct, append_waiting, enlist


def record(
    kind: str, *, session: Session, at: datetime, actor: uuid.UUID | str, subject: uuid.UUID | str, **facts: object
) -> None:
    """Write one act into the log, in the transaction of the act. Does not commit.

    The act gets its number when the unit of work is committed, so that acts of several people stand in the order in
    which they became true.

    Args:
        kind: ``area.object.verb`` in the past tense, such as ``accounts.password.changed``.
        session: The unit of work of the act: both are kept, or neither.
        at: When it happened (aware).
        actor: Who did it: the id of an account or of an applicant, or a word such as ``system:worker``.
        subject: What it was done to. Never a name, an IIN or an address: only facts can be erased.
        **facts: What else explains it a year later; ids, codes and counts rather than prose.

    Raises:
        ValueError: ``kind`` has another form.
        TypeError: A fact has no form in JSON.
        RuntimeError: The unit of work is within a savepoint.
    """
    act = WaitingAct(
        kind=checked_kind(kind),
        at=at,
        actor=str(actor),
        subject=str(subject),
        facts={name: written(fact) for name, fact in facts.items()},
    )
    enlist(act, session)


def require_erasable(seq: int, *, session: Session) -> None:
    """Refuse to erase what others rest on.

    Raises:
        ActNotFound: There is no such act.
        ActNotErasable: Its facts prove a draw, a sitting, a result or the log itself, and name nobody.
    """
    kind = session.scalar(select(AuditEntry.kind).where(AuditEntry.seq == seq))
    if kind is None:
        raise ActNotFound(seq=seq)
    if not is_erasable(kind):
        raise ActNotErasable(kind=kind)


def erase_facts(seq: int, *, reason: str, actor: uuid.UUID | str, session: Session, now: datetime) -> None:
    """Erase the facts of one act for good; its leaf, its place and the erasure itself stay in the log.

    Args:
        seq: Number of the act.
        reason: Why, as a code or the number of a decision; it is kept.
        actor: Who decided it.
        session: The unit of work.
        now: The present moment.

    Raises:
        ActNotFound: There is no such act, or its facts are gone already.
        ActNotErasable: They prove something for others.
    """
    append_waiting(session)
    require_erasable(seq, session=session)
    if session.scalar(select(AuditBody.seq).where(AuditBody.seq == seq)) is None:
        raise ActNotFound(seq=seq)
    session.execute(insert(AuditErasure).values(seq=seq, erased_at=now))
    session.execute(delete(AuditBody).where(AuditBody.seq == seq))
    record(FACTS_ERASED, session=session, at=now, actor=actor, subject=str(seq), reason=reason)
