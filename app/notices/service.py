"""How is a letter put on its way, and a notice into an inbox?"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.audit.rules import written
from app.jobs import service as jobs
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.notices.models import Notice
from app.notices.rules import FAILED_KEPT_FOR, MAIL_JOB, ON_PHONE, SMS_JOB, LetterKind, NoticeKind


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Whose inbox it is, and what else reaches them."""

    account_id: uuid.UUID
    language: str
    """Code of the language of letters: ``kk``, ``ru`` or ``en``."""
    email: str | None
    phone: str | None


def put(
    reader: Reader,
    kind: NoticeKind,
    facts: Mapping[str, Any],
    *,
    key: str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> bool:
    """Put a notice into an inbox and queue letter and short message, in the transaction of the cause.

    Does not commit. Where no short messages are sent, the job of one comes to nothing.

    Args:
        reader: Who is told.
        kind: What they are told.
        facts: What the template needs, see ``NoticeKind``; moments, days and ids may come as such.
        key: Names the cause; a second notice of the same cause is neither written nor sent.
        session: The unit of work of the cause.
        now: The present moment.
        entropy: Names notice and jobs.

    Returns:
        Whether it is new.
    """
    values = {
        "id": new_id(now, entropy),
        "account_id": reader.account_id,
        "kind": kind.value,
        "facts": written(facts),
        "key": key,
        "created_at": now,
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Notice).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(Notice.id)
    if session.execute(statement).scalar_one_or_none() is None:
        return False
    message = {"kind": kind.value, "language": reader.language, "context": values["facts"]}
    if reader.email:
        jobs.enqueue(MAIL_JOB, message | {"to": reader.email}, session=session, now=now, entropy=entropy)
    if reader.phone and kind in ON_PHONE:
        jobs.enqueue(SMS_JOB, message | {"to": reader.phone}, session=session, now=now, entropy=entropy)
    return True


def mark_read(notice_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Note that a person has opened a message; the first time counts. Does not commit."""
    session.execute(update(Notice).where(Notice.id == notice_id, Notice.read_at.is_(None)).values(read_at=now))


def forget(account_id: uuid.UUID, addresses: Collection[str], *, session: Session) -> None:
    """Empty an inbox, and drop what waits or failed on its way to these addresses. Does not commit."""
    session.execute(delete(Notice).where(Notice.account_id == account_id))
    jobs.drop((MAIL_JOB, SMS_JOB), "to", addresses, session=session)


def forget_failed(*, session: Session, now: datetime) -> None:
    """Erase addresses and words of letters and short messages that were given up long ago. Does not commit."""
    jobs.empty_failed((MAIL_JOB, SMS_JOB), before=now - FAILED_KEPT_FOR, session=session)


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
