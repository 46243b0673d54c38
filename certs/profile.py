"""What must hold before a signature is made?

A signature cannot be taken back, so a document is examined first: all rules, all findings at once. Nothing here is
looked at again when a certificate is verified: what was signed stands, whatever the rules have become since.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from certs.document import CertificateDocument
from certs.errors import CertsError
from certs.iin import birth_date_of, has_right_check_digit
from certs.keys import SigningWindow

LANGUAGES: Final = frozenset({"kk", "ru"})
# The clocks of one service may differ; a time of issue further ahead than this is a mistake.
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
# Kazakhstan is UTC+5 throughout since 1 March 2024; the year in a number is that of the local date.
LOCAL_TIME: Final = timezone(timedelta(hours=5))
PHOTO_HASH_BYTES: Final = 16
STATUS_LIST_ENTRIES: Final = 131_072
MOST_SECTIONS: Final = 12
LARGEST_SECTION: Final = 999
LARGEST_VERSION: Final = 99
LONGEST_NAME: Final = 60
# With header and signature this still fits the densest QR code that ``certs.qr`` makes, for a host of 40 characters.
LARGEST_PAYLOAD: Final = 405

_ISSUER = re.compile(r"[A-Z0-9][A-Z0-9-]{1,15}")
_PROGRAMME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}")
_CENTRE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,15}")
_SITTING = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,25}")
_BESIDE_LETTERS = frozenset(" -'.\u2019\u02bc")


@dataclass(frozen=True, kw_only=True)
class SigningContext:
    """What a document is measured against: the issuer's code, the key's window and life, the clock."""

    issuer: str
    window: SigningWindow
    key_expires_at: datetime
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Lint:
    """One reason not to sign."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What must hold, under a stable code."""

    code: str
    requirement: str
    holds: Callable[[CertificateDocument, SigningContext], bool]


class ProfileError(CertsError):
    """A document must not be signed; ``lints`` are all the reasons."""

    def __init__(self, lints: tuple[Lint, ...]) -> None:
        """Name every reason; the code is always ``profile``."""
        super().__init__("profile", "; ".join(f"{lint.code} ({lint.detail})" for lint in lints))
        self.lints = lints


def is_name(text: str) -> bool:
    """Decide whether a text can be a name: letters of any script, and what stands between them in documents."""
    if not 0 < len(text) <= LONGEST_NAME or text != text.strip() or "  " in text:
        return False
    has_letter = any(unicodedata.category(character)[0] == "L" for character in text)
    return has_letter and all(unicodedata.category(c)[0] in "LM" or c in _BESIDE_LETTERS for c in text)


def sections_are_possible(document: CertificateDocument) -> bool:
    """Decide whether each section has questions and no more correct answers than questions."""
    if not 0 < len(document.sections) <= MOST_SECTIONS:
        return False
    return all(
        0 < section.maximum <= LARGEST_SECTION and 0 <= section.correct <= section.maximum
        for section in document.sections
    )


def number_year_fits(document: CertificateDocument) -> bool:
    """Decide whether the number was given in the year of issue, or earlier where it is issued anew."""
    year = document.issued_at.astimezone(LOCAL_TIME).year
    return document.number.year == year or (document.version > 1 and document.number.year < year)


def status_is_in_a_list(document: CertificateDocument) -> bool:
    """Decide whether the pointer leads to a place that a status list has."""
    pointer = document.status
    return pointer.list_number >= 0 and 0 <= pointer.index < STATUS_LIST_ENTRIES


def threshold_is_possible(document: CertificateDocument) -> bool:
    """Decide whether the threshold lies between one answer and all of them."""
    return 0 < document.threshold <= sum(section.maximum for section in document.sections)


def fits_the_code(document: CertificateDocument) -> bool:
    """Decide whether the claims are short enough to be printed; what cannot be written at all does not fit."""
    try:
        return len(document.payload()) <= LARGEST_PAYLOAD
    except (TypeError, ValueError):
        return False


def _born_before_test(birth_date: date, tested_at: datetime) -> bool:
    return birth_date < tested_at.astimezone(UTC).date()


