"""What is an account, and when may it sign in? Pure: standard library only."""

from __future__ import annotations

import enum
import re
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.accounts.errors import (
    DisplayNameUnusable,
    PasswordIsName,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    UnusableName,
)


class Role(enum.Enum):
    """What a person is here for. One account has one role, so that no account joins two duties."""

    APPLICANT = "applicant"
    PROCTOR = "proctor"
    HIRING_BODY = "hiring_body"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


STAFF = tuple(role for role in Role if role is not Role.APPLICANT)
"""Everybody behind the desk: who is invited, and has a second factor."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who is signed in: a frozen copy of the account, good for one request."""

    id: uuid.UUID
    role: Role
    display_name: str
    centre_id: uuid.UUID | None = None
    """The only centre where a proctor may act."""
    body_id: uuid.UUID | None = None
    """The state body for which somebody of a hiring body acts."""
    has_factor: bool = False
    """Whether a second factor is set up."""
    language: str = "kk"
    """Language of letters, and of the pages until the person chooses another."""
    epoch: int = 0
    """Raised by a change of password; sessions of an older epoch are signed out."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Name the sign-in session (for Flask-Login)."""
        return f"{self.id}:{self.epoch}"


@dataclass(frozen=True, kw_only=True)
class HalfSignedIn:
    """Whose password was right, and whose second factor is still to be asked for. Opens nothing."""

    account_id: uuid.UUID
    epoch: int
    at: datetime

    def over_at(self, now: datetime) -> bool:
        """Say whether the password has to be typed again."""
        return now >= self.at + HALF_LIFE


ERASED_NAME = "—"
"""How a person is called whose name was erased."""

SESSION_LIFE = timedelta(hours=12)
"""A sign-in is good for one working day, whatever happens."""
HALF_LIFE = timedelta(minutes=5)
"""Between the password and the second factor."""
RESET_LIFE = timedelta(minutes=30)
REST_BETWEEN_LETTERS = timedelta(minutes=5)
"""An account gets no second reset letter sooner: nobody's mailbox is filled by asking."""

LEAST_PASSWORD_LENGTH = 10
LONGEST_PASSWORD = 200
LEAST_VARIETY = 4
"""Different characters in a password."""
LONGEST_NAME = 254
LONGEST_DISPLAY_NAME = 100
# fmt: off
COMMON_PASSWORDS = frozenset({
    "1234567890", "0123456789", "0987654321", "12345678910", "123456789a", "1q2w3e4r5t", "1qaz2wsx3edc",
    "q1w2e3r4t5", "qwertyuiop", "qwerty1234", "qwerty12345", "qwerty123456", "password12", "password123",
    "password1234", "passw0rd123", "iloveyou12", "administrator", "admin12345", "welcome123", "letmein123",
    "kazakhstan", "kazakhstan1", "kazakhstan123", "astana2024", "astana2025", "astana2026", "almaty2024",
    "almaty2025", "almaty2026", "1234512345", "1122334455", "asdfghjkl1", "zxcvbnm123", "йцукенгшщз", "йцукен12345",
    "қазақстан", "казахстан", "казахстан1", "пароль1234", "пароль12345", "құпиясөз12",
})
"""The guesses that are tried first; the throttle stops the rest."""
# fmt: on

FREE_FAILURES = 5
COUNTING_TIME = timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=15)

_IIN = re.compile(r"[0-9]{12}")
_MAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def normalised_name(text: str) -> str:
    """Return a sign-in name as it is stored: no spaces, nothing unseen, lower case. People type an IIN in groups."""
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace()).lower()


def sign_in_name_for(role: Role, text: str) -> str:
    """Return the name under which a person of ``role`` signs in: 12 digits for applicants, else an e-mail address.

    Raises:
        UnusableName: ``text`` has another form.
    """
    name = normalised_name(text)
    form = _IIN if role is Role.APPLICANT else _MAIL_ADDRESS
    if len(name) > LONGEST_NAME or not form.fullmatch(name):
        raise UnusableName
    return name


def read_display_name(text: str) -> str:
    """Return the name by which somebody behind the desk is shown: composed letters, single spaces.

    Raises:
        DisplayNameUnusable: It is empty, too long, or has signs that cannot be printed.
    """
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name or len(name) > LONGEST_DISPLAY_NAME or not name.isprintable():
        raise DisplayNameUnusable
    return name


def check_password(password: str, sign_in_name: str) -> None:
    """Accept a new password, or refuse it.

    Raises:
        PasswordTooShort, PasswordTooLong, PasswordIsName, PasswordTooCommon: What is wrong with it.
    """
    if len(password) < LEAST_PASSWORD_LENGTH:
        raise PasswordTooShort(length=LEAST_PASSWORD_LENGTH)
    if len(password) > LONGEST_PASSWORD:
        raise PasswordTooLong(length=LONGEST_PASSWORD)
    plain = normalised_name(password)
    if plain in (sign_in_name, sign_in_name.partition("@")[0]):
        raise PasswordIsName
    if plain in COMMON_PASSWORDS or len(set(plain)) < LEAST_VARIETY:
        raise PasswordTooCommon


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """Failed tries of one sign-in name, whether or not such an account exists."""

    failures: int = 0
    failed_at: datetime | None = None
    locked_until: datetime | None = None

    def locked_at(self, now: datetime) -> bool:
        """Say whether tries are refused unseen at ``now``; the last moment of the wait is free again."""
        return self.locked_until is not None and now < self.locked_until

    def stale_at(self, now: datetime) -> bool:
        """Say whether the failures are forgotten: 15 minutes without a failure or a wait."""
        last = max((moment for moment in (self.failed_at, self.locked_until) if moment), default=None)
        return last is None or now >= last + COUNTING_TIME


def after_failure(throttle: Throttle, now: datetime) -> Throttle:
    """Count one failure; from the fifth on, each starts a wait of 1, 2, 4, 8, then 15 minutes."""
    failures = 1 if throttle.stale_at(now) else throttle.failures + 1
    beyond = failures - FREE_FAILURES
    wait = None if beyond < 0 else min(timedelta(minutes=2 ** min(beyond, 10)), LONGEST_WAIT)
    return Throttle(failures=failures, failed_at=now, locked_until=None if wait is None else now + wait)


def role_over(ends_on: date | None, today: date) -> bool:
    """Say whether a role has ended by its date; the date itself is the first day without it."""
    return ends_on is not None and today >= ends_on


def session_over(signed_in_at: datetime, now: datetime) -> bool:
    """Say whether a sign-in has lasted its day."""
    return now >= signed_in_at + SESSION_LIFE
