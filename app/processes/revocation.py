"""What happens when a certificate is revoked, suspended or restored, and who makes the lists that say so?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.certificates import standing
from app.certificates.standing import ChangeStanding
from app.db import db, unit_of_work
from app.kernel.entropy import Entropy
from app.notices.rules import NoticeKind
from app.outbound import service as outbound
from app.outbound.rules import EventKind
from app.processes.telling import tell
from app.wiring import Tools
from certs.status import StatusState


def change_standing(command: ChangeStanding, *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Change how a certificate stands, tell its owner why, and the state HR system where it is for good.

    Raises:
        CertificateNotFound, RevokedForGood, StandsSo: See ``certificates.standing.change``.
    """
    found = standing.change(command, session=session, now=now, entropy=entropy)
    told = {"number": found.number, "state": command.state.value, "reason": command.reason}
    key = f"certificate_changed:{found.id}:{now.isoformat()}"
    tell(found.applicant_id, NoticeKind.CERTIFICATE_CHANGED, told, key=key, session=session, now=now, entropy=entropy)
    if command.state is StatusState.REVOKED:
        outbound.announce(EventKind.CERTIFICATE_REVOKED, found.id, session=session, now=now, entropy=entropy)


def publish_due(tools: Tools) -> int:
    """Make the status lists that are due or do not know of a change; return how many. For a timer."""
    if not tools.keys.is_filled:
        return 0
    due = standing.lists_due(session=db.session(), now=tools.clock.now())
    for number in due:
        with unit_of_work() as session:
            standing.publish(number, tools.keys.ring, session=session, now=tools.clock.now())
    return len(due)
