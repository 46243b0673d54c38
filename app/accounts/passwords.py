"""Is this the password? Hashes are argon2id."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
"""19 MiB, two passes: OWASP Password Storage Cheat Sheet; 21 CPU-ms on a machine of the target size."""

_NOBODYS_HASH = _HASHER.hash("there is no account of this name")
"""Verified where there is no account, so that the answer takes as long."""


def hashed(password: str) -> str:
    """Return the hash of ``password``; the salt inside is from the operating system."""
    return _HASHER.hash(_normal(password))


def matches(kept_hash: str | None, password: str) -> bool:
    """Say whether ``password`` made ``kept_hash``. None, for no account, takes as long and is False."""
    try:
        _HASHER.verify(kept_hash or _NOBODYS_HASH, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept_hash is not None


def outdated(kept_hash: str) -> bool:
    """Say whether ``kept_hash`` was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept_hash)


def _normal(password: str) -> str:
    """One form for one text: keyboards differ in how they compose й."""
    return unicodedata.normalize("NFKC", password)
