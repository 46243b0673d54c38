"""Which refusals can a person meet in practice? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class PracticeNotFound(DomainError):
    """No such run of this browser: another's looks absent, and one of yesterday is deleted."""

    code = "practice.not_found"
    status = 404


class PracticeFull(DomainError):
    """As many people practise as we let at once."""

    code = "practice.full"
    status = 503


class PracticeNotReady(DomainError):
    """No practice programme is in force, or the pool cannot fill a paper."""

    code = "practice.not_ready"
    status = 503
