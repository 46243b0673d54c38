"""Which numbers are an IIN, and what do they say? Pure: standard library, and ``certs`` for what it can print."""

from __future__ import annotations

import enum
import unicodedata
from dataclasses import dataclass
from datetime import date

from app.applicants.errors import IinInvalid, NameUnusable
from certs.iin import birth_date_of, has_right_check_digit
from certs.profile import is_name

LONGEST_FULL_NAME = 90
"""Letters of family name, given name and patronymic together; a certificate's code holds no more for certain."""


LONGEST_REFERENCE = 60
"""Characters of the number of an act on a violation."""
LONGEST_DESCRIPTION = 2000
"""Characters in which a ban is explained, or its lifting."""


class Sex(enum.Enum):
    """As identity documents state it."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, kw_only=True)
class ReadIin:
    """What the twelve digits say of a person."""

    iin: str
    birth_date: date

    @property
    def sex(self) -> Sex:
        """The seventh digit is odd for men and even for women, whatever the century."""
        return Sex.MALE if int(self.iin[6]) % 2 else Sex.FEMALE


def check_digit(first_eleven: str) -> str | None:
    """Return the twelfth digit, or None: such a serial is never issued."""
    return next((digit for digit in "0123456789" if has_right_check_digit(first_eleven + digit)), None)


def read_iin(text: str) -> ReadIin:
    """Read an IIN. It identifies nobody by itself: the check digit misses some slips.

    Raises:
        IinInvalid: Not twelve digits, no such date, or the check digit differs.
    """
    iin = text.strip()
    born = birth_date_of(iin)
    if born is None or not has_right_check_digit(iin):
        raise IinInvalid
    return ReadIin(iin=iin, birth_date=born)


def require_printable(*names: str) -> None:
    """Refuse names that are each fine and together too long for the code on a certificate.

    Raises:
        NameUnusable: See above.
    """
    if sum(len(name) for name in names) > LONGEST_FULL_NAME:
        raise NameUnusable


def read_name(text: str) -> str:
    """Return a part of a name as a certificate will print it: composed letters, single spaces.

    Raises:
        NameUnusable: A certificate could not carry it, so the person would pass and get none.
    """
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not is_name(name):
        raise NameUnusable
    return name
