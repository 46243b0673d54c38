"""What happens when a violation is recorded, and when the ban that followed is lifted?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.applicants import service as applicants
from app.applicants.queries import BanFacts
from app.applicants.service import ImposeBan
from app.bookings import service as bookings
from app.bookings.errors import BookingClosed
from app.bookings.queries import bookings_of_applicant
from app.bookings.rules import CancelReason
from app.kernel.entropy import Entropy
from app.notices.rules import NoticeKind
from app.processes.telling import facts_of, tell
from app.sittings import preparing
from question_bank.programme import Kind


def record_violation(
    command: ImposeBan, *, actor: uuid.UUID, session: Session, now: datetime, entropy: Entropy
) -> BanFacts:
    """Bar a person, give the places back that they hold within the ban, and tell them of all this at once.

    Raises:
        ActInFuture, NoBanFollows, ActEntered: See ``applicants.service.impose_ban``.
    """
    applicants.hold(command.applicant_id, session=session)  # who books or gets ready at this moment sees the ban
    ban = applicants.impose_ban(command, actor=actor, session=session, now=now, entropy=entropy)
    preparing.unprepare(ban.applicant_id, session=session)
    given_back = _give_places_back(ban, actor=actor, session=session, now=now)
    told = {"starts_on": ban.act_on, "ends_at": ban.ends_at, "reference": ban.reference}
    tell(
        ban.applicant_id,
        NoticeKind.BAN_IMPOSED,
        told | {"given_back": given_back} if given_back else told,
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

    Places that were given back may be others' by now: the person books anew.

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


def _give_places_back(ban: BanFacts, *, actor: uuid.UUID, session: Session, now: datetime) -> list[dict[str, Any]]:
    """Cancel the bookings ahead that lie within the ban; return what the person is told of them.

    Who is on a fixed roster stays on it, because a draw rests on it. The start is refused there.
    """
    ahead = [
        booking
        for booking in bookings_of_applicant(ban.applicant_id, session=session)
        if now < booking.session.opens_at < ban.ends_at and booking.session.programme.kind is Kind.CERTIFYING
    ]
    bookings.hold_sessions([booking.session.id for booking in ahead], session=session)
    given_back = []
    for booking in sorted(ahead, key=lambda each: each.session.opens_at):
        try:
            bookings.cancel(booking.id, CancelReason.BAN, actor=actor, session=session, now=now)
        except BookingClosed:
            continue
        facts = facts_of(booking.session, session=session)
        given_back.append({"centre": facts["centre"], "opens_at": facts["opens_at"]})
    return given_back
