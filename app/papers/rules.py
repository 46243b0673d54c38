"""Where does a draw stand, and who is drawn for? Pure: standard library only."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass
from datetime import datetime


class Stage(enum.Enum):
    """The steps of a draw, in their order."""

    COMMITTED = "committed"
    """Secret and inputs are fixed and shown; the salt is still to be thrown."""
    OPEN = "open"
    """Without a roster: papers are drawn as people come. Always weak."""
    DRAWN = "drawn"
    """Seats and papers of the whole roster are frozen."""
    REVEALED = "revealed"
    """The secret is public, and anybody can draw again."""


def stage_of(*, salt: str | None, drawn_at: datetime | None, revealed_at: datetime | None) -> Stage:
    """Return the step that a draw has reached."""
    if revealed_at is not None:
        return Stage.REVEALED
    if drawn_at is not None:
        return Stage.DRAWN
    return Stage.COMMITTED if salt is None else Stage.OPEN


@dataclass(frozen=True, kw_only=True)
class Attending:
    """One line of the roster that a draw is committed for."""

    booking_id: uuid.UUID
    applicant_id: uuid.UUID
    accessible: bool
    seen: frozenset[str]
    """Ids of the items that were on papers which this person has sat."""
