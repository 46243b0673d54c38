"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class TooManyLookups(DomainError):
    """The number was tried too often with a wrong IIN ending."""

    code = "verification.too_many_lookups"
    status = 429
