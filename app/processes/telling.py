"""Who is told what happened? A person, once, in their inbox and by letter, in the transaction of the cause."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.queries import holder_with_id
from app.applicants.queries import contact_of
from app.bookings.queries import SessionFacts, centre_with_code
from app.kernel.entropy import Entropy
from app.notices import service as notices
from app.notices.rules import NoticeKind


def tell(
    applicant_id: uuid.UUID,
    kind: NoticeKind,
    facts: Mapping[str, Any],
    *,
    key: str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    """Tell an applicant, in the transaction of the cause; a second call with the same key changes nothing.

    Args:
        applicant_id: Who is told. Nobody is, where their account is closed.
        kind: What they are told.
        facts: What ``NoticeKind`` says for this kind; moments, days and ids may come as such.
        key: Names the cause, at best ``<kind>:<id of the cause>``.
        session: The unit of work of the cause.
        now: The present moment.
        entropy: Names notice and letter.

    Raises:
        ApplicantNotFound: There is no such applicant.
    """
    contact = contact_of(applicant_id, session=session)
    holder = holder_with_id(contact.account_id, session)
    if not holder.active:
        return
    reader = notices.Reader(account_id=holder.id, language=holder.language, email=holder.email, phone=contact.phone)
    notices.put(reader, kind, facts, key=key, session=session, now=now, entropy=entropy)


def facts_of(exam_session: SessionFacts, *, session: Session) -> dict[str, Any]:
    """Return what the notices about an exam session share: programme, centre, address and time."""
    return {
        "programme": dict(exam_session.programme.title),
        "centre": dict(exam_session.centre_names),
        "address": centre_with_code(exam_session.centre_code, session=session).addresses,
        "opens_at": exam_session.opens_at,
    }
