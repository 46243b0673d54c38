"""What may a person contest now, and until when?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.appeals.errors import BanOver, NotContestable, PassedAlready, SheetClosed, SittingRuns, WindowClosed
from app.appeals.queries import is_contested, standing_appeal
from app.appeals.rules import Ground, violation_window_ends, window_of_test_ends
from app.applicants.queries import BanFacts, bans_of
from app.kernel.clock import local_day
from app.kernel.rulebook import programme_version
from app.kernel.workdays import workdays
from app.papers.queries import paper_with_id
from app.scoring.queries import ResultFacts, result_of_sitting
from app.sittings.queries import SittingFacts


@dataclass(frozen=True, kw_only=True)
class Way:
    """A ground on which something may be contested before ``until``; ``appeal_id`` where that was done."""

    ground: Ground
    until: datetime
    appeal_id: uuid.UUID | None

    def is_open(self, now: datetime) -> bool:
        return self.appeal_id is None and now < self.until


def ways_of_sitting(sitting: SittingFacts, *, session: Session) -> list[Way]:
    """Return the grounds on which an ended test may be contested; none for practice or for what is void."""
    if sitting.ended_at is None or _result(sitting, session=session).voided_at is not None:
        return []
    found = []
    for ground in (Ground.CONTENT, Ground.TECHNICAL):
        until = _window_of_sitting(ground, sitting, session=session)
        if until is None or (ground is Ground.TECHNICAL and _is_pass(sitting, session=session)):
            continue
        filed = standing_appeal(ground, sitting_id=sitting.id, session=session)
        found.append(Way(ground=ground, until=until, appeal_id=filed.id if filed else None))
    return found


def way_of_ban(ban: BanFacts, *, session: Session) -> Way:
    """Return until when the act behind a ban may be contested."""
    rules = programme_version(ban.programme_code, ban.programme_version).appeals
    filed = standing_appeal(Ground.VIOLATION, ban_id=ban.id, session=session)
    until = violation_window_ends(ban.act_on, rules, workdays())
    return Way(ground=Ground.VIOLATION, until=until, appeal_id=filed.id if filed else None)


def contestable_bans(applicant_id: uuid.UUID, *, session: Session, now: datetime) -> list[BanFacts]:
    """Return the bans of a person whose acts they may contest now."""
    return [
        ban
        for ban in bans_of(applicant_id, session=session)
        if ban.runs_at(now) and way_of_ban(ban, session=session).is_open(now)
    ]


def require_open_for_sitting(ground: Ground, sitting: SittingFacts, *, session: Session, now: datetime) -> None:
    """Refuse an appeal about a test that cannot be filed, or not any more.

    Raises:
        SittingRuns, NotContestable, PassedAlready, WindowClosed: Why.
    """
    if sitting.ended_at is None:
        raise SittingRuns
    until = _window_of_sitting(ground, sitting, session=session)
    if until is None or _result(sitting, session=session).voided_at is not None:
        raise NotContestable
    if ground is Ground.TECHNICAL and _is_pass(sitting, session=session):
        raise PassedAlready
    if now >= until:
        raise WindowClosed(closed_at=until)


def require_open_for_ban(ban: BanFacts, *, session: Session, now: datetime) -> None:
    """Refuse an appeal about an act that cannot be filed, or not any more.

    Raises:
        BanOver, WindowClosed: Why.
    """
    if ban.lifted_at is not None:
        raise BanOver
    until = way_of_ban(ban, session=session).until
    if now >= until:
        raise WindowClosed(closed_at=until)


def sheet_is_open(sitting: SittingFacts, *, session: Session, now: datetime) -> bool:
    """Say whether the applicant may read the own answers: while they can be contested, or are."""
    if sitting.ended_at is None:
        return False
    until = _window_of_sitting(Ground.CONTENT, sitting, session=session)
    return (until is not None and now < until) or is_contested(sitting.id, session=session)


def require_sheet(sitting: SittingFacts, *, session: Session, now: datetime) -> None:
    """Refuse the response sheet outside of that time. Raises ``SittingRuns``, ``SheetClosed``."""
    if sitting.ended_at is None:
        raise SittingRuns
    if not sheet_is_open(sitting, session=session, now=now):
        raise SheetClosed


def _window_of_sitting(ground: Ground, sitting: SittingFacts, *, session: Session) -> datetime | None:
    rules = paper_with_id(sitting.paper_id, session=session).programme.appeals
    window = rules.content_window if ground is Ground.CONTENT else rules.technical_window
    return window_of_test_ends(window, local_day(sitting.ended_at)) if sitting.ended_at else None


def _is_pass(sitting: SittingFacts, *, session: Session) -> bool:
    """A certificate follows from a pass; to void it would need its revocation."""
    return _result(sitting, session=session).earns_certificate


def _result(sitting: SittingFacts, *, session: Session) -> ResultFacts:
    return result_of_sitting(sitting.id, session=session)
