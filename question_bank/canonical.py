"""Which bytes stand for a value, so that a hash of it means something? Pure: standard library only."""

import hashlib
import json
import unicodedata
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Return the one UTF-8 form of a JSON value: sorted keys, no spaces, every string in NFC.

    Floats are refused: two languages do not always print the same digits for one of them.
    """
    text = json.dumps(_normalised(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def canonical_digest(value: Any) -> bytes:
    """Return the SHA-256 of the canonical form."""
    return hashlib.sha256(canonical_json(value)).digest()


def _normalised(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_normalised(key): _normalised(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_normalised(inner) for inner in value]
    if value is None or isinstance(value, int):
        return value
    message = f"{type(value).__name__} has no canonical form"
    raise TypeError(message)
