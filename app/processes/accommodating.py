"""What follows from a decision about special conditions? The person is told; places booked already are adapted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.accommodations import service as accommodations
from app.accommodations.queries import AccommodationFacts
from app.accommodations.rules import Granted
from app.accommodations.service import Decision
from app.applicants import service as applicants
from app.bookings.queries import BookingFacts, bookings_of_applicant
from app.bookings.service import give_accessible_place
from app.kernel.entropy import Entropy
from app.notices.rules import NoticeKind
from app.processes.telling import tell
from app.sittings import preparing


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a grant has changed of the bookings that were there."""

    adapted: tuple[BookingFacts, ...]
    left: tuple[BookingFacts, ...]
    """Those that keep an ordinary seat: the roster is fixed, or no accessible seat is free."""


def grant(
    decision: Decision, granted: Granted, until: date | None, *, session: Session, now: datetime, entropy: Entropy
) -> Outcome:
    """Grant a request, give the person's bookings accessible seats where that is needed and still goes; tell them.

    A roster that is fixed stays as it was committed to: an accessible seat is a matter of its draw. Extra time and a
    reader are not, and hold from now on in every session.

    Raises:
        DomainError: See ``accommodations.service.grant``.
    """
    facts = accommodations.grant(decision, granted, until, session=session, now=now)
    applicants.hold(
        facts.applicant_id, session=session
    )  # who books or moves at this moment is first, or sees the grant
    preparing.unprepare(facts.applicant_id, session=session)  # more time, and the reader, hold in a test not begun yet
    ahead = _ordinary_seats(facts, session=session, now=now) if granted.accessible else []
    adapted = [each for each in ahead if give_accessible_place(each.id, actor=decision.actor, session=session, now=now)]
    left = [each for each in ahead if each not in adapted]
    told = {**vars(granted), "granted": True, "until_on": until, "reason": decision.reason, "ordinary_seat": bool(left)}
    _tell(facts, told, session=session, now=now, entropy=entropy)
    return Outcome(adapted=tuple(adapted), left=tuple(left))


def refuse(decision: Decision, *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Refuse a request and tell the person why. Raises what ``accommodations.service.refuse`` raises."""
    facts = accommodations.refuse(decision, session=session, now=now)
    _tell(facts, {"granted": False, "reason": decision.reason}, session=session, now=now, entropy=entropy)


def _ordinary_seats(facts: AccommodationFacts, *, session: Session, now: datetime) -> list[BookingFacts]:
    """Return the person's bookings ahead that have no accessible seat, in the order in which sessions are locked."""
    found = bookings_of_applicant(facts.applicant_id, session=session)
    ahead = [
        each
        for each in found
        if not each.accessible and each.session.withdrawn_at is None and now < each.session.opens_at
    ]
    return sorted(ahead, key=lambda each: each.session.id)


def _tell(
    facts: AccommodationFacts, told: Mapping[str, object], *, session: Session, now: datetime, entropy: Entropy
) -> None:
    kind, key = NoticeKind.ACCOMMODATION_DECIDED, f"accommodation_decided:{facts.id}"
    tell(facts.applicant_id, kind, told, key=key, session=session, now=now, entropy=entropy)
