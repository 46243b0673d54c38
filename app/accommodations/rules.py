"""Which conditions can be asked for and granted? Pure: standard library only."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.accommodations.errors import EndsInThePast, NothingAsked, TooMuchTime
from question_bank.programme import Programme

LONGEST_TEXT = 1000
LONGEST_NOTE = 300
LONGEST_REASON = 500
MOST_EXTRA_PERCENT = 100
"""Twice the time: the database takes no more. What the sessions have room for is the programme's value."""


class State(enum.Enum):
    """What became of a request."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    """Granted, until a later grant took its place."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asks for."""

    accessible: bool = False
    extra_time: bool = False
    reader: bool = False
    words: str = ""
    """Anything else that is needed, in the person's words."""
    document: str = ""
    """Which document they will show at the centre."""


@dataclass(frozen=True, kw_only=True)
class Granted:
    """Under which conditions a person sits. Nothing granted is an ordinary sitting."""

    extra_percent: int = 0
    accessible: bool = False
    reader: bool = False

    @property
    def is_something(self) -> bool:
        return bool(self.extra_percent or self.accessible or self.reader)


ORDINARY = Granted()


def require_a_wish(wish: Wish) -> None:
    """Refuse a request for nothing. Raises ``NothingAsked``."""
    if not (wish.accessible or wish.extra_time or wish.reader or wish.words):
        raise NothingAsked


def require_grantable(granted: Granted, until: date | None, *, programmes: Iterable[Programme], today: date) -> None:
    """Refuse to grant nothing, what is over already, or more time than a session of any of the programmes has.

    Sessions are planned for the ordinary extension, so that nobody still sits when the room is needed again or the
    centre closes. Who needs more waits for a programme whose extension is longer: its sessions are longer then.

    Raises:
        NothingAsked, EndsInThePast, TooMuchTime: Why not.

    Basis:
        ``sitting.extra_time_percent`` and its rounding, values of the programme.
    """
    if not granted.is_something:
        raise NothingAsked
    if until is not None and until < today:
        raise EndsInThePast
    for programme in programmes:
        minutes, most = programme.sitting.minutes_with(granted.extra_percent), programme.sitting.longest_minutes
        if minutes > most:
            raise TooMuchTime(minutes=minutes, most=most)
