"""How is a page's sign of life taken? One statement on PostgreSQL where all is as usual; else ``record_events``."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PostgresUuid  # noqa: N811  # a type, not a constant
from sqlalchemy.engine import Engine
from sqlalchemy.types import DateTime, Integer, LargeBinary, SmallInteger, Text

from app.db import execute_alone
from app.sittings.models import Sitting
from app.sittings.queries import SittingFacts, facts
from app.sittings.rules import MOST_EVENTS, PAUSED_BEAT, SLOWEST_BEAT, beat_under_load, seconds_of
from app.sittings.service import Event

_COLUMNS = ", ".join(f"live.{column.key}" for column in Sitting.__table__.columns)

# What is not usual gives no row: another browser, an ended sitting, a place that is not on the paper, a return from a
# gap. The slow way sees the same and says so; what this one wrote already, it finds there and leaves.
_BEAT = text(f"""
    WITH live AS (
        SELECT sitting.* FROM sitting LEFT JOIN sitting_beat AS heard ON heard.sitting_id = sitting.id
        WHERE sitting.id = :sitting_id
          AND sitting.live_nonce = :nonce
          AND sitting.state = 'running'
          AND CAST(:now AS timestamptz) - coalesce(heard.last_seen_at, sitting.started_at)
              <= make_interval(secs => coalesce(heard.told_seconds, sitting.beat_seconds) * sitting.gap_beats)
          AND :last_position <= sitting.question_count
    ), beat AS (
        INSERT INTO sitting_beat (sitting_id, last_seen_at, told_seconds, previous_seen_at, previous_told_seconds)
        SELECT id, :now,
               CASE WHEN paused_at IS NULL THEN coalesce((:told)[beat_seconds], beat_seconds)
                    ELSE least(beat_seconds, :paused_beat) END,
               started_at, beat_seconds
        FROM live
        ON CONFLICT (sitting_id) DO UPDATE
        SET last_seen_at = excluded.last_seen_at, told_seconds = excluded.told_seconds,
            previous_seen_at = sitting_beat.last_seen_at, previous_told_seconds = sitting_beat.told_seconds
    ), reported AS (
        INSERT INTO sitting_event (sitting_id, number, kind, position, at, facts)
        SELECT live.id, event.number, event.kind, event.position, :now, CAST(event.facts AS json)
        FROM live, unnest(:numbers, :kinds, :positions, :facts) AS event (number, kind, position, facts)
        ON CONFLICT DO NOTHING
    )
    SELECT {_COLUMNS} FROM live
""").bindparams(
    bindparam("sitting_id", type_=PostgresUuid(as_uuid=True)),
    bindparam("nonce", type_=LargeBinary()),
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("told", type_=ARRAY(Integer)),
    bindparam("paused_beat", type_=Integer()),
    bindparam("numbers", type_=ARRAY(Integer)),
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("positions", type_=ARRAY(SmallInteger)),
    bindparam("facts", type_=ARRAY(Text)),
    bindparam("last_position", type_=SmallInteger()),
)


def take_beat(
    sitting_id: uuid.UUID,
    events: Sequence[Event],
    *,
    nonce: bytes,
    engine: Engine,
    now: datetime,
    running: int = 0,
) -> SittingFacts | None:
    """Note that a page was heard and what it reports, and return after it is durable. Commits by itself.

    Returns:
        The sitting; None where there is more to be done or to be said: ``service.record_events`` does.
    """
    positions = [event.position for event in events if event.position is not None]
    if engine.dialect.name != "postgresql" or 0 in positions:
        return None
    kept = [event for event in events if event.number <= MOST_EVENTS]
    values = {
        "sitting_id": sitting_id,
        "nonce": nonce,
        "now": now.astimezone(UTC),
        "told": _told(running),
        "paused_beat": seconds_of(PAUSED_BEAT),
        "numbers": [event.number for event in kept],
        "kinds": [event.kind.value for event in kept],
        "positions": [event.position for event in kept],
        "facts": [None if event.facts is None else json.dumps(event.facts) for event in kept],
        "last_position": max(positions, default=0),
    }
    found = execute_alone(_BEAT, values, engine=engine)
    return facts(found) if found is not None else None


@lru_cache(maxsize=1)
def _told(running: int) -> list[int]:
    """Return by the beat of a programme, in seconds from 1 on, when a page is to beat again while so many sit."""
    beats = (timedelta(seconds=seconds) for seconds in range(1, seconds_of(SLOWEST_BEAT) + 1))
    return [seconds_of(beat_under_load(beat, running)) for beat in beats]
