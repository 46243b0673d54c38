"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class NotReleased(DomainError):
    """The proctor has not started the session yet."""

    code = "checkin.not_released"
    status = 409
