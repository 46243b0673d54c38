"""Is this an individual identification number (IIN), and whose birth date does it state?

Pure: standard library only.

The check digit finds most slips and proves nothing about a person: a slip in the eleventh digit passes the first round.
"""

import re
from datetime import date

_SHAPE = re.compile(r"[0-9]{12}")
# Weights of digits 1-11; the second row serves only when the first leaves 10.
_FIRST_ROUND = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_ROUND = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_MODULUS = 11
_NOT_ISSUED = 10
_CENTURY_OF_SEVENTH_DIGIT = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}


def is_iin(text: str) -> bool:
    """Decide whether a text has the shape, a possible birth date and the right check digit."""
    return _SHAPE.fullmatch(text) is not None and has_right_check_digit(text) and birth_date_of(text) is not None


def has_right_check_digit(iin: str) -> bool:
    """Compare the twelfth digit with the one that the first eleven give; other shapes have none.

    Basis:
        Rules on identification numbers: two rounds of weights modulo 11; a remainder of 10 in both is never issued.
    """
    if _SHAPE.fullmatch(iin) is None:
        return False
    digits = [int(digit) for digit in iin]
    remainder = _remainder(digits, _FIRST_ROUND)
    if remainder == _NOT_ISSUED:
        remainder = _remainder(digits, _SECOND_ROUND)
    return remainder != _NOT_ISSUED and remainder == digits[11]


def birth_date_of(iin: str) -> date | None:
    """Give the birth date that the first seven digits state, or None if there is no such day."""
    century = _CENTURY_OF_SEVENTH_DIGIT.get(iin[6:7])
    if _SHAPE.fullmatch(iin) is None or century is None:
        return None
    try:
        return date(century + int(iin[0:2]), int(iin[2:4]), int(iin[4:6]))
    except ValueError:
        return None


def _remainder(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % _MODULUS
