"""Was anything lost? Compares what a page was told with what the journal holds. Pure: it asks nothing and nobody.

It computes heads, standing answers and totals by itself, so that a defect of the application cannot hide in them.
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Choice = tuple[int, int, int | None]
"""Sequence, position, option."""

_ROW = struct.Struct(">16sIHHq")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Acknowledged:
    """An answer of which the server said that it is saved."""

    sequence: int
    position: int
    option: int | None
    head: str
    saved_at: datetime

    @property
    def choice(self) -> Choice:
        return self.sequence, self.position, self.option


@dataclass
class PageLog:
    """What one page did: all that it ever sent, all that was acknowledged, every refusal that no page may meet."""

    sent: set[Choice] = field(default_factory=set)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A row of the journal as the database holds it."""

    sequence: int
    position: int
    option: int | None
    saved_at: datetime
    head: str


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a sitting ended, and what it came to."""

    at: datetime
    cause: str
    sequence: int
    head: str
    total: int
    key: Mapping[int, int]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One sitting as the database holds it."""

    sitting_id: uuid.UUID
    first_head: str
    deadline: datetime
    rows: Sequence[Row]
    ending: Ending | None


def violations(page: PageLog, stored: Stored) -> list[str]:
    """Return in words what does not hold; nothing where all does."""
    found = [*page.refused, *_lost(page, stored), *_doubled(stored), *_foreign(page, stored), *_broken(stored)]
    if stored.ending:
        found += _ended_wrongly(stored, stored.ending)
    return [f"{stored.sitting_id}: {each}" for each in found]


def _lost(page: PageLog, stored: Stored) -> Iterator[str]:
    """Look for acknowledged answers that are not there as they were acknowledged."""
    rows = {row.sequence: row for row in stored.rows}
    said: dict[int, Acknowledged] = {}
    for each in page.acknowledged:
        row = rows.get(each.sequence)
        if row is None:
            yield f"answer {each.sequence} was acknowledged and is lost"
        elif (row.position, row.option) != (each.position, each.option):
            yield f"answer {each.sequence} was acknowledged and is another one now"
        elif row.head != each.head:
            yield f"answer {each.sequence} was acknowledged with another head"
        elif row.saved_at != each.saved_at:
            yield f"answer {each.sequence} was acknowledged with another time"
        if said.setdefault(each.sequence, each) != each:
            yield f"two different answers were acknowledged as number {each.sequence}"


def _doubled(stored: Stored) -> Iterator[str]:
    counted = Counter(row.sequence for row in stored.rows)
    yield from (f"answer {sequence} is there {times} times" for sequence, times in counted.items() if times > 1)
    missing = sorted(set(range(1, max(counted, default=0))) - set(counted))
    yield from (f"the journal has no answer {sequence}, though it goes on" for sequence in missing)


def _foreign(page: PageLog, stored: Stored) -> Iterator[str]:
    for row in stored.rows:
        if (row.sequence, row.position, row.option) not in page.sent:
            yield f"answer {row.sequence} was never sent"


def _broken(stored: Stored) -> Iterator[str]:
    head = bytes.fromhex(stored.first_head)
    for row in sorted(stored.rows, key=lambda row: row.sequence):
        head = hashlib.sha256(head + _packed(stored.sitting_id, row)).digest()
        if head.hex() != row.head:
            yield f"the head of answer {row.sequence} does not follow from the rows"
            return


def _ended_wrongly(stored: Stored, ending: Ending) -> Iterator[str]:
    if ending.cause == "time" and ending.at < stored.deadline:
        yield f"ended {stored.deadline - ending.at} before its time was up"
    newest = max(stored.rows, key=lambda row: row.sequence, default=None)
    last = (newest.sequence, newest.head) if newest else (0, stored.first_head)
    if (ending.sequence, ending.head) != last:
        yield f"the ending counted {ending.sequence} answers, the journal holds {last[0]}"
    standing = {row.position: row.option for row in sorted(stored.rows, key=lambda row: row.sequence)}
    correct = sum(1 for position, option in standing.items() if option is not None and ending.key[position] == option)
    if correct != ending.total:
        yield f"the result says {ending.total} correct answers, the journal {correct}"


def _packed(sitting_id: uuid.UUID, row: Row) -> bytes:
    micros = (row.saved_at - _EPOCH) // timedelta(microseconds=1)
    return _ROW.pack(sitting_id.bytes, row.sequence, row.position, row.option or 0, micros)
