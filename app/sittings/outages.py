"""Which silences are an outage of the room, and how much time do they give back? Pure: standard library only.

The rule in four steps; ``docs/outages.md`` works it through with numbers.

1. A *gap* of a sitting is a time without any sign of its page that lasts longer than some beats.
2. The *room* is cut off while a share of the tests that then run in the session, and at least two of them, are in a
   gap; or while all tests that run anywhere are: then it is the server itself.
3. What a gap shares with the times in which its room was cut off, and no other credit covers, is lost time.
4. The lost time of a gap, less the tolerance, is given back, up to what the limit leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

WHOLE = 100
"""Per cent."""


class Span(NamedTuple):
    """A stretch of time, its end not included."""

    begins: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        return self.ends - self.begins


@dataclass(frozen=True, kw_only=True)
class RoomRule:
    """When is it the room that is cut off? Values of the programme."""

    percent: int
    least: int
    gone_after: timedelta
    """Who is silent for longer has gone: they count neither as sitting nor as silent."""


def gaps_between(signs: Iterable[datetime], longest: timedelta) -> list[Span]:
    """Return the times without a sign that lasted longer than ``longest``."""
    return [Span(*pair) for pair in pairwise(sorted(signs)) if pair[1] - pair[0] > longest]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same times as few spans, in order."""
    found: list[Span] = []
    for span in sorted(spans):
        if span.begins >= span.ends:
            continue
        if found and span.begins <= found[-1].ends:
            found[-1] = Span(found[-1].begins, max(found[-1].ends, span.ends))
        else:
            found.append(span)
    return found


def shared(some: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the times that lie in both."""
    others = merged(others)
    pairs = (Span(max(a.begins, b.begins), min(a.ends, b.ends)) for a in merged(some) for b in others)
    return merged(pairs)


def without(some: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the times of ``some`` that lie in none of ``others``."""
    left = merged(some)
    for cut in merged(others):
        left = [
            part
            for span in left
            for part in (Span(span.begins, min(span.ends, cut.begins)), Span(max(span.begins, cut.ends), span.ends))
            if part.begins < part.ends
        ]
    return left


def room_gaps(running: Iterable[Span], silent: Iterable[Span], rule: RoomRule) -> list[Span]:
    """Return the times at which the room was cut off.

    Args:
        running: When each test of the room ran.
        silent: The gaps of these tests, each within the time in which its test ran.
        rule: Which share of them makes it the room.
    """
    turns = sorted(
        [
            (moment, kind, step)
            for spans, kind in ((running, 0), (silent, 1))
            for span in spans
            if span.length
            for moment, step in ((span.begins, 1), (span.ends, -1))
        ]
    )
    counts = [0, 0]
    since: datetime | None = None
    found = []
    for place, (moment, kind, step) in enumerate(turns):
        counts[kind] += step
        if place + 1 < len(turns) and turns[place + 1][0] == moment:
            continue  # all that turns at one moment turns together
        sat, mute = counts
        cut = mute >= rule.least and mute * WHOLE >= sat * rule.percent
        if cut and since is None:
            since = moment
        elif not cut and since is not None:
            found.append(Span(since, moment))
            since = None
    return found


def there(ran: Span, gaps: Iterable[Span], gone_after: timedelta) -> tuple[list[Span], list[Span]]:
    """Return when a test counts for its room, and when it counts as silent: who is silent for too long has gone."""
    own = shared(gaps, [ran])
    gone = [Span(gap.begins + gone_after, gap.ends) for gap in own if gap.length > gone_after]
    return without([ran], gone), without(own, gone)


def lost_time(gap: Span, room: Sequence[Span], covered: Iterable[Span]) -> list[Span]:
    """Return what a gap has in common with the outages of its room, less what a credit gave back already."""
    return without(shared([gap], room), covered)


def credit_seconds(lost: Iterable[Span], tolerance: timedelta, left: int) -> int:
    """Return how many seconds a gap gives back: what was lost less the tolerance, no more than what is left to give."""
    whole = sum((span.length for span in lost), timedelta(0)) - tolerance
    return max(0, min(-(-whole // timedelta(seconds=1)), left))
