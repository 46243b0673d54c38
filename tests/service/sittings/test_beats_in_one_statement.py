"""Does the light way of a beat do what the slow one does, and leave to that what is not usual?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.sittings import service
from app.sittings.beats import take_beat
from app.sittings.credit import pause
from app.sittings.gaps import gaps_of, heard_of
from app.sittings.models import Beat, SittingEvent
from app.sittings.queries import SittingFacts, marks_of, sitting_with_id
from app.sittings.rules import EventKind, Reason
from app.sittings.service import Event
from tests.kit.factories.sittings import EndSitting, StartSitting
from tests.kit.outside import HandClock

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

FLAG = Event(number=1, kind=EventKind.FLAG, position=55)
SUMMARY = Event(number=2, kind=EventKind.SUMMARY, position=None, facts={"answered": [1, 2], "t": 1_795_000_000_000})

TakeBeat = Callable[..., SittingFacts | None]


@pytest.fixture
def sitting(start_sitting: StartSitting) -> SittingFacts:
    return start_sitting()


@pytest.fixture
def beat(engine: Engine, session: Session, clock: HandClock) -> TakeBeat:
    """Return a sender of beats from the live browser: ``beat(sitting, event, …)``."""

    def send(sitting: SittingFacts, *events: Event, nonce: bytes | None = None, running: int = 0) -> object:
        session.commit()
        live = nonce or sitting.live_nonce or b""
        return take_beat(sitting.id, events, nonce=live, engine=engine, now=clock.now(), running=running)

    return send


@on_postgresql
def test_beat_notes_that_the_page_was_heard_and_what_it_reports(
    sitting: SittingFacts, beat: TakeBeat, session: Session, clock: HandClock
) -> None:
    clock.advance(seconds=15)

    found = beat(sitting, FLAG, SUMMARY)

    assert found == sitting_with_id(sitting.id, session=session)
    assert heard_of(sitting, session=session).at == clock.now()
    assert [(mark.kind, mark.position) for mark in marks_of(sitting.id, session=session)] == [
        ("flag", 55),
        ("summary", None),
    ]
    kept = session.scalars(select(SittingEvent.facts).order_by(SittingEvent.number))
    assert list(kept) == [None, SUMMARY.facts]


@on_postgresql
def test_same_events_twice_are_kept_once(sitting: SittingFacts, beat: TakeBeat, session: Session) -> None:
    beat(sitting, FLAG)

    assert beat(sitting, FLAG, SUMMARY) is not None
    assert len(marks_of(sitting.id, session=session)) == 2


@on_postgresql
def test_row_of_the_beat_is_the_one_of_the_slow_way(
    sitting: SittingFacts, start_sitting: StartSitting, beat: TakeBeat, session: Session, clock: HandClock
) -> None:
    other = start_sitting()
    for running in (0, 10_000, 3_000, 500, 500):
        if running == 500:
            for each in (sitting, other):
                pause(each.id, Reason.HEALTH, actor=sitting.applicant_id, session=session, now=clock.now())
        clock.advance(seconds=5)
        nonce, now = other.live_nonce or b"", clock.now()
        beat(sitting, running=running)
        service.record_events(other.id, [], nonce=nonce, session=session, now=now, running=running)
        session.commit()
        rows = {row.sitting_id: row for row in session.scalars(select(Beat))}
        assert seen(rows[sitting.id]) == seen(rows[other.id])
        session.expire_all()


def seen(row: Beat) -> tuple[object, ...]:
    return row.last_seen_at, row.told_seconds, row.previous_seen_at, row.previous_told_seconds


@on_postgresql
@pytest.mark.parametrize("quiet", [False, True], ids=["from the start", "after a beat"])
def test_return_from_a_gap_is_left_to_the_slow_way(
    sitting: SittingFacts, beat: TakeBeat, session: Session, clock: HandClock, quiet: bool
) -> None:
    if quiet:
        assert beat(sitting)
    longest = sitting.beat * sitting.gap_beats
    clock.advance(seconds=longest.total_seconds())
    assert beat(sitting)
    since = clock.now()
    clock.advance(seconds=longest.total_seconds(), microseconds=1)

    assert beat(sitting, FLAG) is None
    assert heard_of(sitting, session=session).at == since
    assert marks_of(sitting.id, session=session) == []

    session.rollback()
    service.record_events(sitting.id, [FLAG], nonce=sitting.live_nonce or b"", session=session, now=clock.now())
    (gap,) = gaps_of([sitting.id], session=session)[sitting.id]
    assert (gap.span.begins, gap.span.ends) == (since, clock.now())


@on_postgresql
@pytest.mark.parametrize("position", [0, 56])
def test_place_that_is_not_on_the_paper_is_left_to_the_slow_way(
    sitting: SittingFacts, beat: TakeBeat, session: Session, position: int
) -> None:
    assert beat(sitting, FLAG, Event(number=3, kind=EventKind.PLACE, position=position)) is None
    assert marks_of(sitting.id, session=session) == []


@on_postgresql
def test_another_browser_and_an_ended_sitting_are_left_to_the_slow_way(
    sitting: SittingFacts, beat: TakeBeat, end: EndSitting
) -> None:
    assert beat(sitting, nonce=b"another browser!") is None
    end(sitting)
    assert beat(sitting) is None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_goes_the_slow_way(sitting: SittingFacts, beat: TakeBeat) -> None:
    assert beat(sitting) is None
