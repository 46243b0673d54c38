"""Which bytes is the head of an answer journal taken over, and which answers stand at its end?

Pure: standard library only.

A journal is the rows of one sitting, numbered from 1. The head after a row is SHA-256 over the head before it and the
row's 32 bytes; the head of an empty journal binds it to its sitting and its paper.
"""

import hashlib
import struct
import uuid
from collections.abc import Iterable
from typing import Final

PREFIX: Final = b"synaq-journal-v1\x00"
NO_OPTION: Final = 0
"""How a cleared answer stands in a row."""

_ROW: Final = struct.Struct(">16sIHHq")


def first_head(sitting: uuid.UUID, fingerprint: bytes) -> bytes:
    """Give the head of an empty journal."""
    return hashlib.sha256(PREFIX + sitting.bytes + fingerprint).digest()


def packed_row(sitting: uuid.UUID, sequence: int, position: int, option: int | None, microseconds: int) -> bytes:
    """Give the bytes of a row: id, sequence, position, option (0 where it was cleared), microseconds since 1970."""
    return _ROW.pack(sitting.bytes, sequence, position, NO_OPTION if option is None else option, microseconds)


def next_head(previous: bytes, row: bytes) -> bytes:
    """Give the head after a row."""
    return hashlib.sha256(previous + row).digest()


def standing_answers(rows: Iterable[tuple[int, int, int | None]]) -> dict[int, int]:
    """Fold (sequence, position, option) rows into position → option: the newest row of a position counts."""
    latest: dict[int, int | None] = {}
    for _, position, option in sorted(rows):
        latest[position] = option
    return {position: option for position, option in latest.items() if option is not None}
