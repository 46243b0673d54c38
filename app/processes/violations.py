"""What happens when a violation is recorded, and when the ban that followed is lifted?"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from app.applicants import service as applicants
from app.applicants.queries import BanFacts
from app.applicants.service import ImposeBan
from app.kernel.entropy import Entropy
from app.notices.rules import NoticeKind
from app.processes.telling import tell


def record_violation(
    command: ImposeBan, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy
) -> BanFacts:
    """Bar a person, and tell them until when and by which act.

    Raises:
        ActInFuture, NoBanFollows, ActEntered: See ``applicants.service.impose_ban``.
    """
    ban = applicants.impose_ban(command, actor=actor, session=session, now=now, entropy=entropy)
    tell(
        ban.applicant_id,
        NoticeKind.BAN_IMPOSED,
        {"starts_on": ban.act_on, "ends_at": ban.ends_at, "reference": ban.reference},
        key=f"ban_imposed:{ban.id}",
        session=session,
        now=now,
        entropy=entropy,
    )
    return ban


def lift_ban(
    ban_id: uuid.UUID, reason: str, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy
) -> None:
    """End a ban, and tell the person; if another one still runs, that one goes on.

    Raises:
        BanNotFound, BanLifted: See ``applicants.service.lift_ban``.
    """
    ban = applicants.lift_ban(ban_id, reason, actor=actor, session=session, now=now)
    tell(
        ban.applicant_id,
        NoticeKind.BAN_LIFTED,
        {"reference": ban.reference},
        key=f"ban_lifted:{ban.id}",
        session=session,
        now=now,
        entropy=entropy,
    )
