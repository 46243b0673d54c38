"""Who had a part in what is contested, and so may not decide about it? The log says."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.queries import active_people
from app.accounts.rules import Person
from app.appeals.queries import AppealFacts
from app.appeals.rules import MAY_DECIDE, PART_OF_ROOM, Part
from app.applicants.queries import ban_with_id
from app.audit import queries as audit
from app.bookings.queries import SessionFacts, booking_with_id, bookings_of_session
from app.scoring.queries import results_of_sittings
from app.sittings.queries import sitting_with_id, sittings_of_bookings

_REQUESTS = "approvals.request"
_OF_COMMISSIONS = frozenset({"scoring.result.voided", "applicants.ban.lifted"})
"""What follows from the decision of a commission: who decided once about a session may do so again."""
_APPOINTING = frozenset({"appeals.commission.appointed", "appeals.member.replaced"})
_REQUESTS_READ = 2_000
"""More acts of this kind than one person comes to while a session is prepared and held."""


@dataclass(frozen=True, kw_only=True)
class PartTaken:
    """The part that somebody had, and when, where an act of the log tells of it."""

    part: Part
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Somebody of a role that decides, and what keeps them from it, if anything does."""

    person: Person
    part: PartTaken | None


def candidates(found: AppealFacts, *, appointer: uuid.UUID | None, session: Session, now: datetime) -> list[Candidate]:
    """Return everybody who could be a member by their role, by name."""
    people = active_people(MAY_DECIDE, session, now=now)
    contested = _Contested(found, session)
    return [
        Candidate(person=person, part=contested.part_of(person, appointer=appointer, session=session))
        for person in people
    ]


def part_taken(
    person: Person, found: AppealFacts, *, appointer: uuid.UUID | None, session: Session
) -> PartTaken | None:
    """Return why a person may not decide about an appeal; None where nothing keeps them from it.

    Basis:
        None of the commission took part in the session.
    """
    return _Contested(found, session).part_of(person, appointer=appointer, session=session)


class _Contested:
    """The exam session behind an appeal, with everything in it that an act may be about."""

    def __init__(self, found: AppealFacts, session: Session) -> None:
        self.appeal = str(found.id)
        self.ban = ban_with_id(found.ban_id, session=session) if found.ban_id else None
        self.exam_session = self._exam_session(found, session)
        self.subjects = {str(subject) for subject in self._subjects(session)}

    def part_of(self, person: Person, *, appointer: uuid.UUID | None, session: Session) -> PartTaken | None:
        if person.role not in MAY_DECIDE:
            return PartTaken(part=Part.ROLE)
        if person.id == appointer:
            return PartTaken(part=Part.APPOINTER)
        if self.ban and self.ban.imposed_by == person.id:
            return PartTaken(part=Part.RECORDED_VIOLATION, at=self.ban.imposed_at)
        if self.exam_session and person.centre_id == self.exam_session.centre_id:
            return PartTaken(part=Part.OWN_CENTRE)
        appeal = (
            act for act in audit.done_by(str(person.id), {self.appeal}, session=session) if act.kind in _APPOINTING
        )
        done = audit.done_by(str(person.id), self.subjects, session=session)
        for act in (*appeal, *done, *self._requests(person, session)):
            if act.kind in _OF_COMMISSIONS:
                continue
            return PartTaken(part=PART_OF_ROOM.get(act.kind.partition(".")[0], Part.CONDUCT), at=act.at)
        return None

    def _requests(self, person: Person, session: Session) -> Iterator[audit.Entry]:
        """Go through what this person asked of another about the session, or agreed to."""
        if self.exam_session is None:
            return
        for act in audit.latest(session, limit=_REQUESTS_READ, kind=_REQUESTS, about=str(person.id)):
            if dict(act.facts or {}).get("about") == self.exam_session.code:
                yield act

    def _exam_session(self, found: AppealFacts, session: Session) -> SessionFacts | None:
        sitting_id = found.sitting_id or (self.ban and self.ban.sitting_id)
        booking_id = (
            sitting_with_id(sitting_id, session=session).booking_id if sitting_id else self.ban and self.ban.booking_id
        )
        return booking_with_id(booking_id, session=session).session if booking_id else None

    def _subjects(self, session: Session) -> Iterator[uuid.UUID | str]:
        if self.ban:
            yield self.ban.id
        if self.exam_session is None:
            return
        yield self.exam_session.id
        yield self.exam_session.code
        bookings = [booking.id for booking in bookings_of_session(self.exam_session.id, session=session)]
        sittings = sittings_of_bookings(bookings, session=session).values()
        yield from bookings
        for sitting in sittings:
            yield sitting.id
            yield sitting.paper_id
        yield from (result.id for result in results_of_sittings([s.id for s in sittings], session=session).values())
