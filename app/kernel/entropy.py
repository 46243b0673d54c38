"""Where does chance come from? Pure: standard library only."""

from __future__ import annotations

import secrets
from typing import Protocol


class Entropy(Protocol):
    """A source of unpredictable bytes; tests use a counted one."""

    def token(self, size: int) -> bytes:
        """Return ``size`` unpredictable bytes."""
        ...


class SystemEntropy:
    """The generator of the operating system."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)
