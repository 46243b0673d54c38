"""How is a letter put on its way?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.jobs import service as jobs
from app.kernel.entropy import Entropy
from app.notices.rules import MAIL_JOB, LetterKind


def send_letter(
    kind: LetterKind,
    *,
    to: str,
    language: str,
    context: Mapping[str, Any],
    session: Session,
    now: datetime,
    entropy: Entropy,
    key: str | None = None,
) -> None:
    """Queue a letter in the transaction of its cause. Does not commit.

    The text is made when the letter leaves (``delivery.deliver``), so that services need no templates.

    Args:
        kind: Which letter.
        to: The address.
        language: Code of the reader's language: ``kk``, ``ru`` or ``en``.
        context: What the template needs, as JSON keeps it; finished links, no ids.
        session: The unit of work of the cause.
        now: The present moment.
        entropy: Names the job.
        key: Names the cause, where the letter must not be queued twice.
    """
    payload = {"kind": kind.value, "to": to, "language": language, "context": dict(context)}
    jobs.enqueue(MAIL_JOB, payload, session=session, now=now, entropy=entropy, key=key)
