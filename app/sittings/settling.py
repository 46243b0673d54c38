"""What does a gap give back? The rule for outages, applied to one sitting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.sittings.credit import RULE, GiveTime, credits_of_sitting, give, granted, locked
from app.sittings.gaps import GapFacts, Quiet, mark_settled
from app.sittings.outages import RoomRule, Span, credit_seconds, lost_time, merged, room_gaps, shared, there
from app.sittings.rules import CreditCause, Reason, State

EVERYBODY = 100
"""Per cent: only when all tests anywhere are silent it is the server."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """When the room of an exam session was cut off, and who was silent in it."""

    cut_off: tuple[Span, ...]
    quiet: tuple[Quiet, ...]

    def silent_in(self, spans: Sequence[Span]) -> int:
        """Return how many tests of the room were silent in one of these times."""
        return sum(bool(shared(quiet.gaps, spans)) for quiet in self.quiet)


def room_of(quiet: Sequence[Quiet], anywhere: Sequence[Quiet], rule: RoomRule) -> Room:
    """Return the outages of a room: its own, and those of the server."""
    of_server = replace(rule, percent=EVERYBODY)
    cut_off = merged([*_cut_off(quiet, rule), *_cut_off(anywhere, of_server)])
    return Room(cut_off=tuple(cut_off), quiet=tuple(quiet))


def settle_gap(gap: GapFacts, room: Room, tolerance: timedelta, *, session: Session, now: datetime) -> int:
    """Judge a gap once, and give back what its room lost in it, up to the limit.

    Returns:
        How many seconds were added.
    """
    row = locked(gap.sitting_id, session=session)
    if row.state != State.RUNNING.value or not mark_settled(gap, session=session, now=now):
        return 0
    given = credits_of_sitting(row.id, session=session)
    covered = [Span(each.from_at, each.to_at) for each in given if each.from_at and each.to_at]
    if row.paused_at:
        covered.append(Span(row.paused_at, max(now, row.paused_at)))
    lost = lost_time(gap.span, room.cut_off, covered)
    seconds = credit_seconds(lost, tolerance, row.credit_cap_seconds - granted(given))
    if not seconds:
        return 0
    command = GiveTime(
        sitting_id=row.id,
        cause=CreditCause.OUTAGE,
        seconds=seconds,
        reason=Reason.CONNECTION,
        span=Span(lost[0].begins, lost[-1].ends),
        evidence={
            "gap": _written(gap.span),
            "cut_off": [_written(span) for span in lost],
            "silent": room.silent_in(lost),
            "sat": len(room.quiet),
            "tolerance_seconds": int(tolerance.total_seconds()),
        },
    )
    give(command, actor=RULE, session=session, now=now)
    return seconds


def _cut_off(quiet: Sequence[Quiet], rule: RoomRule) -> list[Span]:
    counted = [there(each.ran, each.gaps, rule.gone_after) for each in quiet]
    running = [span for ran, _ in counted for span in ran]
    return room_gaps(running, [span for _, silent in counted for span in silent], rule)


def _written(span: Span) -> list[str]:
    return [span.begins.isoformat(), span.ends.isoformat()]
