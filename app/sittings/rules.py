"""When does a sitting run, what is a journal row, which answer counts? Pure: standard library, and ``certs``."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from certs import journal
from certs.merkle import leaf_hash

LONGEST_NOTE = 500
MOST_MINUTES = 240
"""What can be typed as added time at all; how much one person may add stands in the programme."""

FULL_PACE_SITTINGS = 1_000
"""So many sittings may beat as often as their programme says."""
SLOWEST_PACE_SITTINGS = 10_000
SLOWEST_BEAT = timedelta(seconds=20)
"""From so many on each beats no more often than this: what one installation can hear."""
PAUSED_BEAT = timedelta(seconds=3)
"""Who waits for the end of a pause looks this often."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class State(enum.Enum):
    """What is stored; everything else follows from the clock."""

    RUNNING = "running"
    ENDED = "ended"


class Cause(enum.Enum):
    """What ended a sitting."""

    CLICK = "click"
    TIME = "time"
    PROCTOR = "proctor"


class CreditCause(enum.Enum):
    """For what time was added."""

    PAUSE = "pause"
    EXTENSION = "extension"
    OUTAGE = "outage"


class Reason(enum.Enum):
    """Why the clock was stopped, or time added: the fixed list."""

    CONNECTION = "connection"
    POWER = "power"
    EQUIPMENT = "equipment"
    DISTURBANCE = "disturbance"
    ALARM = "alarm"
    HEALTH = "health"
    MISTAKE = "mistake"
    OTHER = "other"


class Phase(enum.Enum):
    """Where a running sitting stands."""

    PAUSED = "paused"
    OPEN = "open"
    GRACE = "grace"
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The clock of one sitting. ``allowance`` comes from the programme, ``credit`` is all that was added since.

    While ``paused_at`` is set the clock stands; the end of the pause adds its length to ``credit``.

    ``grace`` lets an answer already on its way arrive; it is not thinking time. ``credit_cap`` is how much an outage
    may still add: a sitting that has gone silent is not closed before it could be credited.
    """

    started_at: datetime
    allowance: timedelta
    credit: timedelta
    grace: timedelta
    credit_cap: timedelta
    paused_at: datetime | None = None

    @property
    def deadline(self) -> datetime:
        """When the time is up; in a pause, when it would be if the test went on at the moment at which it stopped."""
        return self.started_at + self.allowance + self.credit

    def phase_at(self, now: datetime) -> Phase:
        """Return the phase at ``now`` (aware). Every boundary belongs to the later phase."""
        if self.paused_at is not None:
            return Phase.PAUSED
        if now < self.deadline:
            return Phase.OPEN
        return Phase.GRACE if now < self.deadline + self.grace else Phase.OVER

    def remaining(self, now: datetime) -> timedelta:
        """Return the time left for answers, never below zero."""
        return max(self.deadline - (self.paused_at or now), timedelta(0))

    def reaches(self, received_at: datetime) -> bool:
        """Say whether an answer that came at this moment came in time, as the clock stands now."""
        return received_at < self.deadline + self.grace

    def may_be_swept(self, now: datetime, last_seen: datetime | None, silence: timedelta) -> bool:
        """Say whether the closing sweep may end the sitting.

        Args:
            now: The present moment.
            last_seen: The last beat or answer, if there was one.
            silence: How long without a beat counts as silent.

        Basis:
            Silence never ends a sitting early, and a possible credit is settled before a result. A pause ends none.
        """
        if self.phase_at(now) is not Phase.OVER:
            return False
        heard_to_the_end = last_seen is not None and last_seen >= self.deadline - silence
        return heard_to_the_end or now >= self.deadline + self.credit_cap + self.grace


@dataclass(frozen=True, kw_only=True)
class JournalRow:
    """One change of an answer: ``option`` is the number shown on this paper, None clears."""

    sitting_id: uuid.UUID
    sequence: int
    position: int
    option: int | None
    saved_at: datetime

    def packed(self) -> bytes:
        """Return the bytes that the head is taken over: id, sequence, position, option, microseconds since 1970."""
        at = microseconds(self.saved_at)
        return journal.packed_row(self.sitting_id, self.sequence, self.position, self.option, at)


def beat_under_load(beat: timedelta, running: int) -> timedelta:
    """Return how often a page beats while so many sittings run; between the two numbers it lengthens evenly."""
    over = min(max(running - FULL_PACE_SITTINGS, 0), SLOWEST_PACE_SITTINGS - FULL_PACE_SITTINGS)
    longer = (SLOWEST_BEAT - beat) * over / (SLOWEST_PACE_SITTINGS - FULL_PACE_SITTINGS)
    return timedelta(seconds=seconds_of(max(beat, beat + longer)))


def seconds_of(length: timedelta) -> int:
    """Return the whole seconds that give a stretch of time back: what has begun counts whole."""
    return -(-length // timedelta(seconds=1))


def microseconds(moment: datetime) -> int:
    """Return whole microseconds since 1970 in UTC, without going through a float."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def first_head(sitting_id: uuid.UUID, fingerprint: bytes) -> bytes:
    """Return the head of an empty journal: it binds the journal to the sitting and its paper."""
    return journal.first_head(sitting_id, fingerprint)


def next_head(previous: bytes, row: JournalRow) -> bytes:
    """Return the head after ``row``. The save statement of ``journal.py`` computes the same in SQL."""
    return journal.next_head(previous, row.packed())


def leaf_of_head(sitting_id: uuid.UUID, sequence: int, head: bytes) -> bytes:
    """Return the hash by which the minute's entry of the log stands for the journal of one sitting."""
    return leaf_hash(sitting_id.bytes + sequence.to_bytes(4, "big") + head)


def standing_answers(rows: Iterable[tuple[int, int, int | None]]) -> dict[int, int]:
    """Fold (sequence, position, option) rows into position → option: the newest row of a position counts."""
    return journal.standing_answers(rows)


def standing_flags(rows: Iterable[tuple[int, str, int | None]]) -> list[int]:
    """Fold (number, kind, position) events into the flagged positions, ascending."""
    flagged: set[int] = set()
    for _, kind, position in sorted(rows, key=lambda row: row[0]):
        if position is not None and kind == EventKind.FLAG.value:
            flagged.add(position)
        elif position is not None and kind == EventKind.UNFLAG.value:
            flagged.discard(position)
    return sorted(flagged)


class EventKind(enum.Enum):
    """What the page reports beside answers; nothing of it is scored."""

    OPENED = "opened"
    """The page was loaded, for the first time or again."""
    SEEN = "seen"
    """A question was on the screen for the first time."""
    PLACE = "place"
    FLAG = "flag"
    UNFLAG = "unflag"
    SUMMARY = "summary"
    """The summary was shown, with its counts."""
    MESSAGE = "message"
    """The page said something, under the name that the template gives it."""
    TIME_MARK = "time-mark"
    LOST = "lost"
    """The page found that the server does not hear it."""
    BACK = "back"
    HIDDEN = "hidden"
    """The window was covered or put away."""
    SHOWN = "shown"


MOST_EVENTS = 5_000
"""Events of one sitting that are kept: several times what a busy hour makes, little for a table."""
