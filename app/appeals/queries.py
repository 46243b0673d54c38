"""Which appeals are there, and who decides about them?"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.appeals.errors import AppealNotFound
from app.appeals.models import Appeal, AppealMember, AppealQuestion
from app.appeals.rules import Ballot, Ground, State
from app.kernel.rulebook import programme_version
from question_bank.programme import AppealRules


@dataclass(frozen=True, kw_only=True)
class ContestedQuestion:
    """A question that is contested, with what the applicant holds against it."""

    position: int
    item_id: str
    item_version: int
    argument: str
    upheld: bool | None


@dataclass(frozen=True, kw_only=True)
class Member:
    """One of a commission, and how they voted."""

    account_id: uuid.UUID
    place: int
    opened_at: datetime | None
    ballot: Ballot | None
    reason: str | None
    voted_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class AppealFacts:
    """An appeal as its rows state it."""

    id: uuid.UUID
    number: str
    applicant_id: uuid.UUID
    ground: Ground
    sitting_id: uuid.UUID | None
    ban_id: uuid.UUID | None
    programme_code: str
    programme_version: str
    language: str
    statement: str
    filed_at: datetime
    due_at: datetime
    state: State
    ended_at: datetime | None
    questions: tuple[ContestedQuestion, ...]
    members: tuple[Member, ...]
    """The chair first."""

    @property
    def rules(self) -> AppealRules:
        """Those of the programme version under which the test was sat, or the person barred."""
        return programme_version(self.programme_code, self.programme_version).appeals

    @property
    def reasons(self) -> list[str]:
        """The reasons of those who decided, unnamed: of the members who voted as the commission did.

        Where each found another question faulty, nobody voted as the commission did, and all reasons are its reasons.
        """
        if self.state not in {State.GRANTED, State.REFUSED}:
            return []
        granted = self.state is State.GRANTED
        faulty = {question.position for question in self.questions if question.upheld}
        voted = [(member.reason or "", member.ballot) for member in self.members if member.ballot]
        agreed = [
            reason
            for reason, ballot in voted
            if ballot.granted is granted and (not faulty or not faulty.isdisjoint(ballot.upheld))
        ]
        return agreed or [reason for reason, _ballot in voted]

    def member(self, account_id: uuid.UUID) -> Member | None:
        return next((member for member in self.members if member.account_id == account_id), None)

    def is_late(self, now: datetime) -> bool:
        """Say whether it should have been decided by now."""
        return self.state is State.OPEN and now >= self.due_at


def access_appeal(appeal_id: uuid.UUID, applicant_id: uuid.UUID, *, session: Session) -> AppealFacts:
    """Return the appeal if it is this applicant's.

    Raises:
        AppealNotFound: It is not there, or is another's.
    """
    found = appeal_with_id(appeal_id, session=session)
    if found.applicant_id != applicant_id:
        raise AppealNotFound
    return found


def appeal_with_id(appeal_id: uuid.UUID, *, session: Session) -> AppealFacts:
    """Return the appeal, whosever it is. Raises ``AppealNotFound``."""
    row = session.get(Appeal, appeal_id, populate_existing=True)
    if row is None:
        raise AppealNotFound
    return facts_of([row], session=session)[0]


def appeals_of(applicant_id: uuid.UUID, *, session: Session) -> list[AppealFacts]:
    """Return a person's appeals, the newest first."""
    query = select(Appeal).where(Appeal.applicant_id == applicant_id).order_by(Appeal.id.desc())
    return facts_of(session.scalars(query), session=session)


def open_appeals(*, session: Session) -> list[AppealFacts]:
    """Return what is to be decided, the most urgent first."""
    query = select(Appeal).where(Appeal.state == State.OPEN).order_by(Appeal.due_at, Appeal.id)
    return facts_of(session.scalars(query), session=session)


def ended_appeals(limit: int, *, session: Session) -> list[AppealFacts]:
    """Return what was decided or withdrawn last, the newest first."""
    query = select(Appeal).where(Appeal.state != State.OPEN).order_by(Appeal.ended_at.desc(), Appeal.id).limit(limit)
    return facts_of(session.scalars(query), session=session)


def standing_appeal(
    ground: Ground, *, sitting_id: uuid.UUID | None = None, ban_id: uuid.UUID | None = None, session: Session
) -> AppealFacts | None:
    """Return the appeal on this ground about a test or an act, unless it was withdrawn."""
    about = Appeal.ban_id == ban_id if ban_id else Appeal.sitting_id == sitting_id
    row = session.scalar(select(Appeal).where(Appeal.ground == ground, about, Appeal.state != State.WITHDRAWN))
    return facts_of([row], session=session)[0] if row else None


def is_contested(sitting_id: uuid.UUID, *, session: Session) -> bool:
    """Say whether an appeal about this sitting waits for its decision."""
    query = select(Appeal.id).where(Appeal.sitting_id == sitting_id, Appeal.state == State.OPEN)
    return session.scalar(query.limit(1)) is not None


def facts_of(rows: Iterable[Appeal], *, session: Session) -> list[AppealFacts]:
    """Freeze rows, with their questions and members."""
    found = list(rows)
    ids = [row.id for row in found]
    questions: dict[uuid.UUID, list[ContestedQuestion]] = {}
    for question in session.scalars(
        select(AppealQuestion).where(AppealQuestion.appeal_id.in_(ids)).order_by(AppealQuestion.position)
    ):
        questions.setdefault(question.appeal_id, []).append(
            ContestedQuestion(
                position=question.position,
                item_id=question.item_id,
                item_version=question.item_version,
                argument=question.argument,
                upheld=question.upheld,
            )
        )
    members: dict[uuid.UUID, list[Member]] = {}
    for member in session.scalars(
        select(AppealMember).where(AppealMember.appeal_id.in_(ids)).order_by(AppealMember.place)
    ):
        members.setdefault(member.appeal_id, []).append(_member(member))
    return [_facts(row, tuple(questions.get(row.id, ())), tuple(members.get(row.id, ()))) for row in found]


def _member(row: AppealMember) -> Member:
    ballot = None if row.granted is None else Ballot(granted=row.granted, upheld=frozenset(row.upheld))
    return Member(
        account_id=row.account_id,
        place=row.place,
        opened_at=row.opened_at,
        ballot=ballot,
        reason=row.reason,
        voted_at=row.voted_at,
    )


def _facts(row: Appeal, questions: tuple[ContestedQuestion, ...], members: tuple[Member, ...]) -> AppealFacts:
    return AppealFacts(
        id=row.id,
        number=row.number,
        applicant_id=row.applicant_id,
        ground=row.ground,
        sitting_id=row.sitting_id,
        ban_id=row.ban_id,
        programme_code=row.programme_code,
        programme_version=row.programme_version,
        language=row.language,
        statement=row.statement,
        filed_at=row.filed_at,
        due_at=row.due_at,
        state=row.state,
        ended_at=row.ended_at,
        questions=questions,
        members=members,
    )
