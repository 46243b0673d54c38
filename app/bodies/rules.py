"""Which numbers are a BIN? Pure: standard library, and ``certs`` for the check digit, which is that of the IIN."""

from __future__ import annotations

from app.bodies.errors import BinInvalid
from certs.iin import has_right_check_digit

LONGEST_BODY_NAME = 200
_KINDS = "456"
"""The fifth digit: a legal entity that is resident, one that is not, a joint enterprise of an entrepreneur."""
_MONTHS = range(1, 13)


def read_bin(text: str) -> str:
    """Return a business identification number (BIN) as it is kept; people type it in groups.

    Raises:
        BinInvalid: Not twelve digits, no month or kind in its place, or the check digit differs.

    Basis:
        Rules on identification numbers: year and month of registration, kind of entity, then the same check digit as
        that of an IIN.
    """
    number = "".join(sign for sign in text if sign.isprintable() and not sign.isspace())
    if not has_right_check_digit(number) or int(number[2:4]) not in _MONTHS or number[4] not in _KINDS:
        raise BinInvalid
    return number
