"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class ResultNotFound(DomainError):
    """The sitting has no result, or is another's."""

    code = "scoring.result_not_found"
    status = 404


class ResultVoided(DomainError):
    """The result was voided before."""

    code = "scoring.result_voided"
    status = 409


class CertificateStands(DomainError):
    """A certificate follows from this result: it has to be revoked, and the result with it."""

    code = "scoring.certificate_stands"
    status = 409
