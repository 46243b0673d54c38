"""Which numbers are an IIN, and what do they say? Pure: standard library, and ``certs`` for what it can print."""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from app.applicants.errors import IinInvalid, NameUnusable, PhoneUnusable
from certs.iin import birth_date_of, has_right_check_digit
from certs.profile import is_name

LONGEST_FULL_NAME = 90
"""Letters of family name, given name and patronymic together; a certificate's code holds no more for certain."""

LONGEST_PHONE = 16
"""A plus sign and the 15 digits that ITU-T E.164 allows."""

_FOREIGN_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
_HOME_PHONE = re.compile(r"(?:\+?7|8)?(7[0-9]{9})")
_SIGNS_OF_PHONES = re.compile(r"[\s()\-.\u00a0\u2010-\u2014]")


LONGEST_REFERENCE = 60
"""Characters of the number of an act on a violation."""
LONGEST_DESCRIPTION = 2000
"""Characters in which a ban is explained, or its lifting."""


NO_BIRTH_DATE = date.min
"""Stands where the birth date was erased; nobody was born in the year 1."""
ERASED_IIN_BYTES = 5


def erased_iin(chance: bytes) -> str:
    """Return what stands where an IIN was erased: it is no IIN, and no two are alike."""
    return f"--{chance.hex()}"


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


def read_phone(text: str) -> str:
    """Return a phone number with its country code. People of the country write it with +7, 7, 8 or none.

    Raises:
        PhoneUnusable: It is none.
    """
    number = _SIGNS_OF_PHONES.sub("", text)
    at_home = _HOME_PHONE.fullmatch(number)
    if at_home:
        return "+7" + at_home[1]
    if not _FOREIGN_PHONE.fullmatch(number) or number.startswith("+7"):
        raise PhoneUnusable
    return number
