"""What does the job table refuse?"""

from __future__ import annotations

from app.kernel.errors import DomainError


class JobNotFailed(DomainError):
    """Only a failed job can be tried again; this one is absent, waiting or done."""

    code = "jobs.not_failed"
    status = 409


class JobEmptied(DomainError):
    """The job failed so long ago that what it carried is erased."""

    code = "jobs.emptied"
    status = 409
