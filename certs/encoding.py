"""What are the one sequence of bytes and the one text of a value, and is what arrived in that form?

Everything that is signed passes through ``encode``; everything that is read passes through ``decode``, which knows only
what ``encode`` writes. Numbers are whole, map keys are whole numbers, and there are no floats, dates or big numbers.

Basis:
    RFC 8949 section 4.2 (deterministic CBOR); RFC 4648 section 6 (base 32), without padding.
"""

import base64
import re
from collections.abc import Iterable
from types import NoneType
from typing import Final, NamedTuple

import cbor2

from certs.errors import MalformedError

MAX_DEPTH: Final = 5
# A token fits into 1,000 characters of QR text, so it is never longer than this.
MAX_TOKEN_BYTES: Final = 625

# Where the QR codes lead: certificates and receipts each have a page of their own.
CERTIFICATE_PAGE: Final = "v"
RECEIPT_PAGE: Final = "r"

_WORD: Final = 2**64
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_INLINE_BELOW: Final = 24
# RFC 8949 section 3: additional information 24-27 announces 1, 2, 4 or 8 bytes; 31 an indefinite length.
_FOLLOWING_BYTES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
# RFC 8949 section 4.2.1: the shortest head that holds the number.
_SMALLEST_IN: Final = {24: 24, 25: 2**8, 26: 2**16, 27: 2**32}
_SIMPLE_VALUES: Final = {20: False, 21: True, 22: None}
_WRITTEN_AS_THEY_ARE: Final = frozenset({NoneType, bool, bytes, str})

_BASE32: Final = re.compile(r"[A-Z2-7]+")
_BITS_A_LETTER, _BITS_A_BYTE = 5, 8
# int() reads 0-9A-V where RFC 4648 writes A-Z2-7; reading the text as one number is forty times as fast as the library.
_AS_DIGITS: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")


class Tagged(NamedTuple):
    """A CBOR tag and what it stands before."""

    number: int
    content: object


def encode(value: object) -> bytes:
    """Give the deterministic CBOR of a value: shortest heads, definite lengths, keys in the order of their bytes.

    Raises:
        TypeError: The value holds something that is never signed here (a float, a date, a map key that is no integer).
        ValueError: A whole number is beyond 64 bits.
    """
    return cbor2.dumps(_ordered(value))


def decode(data: bytes, *, limit: int = MAX_TOKEN_BYTES) -> object:
    """Read one value that ``encode`` could have written.

    Args:
        data: The whole input; nothing may follow the value.
        limit: The most bytes to look at.

    Raises:
        MalformedError: Anything else, including a second way of writing the same value.
    """
    if len(data) > limit:
        raise MalformedError(f"{len(data)} bytes where {limit} are the most")
    reader = _Reader(data)
    value = reader.item(depth=0)
    if reader.position != len(data):
        raise MalformedError("bytes follow the value")
    return value


def to_base32(data: bytes) -> str:
    """Give the text form for QR codes: base 32 in capitals, no padding."""
    return base64.b32encode(data).decode("ascii").rstrip("=")


def from_base32(text: str) -> bytes:
    """Read the text form in any case.

    Raises:
        MalformedError: A character outside the alphabet, padding, an impossible length, or stray bits at the end.
    """
    # isascii comes first: upper() turns some other letters (the dotless i) into ASCII ones.
    if not text.isascii() or not _BASE32.fullmatch(capitals := text.upper()):
        raise MalformedError("not base 32")
    length, stray_bits = divmod(len(capitals) * _BITS_A_LETTER, _BITS_A_BYTE)
    number = int(capitals.translate(_AS_DIGITS), 32)
    if stray_bits >= _BITS_A_LETTER or number & ((1 << stray_bits) - 1):
        raise MalformedError("not the one base 32 text of any bytes")
    return (number >> stray_bits).to_bytes(length, "big")


def verifier_address(host: str, page: str = CERTIFICATE_PAGE) -> str:
    """Give the address of a verifier page, up to and without the ``#``."""
    return f"https://{host}/{page}"


