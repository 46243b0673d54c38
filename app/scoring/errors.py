"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class ResultNotFound(DomainError):
    """The sitting has no result, or is another's."""

    code = "scoring.result_not_found"
    status = 404
