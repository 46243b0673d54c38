"""How does a test come by an appeal, and by people to decide about it?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.accounts.rules import Person, Role
from app.appeals import service
from app.appeals.queries import AppealFacts
from app.appeals.rules import Ballot, Outcome
from app.applicants.queries import BanFacts
from app.sittings.queries import SittingFacts
from tests.kit.factories.accounts import MakeAccount
from tests.kit.outside import CountedEntropy, HandClock

FileAppeal = Callable[..., AppealFacts]
Appoint = Callable[[AppealFacts], list[Person]]
CastVote = Callable[..., Outcome | None]


@pytest.fixture
def file_appeal(session: Session, clock: HandClock, entropy: CountedEntropy) -> FileAppeal:
    """Return a filer: of a sitting for a technical failure or with ``questions``, of a ban against its act."""

    def file(
        about: SittingFacts | BanFacts, *, questions: dict[int, str] | None = None, statement: str = "It went wrong."
    ) -> AppealFacts:
        common = {"language": "ru", "session": session, "now": clock.now(), "entropy": entropy}
        if isinstance(about, BanFacts):
            made = service.contest_violation(about, statement, **common)
        elif questions is not None:
            made = service.contest_questions(about, questions, **common)
        else:
            made = service.contest_conduct(about, statement, **common)
        session.commit()
        return made

    return file


@pytest.fixture
def appoint(session: Session, clock: HandClock, make_account: MakeAccount) -> Appoint:
    """Return an appointer of three reviewers, who have opened the case."""

    def act(appeal: AppealFacts) -> list[Person]:
        administrator = make_account(role=Role.ADMINISTRATOR)
        members = [make_account(role=Role.REVIEWER) for _ in range(3)]
        service.appoint(
            appeal.id, [each.id for each in members], actor=administrator.id, session=session, now=clock.now()
        )
        for member in members:
            service.open_case(appeal.id, member, session=session, now=clock.now())
        session.commit()
        return members

    return act


@pytest.fixture
def cast_vote(session: Session, clock: HandClock, entropy: CountedEntropy) -> CastVote:
    """Return a voter: ``cast_vote(appeal, member, granted=True)``, or with the positions that are ``upheld``."""

    def act(
        appeal: AppealFacts, member: Person, *, granted: bool = True, upheld: tuple[int, ...] = ()
    ) -> Outcome | None:
        vote = service.Vote(ballot=Ballot(granted=granted, upheld=frozenset(upheld)), reason="The record shows it.")
        outcome = service.cast_vote(appeal.id, vote, member, session=session, now=clock.now(), entropy=entropy)
        session.commit()
        return outcome

    return act
