"""What happens when a result is voided? The state HR system is told that it counts no more."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from app.kernel.entropy import Entropy
from app.outbound import service as outbound
from app.outbound.rules import EventKind
from app.scoring import service as scoring
from app.scoring.queries import ResultFacts
from app.scoring.rules import VoidGround
from question_bank.programme import Kind


def void_result(
    result: ResultFacts,
    ground: VoidGround,
    reason: str,
    *,
    actor: uuid.UUID,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    """Void a result, and tell whoever was told of it; practice was told to nobody.

    Raises:
        CertificateStands, ResultVoided: See ``scoring.service.void_result``.
    """
    scoring.void_result(result.id, ground, reason, actor=actor, session=session, now=now, entropy=entropy)
    if result.programme.kind is Kind.CERTIFYING:
        outbound.announce(EventKind.RESULT_VOIDED, result.id, session=session, now=now, entropy=entropy)
