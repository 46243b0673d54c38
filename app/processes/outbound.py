"""What is the state HR system told of a result, of its voiding, and of a certificate? See docs/webhooks.md."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.applicants.queries import applicant_with_id
from app.certificates.queries import certificate_with_id, changes_of
from app.kernel.clock import local_day
from app.outbound import service
from app.outbound.rules import Event, EventKind, moment
from app.scoring.errors import ResultNotFound
from app.scoring.queries import result_with_id, void_of_result
from app.webhook import Webhook
from app.wiring import Tools


def record(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
    """Fix what an event says, once; nothing where nobody is to be told. For the worker."""
    if tools.webhook is None:
        return
    event = _EVENTS[EventKind(payload["kind"])](uuid.UUID(payload["subject"]), tools.webhook, session)
    service.record(event, session=session, now=tools.clock.now(), entropy=tools.entropy)


def _result_recorded(result_id: uuid.UUID, _webhook: Webhook, session: Session) -> Event:
    result = result_with_id(result_id, session=session)
    person = applicant_with_id(result.applicant_id, session=session)
    retest = result.retest_opens_at
    data = {
        "result_id": str(result.id),
        "sitting_id": str(result.sitting_id),
        "iin": person.iin,
        "programme": {"code": result.programme_code, "version": result.programme_version},
        "tested_on": result.tested_on.isoformat(),
        "blocks": [
            {"act": part.block, "correct": part.correct, "asked": part.questions, "minimum": part.minimum}
            for part in result.sections
        ],
        "total": {"correct": result.total, "asked": result.total_questions, "minimum": result.total_minimum},
        "passed": result.passed,
        "retest_opens_on": retest and local_day(retest).isoformat(),
    }
    return Event(kind=EventKind.RESULT_RECORDED, subject=result.id, happened_at=result.scored_at, data=data)


def _result_voided(result_id: uuid.UUID, _webhook: Webhook, session: Session) -> Event:
    result, void = result_with_id(result_id, session=session), void_of_result(result_id, session=session)
    if void is None:
        raise ResultNotFound
    data = {
        "result_id": str(result.id),
        "sitting_id": str(result.sitting_id),
        "iin": applicant_with_id(result.applicant_id, session=session).iin,
        "voided_at": moment(void.voided_at),
    }
    return Event(kind=EventKind.RESULT_VOIDED, subject=result.id, happened_at=void.voided_at, data=data)


def _certificate_issued(certificate_id: uuid.UUID, webhook: Webhook, session: Session) -> Event:
    certificate = certificate_with_id(certificate_id, session=session)
    document = certificate.document
    data = {
        "certificate_id": str(certificate.id),
        "result_id": str(certificate.result_id),
        "iin": document.iin,
        "number": certificate.number,
        "issued_at": moment(document.issued_at),
        "valid_until": moment(document.expires_at),
        "token_sha256": hashlib.sha256(certificate.token or b"").hexdigest(),
        "verify_at": webhook.verification_page,
    }
    kind = EventKind.CERTIFICATE_ISSUED
    return Event(kind=kind, subject=certificate.id, happened_at=document.issued_at, data=data)


def _certificate_revoked(certificate_id: uuid.UUID, _webhook: Webhook, session: Session) -> Event:
    certificate = certificate_with_id(certificate_id, session=session)
    last = changes_of(certificate_id, session=session)[-1]
    data = {
        "certificate_id": str(certificate.id),
        "iin": certificate.document.iin,
        "number": certificate.number,
        "revoked_at": moment(last.changed_at),
    }
    kind = EventKind.CERTIFICATE_REVOKED
    return Event(kind=kind, subject=certificate.id, happened_at=last.changed_at, data=data)


_EVENTS: Mapping[EventKind, Callable[[uuid.UUID, Webhook, Session], Event]] = {
    EventKind.RESULT_RECORDED: _result_recorded,
    EventKind.RESULT_VOIDED: _result_voided,
    EventKind.CERTIFICATE_ISSUED: _certificate_issued,
    EventKind.CERTIFICATE_REVOKED: _certificate_revoked,
}
