"""What did a sitting come to?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.rules import written
from app.kernel.rulebook import programme_version
from app.papers.queries import key_of, paper_with_id
from app.scoring.errors import ResultNotFound
from app.scoring.models import Result
from app.sittings.queries import SittingFacts, answers_of
from question_bank.canonical import canonical_digest
from question_bank.programme import Kind, Programme
from question_bank.scoring import judge, score


@dataclass(frozen=True, kw_only=True)
class Section:
    """One act of a result."""

    block: str
    correct: int
    questions: int
    minimum: int

    @property
    def reached(self) -> bool:
        return self.correct >= self.minimum


@dataclass(frozen=True, kw_only=True)
class ResultFacts:
    """A result as it was recorded."""

    id: uuid.UUID
    sitting_id: uuid.UUID
    applicant_id: uuid.UUID
    programme_code: str
    programme_version: str
    sections: tuple[Section, ...]
    total: int
    total_questions: int
    total_minimum: int
    answered: int
    passed: bool
    failed: tuple[str, ...]
    """Conditions that were not reached: ``total`` or the code of an act."""
    journal_head: bytes
    tested_on: date
    retest_opens_at: datetime | None
    scored_at: datetime

    @property
    def programme(self) -> Programme:
        return programme_version(self.programme_code, self.programme_version)

    @property
    def earns_certificate(self) -> bool:
        return self.passed and self.programme.kind is Kind.CERTIFYING


def result_of_sitting(sitting_id: uuid.UUID, *, session: Session) -> ResultFacts:
    """Return the result. Raises ``ResultNotFound``: the sitting has not ended, or there is none."""
    row = session.scalar(select(Result).where(Result.sitting_id == sitting_id))
    if row is None:
        raise ResultNotFound
    return facts(row)


def result_with_id(result_id: uuid.UUID, *, session: Session) -> ResultFacts:
    """Return the result. Raises ``ResultNotFound``."""
    row = session.get(Result, result_id)
    if row is None:
        raise ResultNotFound
    return facts(row)


def results_of_sittings(sitting_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, ResultFacts]:
    rows = session.scalars(select(Result).where(Result.sitting_id.in_(list(sitting_ids))))
    return {row.sitting_id: facts(row) for row in rows}


def result_ids(*, session: Session) -> set[uuid.UUID]:
    """Return the ids of all results."""
    return set(session.scalars(select(Result.id)))


def digest_of(result: ResultFacts) -> bytes:
    """Return the digest over everything that is recorded of a result: the log keeps it."""
    retest = result.retest_opens_at
    moments = {"scored_at": result.scored_at.astimezone(UTC), "retest_opens_at": retest and retest.astimezone(UTC)}
    return canonical_digest(written(asdict(result) | moments))


def latest_retest_date(applicant_id: uuid.UUID, programme_code: str, *, session: Session) -> datetime | None:
    """Return the latest moment from which this person may sit a programme again, if a waiting time was ever set."""
    query = select(Result.retest_opens_at).where(
        Result.applicant_id == applicant_id,
        Result.programme_code == programme_code,
        Result.retest_opens_at.is_not(None),
    )
    return session.scalar(query.order_by(Result.retest_opens_at.desc()).limit(1))


def passed_last_on(applicant_id: uuid.UUID, programme_code: str, *, session: Session) -> date | None:
    """Return the last day on which this person passed a programme, if they ever did."""
    query = select(Result.tested_on).where(
        Result.applicant_id == applicant_id, Result.programme_code == programme_code, Result.passed.is_(True)
    )
    return session.scalar(query.order_by(Result.tested_on.desc()).limit(1))


def recomputed(sitting: SittingFacts, *, session: Session) -> tuple[int, tuple[int, ...], bool]:
    """Score a sitting again from paper and journal, for whoever checks: total, right answers per act, passed."""
    paper = paper_with_id(sitting.paper_id, session=session)
    reached = score(key_of(paper, session=session), answers_of(sitting.id, session=session))
    return reached.total, tuple(correct for _, correct in reached.blocks), judge(reached, paper.programme).passed


def facts(row: Result) -> ResultFacts:
    return ResultFacts(
        id=row.id,
        sitting_id=row.sitting_id,
        applicant_id=row.applicant_id,
        programme_code=row.programme_code,
        programme_version=row.programme_version,
        sections=tuple(Section(**section) for section in row.sections),
        total=row.total,
        total_questions=row.total_questions,
        total_minimum=row.total_minimum,
        answered=row.answered,
        passed=row.passed,
        failed=tuple(row.failed),
        journal_head=row.journal_head,
        tested_on=row.tested_on,
        retest_opens_at=row.retest_opens_at,
        scored_at=row.scored_at,
    )
