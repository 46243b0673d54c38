"""What did a sitting come to?"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from app.audit.rules import written
from app.kernel.rulebook import programme_version
from app.papers.queries import key_of, paper_with_id
from app.scoring.errors import ResultNotFound
from app.scoring.models import Result, ResultVoid
from app.scoring.rules import VoidGround
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
    voided_at: datetime | None = None
    """Since when it counts for nothing; of another record, see ``void_of_result``."""

    @property
    def programme(self) -> Programme:
        return programme_version(self.programme_code, self.programme_version)

    @property
    def earns_certificate(self) -> bool:
        return self.passed and self.programme.kind is Kind.CERTIFYING

    @property
    def came_to(self) -> str:
        """Say in one word how it stands: ``passed``, ``below``, or ``voided`` where it counts for nothing."""
        if self.voided_at:
            return "voided"
        return "passed" if self.passed else "below"


@dataclass(frozen=True, kw_only=True)
class VoidFacts:
    """Why a result counts for nothing."""

    id: uuid.UUID
    result_id: uuid.UUID
    ground: VoidGround
    reason: str
    voided_by: uuid.UUID
    voided_at: datetime


def result_of_sitting(sitting_id: uuid.UUID, *, session: Session) -> ResultFacts:
    """Return the result. Raises ``ResultNotFound``: the sitting has not ended, or there is none."""
    return _only(_results().where(Result.sitting_id == sitting_id), session)


def result_with_id(result_id: uuid.UUID, *, session: Session) -> ResultFacts:
    """Return the result. Raises ``ResultNotFound``."""
    return _only(_results().where(Result.id == result_id), session)


def results_of_sittings(sitting_ids: Iterable[uuid.UUID], *, session: Session) -> dict[uuid.UUID, ResultFacts]:
    rows = session.execute(_results().where(Result.sitting_id.in_(list(sitting_ids))))
    return {row.sitting_id: facts(row, voided_at) for row, voided_at in rows}


def void_of_result(result_id: uuid.UUID, *, session: Session) -> VoidFacts | None:
    """Return why a result counts for nothing; None where it counts."""
    row = session.scalar(select(ResultVoid).where(ResultVoid.result_id == result_id))
    return void_facts(row) if row else None


def results_of_applicant(applicant_id: uuid.UUID, *, session: Session) -> list[ResultFacts]:
    """Return a person's results, the newest first."""
    rows = session.execute(_results().where(Result.applicant_id == applicant_id).order_by(Result.id.desc()))
    return [facts(row, voided_at) for row, voided_at in rows]


def result_ids(*, session: Session) -> set[uuid.UUID]:
    """Return the ids of all results."""
    return set(session.scalars(select(Result.id)))


def voided_ids(*, session: Session) -> set[uuid.UUID]:
    """Return the ids of the results that are void."""
    return set(session.scalars(select(ResultVoid.result_id)))


def digest_of(result: ResultFacts) -> bytes:
    """Return the digest over everything that is recorded of a result: the log keeps it. That it is void comes later."""
    recorded = {name: value for name, value in asdict(result).items() if name != "voided_at"}
    retest = result.retest_opens_at
    moments = {"scored_at": result.scored_at.astimezone(UTC), "retest_opens_at": retest and retest.astimezone(UTC)}
    return canonical_digest(written(recorded | moments))


def latest_retest_date(applicant_id: uuid.UUID, programme_code: str, *, session: Session) -> datetime | None:
    """Return the latest moment from which this person may sit a programme again, if a waiting time was ever set.

    A void result sets none.
    """
    query = select(Result.retest_opens_at).where(
        Result.applicant_id == applicant_id,
        Result.programme_code == programme_code,
        Result.retest_opens_at.is_not(None),
        _counts(),
    )
    return session.scalar(query.order_by(Result.retest_opens_at.desc()).limit(1))


def passed_last_on(
    applicant_id: uuid.UUID, programme_code: str, *, leaving_out: Collection[uuid.UUID] = (), session: Session
) -> date | None:
    """Return the last day on which this person passed a programme, if they ever did. A void result is no pass.

    ``leaving_out`` are results that count for nothing to the caller, such as those whose certificate was revoked.
    """
    query = select(Result.tested_on).where(
        Result.applicant_id == applicant_id,
        Result.programme_code == programme_code,
        Result.passed.is_(True),
        Result.id.not_in(list(leaving_out)),
        _counts(),
    )
    return session.scalar(query.order_by(Result.tested_on.desc()).limit(1))


def recomputed(sitting: SittingFacts, *, session: Session) -> tuple[int, tuple[int, ...], bool]:
    """Score a sitting again from paper and journal, for whoever checks: total, right answers per act, passed."""
    paper = paper_with_id(sitting.paper_id, session=session)
    reached = score(key_of(paper, session=session), answers_of(sitting.id, session=session))
    return reached.total, tuple(correct for _, correct in reached.blocks), judge(reached, paper.programme).passed


def facts(row: Result, voided_at: datetime | None = None) -> ResultFacts:
    """Freeze a row."""
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
        voided_at=voided_at,
    )


def void_facts(row: ResultVoid) -> VoidFacts:
    """Freeze a row."""
    return VoidFacts(
        id=row.id,
        result_id=row.result_id,
        ground=row.ground,
        reason=row.reason,
        voided_by=row.voided_by,
        voided_at=row.voided_at,
    )


def _results() -> Select[Result, datetime]:
    return select(Result, ResultVoid.voided_at).outerjoin(ResultVoid, ResultVoid.result_id == Result.id)


def _only(query: Select[Result, datetime], session: Session) -> ResultFacts:
    found = session.execute(query).one_or_none()
    if found is None:
        raise ResultNotFound
    return facts(*found)


def _counts() -> ColumnElement[bool]:
    return ~exists().where(ResultVoid.result_id == Result.id)
