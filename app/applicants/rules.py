"""Which numbers are an IIN, and what do they say? Pure: standard library and ``certs.iin``, which reads the digits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.applicants.errors import IinInvalid
from certs.iin import birth_date_of, has_right_check_digit


@dataclass(frozen=True, kw_only=True)
class ReadIin:
    """What the twelve digits say of a person."""

    iin: str
    birth_date: date


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
