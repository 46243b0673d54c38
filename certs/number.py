"""Which number does a certificate carry, and was it copied correctly?

Pure: standard library only.

``T26-0001234-U`` is the letter T, the year of first issue, a serial of seven digits and a check character.
The check finds every single wrong character and all but about three in a thousand exchanged neighbours.

Basis:
    ISO/IEC 7064, hybrid system MOD 37,36, over the ten characters before the check character.
"""

import re
import unicodedata
from dataclasses import dataclass

from certs.errors import NumberError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MODULUS = len(ALPHABET)
FIRST_YEAR = 2000
LAST_YEAR = 2099
LARGEST_SERIAL = 9_999_999

_COMPACT = re.compile(r"T([0-9]{2})([0-9]{7})([0-9A-Z])")
# Letters that look the same on a Kazakh or Russian keyboard, where a number is most often typed.
_FROM_CYRILLIC = str.maketrans("АВЕКМНОРСТУХІ", "ABEKMHOPCTYXI")
_MINUS_SIGN = "\u2212"


@dataclass(frozen=True, kw_only=True, order=True)
class CertificateNumber:
    """Year and serial; the check character follows from them."""

    year: int
    serial: int

    def __post_init__(self) -> None:
        """Refuse what cannot be printed.

        Raises:
            NumberError: The year is not of this century or the serial has more than seven digits.
        """
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise NumberError("number-year", f"{self.year} is not within {FIRST_YEAR}-{LAST_YEAR}")
        if not 0 <= self.serial <= LARGEST_SERIAL:
            raise NumberError("number-serial", f"{self.serial} is not within 0-{LARGEST_SERIAL}")

    @property
    def stem(self) -> str:
        """Give the ten characters that the check character covers."""
        return f"T{self.year % 100:02d}{self.serial:07d}"

    def __str__(self) -> str:
        """Give the one printed form."""
        stem = self.stem
        return f"{stem[:3]}-{stem[3:]}-{check_character(stem)}"


def check_character(stem: str) -> str:
    """Compute the check character of a string of digits and capital letters.

    Basis:
        ISO/IEC 7064, MOD 37,36.
    """
    product = MODULUS
    for character in stem:
        product = (product + ALPHABET.index(character)) % MODULUS or MODULUS
        product = product * 2 % (MODULUS + 1)
    return ALPHABET[(MODULUS + 1 - product) % MODULUS]


def parse_number(text: str) -> CertificateNumber:
    """Read a number as people type it: any case, spaces, no dashes, other hyphens, Cyrillic look-alikes.

    Raises:
        NumberError: It has another shape (``number-shape``) or the check character is wrong (``number-check``).
    """
    match = _COMPACT.fullmatch(compact(text))
    if match is None:
        raise NumberError("number-shape", "expected a number such as T26-0001234-U")
    year, serial, check = match.groups()
    number = CertificateNumber(year=FIRST_YEAR + int(year), serial=int(serial))
    if check_character(number.stem) != check:
        raise NumberError("number-check", "the check character does not fit: a character was mistyped")
    return number


def compact(text: str) -> str:
    """Give what was typed in capitals, without separators, and with Latin letters for the Cyrillic look-alikes."""
    # upper() may lengthen a character (ß); the shape check that follows refuses the result.
    kept = "".join(character for character in text if not _is_separator(character))
    return kept.upper().translate(_FROM_CYRILLIC)


def _is_separator(character: str) -> bool:
    return character.isspace() or character == _MINUS_SIGN or unicodedata.category(character) in {"Pd", "Cf"}
