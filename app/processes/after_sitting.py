"""What happens when a sitting ends: it is scored, a receipt follows, people are told, a pass earns a certificate."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.certificates import service as certificates
from app.jobs import service as jobs
from app.kernel.entropy import Entropy
from app.notices.rules import NoticeKind
from app.outbound import service as outbound
from app.outbound.rules import EventKind
from app.processes import retest
from app.processes.telling import tell
from app.receipts import service as receipts
from app.scoring import service as scoring
from app.scoring.queries import ResultFacts, result_of_sitting, result_with_id
from app.sittings import service as sittings
from app.sittings.rules import Cause
from app.wiring import Tools
from question_bank.programme import Kind

TELL = "processes.result_recorded"
"""Kind of the job that tells a result."""


def end_sitting(
    sitting_id: uuid.UUID, cause: Cause, *, actor: uuid.UUID | str, session: Session, now: datetime, entropy: Entropy
) -> ResultFacts:
    """End, score, ask for the receipt, and queue what follows (the telling, after a pass the certificate): one act.

    A second call changes nothing.

    Raises:
        SittingNotFound, NotYetOver: See ``sittings.service.end``.
    """
    sitting, ended_now = sittings.end(sitting_id, cause, actor=actor, session=session, now=now)
    if not ended_now:
        return result_of_sitting(sitting.id, session=session)
    receipts.request(sitting.id, session=session, now=now, entropy=entropy)
    result = scoring.score_sitting(sitting, session=session, now=now, entropy=entropy)
    jobs.enqueue_all(_following(result), session=session, now=now, entropy=entropy)
    return result


def tell_result(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
    """Tell a person the result; below the threshold, with what comes next."""
    result, now = result_with_id(uuid.UUID(payload["result"]), session=session), tools.clock.now()
    facts = {"programme": result.programme.title, "passed": result.passed, "sitting_id": result.sitting_id}
    if retest.offers_places(result):
        facts |= retest.what_comes_next(result, session=session, now=now)
    key = f"result_ready:{result.id}"
    tell(result.applicant_id, NoticeKind.RESULT_READY, facts, key=key, session=session, now=now, entropy=tools.entropy)


def _following(result: ResultFacts) -> Iterator[jobs.NewJob]:
    """Yield what the worker does of it: no ending waits for a letter, or for a search for places."""
    if result.programme.kind is Kind.CERTIFYING:
        yield outbound.announcement(EventKind.RESULT_RECORDED, result.id)
    if result.earns_certificate:
        yield certificates.request(result)
    yield jobs.NewJob(kind=TELL, payload={"result": str(result.id)}, key=f"{TELL}:{result.id}")
    if retest.offers_places(result):
        yield retest.later(result)
