"""How do items come in, a draw become committed, a paper become frozen?"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.bookings.errors import SessionNotOpen
from app.bookings.queries import BookingFacts, SessionFacts, applicants_of_bookings
from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.kernel.rulebook import register
from app.papers.errors import (
    DrawAlreadyCommitted,
    DrawAlreadyMade,
    DrawNotCommitted,
    DrawNotMade,
    DrawReplaced,
    DrawTampered,
    ItemVersionChanged,
    PoolTooThin,
    ThrowNotUsable,
    TooFewSeats,
)
from app.papers.models import Draw, ItemVersion, Paper
from app.papers.queries import (
    PaperFacts,
    exposure,
    inputs_of,
    items_for,
    manifest_of,
    newest_draw,
    paper_of_booking,
    seen_items,
)
from app.papers.rules import Attending
from question_bank.canonical import canonical_digest, canonical_json
from question_bank.draw import DrawInfeasible, draw
from question_bank.inputs import Attendee, DrawInputs
from question_bank.items import Item
from question_bank.manifest import Manifest, build_manifest, salts_from
from question_bank.paper import Paper as DrawnQuestions
from question_bank.seating import Seat, Seating, SeatsLacking, draw_seats, require_seats
from question_bank.seeds import commitment, derive_seed
from question_bank.throw import NOT_THROWN, BeaconRound, is_salt

SECRET_BYTES = 32


def import_items(items: Iterable[Item], *, session: Session, now: datetime) -> int:
    """Store the item versions that are new; retire the items that are no longer among ``items``, and bring back others.

    Returns:
        How many versions were new.

    Raises:
        ItemVersionChanged: A version is stored already, with another text.
    """
    stored = {(row.item_id, row.version): row.digest for row in session.scalars(select(ItemVersion))}
    offered = list(items)
    fresh = [item for item in offered if (item.id, item.version) not in stored]
    for item in offered:
        if stored.get((item.id, item.version), item.digest()) != item.digest():
            raise ItemVersionChanged(item=item.id, version=item.version)
    for item in fresh:
        session.add(
            ItemVersion(
                item_id=item.id, version=item.version, digest=item.digest(), body=item.to_dict(), imported_at=now
            )
        )
    session.flush()
    names = {item.id for item in offered}
    retired = _retire_others(names, session=session, now=now)
    returned = _bring_back(names, session=session)
    if fresh or retired or returned:
        audit.record(
            "papers.pool.imported",
            session=session,
            at=now,
            actor="system",
            subject="pool",
            new_versions=len(fresh),
            retired=retired,
            returned=returned,
        )
    return len(fresh)


def _retire_others(kept: set[str], *, session: Session, now: datetime) -> int:
    active = select(ItemVersion.item_id).where(ItemVersion.retired_at.is_(None)).distinct()
    gone = set(session.scalars(active)) - kept
    if gone:
        session.execute(update(ItemVersion).where(ItemVersion.item_id.in_(gone)).values(retired_at=now))
    return len(gone)


def _bring_back(offered: set[str], *, session: Session) -> int:
    """Make items active again that had been retired; return how many."""
    retired = select(ItemVersion.item_id).where(ItemVersion.retired_at.is_not(None)).distinct()
    back = set(session.scalars(retired)) & offered
    if back:
        session.execute(update(ItemVersion).where(ItemVersion.item_id.in_(back)).values(retired_at=None))
    return len(back)


def commit_draw(
    exam_session: SessionFacts,
    *,
    roster: Sequence[Attending] | None = None,
    seats: Sequence[Seat] = (),
    beacon: BeaconRound | None = None,
    reason: str | None = None,
    actor: uuid.UUID | str = "system",
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> int:
    """Fix and log everything that the session's papers will be drawn from, before anything is drawn.

    Args:
        exam_session: The session.
        roster: Who is booked, once booking is closed: seats and papers are then drawn in one batch, after a throw.
            None for a session that people come to without a fixed roster: its papers are drawn one by one, and its
            draw is weak for good.
        seats: The workstations in service, for a roster.
        beacon: The future round of a public beacon that stands for the throw, if one is used.
        reason: Why a draw that was committed before is not used; None for the first.
        actor: Who has it committed.
        session: The unit of work.
        now: The present moment.
        entropy: Makes the secrets.

    Returns:
        The number of the draw.

    Raises:
        DrawAlreadyCommitted: There is a draw, and no reason for another.
        PoolTooThin: A stratum of the pool cannot fill its quota; nothing was committed.
        TooFewSeats: The roster does not fit; nothing was committed.
    """
    replaced = hold_draw(exam_session.id, session=session)
    if replaced is not None and reason is None:
        raise DrawAlreadyCommitted
    number = replaced.number + 1 if replaced else 1
    if replaced is not None:
        replaced.replaced_at = now
    pool_secret, secret = entropy.token(SECRET_BYTES), entropy.token(SECRET_BYTES)
    day = local_day(max(now, exam_session.opens_at))
    items = items_for(exam_session.programme, session=session)
    manifest = build_manifest(items, exam_session.programme, register(), day, salts_from(pool_secret))
    inputs = _inputs(manifest, roster=roster, seats=seats, beacon=beacon, session=session)
    _require_feasible(manifest, inputs, secret=secret, code=exam_session.code)
    row = Draw(
        id=new_id(now, entropy),
        exam_session_id=exam_session.id,
        number=number,
        reason=reason,
        manifest=manifest.canonical().decode(),
        names={leaf.hex(): {"id": name.id, "version": name.version} for leaf, name in manifest.names.items()},
        pool_secret=pool_secret,
        inputs=canonical_json(inputs.to_dict()).decode(),
        secret=secret,
        commitment=commitment(secret, exam_session.code, number, inputs.digest),
        committed_at=now,
        salt=NOT_THROWN if roster is None else None,
        witnesses=[],
        spares=[],
    )
    session.add(row)
    session.flush()
    audit.record(
        "papers.draw.committed",
        session=session,
        at=now,
        actor=actor,
        subject=exam_session.id,
        number=number,
        commitment=row.commitment,
        manifest=manifest.digest,
        inputs=inputs.digest,
        bookings=None if roster is None else len(roster),
        seats=len(seats),
        beacon=f"{beacon.chain}:{beacon.number}" if beacon else None,
        reason=reason,
    )
    return number


def hold_draw(exam_session_id: uuid.UUID, *, session: Session) -> Draw | None:
    """Return the newest draw of a session, held until the end of the unit of work: nobody starts on it or throws."""
    newest = select(Draw).where(Draw.exam_session_id == exam_session_id).order_by(Draw.number.desc()).limit(1)
    held = newest.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalar(held)
    # Whoever waited for the lock on PostgreSQL may hold the draw that was replaced meanwhile.
    return session.scalar(held) if row is not None and row.replaced_at is not None else row


def draw_session(
    exam_session: SessionFacts,
    salt: str,
    *,
    number: int | None = None,
    witnesses: Sequence[str] = (),
    why_weak: str | None = None,
    actor: uuid.UUID | str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> int:
    """Take what was thrown, and draw and freeze the seats and papers of the whole roster in one batch.

    Args:
        exam_session: The session.
        salt: What was thrown, as ``question_bank.throw`` writes it; empty where nothing was, which makes the draw weak.
        number: The draw whose commitment stood on the table when it was thrown; None for whichever is the newest.
        witnesses: The bookings before whose applicants it was thrown.
        why_weak: Why nothing was thrown.
        actor: Who typed it.
        session: The unit of work.
        now: The present moment.
        entropy: Names the papers.

    Returns:
        How many papers were frozen.

    Raises:
        DrawNotCommitted: There is nothing to draw from.
        DrawReplaced: Another draw has been committed since.
        DrawAlreadyMade: It was thrown before, or the draw has no roster.
        SessionNotOpen: The session is over, and the secret may be public: a throw would prove nothing.
        DrawTampered: Secret, inputs or items are not those that were committed to.
        ThrowNotUsable: The salt is not one; or it is not of the beacon's round, where one was committed to.
    """
    row = hold_draw(exam_session.id, session=session)
    if row is None:
        raise DrawNotCommitted
    if number not in {None, row.number}:
        raise DrawReplaced
    if row.salt is not None or row.revealed_at is not None:
        raise DrawAlreadyMade
    if now >= exam_session.closes_at:
        raise SessionNotOpen
    inputs = inputs_of(row)
    _require_untouched(row, inputs, exam_session)
    _require_usable(salt, inputs)
    row.salt, row.witnesses, row.drawn_at = salt, list(witnesses), now
    if salt == NOT_THROWN:
        facts: dict[str, object] = {"why": why_weak}
        kind = "papers.salt.skipped"
    else:
        facts, kind = {"salt": salt, "witnesses": list(witnesses)}, "papers.salt.thrown"
    audit.record(kind, session=session, at=now, actor=actor, subject=exam_session.id, number=row.number, **facts)
    seating = draw_seats(row.secret, salt, exam_session.code, inputs.seats, inputs.needs)
    row.spares = list(seating.spares)
    fingerprints = _freeze_roster(row, inputs, seating, exam_session, session=session, now=now, entropy=entropy)
    audit.record(
        "papers.draw.made",
        session=session,
        at=now,
        actor=actor,
        subject=exam_session.id,
        number=row.number,
        weak=salt == NOT_THROWN,
        papers=len(fingerprints),
        fingerprints=canonical_digest(fingerprints),
        seats=canonical_digest({"places": dict(seating.places), "spares": list(seating.spares)}),
    )
    return len(fingerprints)


def draw_paper(booking: BookingFacts, *, session: Session, now: datetime, entropy: Entropy) -> PaperFacts:
    """Draw and freeze the paper of one booking, where the session's draw has no roster.

    Raises:
        DrawNotCommitted: The session has no draw.
        DrawNotMade: The session's papers are drawn in one batch, which has not happened yet.
    """
    committed = newest_draw(booking.session.id, session=session)
    inputs = inputs_of(committed)
    if inputs.roster is not None or committed.salt is None:
        raise DrawNotMade
    manifest = manifest_of(committed)
    seen = manifest.leaves_of(seen_items(booking.applicant_id, session=session))
    paper = draw(_seed(committed, booking.session, booking.id), manifest, seen, inputs.exposure)
    row = Paper(
        **_paper_columns(paper, seen),
        id=new_id(now, entropy),
        booking_id=booking.id,
        applicant_id=booking.applicant_id,
        draw_id=committed.id,
        drawn_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # a second press of the button was faster, and froze the same draw
        frozen = paper_of_booking(booking.id, session=session)
        if frozen is None:
            raise
        return frozen
    audit.record(
        "papers.paper.frozen",
        session=session,
        at=now,
        actor="system",
        subject=row.id,
        booking=booking.id,
        fingerprint=row.fingerprint,
    )
    frozen = paper_of_booking(booking.id, session=session)
    assert frozen is not None  # noqa: S101  # written three lines above
    return frozen


def reveal_draw(exam_session: SessionFacts, *, session: Session, now: datetime) -> None:
    """Give up the secrets of a session's draws. The caller has made sure that its last sitting has ended.

    Raises:
        DrawNotCommitted: There is no draw.
    """
    newest_draw(exam_session.id, session=session)
    hidden = select(Draw).where(Draw.exam_session_id == exam_session.id, Draw.revealed_at.is_(None))
    for row in session.scalars(hidden.order_by(Draw.number).with_for_update()):
        row.revealed_at = now
        session.flush()
        audit.record(
            "papers.draw.revealed",
            session=session,
            at=now,
            actor="system",
            subject=exam_session.id,
            number=row.number,
            secret=row.secret,
        )


def _inputs(
    manifest: Manifest,
    *,
    roster: Sequence[Attending] | None,
    seats: Sequence[Seat],
    beacon: BeaconRound | None,
    session: Session,
) -> DrawInputs:
    counts = exposure(session=session)
    attendees = None
    if roster is not None:
        attendees = {
            str(who.booking_id): Attendee(seen=manifest.leaves_of(who.seen), accessible=who.accessible)
            for who in roster
        }
    return DrawInputs(
        manifest_digest=manifest.digest,
        exposure={leaf: counts[name.id] for leaf, name in manifest.names.items() if name.id in counts},
        roster=attendees,
        seats=tuple(seats),
        beacon=beacon,
    )


def _require_feasible(manifest: Manifest, inputs: DrawInputs, *, secret: bytes, code: str) -> None:
    """Refuse at once what would fail after the throw."""
    try:
        draw(derive_seed(secret, NOT_THROWN, code, "feasible"), manifest)
        require_seats(inputs.seats, inputs.needs)
    except DrawInfeasible as error:
        raise PoolTooThin(stratum=error.stratum) from error
    except SeatsLacking as error:
        raise TooFewSeats(needed=error.needed, found=error.found, accessible=error.accessible) from error


def _require_untouched(row: Draw, inputs: DrawInputs, exam_session: SessionFacts) -> None:
    """Refuse to draw from what was changed since: better no draw than one that the verifier refuses later."""
    promised = commitment(row.secret, exam_session.code, row.number, inputs.digest)
    if promised != row.commitment or manifest_of(row).digest != inputs.manifest_digest:
        raise DrawTampered


def _require_usable(salt: str, inputs: DrawInputs) -> None:
    """Refuse what no verifier would accept: where a round was committed to, nothing else may be thrown."""
    if salt == NOT_THROWN:
        return
    if inputs.beacon is None:
        fitting = not salt.startswith("beacon:")
    else:
        fitting = salt.startswith(f"beacon:{inputs.beacon.chain}:{inputs.beacon.number}:")
    if not fitting or not is_salt(salt):
        raise ThrowNotUsable(reason="malformed")


def _freeze_roster(
    row: Draw,
    inputs: DrawInputs,
    seating: Seating,
    exam_session: SessionFacts,
    *,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> dict[str, str]:
    """Write the papers of all bookings; return their fingerprints."""
    manifest = manifest_of(row)
    applicants = applicants_of_bookings(exam_session.id, session=session)
    papers = []
    for name, attendee in (inputs.roster or {}).items():
        booking_id = uuid.UUID(name)
        paper = draw(_seed(row, exam_session, booking_id), manifest, attendee.seen, inputs.exposure)
        papers.append(
            {
                **_paper_columns(paper, attendee.seen),
                "id": new_id(now, entropy),
                "booking_id": booking_id,
                "applicant_id": applicants[booking_id],
                "draw_id": row.id,
                "seat": seating.places[name],
                "drawn_at": now,
            }
        )
    session.flush()
    if papers:
        session.execute(insert(Paper), papers)
    return {str(paper["booking_id"]): paper["fingerprint"].hex() for paper in papers}


def _paper_columns(paper: DrawnQuestions, seen: Collection[bytes]) -> dict[str, Any]:
    return {
        "programme_code": paper.programme,
        "programme_version": paper.programme_version,
        "questions": [question.to_dict() for question in paper.questions],
        "seen": sorted(leaf.hex() for leaf in seen),
        "fingerprint": paper.fingerprint(),
    }


def _seed(row: Draw, exam_session: SessionFacts, booking_id: uuid.UUID) -> bytes:
    return derive_seed(row.secret, row.salt or NOT_THROWN, exam_session.code, str(booking_id))
