"""How does an act enter the log?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.audit.rules import checked_kind, written


def record(
    kind: str, *, session: Session, at: datetime, actor: uuid.UUID | str, subject: uuid.UUID | str, **facts: object
) -> None:
    """Write one act into the log, in the transaction of the act. Does not commit.

    Args:
        kind: ``area.object.verb`` in the past tense, such as ``accounts.password.changed``.
        session: The unit of work of the act: both are kept, or neither.
        at: When it happened (aware).
        actor: Who did it: the id of an account or of an applicant, or a word such as ``system:worker``.
        subject: What it was done to. Never a name, an IIN or an address: entries cannot be erased.
        **facts: What else explains it a year later; ids, codes and counts rather than prose.

    Raises:
        ValueError: ``kind`` has another form.
        TypeError: A fact has no form in JSON.
    """
    entry = {
        "kind": checked_kind(kind),
        "at": at,
        "actor": str(actor),
        "subject": str(subject),
        "facts": {name: written(fact) for name, fact in facts.items()},
    }
    session.execute(insert(AuditEntry).values(entry))
