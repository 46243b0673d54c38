"""What is a person told who did not pass: the day of the retest, with free places, and again when it has come?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.applicants.queries import running_ban
from app.bookings.errors import ProgrammeNotOpen
from app.bookings.queries import bookings_of_applicant
from app.jobs import service as jobs
from app.kernel.clock import local_day
from app.notices.rules import NoticeKind
from app.processes.booking import bookable_programme, next_places
from app.processes.telling import tell
from app.scoring.queries import ResultFacts, latest_retest_date, passed_last_on, result_with_id
from app.wiring import Tools
from question_bank.programme import Kind

OPEN = "processes.retest_open"
"""Kind of the job that waits for the day of the retest."""


def offers_places(result: ResultFacts) -> bool:
    """Say whether the test may be sat again after a waiting time, in a place that is booked."""
    return result.programme.kind is Kind.CERTIFYING and result.retest_opens_at is not None


def what_comes_next(result: ResultFacts, *, session: Session, now: datetime) -> dict[str, Any]:
    """Return what is told with a result below the threshold: when to sit again, and which places come then."""
    opens_at = result.retest_opens_at or now
    return {
        "retest_opens_at": opens_at,
        "days": max(0, (local_day(opens_at) - local_day(now)).days),
        "places": _places(result, session=session, now=now),
    }


def later(result: ResultFacts) -> jobs.NewJob:
    """Return the job that tells when the day has come, to be queued in the transaction of the result."""
    key = f"{OPEN}:{result.id}"
    return jobs.NewJob(kind=OPEN, payload={"result": str(result.id)}, key=key, run_at=result.retest_opens_at)


def announce(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
    """Tell the person, unless it is no news to them.

    It is none to those who have a place, have passed, wait again or are barred; a void result never made them wait.
    """
    result = result_with_id(uuid.UUID(payload["result"]), session=session)
    now = tools.clock.now()
    if _is_no_news(result, session=session, now=now):
        return
    facts = {"programme": result.programme.title, "places": _places(result, session=session, now=now)}
    key = f"retest_open:{result.id}"
    tell(
        result.applicant_id,
        NoticeKind.RETEST_OPEN,
        facts,
        key=key,
        session=session,
        now=now,
        entropy=tools.entropy,
    )


def _places(result: ResultFacts, *, session: Session, now: datetime) -> list[dict[str, Any]]:
    """Return the earliest places that the person may book for the same test, as notices name them."""
    try:
        programme = bookable_programme(result.programme_code, now)
    except ProgrammeNotOpen:
        return []
    found = next_places(result.applicant_id, programme, session=session, now=now)
    offers = found.offers if found else ()
    return [{"centre": dict(offer.centre.names), "opens_at": offer.opens_at} for offer in offers]


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
