"""How is a new thing named? Pure: standard library only."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.kernel.entropy import Entropy

_RANDOM_BYTES = 10


def new_id(now: datetime, entropy: Entropy) -> uuid.UUID:
    """Return a UUID version 7: 48 bits of Unix milliseconds, then chance, so that keys grow with time.

    Basis:
        RFC 9562, section 5.7.
    """
    milliseconds = int(now.timestamp() * 1000)
    value = (milliseconds << 80) | int.from_bytes(entropy.token(_RANDOM_BYTES), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)