def qr_text(host: str, token: bytes, page: str = CERTIFICATE_PAGE) -> str:
    """Give the text of the QR code; what follows the ``#`` never reaches a server."""
    return f"{verifier_address(host, page)}#{to_base32(token)}"


def _ordered(value: object) -> object:
    # Exact types: a subclass (an enumeration, say) might be written otherwise than it compares.
    kind = type(value)
    if kind in _WRITTEN_AS_THEY_ARE:
        return value
    if kind is int:
        return _within_a_word(value)
    if isinstance(value, list):
        return [_ordered(member) for member in value]
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in _in_order(value)}
    if isinstance(value, Tagged):
        return cbor2.CBORTag(value.number, _ordered(value.content))
    raise TypeError(f"{kind.__name__} is never signed")


def _within_a_word(number: object) -> int:
    if type(number) is not int:
        raise TypeError("map keys are whole numbers")
    if not -_WORD <= number < _WORD:
        raise ValueError("a whole number beyond 64 bits is never signed")
    return number


def _in_order(keys: Iterable[object]) -> list[int]:
    """Order keys as their bytes are ordered: 0, 1, 2 ... then -1, -2 ..."""
    ascending = sorted(_within_a_word(key) for key in keys)
    return [key for key in ascending if key >= 0] + [key for key in reversed(ascending) if key < 0]


class _Reader:
    """Walks over the bytes once; knows seven kinds of item and nothing of their meaning."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def item(self, depth: int) -> object:
        major, argument = self._head()
        if major == _UNSIGNED:
            return argument
        if major == _NEGATIVE:
            return -1 - argument
        if major == _BYTES:
            return self._take(argument)
        if major == _TEXT:
            return self._text(argument)
        if major == _SIMPLE:
            return self._simple(argument)
        if depth == MAX_DEPTH:
            raise MalformedError(f"nested deeper than {MAX_DEPTH}")
        return self._container(major, argument, depth + 1)

    def _container(self, major: int, argument: int, depth: int) -> object:
        if major == _ARRAY:
            return [self.item(depth) for _ in range(self._count(argument))]
        if major == _MAP:
            return self._map(self._count(argument), depth)
        return Tagged(argument, self.item(depth))

    def _map(self, count: int, depth: int) -> dict[int, object]:
        members: dict[int, object] = {}
        before = b""
        for _ in range(count):
            start = self.position
            key = self.item(depth)
            if type(key) is not int:
                raise MalformedError("a map key that is no whole number")
            written = self.data[start : self.position]
            if written <= before:
                raise MalformedError(f"map key {key} twice or out of order")
            before = written
            members[key] = self.item(depth)
        return members

    def _head(self) -> tuple[int, int]:
        if self.position >= len(self.data):
            raise MalformedError("the bytes end too early")
        initial = self.data[self.position]
        self.position += 1
        major, information = initial >> 5, initial & 0x1F
        if information < _INLINE_BELOW:
            return major, information
        return major, self._argument(major, information)

    def _argument(self, major: int, information: int) -> int:
        following = _FOLLOWING_BYTES.get(information)
        if following is None:
            raise MalformedError("an indefinite length or a reserved head")
        if major == _SIMPLE:
            raise MalformedError("a float or an unknown simple value")
        argument = int.from_bytes(self._take(following), "big")
        if argument < _SMALLEST_IN[information]:
            raise MalformedError("a head that is longer than it need be")
        return argument

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self.data):
            raise MalformedError("the bytes end too early")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def _count(self, announced: int) -> int:
        # Each member needs a byte at least; so a huge count is refused before anything is set aside for it.
        if announced > len(self.data) - self.position:
            raise MalformedError("more members announced than bytes are left")
        return announced

    def _text(self, length: int) -> str:
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedError("text that is not UTF-8") from None

    def _simple(self, argument: int) -> bool | None:
        if argument not in _SIMPLE_VALUES:
            raise MalformedError("a float or an unknown simple value")
        return _SIMPLE_VALUES[argument]
