"""How do items come in, a draw become committed, a paper become frozen?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.bookings.queries import BookingFacts, SessionFacts
from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.kernel.rulebook import programme_version, register
from app.papers.errors import ItemVersionChanged
from app.papers.models import Draw, ItemVersion, Paper
from app.papers.queries import (
    PaperFacts,
    active_items,
    exposure,
    manifest_of,
    newest_draw,
    paper_of_booking,
    seen_items,
)
from question_bank.draw import draw
from question_bank.items import Item
from question_bank.manifest import build_manifest, salts_from
from question_bank.seeds import commitment, derive_seed
from question_bank.transcript import inputs_digest

SECRET_BYTES = 32
NOT_THROWN = b""
"""The salt of a session for which nobody threw one: its draw is weak, and says so."""


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


def commit_draw(exam_session: SessionFacts, *, session: Session, now: datetime, entropy: Entropy) -> uuid.UUID:
    """Fix and log everything that the session's papers will be drawn from, before anything is drawn.

    No salt is thrown here, so the draw is marked weak: what follows from it can be re-checked, but the server alone
    chose the secret.

    Raises:
        DrawInfeasibleError: A stratum of the pool is too thin; nothing was committed.
    """
    programme = programme_version(exam_session.programme_code, exam_session.programme_version)
    pool_secret, secret = entropy.token(SECRET_BYTES), entropy.token(SECRET_BYTES)
    day = local_day(max(now, exam_session.opens_at))
    manifest = build_manifest(active_items(session=session), programme, register(), day, salts_from(pool_secret))
    draw(derive_seed(secret, NOT_THROWN, exam_session.code, "feasible"), manifest)
    counts = exposure(session=session)
    leaf_counts = {leaf: counts[name.id] for leaf, name in manifest.names.items() if name.id in counts}
    numbers = select(func.count()).select_from(Draw).where(Draw.exam_session_id == exam_session.id)
    row = Draw(
        id=new_id(now, entropy),
        exam_session_id=exam_session.id,
        number=(session.scalar(numbers) or 0) + 1,
        manifest=manifest.canonical().decode(),
        manifest_digest=manifest.digest,
        names={leaf.hex(): {"id": name.id, "version": name.version} for leaf, name in manifest.names.items()},
        pool_secret=pool_secret,
        exposure={leaf.hex(): count for leaf, count in leaf_counts.items()},
        secret=secret,
        commitment=commitment(secret, exam_session.code, manifest.digest),
        salt=NOT_THROWN,
        weak=True,
        committed_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        "papers.draw.committed",
        session=session,
        at=now,
        actor="system",
        subject=exam_session.id,
        number=row.number,
        commitment=row.commitment.hex(),
        manifest=manifest.digest.hex(),
        inputs_before_roster=inputs_digest(manifest.digest, leaf_counts, {}).hex(),
        weak=row.weak,
    )
    return row.id


def draw_paper(booking: BookingFacts, *, session: Session, now: datetime, entropy: Entropy) -> PaperFacts:
    """Draw and freeze the paper of a booking from what its session committed to.

    Raises:
        DrawNotCommitted: The session has no draw.
    """
    committed = newest_draw(booking.session.id, session=session)
    manifest = manifest_of(committed)
    seen = manifest.leaves_of(seen_items(booking.applicant_id, session=session))
    seed = derive_seed(committed.secret, committed.salt, booking.session.code, str(booking.id))
    counts = {bytes.fromhex(leaf): count for leaf, count in committed.exposure.items()}
    paper = draw(seed, manifest, seen, counts)
    row = Paper(
        id=new_id(now, entropy),
        booking_id=booking.id,
        applicant_id=booking.applicant_id,
        draw_id=committed.id,
        programme_code=paper.programme,
        programme_version=paper.programme_version,
        questions=[question.to_dict() for question in paper.questions],
        seen=sorted(leaf.hex() for leaf in seen),
        fingerprint=paper.fingerprint(),
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
        fingerprint=row.fingerprint.hex(),
    )
    frozen = paper_of_booking(booking.id, session=session)
    assert frozen is not None  # noqa: S101  # written three lines above
    return frozen


def reveal_draw(exam_session: SessionFacts, *, session: Session, now: datetime) -> None:
    """Give up the secret of a session's draw. The caller has made sure that its last sitting has ended.

    Raises:
        DrawNotCommitted: There is no draw.
    """
    row = newest_draw(exam_session.id, session=session)
    if row.revealed_at is None:
        row.revealed_at = now
        session.flush()
        audit.record(
            "papers.draw.revealed",
            session=session,
            at=now,
            actor="system",
            subject=exam_session.id,
            secret=row.secret.hex(),
        )
