"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class NoticeNotFound(DomainError):
    """No such message for this person; another's looks absent."""

    code = "notices.not_found"
    status = 404
