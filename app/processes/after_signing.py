"""What happens when a certificate is signed? Its owner and the state HR system are told."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from app.certificates import service as certificates
from app.certificates.queries import certificate_of_result
from app.notices.rules import NoticeKind
from app.outbound import service as outbound
from app.outbound.rules import EventKind
from app.processes.telling import tell
from app.wiring import Tools


def sign(payload: dict[str, Any], *, session: Session, tools: Tools) -> None:
    """Sign a recorded certificate, and tell of it once it is signed. Raises as ``certificates.sign`` does."""
    certificates.sign(payload, session=session, tools=tools)
    found = certificate_of_result(uuid.UUID(payload["result"]), session=session)
    if found is None or found.token is None:  # the bytes were recorded anew, and another job signs them
        return
    now, entropy = tools.clock.now(), tools.entropy
    outbound.announce(EventKind.CERTIFICATE_ISSUED, found.id, session=session, now=now, entropy=entropy)
    facts, key = {"number": found.number}, f"certificate_ready:{found.id}"
    tell(found.applicant_id, NoticeKind.CERTIFICATE_READY, facts, key=key, session=session, now=now, entropy=entropy)
