"""What does a page say of a draw? Plain facts for templates, put together from other rooms."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.queries import display_names
from app.applicants.queries import applicant_with_id
from app.audit.queries import about, first_checkpoint_since
from app.bookings.queries import BookingFacts, SessionFacts, bookings_of_session, seats_for
from app.papers.queries import DrawFacts, draws_of_session
from app.papers.rules import Stage
from certs.log import SignedCheckpoint
from question_bank.throw import BALLS, BEACON, DICE


@dataclass(frozen=True, kw_only=True)
class Throw:
    """What was thrown, as people say it: the kind, and the numbers one by one."""

    kind: str
    """``dice``, ``balls``, ``beacon`` or ``none``."""
    numbers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DrawPage:
    """A draw of a session, as a page shows it."""

    number: int
    reason: str | None
    stage: Stage
    weak: bool
    commitment: str
    inputs_digest: str
    committed_at: datetime
    throw: Throw | None
    witnesses: tuple[str, ...]
    drawn_at: datetime | None
    revealed_at: datetime | None
    bookings: int | None
    seats: int
    spares: tuple[str, ...]
    beacon: str | None

    @property
    def checkable(self) -> bool:
        """Whether anybody can draw again: the secret is public, and something was drawn from it."""
        return self.revealed_at is not None and self.throw is not None


@dataclass(frozen=True, kw_only=True)
class CeremonyPage:
    """A session with its draws, the newest last, and what the next step is."""

    exam_session: SessionFacts
    draws: tuple[DrawPage, ...]
    step: str
    """``booking`` (still open), ``close``, ``throw``, ``drawn``, ``revealed`` or ``open`` (without a roster)."""
    booked: int
    seats: int
    checkpoint: SignedCheckpoint | None
    """The first signature of the log that covers the draw."""
    thrown_by: str | None
    """Who typed the throw."""

    @property
    def draw(self) -> DrawPage | None:
        """The draw that counts."""
        return self.draws[-1] if self.draws else None


def ceremony_page(exam_session: SessionFacts, *, session: Session, now: datetime) -> CeremonyPage:
    """Return where the draw of a session stands."""
    draws = tuple(draw_page(found) for found in draws_of_session(exam_session.id, session=session))
    drawn_at = draws[-1].drawn_at if draws else None
    return CeremonyPage(
        exam_session=exam_session,
        draws=draws,
        step=_step(draws, exam_session, now),
        booked=len(bookings_of_session(exam_session.id, session=session)),
        seats=len(seats_for(exam_session, session=session)),
        checkpoint=first_checkpoint_since(session, drawn_at) if drawn_at else None,
        thrown_by=_thrown_by(exam_session, session=session),
    )


def draw_page(found: DrawFacts) -> DrawPage:
    """Return what may be shown of a draw at its stage."""
    beacon = found.inputs.beacon
    return DrawPage(
        number=found.number,
        reason=found.reason,
        stage=found.stage,
        weak=found.weak,
        commitment=found.commitment.hex(),
        inputs_digest=found.inputs.digest.hex(),
        committed_at=found.committed_at,
        throw=throw_of(found.salt),
        witnesses=found.witnesses,
        drawn_at=found.drawn_at,
        revealed_at=found.revealed_at,
        bookings=None if found.inputs.roster is None else len(found.inputs.roster),
        seats=len(found.inputs.seats),
        spares=found.spares,
        beacon=f"{beacon.chain} {beacon.number}" if beacon else None,
    )


def throw_of(salt: str | None) -> Throw | None:
    """Return a salt as people say it; None where it is not decided yet."""
    if salt is None:
        return None
    kind, _, rest = salt.partition(":")
    if DICE.fullmatch(salt):
        return Throw(kind=kind, numbers=tuple(rest))
    if BALLS.fullmatch(salt):
        return Throw(kind=kind, numbers=tuple(rest.split("-")))
    if BEACON.fullmatch(salt):
        return Throw(kind=kind, numbers=tuple(rest.split(":")))
    return Throw(kind="none", numbers=())


def roster_of(exam_session: SessionFacts, *, session: Session) -> list[tuple[str, str]]:
    """Return (booking, name) of everybody booked, by name."""
    booked = bookings_of_session(exam_session.id, session=session)
    return sorted(((str(booking.id), _name(booking, session)) for booking in booked), key=lambda line: line[1])


def names_of(bookings: tuple[str, ...], roster: list[tuple[str, str]]) -> list[str]:
    """Return the names behind bookings of a roster."""
    known = dict(roster)
    return [known.get(booking, booking) for booking in bookings]


def _thrown_by(exam_session: SessionFacts, *, session: Session) -> str | None:
    """Return the name of who typed the newest throw, from the log."""
    acts = [entry for entry in about(session, str(exam_session.id)) if entry.kind == "papers.draw.made"]
    if not acts:
        return None
    try:
        actor = uuid.UUID(acts[-1].actor)
    except ValueError:  # a beacon's round, a rehearsal
        return None
    return display_names([actor], session).get(actor)


def _name(booking: BookingFacts, session: Session) -> str:
    return applicant_with_id(booking.applicant_id, session=session).full_name


def _step(draws: tuple[DrawPage, ...], exam_session: SessionFacts, now: datetime) -> str:
    if not draws:
        return "booking" if now < exam_session.booking_closes_at else "close"
    steps = {
        Stage.COMMITTED: "throw",
        Stage.OPEN: "open",
        Stage.DRAWN: "drawn",
        Stage.REVEALED: "revealed",
    }
    return steps[draws[-1].stage]
