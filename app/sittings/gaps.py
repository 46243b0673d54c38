"""When was a page heard, and when was it silent? A beat is one light statement; only a return from a gap costs more."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.sittings.models import Answer, Beat, Gap, Sitting
from app.sittings.outages import Span, gaps_between
from app.sittings.queries import SittingFacts
from app.sittings.rules import State


@dataclass(frozen=True, kw_only=True)
class Heard:
    """When a page was heard last, and from which silence on it is silent."""

    at: datetime | None
    silent_after: timedelta


@dataclass(frozen=True, kw_only=True)
class GapFacts:
    """A time without any sign of a page."""

    sitting_id: uuid.UUID
    span: Span
    settled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """When a sitting ran, and when it was silent, as far as that is known at a moment."""

    sitting_id: uuid.UUID
    ran: Span
    gaps: tuple[Span, ...]


def note_beat(sitting: SittingFacts, told: timedelta, *, session: Session, now: datetime) -> None:
    """Note that a page was heard and after which time it will be heard again; if it comes back from a gap, that too."""
    values = {
        "sitting_id": sitting.id,
        "last_seen_at": now,
        "told_seconds": int(told.total_seconds()),
        "previous_seen_at": sitting.timing.started_at,
        "previous_told_seconds": int(sitting.beat.total_seconds()),
    }
    insert = _dialect(session).insert(Beat).values(**values)
    kept = insert.on_conflict_do_update(
        index_elements=["sitting_id"],
        set_={
            "last_seen_at": insert.excluded.last_seen_at,
            "told_seconds": insert.excluded.told_seconds,
            "previous_seen_at": Beat.last_seen_at,
            "previous_told_seconds": Beat.told_seconds,
        },
    ).returning(Beat.previous_seen_at, Beat.previous_told_seconds)
    before = session.execute(kept).one()
    longest = timedelta(seconds=before.previous_told_seconds) * sitting.gap_beats
    if now - before.previous_seen_at > longest:
        _note_gaps(sitting.id, before.previous_seen_at, now, longest, session=session)


def note_last_gap(sitting: SittingFacts, *, session: Session, now: datetime) -> None:
    """Note the silence in which a sitting stands now, as if its page were heard: for the end."""
    heard = heard_of(sitting, session=session)
    since = heard.at or sitting.timing.started_at
    if now - since > heard.silent_after:
        _note_gaps(sitting.id, since, now, heard.silent_after, session=session)


def heard_of(sitting: SittingFacts, *, session: Session) -> Heard:
    """Return when the page of a sitting was heard, and how long it may be silent by what it was told."""
    beat = session.execute(
        select(Beat.last_seen_at, Beat.told_seconds).where(Beat.sitting_id == sitting.id)
    ).one_or_none()
    saved = session.scalar(select(func.max(Answer.saved_at)).where(Answer.sitting_id == sitting.id))
    told = timedelta(seconds=beat.told_seconds) if beat else sitting.beat
    moments = [moment for moment in (beat and beat.last_seen_at, saved) if moment]
    return Heard(at=max(moments, default=None), silent_after=told * sitting.gap_beats)


def gaps_of(sitting_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, list[GapFacts]]:
    """Return the gaps of these sittings, in order."""
    query = select(Gap).where(Gap.sitting_id.in_(list(sitting_ids))).order_by(Gap.sitting_id, Gap.from_at)
    found: dict[uuid.UUID, list[GapFacts]] = {}
    for row in session.scalars(query):
        facts = GapFacts(sitting_id=row.sitting_id, span=Span(row.from_at, row.to_at), settled_at=row.settled_at)
        found.setdefault(row.sitting_id, []).append(facts)
    return found


def unsettled(*, session: Session, now: datetime) -> list[GapFacts]:
    """Return the gaps of running sittings that may be judged: by now it is known who else was silent with them."""
    query = (
        select(Gap)
        .join(Sitting, Sitting.id == Gap.sitting_id)
        .where(Gap.settled_at.is_(None), Sitting.state == State.RUNNING.value)
        .order_by(Gap.sitting_id, Gap.from_at)
    )
    rows = [row for row in session.scalars(query) if row.to_at + timedelta(seconds=row.silent_after_seconds) <= now]
    return [GapFacts(sitting_id=row.sitting_id, span=Span(row.from_at, row.to_at), settled_at=None) for row in rows]


def mark_settled(gap: GapFacts, *, session: Session, now: datetime) -> bool:
    """Note that the rule has judged a gap; False if it had before."""
    own = (Gap.sitting_id == gap.sitting_id) & (Gap.from_at == gap.span.begins) & Gap.settled_at.is_(None)
    marked = update(Gap).where(own).values(settled_at=now).returning(Gap.sitting_id)
    return session.execute(marked).one_or_none() is not None


def quiet_between(
    span: Span, *, session: Session, now: datetime, booking_ids: Iterable[uuid.UUID] | None = None
) -> list[Quiet]:
    """Return who sat in a stretch of time and when each was silent in it: of these bookings, or everybody.

    Who is silent at this moment counts as silent since the last sign, once that is longer than the beats allow.
    """
    columns = (Sitting.id, Sitting.started_at, Sitting.ended_at, Sitting.beat_seconds, Sitting.gap_beats)
    query = select(*columns, Beat.last_seen_at, Beat.told_seconds).outerjoin(Beat, Beat.sitting_id == Sitting.id)
    query = query.where(Sitting.started_at < span.ends, or_(Sitting.ended_at.is_(None), Sitting.ended_at > span.begins))
    if booking_ids is not None:
        query = query.where(Sitting.booking_id.in_(list(booking_ids)))
    rows = session.execute(query).all()
    gaps: dict[uuid.UUID, list[Span]] = {}
    overlapping = select(Gap).where(Gap.from_at < span.ends, Gap.to_at > span.begins)
    for gap in session.scalars(overlapping):
        gaps.setdefault(gap.sitting_id, []).append(Span(gap.from_at, gap.to_at))
    silent = {
        row.id: Silent(since=row.last_seen_at or row.started_at, longest=_longest(row))
        for row in rows
        if row.ended_at is None and now - (row.last_seen_at or row.started_at) > _longest(row)
    }
    for sitting_id, found in _open_gaps(silent, session=session, now=now).items():
        gaps.setdefault(sitting_id, []).extend(found)
    return [
        Quiet(
            sitting_id=row.id,
            ran=Span(row.started_at, row.ended_at or max(now, span.ends)),
            gaps=tuple(gaps.get(row.id, [])),
        )
        for row in rows
    ]


def settle_ended(*, session: Session, now: datetime) -> None:
    """Mark the gaps of ended sittings as judged: nothing is given back for them any more. For a timer."""
    ended = select(Sitting.id).where(Sitting.state == State.ENDED.value)
    session.execute(update(Gap).where(Gap.settled_at.is_(None), Gap.sitting_id.in_(ended)).values(settled_at=now))


@dataclass(frozen=True, kw_only=True)
class Silent:
    """A page that beats no more: since when, and after how long that is a gap."""

    since: datetime
    longest: timedelta


def _longest(row: Any) -> timedelta:
    return timedelta(seconds=row.told_seconds or row.beat_seconds) * int(row.gap_beats)


def _open_gaps(silent: Mapping[uuid.UUID, Silent], *, session: Session, now: datetime) -> dict[uuid.UUID, list[Span]]:
    """Return the gaps up to now of pages that beat no more; the saved answers of all are read at once."""
    if not silent:
        return {}
    since = min(each.since for each in silent.values())
    query = select(Answer.sitting_id, Answer.saved_at).where(Answer.sitting_id.in_(list(silent)))
    saves: dict[uuid.UUID, list[datetime]] = {}
    for row in session.execute(query.where(Answer.saved_at > since, Answer.saved_at < now)):
        saves.setdefault(row.sitting_id, []).append(row.saved_at)
    return {
        sitting_id: gaps_between(
            [each.since, *(saved for saved in saves.get(sitting_id, []) if saved > each.since), now], each.longest
        )
        for sitting_id, each in silent.items()
    }


def _note_gaps(sitting_id: uuid.UUID, since: datetime, now: datetime, longest: timedelta, *, session: Session) -> None:
    """Keep the silences between two moments; saved answers were signs too. What an earlier call kept is left out."""
    kept = session.scalar(select(func.max(Gap.to_at)).where(Gap.sitting_id == sitting_id))
    since = max(since, kept) if kept else since
    for span in gaps_between([since, *_saves(sitting_id, since, now, session=session), now], longest):
        values = {
            "sitting_id": sitting_id,
            "from_at": span.begins,
            "to_at": span.ends,
            "silent_after_seconds": int(longest.total_seconds()),
        }
        session.execute(_dialect(session).insert(Gap).values(**values).on_conflict_do_nothing())


def _saves(sitting_id: uuid.UUID, since: datetime, until: datetime, *, session: Session) -> list[datetime]:
    query = select(Answer.saved_at).where(Answer.sitting_id == sitting_id)
    return list(session.scalars(query.where(Answer.saved_at > since, Answer.saved_at < until)))


def _dialect(session: Session):  # type: ignore[no-untyped-def]  # two modules with one interface
    return postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
