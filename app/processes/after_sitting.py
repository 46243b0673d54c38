"""What happens when a sitting ends: it is scored, a receipt follows, people are told, a pass earns a certificate."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from app.certificates import service as certificates
from app.kernel.entropy import Entropy
from app.notices.rules import NoticeKind
from app.outbound import service as outbound
from app.outbound.rules import EventKind
from app.processes import retest
from app.processes.telling import tell
from app.receipts import service as receipts
from app.scoring import service as scoring
from app.scoring.queries import ResultFacts, result_of_sitting
from app.sittings import service as sittings
from app.sittings.rules import Cause
from question_bank.programme import Kind


def end_sitting(
    sitting_id: uuid.UUID, cause: Cause, *, actor: uuid.UUID | str, session: Session, now: datetime, entropy: Entropy
) -> ResultFacts:
    """End, score, tell, ask for the receipt and, after a pass, for the certificate: one act in one transaction.

    A second call changes nothing.

    Raises:
        SittingNotFound, NotYetOver: See ``sittings.service.end``.
    """
    sitting, ended_now = sittings.end(sitting_id, cause, actor=actor, session=session, now=now)
    if not ended_now:
        return result_of_sitting(sitting.id, session=session)
    receipts.request(sitting.id, session=session, now=now, entropy=entropy)
    result = scoring.score_sitting(sitting, session=session, now=now, entropy=entropy)
    if result.programme.kind is Kind.CERTIFYING:
        outbound.announce(EventKind.RESULT_RECORDED, result.id, session=session, now=now, entropy=entropy)
    if result.earns_certificate:
        certificates.request(result, session=session, now=now, entropy=entropy)
    if retest.offers_places(result):
        retest.tell_with_places(result, session=session, now=now, entropy=entropy)
    else:
        _tell(result, session=session, now=now, entropy=entropy)
    retest.announce_later(result, session=session, now=now, entropy=entropy)
    return result


def _tell(result: ResultFacts, *, session: Session, now: datetime, entropy: Entropy) -> None:
    facts = {"programme": result.programme.title, "passed": result.passed, "sitting_id": result.sitting_id}
    key = f"result_ready:{result.id}"
    tell(result.applicant_id, NoticeKind.RESULT_READY, facts, key=key, session=session, now=now, entropy=entropy)
