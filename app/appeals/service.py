"""How is an appeal filed, withdrawn and decided?"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.rules import Person
from app.appeals.errors import (
    AlreadyFiled,
    AlreadyVoted,
    AppealEnded,
    AppealNotFound,
    CaseUnread,
    CommissionAppointed,
    CommissionTooSmall,
    MemberHasVoted,
    MemberNotImpartial,
    NothingContested,
)
from app.appeals.impartiality import PartTaken, part_taken
from app.appeals.models import Appeal, AppealMember, AppealQuestion, AppealSerial
from app.appeals.queries import AppealFacts, facts_of, standing_appeal
from app.appeals.rules import (
    GROUND_NAMES,
    MOST_QUESTIONS,
    Ballot,
    Ground,
    Outcome,
    Part,
    State,
    decision_due,
    number_of,
    outcome_of,
)
from app.appeals.windows import require_open_for_ban, require_open_for_sitting
from app.applicants.queries import BanFacts, ban_with_id
from app.audit import service as audit
from app.kernel.clock import local_day
from app.kernel.entropy import Entropy
from app.kernel.ids import new_id
from app.kernel.rulebook import programme_version
from app.kernel.workdays import workdays
from app.notices.rules import NoticeKind
from app.papers.queries import paper_with_id
from app.processes.telling import tell
from app.processes.violations import lift_ban
from app.processes.voiding import void_result
from app.scoring.queries import result_of_sitting
from app.scoring.rules import VoidGround
from app.sittings.queries import SittingFacts, sitting_with_id
from app.sittings.rules import Cause


@dataclass(frozen=True, kw_only=True)
class Vote:
    """How a member votes, and why."""

    ballot: Ballot
    reason: str


def contest_questions(
    sitting: SittingFacts,
    arguments: Mapping[int, str],
    *,
    language: str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> AppealFacts:
    """File an appeal against questions of a paper: by position, what is held against each.

    Raises:
        SittingRuns, NotContestable, WindowClosed: It cannot be filed, or not any more.
        NothingContested: No question is named, too many, or one that is not on the paper.
        AlreadyFiled: The questions of this test are contested already.
    """
    require_open_for_sitting(Ground.CONTENT, sitting, session=session, now=now)
    paper = paper_with_id(sitting.paper_id, session=session)
    questions = {question.position: question for question in paper.questions}
    if not 0 < len(arguments) <= MOST_QUESTIONS or not arguments.keys() <= questions.keys():
        raise NothingContested
    row = _appeal(Ground.CONTENT, "", sitting=sitting, language=language, session=session, now=now, entropy=entropy)
    contested = [
        AppealQuestion(
            appeal_id=row.id,
            position=position,
            item_id=questions[position].item_id,
            item_version=questions[position].version,
            argument=argument,
        )
        for position, argument in sorted(arguments.items())
    ]
    return _file(row, contested, session=session, now=now, entropy=entropy)


def contest_conduct(
    sitting: SittingFacts, statement: str, *, language: str, session: Session, now: datetime, entropy: Entropy
) -> AppealFacts:
    """File an appeal that a technical failure spoilt a test.

    Raises:
        SittingRuns, NotContestable, PassedAlready, WindowClosed: It cannot be filed, or not any more.
        AlreadyFiled: It is filed already.
    """
    require_open_for_sitting(Ground.TECHNICAL, sitting, session=session, now=now)
    row = _appeal(
        Ground.TECHNICAL, statement, sitting=sitting, language=language, session=session, now=now, entropy=entropy
    )
    return _file(row, (), session=session, now=now, entropy=entropy)


def contest_violation(
    ban: BanFacts, statement: str, *, language: str, session: Session, now: datetime, entropy: Entropy
) -> AppealFacts:
    """File an appeal against an act on a violation.

    Raises:
        BanOver, WindowClosed: It cannot be filed, or not any more.
        AlreadyFiled: It is filed already.
    """
    require_open_for_ban(ban, session=session, now=now)
    row = _appeal(Ground.VIOLATION, statement, ban=ban, language=language, session=session, now=now, entropy=entropy)
    return _file(row, (), session=session, now=now, entropy=entropy)


def withdraw(appeal_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session, now: datetime) -> None:
    """Take an own appeal back before it is decided; votes that were cast come to nothing.

    Raises:
        AppealNotFound: It is not this applicant's.
        AppealEnded: It was decided, or withdrawn before.
    """
    row = _locked(appeal_id, session)
    if row.applicant_id != applicant_id:
        raise AppealNotFound
    _require_open(row)
    row.state, row.ended_at = State.WITHDRAWN, now
    session.flush()
    audit.record("appeals.appeal.withdrawn", session=session, at=now, actor=applicant_id, subject=row.id)


def appoint(
    appeal_id: uuid.UUID, members: Sequence[uuid.UUID], *, actor: uuid.UUID, session: Session, now: datetime
) -> None:
    """Appoint the commission of an appeal, the chair first.

    Raises:
        AppealNotFound, AppealEnded, CommissionAppointed: There is nothing to appoint.
        CommissionTooSmall: Fewer different people than the programme asks for.
        MemberNotImpartial: One of them had a part in what is contested.
    """
    row = _locked(appeal_id, session)
    _require_open(row)
    found = _facts(row, session)
    if found.members:
        raise CommissionAppointed
    if len(set(members)) != len(members) or len(members) < found.rules.commission_minimum:
        raise CommissionTooSmall(least=found.rules.commission_minimum)
    for account_id in members:
        _require_impartial(account_id, found, appointer=actor, session=session, now=now)
    for place, account_id in enumerate(members, start=1):
        session.add(AppealMember(appeal_id=row.id, account_id=account_id, place=place))
    session.flush()
    audit.record(
        "appeals.commission.appointed", session=session, at=now, actor=actor, subject=row.id, members=list(members)
    )


def replace_member(
    appeal_id: uuid.UUID,
    leaving: uuid.UUID,
    coming: uuid.UUID,
    *,
    actor: uuid.UUID,
    session: Session,
    now: datetime,
) -> None:
    """Put somebody else into the place of a member who has not voted: people fall ill.

    Raises:
        AppealNotFound, AppealEnded: There is no such appeal or member, or nothing left to decide.
        MemberHasVoted: Who has voted stays.
        CommissionTooSmall: The other person is a member already.
        MemberNotImpartial: They had a part in what is contested.
    """
    row = _locked(appeal_id, session)
    _require_open(row)
    found = _facts(row, session)
    member = session.get(AppealMember, (row.id, leaving), populate_existing=True)
    if member is None:
        raise AppealNotFound
    if member.voted_at is not None:
        raise MemberHasVoted
    if found.member(coming):
        raise CommissionTooSmall(least=found.rules.commission_minimum)
    _require_impartial(coming, found, appointer=actor, session=session, now=now)
    place = member.place
    session.delete(member)
    session.flush()
    session.add(AppealMember(appeal_id=row.id, account_id=coming, place=place))
    session.flush()
    audit.record(
        "appeals.member.replaced", session=session, at=now, actor=actor, subject=row.id, leaving=leaving, coming=coming
    )


def open_case(appeal_id: uuid.UUID, person: Person, *, session: Session, now: datetime) -> None:
    """Let a member read the case, and note that they did: it shows questions with their keys.

    Raises:
        AppealNotFound: This person is not of the commission.
        AppealEnded: There is nothing left to decide.
    """
    row = _locked(appeal_id, session)
    member = _member(row, person, session)
    _require_open(row)
    if member.opened_at is not None:
        return
    member.opened_at = now
    session.flush()
    audit.record("appeals.case.opened", session=session, at=now, actor=person.id, subject=row.id)


def cast_vote(
    appeal_id: uuid.UUID, vote: Vote, person: Person, *, session: Session, now: datetime, entropy: Entropy
) -> Outcome | None:
    """Vote as a member. The last vote decides, and what follows from the decision is done with it.

    Returns:
        What the votes came to; None while others have not voted.

    Raises:
        AppealNotFound: This person is not of the commission.
        AppealEnded, CaseUnread, AlreadyVoted: They cannot vote, or not any more.
        MemberNotImpartial: They have had a part in what is contested since they were appointed.
        NothingContested: A question is upheld that nobody contests.
    """
    row = _locked(appeal_id, session)
    member = _member(row, person, session)
    _require_open(row)
    if member.opened_at is None:
        raise CaseUnread
    if member.voted_at is not None:
        raise AlreadyVoted
    found = _facts(row, session)
    _require_impartial(person.id, found, appointer=None, session=session, now=now)
    if not vote.ballot.upheld <= {question.position for question in found.questions}:
        raise NothingContested
    member.granted, member.upheld = vote.ballot.granted, sorted(vote.ballot.upheld)
    member.reason, member.voted_at = vote.reason, now
    session.flush()
    audit.record(
        "appeals.vote.cast",
        session=session,
        at=now,
        actor=person.id,
        subject=row.id,
        granted=member.granted,
        upheld=member.upheld,
        digest=hashlib.sha256(vote.reason.encode()).digest(),
    )
    ballots = [each.ballot for each in _facts(row, session).members if each.ballot]
    if len(ballots) < len(found.members):
        return None
    outcome = outcome_of(row.ground, ballots)
    _decide(row, outcome, person, session=session, now=now, entropy=entropy)
    return outcome


def _appeal(
    ground: Ground,
    statement: str,
    *,
    sitting: SittingFacts | None = None,
    ban: BanFacts | None = None,
    language: str,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> Appeal:
    about = ban or sitting
    assert about is not None  # noqa: S101  # a ground has its test or its act
    code, version = _programme_of(sitting, ban, session=session)
    rules = programme_version(code, version).appeals
    return Appeal(
        id=new_id(now, entropy),
        number="",
        applicant_id=about.applicant_id,
        ground=ground,
        sitting_id=sitting and sitting.id,
        ban_id=ban and ban.id,
        programme_code=code,
        programme_version=version,
        language=language,
        statement=statement,
        filed_at=now,
        due_at=decision_due(local_day(now), rules, workdays()),
        state=State.OPEN,
    )


def _programme_of(sitting: SittingFacts | None, ban: BanFacts | None, *, session: Session) -> tuple[str, str]:
    if ban is not None:
        return ban.programme_code, ban.programme_version
    assert sitting is not None  # noqa: S101  # see ``_appeal``
    paper = paper_with_id(sitting.paper_id, session=session)
    return paper.programme_code, paper.programme_version


def _file(
    row: Appeal, questions: Sequence[AppealQuestion], *, session: Session, now: datetime, entropy: Entropy
) -> AppealFacts:
    _require_new(row, session)
    row.number = number_of(local_day(now).year, _next_serial(local_day(now).year, session=session))
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
            session.add_all(questions)
    except IntegrityError as taken:
        _require_new(row, session)
        raise taken
    audit.record(
        "appeals.appeal.filed",
        session=session,
        at=now,
        actor=row.applicant_id,
        subject=row.id,
        number=row.number,
        ground=row.ground,
        sitting=row.sitting_id,
        ban=row.ban_id,
        questions=[question.position for question in questions],
    )
    _tell(row, NoticeKind.APPEAL_FILED, {}, session=session, now=now, entropy=entropy)
    return _facts(row, session)


def _require_new(row: Appeal, session: Session) -> None:
    """Refuse a second appeal about the same: of two filed at once, the index lets one in."""
    found = standing_appeal(row.ground, sitting_id=row.sitting_id, ban_id=row.ban_id, session=session)
    if found is not None:
        raise AlreadyFiled(appeal_id=found.id)


def _next_serial(year: int, *, session: Session) -> int:
    """Give the next number of the year: none is given twice, and a rolled back one is given again."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(AppealSerial).values(year=year, last=1)
    counted = insert.on_conflict_do_update(index_elements=["year"], set_={"last": AppealSerial.last + 1})
    return int(session.scalars(counted.returning(AppealSerial.last)).one())


