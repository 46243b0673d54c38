"""What may an entry of the log say? Pure: standard library only."""

from __future__ import annotations

import enum
import re
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

KIND = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*\.[a-z][a-z_]*")
"""``area.object.verb``, the verb in the past tense: ``accounts.session.opened``."""


KEPT_FOR_GOOD = ("approvals", "audit", "certificates", "papers", "scoring", "sittings")
"""Areas whose facts are hashes, counts and ids that others rest on: nothing of them is ever erased."""


def is_erasable(kind: str) -> bool:
    """Say whether the facts of acts of this kind may be erased."""
    return kind.partition(".")[0] not in KEPT_FOR_GOOD


def checked_kind(kind: str) -> str:
    """Return ``kind`` if it has the form of all kinds.

    Raises:
        ValueError: It has another form; a defect of the caller, not a refusal.
    """
    if not KIND.fullmatch(kind):
        raise ValueError(f"a kind of entry reads area.object.verb, not {kind!r}")
    return kind


def written(value: object) -> object:
    """Return ``value`` in the form in which JSON keeps it.

    Raises:
        TypeError: There is no agreed form for a value of this type.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, uuid.UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return written(value.value)
    if isinstance(value, bytes):
        return value.hex()
    return _written_collection(value)


def _written_collection(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): written(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [written(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted((written(part) for part in value), key=str)
    raise TypeError(f"the log has no form for a {type(value).__name__}")