RULES: Final = (
    Rule(
        code="issuer-shape",
        requirement="2-16 capitals, digits, hyphens",
        holds=lambda d, _: bool(_ISSUER.fullmatch(d.issuer)),
    ),
    Rule(code="issuer-other", requirement="the issuer whose key signs", holds=lambda d, c: d.issuer == c.issuer),
    Rule(
        code="number-year",
        requirement="the year of issue, or earlier at a later version",
        holds=lambda d, _: number_year_fits(d),
    ),
    Rule(code="version-range", requirement="1-99", holds=lambda d, _: 0 < d.version <= LARGEST_VERSION),
    Rule(code="family-shape", requirement="a name of 1-60 letters", holds=lambda d, _: is_name(d.family)),
    Rule(code="given-shape", requirement="a name of 1-60 letters", holds=lambda d, _: is_name(d.given)),
    Rule(
        code="patronymic-shape",
        requirement="none, or a name",
        holds=lambda d, _: d.patronymic is None or is_name(d.patronymic),
    ),
    Rule(
        code="birth-after-test",
        requirement="born before the test",
        holds=lambda d, _: _born_before_test(d.birth_date, d.tested_at),
    ),
    Rule(
        code="iin-check",
        requirement="12 digits with the right check digit",
        holds=lambda d, _: has_right_check_digit(d.iin),
    ),
    Rule(
        code="iin-birth-date",
        requirement="the birth date of the IIN",
        holds=lambda d, _: birth_date_of(d.iin) == d.birth_date,
    ),
    Rule(
        code="programme-shape",
        requirement="a code of 1-24 characters",
        holds=lambda d, _: bool(_PROGRAMME.fullmatch(d.programme_code)),
    ),
    Rule(
        code="programme-version-shape",
        requirement="1-24 characters",
        holds=lambda d, _: bool(_PROGRAMME.fullmatch(d.programme_version)),
    ),
    Rule(
        code="sections-range",
        requirement="0 <= correct <= maximum in 1-12 sections",
        holds=lambda d, _: sections_are_possible(d),
    ),
    Rule(
        code="total-sum",
        requirement="the sum of the sections",
        holds=lambda d, _: d.total == sum(s.correct for s in d.sections),
    ),
    Rule(code="threshold-range", requirement="between 1 and the maximum", holds=lambda d, _: threshold_is_possible(d)),
    Rule(
        code="below-threshold", requirement="a total not below the threshold", holds=lambda d, _: d.total >= d.threshold
    ),
    Rule(code="language-unknown", requirement="kk or ru", holds=lambda d, _: d.language in LANGUAGES),
    Rule(
        code="centre-shape",
        requirement="a code of 2-16 characters",
        holds=lambda d, _: bool(_CENTRE.fullmatch(d.centre_code)),
    ),
    Rule(
        code="sitting-shape",
        requirement="a reference of 1-26 characters",
        holds=lambda d, _: bool(_SITTING.fullmatch(d.sitting)),
    ),
    Rule(code="test-after-issue", requirement="tested before issue", holds=lambda d, _: d.tested_at <= d.issued_at),
    Rule(
        code="issue-in-future", requirement="issued by now", holds=lambda d, c: d.issued_at <= c.now + CLOCK_TOLERANCE
    ),
    Rule(code="expiry-before-issue", requirement="expiry after issue", holds=lambda d, _: d.expires_at > d.issued_at),
    Rule(
        code="expiry-after-key",
        requirement="expiry within the life of the key",
        holds=lambda d, c: d.expires_at <= c.key_expires_at,
    ),
    Rule(
        code="key-window", requirement="issue within the signing window", holds=lambda d, c: c.window.holds(d.issued_at)
    ),
    Rule(
        code="photo-hash-length",
        requirement="none, or 16 bytes",
        holds=lambda d, _: d.photo_hash is None or len(d.photo_hash) == PHOTO_HASH_BYTES,
    ),
    Rule(code="status-range", requirement="a place that a list has", holds=lambda d, _: status_is_in_a_list(d)),
    Rule(code="too-long", requirement="claims of 405 bytes at most", holds=lambda d, _: fits_the_code(d)),
)


def lint(document: CertificateDocument, context: SigningContext) -> tuple[Lint, ...]:
    """Find every reason not to sign a document, in the order of the rules."""
    return tuple(
        Lint(code=rule.code, detail=f"wanted: {rule.requirement}")
        for rule in RULES
        if not rule.holds(document, context)
    )


def require_profile(document: CertificateDocument, context: SigningContext) -> None:
    """Let a document pass only if nothing speaks against signing it.

    Raises:
        ProfileError: Something does; it carries every finding.
    """
    lints = lint(document, context)
    if lints:
        raise ProfileError(lints)