def _decide(
    row: Appeal, outcome: Outcome, person: Person, *, session: Session, now: datetime, entropy: Entropy
) -> None:
    row.state, row.ended_at = State.GRANTED if outcome.granted else State.REFUSED, now
    for question in session.scalars(select(AppealQuestion).where(AppealQuestion.appeal_id == row.id)):
        question.upheld = question.position in outcome.upheld
    session.flush()
    audit.record(
        "appeals.appeal.decided",
        session=session,
        at=now,
        actor=person.id,
        subject=row.id,
        granted=outcome.granted,
        upheld=outcome.upheld,
    )
    if outcome.granted:
        _carry_out(row, person, session=session, now=now, entropy=entropy)
    facts = {"granted": outcome.granted}
    _tell(row, NoticeKind.APPEAL_DECIDED, facts, session=session, now=now, entropy=entropy)


def _carry_out(row: Appeal, person: Person, *, session: Session, now: datetime, entropy: Entropy) -> None:
    """Do what follows from a granted appeal. A faulty question is on record; crediting it is a matter of its own."""
    if row.ground is Ground.TECHNICAL and row.sitting_id is not None:
        _void(row.sitting_id, VoidGround.TECHNICAL, row.number, person, session=session, now=now, entropy=entropy)
    if row.ban_id is None:
        return
    ban = ban_with_id(row.ban_id, session=session)
    if ban.lifted_at is None:
        lift_ban(ban.id, row.number, actor=person.id, session=session, now=now, entropy=entropy)
    if ban.sitting_id and sitting_with_id(ban.sitting_id, session=session).ended_by is Cause.PROCTOR:
        ground = VoidGround.VIOLATION_APPEAL
        _void(ban.sitting_id, ground, row.number, person, session=session, now=now, entropy=entropy)


