"""Under which dated rules is a test held, and on what does each value rest? Pure: standard library only."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from question_bank.items import DIFFICULTY_STEPS

WHOLE = 100
"""Per cent."""
_WAIT = re.compile(r"(\d+) (days|months)")


class Confidence(enum.Enum):
    """How well a value is founded: seen in the rule, in a good source, or chosen by us."""

    SURE = "sure"
    LIKELY = "likely"
    DEFAULT = "default"


class Kind(enum.Enum):
    """Whether passing gives a certificate."""

    CERTIFYING = "certifying"
    PRACTICE = "practice"


class Navigation(enum.Enum):
    """How one may move through a paper."""

    FREE = "free"


class OnTimeout(enum.Enum):
    """What happens to a sitting whose time is over."""

    SUBMIT_SAVED_ANSWERS = "submit_saved_answers"


class Release(enum.Enum):
    """Who lets the tests of a session start."""

    PROCTOR = "proctor"
    NONE = "none"


class TechnicalFailure(enum.Enum):
    """What happens after an outage."""

    RESUME_SAME_PAPER = "resume_same_paper"


class AfterPass(enum.Enum):
    """Whether one who has passed may sit again."""

    NOT_WHILE_CERTIFICATE_IS_VALID = "not_while_certificate_is_valid"
    ALLOWED = "allowed"


class LateRule(enum.Enum):
    """What happens to one who comes after the start of the session."""

    NO_ENTRY_AFTER_START = "no_entry_after_start"
    ALWAYS_OPEN = "always_open"


class AppealWindow(enum.Enum):
    """Until when content or conduct of a test may be contested."""

    END_OF_TEST_DAY = "end_of_test_day"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A number of calendar days or months."""

    days: int = 0
    months: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``3 days`` or ``1 months``.

        Raises:
            ValueError: The text is neither.
        """
        match = _WAIT.fullmatch(text)
        if match is None:
            message = f"not a wait: {text!r} (write it as '3 days' or '1 months')"
            raise ValueError(message)
        return cls(**{match[2]: int(match[1])})

    def __str__(self) -> str:
        """Return the wait as it is written in a programme file."""
        return f"{self.months} months" if self.months else f"{self.days} days"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One value of a programme with what it rests on; ``name`` is its path, such as ``sitting.duration_minutes``."""

    name: str
    value: int | bool | str | tuple[str, ...]
    basis: str
    confidence: Confidence


