"""Until when may one appeal, by when is it decided, and what do the votes come to? Pure: standard library only."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from app.accounts.rules import Role
from app.kernel.clock import start_of_local_day
from app.kernel.workdays import Workdays
from question_bank.programme import AppealRules, AppealWindow

LONGEST_STATEMENT = 4000
LONGEST_ARGUMENT = 1000
"""Characters on one question."""
MOST_QUESTIONS = 20
"""Contested in one appeal; a form with more text than that would not arrive."""
LONGEST_REASON = 2000

MAY_DECIDE = frozenset({Role.ADMINISTRATOR, Role.REVIEWER})
"""Who may be a member. Auditors change nothing, and operators of centres are kept from the questions."""

DAY = timedelta(days=1)


class Ground(enum.Enum):
    """What is contested."""

    CONTENT = "content"
    TECHNICAL = "technical"
    VIOLATION = "violation"


GROUND_NAMES: Mapping[Ground, Mapping[str, str]] = MappingProxyType(
    {
        Ground.CONTENT: {"kk": "сұрақтардың мазмұны", "ru": "содержание вопросов", "en": "content of questions"},
        Ground.TECHNICAL: {"kk": "техникалық ақау", "ru": "техническая неисправность", "en": "technical failure"},
        Ground.VIOLATION: {"kk": "бұзушылық туралы акт", "ru": "акт о нарушении", "en": "violation act"},
    }
)


class State(enum.Enum):
    """What is stored of an appeal."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Part(enum.Enum):
    """Why somebody may not decide: the part they had in what is contested."""

    ROLE = "role"
    APPOINTER = "appointer"
    OWN_CENTRE = "own_centre"
    RECORDED_VIOLATION = "recorded_violation"
    PLANNING = "planning"
    DRAW = "draw"
    CONDUCT = "conduct"
    RESULT = "result"
    TWO_PERSON_ACT = "two_person_act"


PART_OF_ROOM: Mapping[str, Part] = MappingProxyType(
    {
        "appeals": Part.APPOINTER,
        "applicants": Part.RECORDED_VIOLATION,
        "approvals": Part.TWO_PERSON_ACT,
        "bookings": Part.PLANNING,
        "papers": Part.DRAW,
        "scoring": Part.RESULT,
    }
)
"""By the area of an act; every other one is of the conduct of the test."""


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """How one member voted; ``upheld`` are the questions that the member finds faulty."""

    granted: bool
    upheld: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the votes came to."""

    granted: bool
    upheld: tuple[int, ...] = ()


def number_of(year: int, serial: int) -> str:
    """Return the number under which people speak of an appeal."""
    return f"A-{year}-{serial:06d}"


def window_of_test_ends(window: AppealWindow, ended_on: date) -> datetime | None:
    """Return when the time to contest a test is over; None where nothing is contested.

    Basis:
        Until 23:59 of the day of the test. A test that goes over midnight counts for the day on which it ended, or its
        window would close before the person can use it.
    """
    return start_of_local_day(ended_on + DAY) if window is AppealWindow.END_OF_TEST_DAY else None


def violation_window_ends(act_on: date, rules: AppealRules, calendar: Workdays) -> datetime:
    """Return when the time to contest an act is over: with the last of so many working days after it."""
    return start_of_local_day(calendar.after(act_on, rules.violation_window_working_days) + DAY)


def decision_due(filed_on: date, rules: AppealRules, calendar: Workdays) -> datetime:
    """Return before when an appeal is to be decided: the last of so many working days after the filing is over."""
    return start_of_local_day(calendar.after(filed_on, rules.decision_working_days) + DAY)


def carried(votes: Sequence[bool]) -> bool:
    """Say whether more than half are for it; in a tie the first vote decides, which is the chair's."""
    ayes = sum(votes)
    return ayes * 2 > len(votes) or (ayes * 2 == len(votes) and votes[0])


def outcome_of(ground: Ground, ballots: Sequence[Ballot]) -> Outcome:
    """Return what a commission decided, the chair's ballot first.

    Of several questions each is voted on by itself: the appeal is granted where a majority finds the same one faulty.
    """
    if ground is not Ground.CONTENT:
        return Outcome(granted=carried([ballot.granted for ballot in ballots]))
    named = Counter(position for ballot in ballots for position in ballot.upheld)
    upheld = [position for position in named if carried([position in ballot.upheld for ballot in ballots])]
    return Outcome(granted=bool(upheld), upheld=tuple(sorted(upheld)))
