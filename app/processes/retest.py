"""What happens when a waiting time is over? The person is told that they may sit the test again."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.applicants.queries import running_ban
from app.bookings.queries import bookings_of_applicant
from app.jobs import service as jobs
from app.kernel.entropy import Entropy
from app.notices.rules import NoticeKind
from app.processes.telling import tell
from app.scoring.queries import ResultFacts, latest_retest_date, passed_last_on, result_with_id
from app.wiring import Tools
from question_bank.programme import Kind

OPEN = "processes.retest_open"
"""Kind of the job that waits for the day of the retest."""


def announce_later(result: ResultFacts, *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Queue the notice for the day on which the test may be sat again, in the transaction of the result."""
    if result.programme.kind is not Kind.CERTIFYING or result.retest_opens_at is None:
        return
    payload, key = {"result": str(result.id)}, f"{OPEN}:{result.id}"
    jobs.enqueue(OPEN, payload, session=session, now=now, entropy=entropy, key=key, run_at=result.retest_opens_at)


def announce(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
    """Tell the person, unless it is no news to them.

    It is none to those who have a place, have passed, wait again or are barred; a void result never made them wait.
    """
    result = result_with_id(uuid.UUID(payload["result"]), session=session)
    now = tools.clock.now()
    if _is_no_news(result, session=session, now=now):
        return
    facts, key = {"programme": result.programme.title}, f"retest_open:{result.id}"
    tell(
        result.applicant_id,
        NoticeKind.RETEST_OPEN,
        facts,
        key=key,
        session=session,
        now=now,
        entropy=tools.entropy,
    )


def _is_no_news(result: ResultFacts, *, session: Session, now: datetime) -> bool:
    person, programme = result.applicant_id, result.programme_code
    passed_on = passed_last_on(person, programme, session=session)
    wait = latest_retest_date(person, programme, session=session)
    return (
        result.voided_at is not None
        or running_ban(person, session=session, now=now) is not None
        or (passed_on is not None and passed_on >= result.tested_on)
        or (wait is not None and wait > now)
        or any(
            booking.session.programme_code == programme
            and booking.session.withdrawn_at is None
            and booking.session.closes_at > now
            for booking in bookings_of_applicant(person, session=session)
        )
    )