@dataclass(frozen=True, kw_only=True)
class Block:
    """The questions on one act; the blueprint has for each sub-topic the quotas of the difficulty steps 1 to 5."""

    act: str
    questions: int
    minimum: int
    blueprint: Mapping[str, tuple[int, ...]]

    def quota(self, subtopic: str, difficulty: int) -> int:
        """Return how many questions a paper takes from one cell."""
        return self.blueprint[subtopic][DIFFICULTY_STEPS.index(difficulty)]


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Counts of correct answers, not shares; those of the blocks stand with the blocks."""

    total_questions: int
    total_minimum: int
    negative_marking: bool


@dataclass(frozen=True, kw_only=True)
class SittingRules:
    """How one sits the test."""

    duration_minutes: int
    languages: tuple[str, ...]
    options_per_question: int
    correct_options: int
    release: Release
    navigation: Navigation
    on_timeout: OnTimeout
    answer_grace_seconds: int
    heartbeat_seconds: int
    gap_beats: int
    """So many beats without a sign of the page are a gap."""
    credit_cap_minutes: int
    """What one person, or the rule for outages, may add in all."""
    room_gap_percent: int
    room_gap_sittings: int
    """The room is cut off while this share of those who sit, and at least so many, are silent."""
    outage_tolerance_seconds: int
    """Taken off each outage before it is given back."""
    technical_failure: TechnicalFailure
    failures_until_void: int
    move_code_minutes: int
    """How long the code works by which a test goes on at another computer."""
    extra_time_percent: int
    """Of the duration: 125 is a quarter more."""
    extra_time_rounding_minutes: int
    timezone: str

    @property
    def ordinary_extra_percent(self) -> int:
        """What an ordinary extension adds to the duration, in percent of it."""
        return max(0, self.extra_time_percent - WHOLE)

    @property
    def longest_minutes(self) -> int:
        """The time of a person with the ordinary extension; sessions are planned for it."""
        return self.minutes_with(self.ordinary_extra_percent)

    def minutes_with(self, extra_percent: int) -> int:
        """Return the minutes of a person with so much extra time; an extension is rounded up to whole steps."""
        if extra_percent <= 0:
            return self.duration_minutes
        step = WHOLE * self.extra_time_rounding_minutes
        steps = -(-self.duration_minutes * (WHOLE + extra_percent) // step)
        return steps * self.extra_time_rounding_minutes


@dataclass(frozen=True, kw_only=True)
class ResultRules:
    """When the applicant sees the result."""

    on_screen_at_once: bool
    in_account_minutes: int


@dataclass(frozen=True, kw_only=True)
class CertificateRules:
    """How long a certificate lasts; 0 where none is issued."""

    valid_months: int


@dataclass(frozen=True, kw_only=True)
class RetestRules:
    """When one may sit again."""

    after_fail: Wait
    after_pass: AfterPass
    violation_ban: Wait


@dataclass(frozen=True, kw_only=True)
class BookingRules:
    """When a seat may be booked, moved or lost."""

    first_day_ahead: int
    last_day_ahead: int
    closes_hours_before: int
    """Until when a place is booked, moved or given back; then the roster is fixed."""
    competition_window_working_days: int
    open_bookings_limit: int
    offer_hold_minutes: int
    """How long a place is kept for whom it is offered to from the waiting list."""
    offer_least_minutes: int
    """No place is offered that could be kept for less: booking closes too soon."""
    answer_from_hour: int
    """From this hour of the day in UTC+5 to the other one the time runs in which an offer is answered."""
    answer_until_hour: int
    admission_minutes: int
    late_rule: LateRule
    no_show_uses_the_attempt: bool
    no_show_limit: int
    no_show_window_days: int


@dataclass(frozen=True, kw_only=True)
class EligibilityRules:
    """Who may apply, by age in full years; 0 is no limit."""

    minimum_age: int
    pension_age_men: int
    pension_age_women: int


BRING = ("identity_document",)
"""What may be asked for at the door."""

FORBIDDEN = ("reference_materials", "means_of_communication", "other_software")
"""What may be forbidden during a test."""

KEPT_OUTSIDE = ("electronic_devices",)
"""What may have to stay outside of the room."""


@dataclass(frozen=True, kw_only=True)
class ConductRules:
    """What one brings, what one must not use, and what stays outside of the room."""

    bring: tuple[str, ...]
    forbidden: tuple[str, ...]
    kept_outside: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AppealRules:
    """Until when one may appeal, and who decides by when."""

    content_window: AppealWindow
    technical_window: AppealWindow
    violation_window_working_days: int
    decision_working_days: int
    commission_minimum: int


@dataclass(frozen=True, kw_only=True)
class RecordRules:
    """How long records are kept, whatever the person they are about may ask for."""

    results_retention_years: int
    """Results, certificates and the protocols of sessions."""
    answers_retention_years: int
    log_retention_years: int
    video_retention_months: int


@dataclass(frozen=True, kw_only=True)
class DrawRules:
    """When an item counts as over-exposed within its stratum (see ``draw``)."""

    exposure_ceiling_percent: int
    exposure_grace: int


@dataclass(frozen=True, kw_only=True)
class Programme:
    """One version of the rules of a test, in force in the half-open period [in_force_from, in_force_to)."""

    code: str
    version: str
    kind: Kind
    title: Mapping[str, str]
    in_force_from: date
    in_force_to: date
    blocks: tuple[Block, ...]
    thresholds: Thresholds
    sitting: SittingRules
    result: ResultRules
    certificate: CertificateRules
    retest: RetestRules
    booking: BookingRules
    eligibility: EligibilityRules
    conduct: ConductRules
    appeals: AppealRules
    records: RecordRules
    draw: DrawRules
    clauses: tuple[Clause, ...]

    def block(self, act: str) -> Block:
        """Return the block of an act.

        Raises:
            KeyError: The programme has no such block.
        """
        for block in self.blocks:
            if block.act == act:
                return block
        raise KeyError(act)

    def clause(self, name: str) -> Clause:
        """Return one value with its basis, by its path.

        Raises:
            KeyError: The programme has no such value.
        """
        for clause in self.clauses:
            if clause.name == name:
                return clause
        raise KeyError(name)

    def is_in_force(self, day: date) -> bool:
        """Tell whether the period covers the day."""
        return self.in_force_from <= day < self.in_force_to
