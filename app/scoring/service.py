"""How does an ended sitting become a result, and how is one voided?"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.kernel.clock import local_day, start_of_local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.papers.queries import key_of, paper_with_id
from app.scoring.errors import CertificateStands, ResultVoided
from app.scoring.models import Result, ResultVoid
from app.scoring.queries import ResultFacts, VoidFacts, digest_of, facts, result_with_id, void_facts
from app.scoring.rules import VoidGround
from app.sittings.queries import SittingFacts, answers_of
from question_bank.programme import Programme
from question_bank.scoring import Condition, Judgement, Score, judge, retest_opens_on, score


def score_sitting(sitting: SittingFacts, *, session: Session, now: datetime, entropy: Entropy) -> ResultFacts:
    """Score the answers that stand in the journal of an ended sitting, and record the result.

    Basis:
        Both the total and each act must be reached; below the threshold the result names the time of the retest.
    """
    paper = paper_with_id(sitting.paper_id, session=session)
    answers = answers_of(sitting.id, session=session)
    reached = score(key_of(paper, session=session), answers)
    judgement = judge(reached, paper.programme)
    tested_on = local_day(sitting.timing.started_at)
    row = Result(
        id=new_id(now, entropy),
        sitting_id=sitting.id,
        applicant_id=sitting.applicant_id,
        programme_code=paper.programme_code,
        programme_version=paper.programme_version,
        sections=_sections(reached, paper.programme),
        total=reached.total,
        total_questions=paper.programme.thresholds.total_questions,
        total_minimum=paper.programme.thresholds.total_minimum,
        answered=len(answers),
        passed=judgement.passed,
        failed=_failed(judgement),
        journal_head=sitting.final_head or sitting.first_head,
        tested_on=tested_on,
        retest_opens_at=None if judgement.passed else start_of_local_day(retest_opens_on(tested_on, paper.programme)),
        scored_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        "scoring.result.recorded",
        session=session,
        at=now,
        actor="system",
        subject=row.id,
        sitting=sitting.id,
        total=row.total,
        blocks=[section["correct"] for section in row.sections],
        passed=row.passed,
        journal_head=row.journal_head.hex(),
        digest=digest_of(facts(row)),
    )
    return facts(row)


def void_result(
    result_id: uuid.UUID,
    ground: VoidGround,
    reason: str,
    *,
    actor: uuid.UUID,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> VoidFacts:
    """Record that a result counts for nothing. The result itself is not changed.

    Raises:
        ResultNotFound: There is none.
        CertificateStands: A certificate follows from it, which would go on saying what no longer holds.
        ResultVoided: It was voided before.

    Basis:
        The original record is kept, and an entry says that it is annulled; a result that is annulled through no fault
        of the candidate creates no waiting time.
    """
    if result_with_id(result_id, session=session).earns_certificate:
        raise CertificateStands
    row = ResultVoid(
        id=new_id(now, entropy), result_id=result_id, ground=ground, reason=reason, voided_by=actor, voided_at=now
    )
    _insert_void(row, session)
    audit.record(
        "scoring.result.voided",
        session=session,
        at=now,
        actor=actor,
        subject=result_id,
        ground=ground,
        digest=hashlib.sha256(reason.encode()).digest(),
    )
    return void_facts(row)


def _insert_void(row: ResultVoid, session: Session) -> None:
    """Of two that void the same result at once, the constraint lets one in."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as taken:
        raise ResultVoided from taken


def _sections(reached: Score, programme: Programme) -> list[dict[str, object]]:
    return [
        {
            "block": block.act,
            "correct": correct,
            "questions": block.questions,
            "minimum": block.minimum,
        }
        for block, (_, correct) in zip(programme.blocks, reached.blocks, strict=True)
    ]


def _failed(judgement: Judgement) -> list[str]:
    return [
        Condition.TOTAL.value if failure.condition is Condition.TOTAL else failure.block
        for failure in judgement.failures
    ]