def _void(
    sitting_id: uuid.UUID,
    ground: VoidGround,
    reason: str,
    person: Person,
    *,
    session: Session,
    now: datetime,
    entropy: Entropy,
) -> None:
    """Void the result, unless it is void already, or is a pass, which the person keeps."""
    result = result_of_sitting(sitting_id, session=session)
    if result.voided_at is None and not result.earns_certificate:
        void_result(result, ground, reason, actor=person.id, session=session, now=now, entropy=entropy)


def _tell(
    row: Appeal, kind: NoticeKind, facts: Mapping[str, object], *, session: Session, now: datetime, entropy: Entropy
) -> None:
    about = {"appeal_id": row.id, "ground": dict(GROUND_NAMES[row.ground]), "path": f"/appeals/{row.id}"}
    tell(
        row.applicant_id,
        kind,
        {**about, **facts},
        key=f"{kind.value}:{row.id}",
        session=session,
        now=now,
        entropy=entropy,
    )


def _require_open(row: Appeal) -> None:
    if row.state is not State.OPEN:
        raise AppealEnded


def _require_impartial(
    account_id: uuid.UUID, found: AppealFacts, *, appointer: uuid.UUID | None, session: Session, now: datetime
) -> None:
    """Refuse who had a part in what is contested, or appoints themselves, and say which part it was."""
    person = accounts.person(account_id, session, now=now)
    if person is None:
        raise MemberNotImpartial(account_id=account_id, part=PartTaken(part=Part.ROLE))
    part = part_taken(person, found, appointer=appointer, session=session)
    if part is not None:
        raise MemberNotImpartial(account_id=account_id, part=part)


def _locked(appeal_id: uuid.UUID, session: Session) -> Appeal:
    """Return the row and hold it: of two acts at once the second sees the first."""
    query = select(Appeal).where(Appeal.id == appeal_id).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise AppealNotFound
    return row


def _member(row: Appeal, person: Person, session: Session) -> AppealMember:
    member = session.get(AppealMember, (row.id, person.id), populate_existing=True)
    if member is None:
        raise AppealNotFound
    return member


def _facts(row: Appeal, session: Session) -> AppealFacts:
    (found,) = facts_of([row], session=session)
    return found
