"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class CertificateStillValid(DomainError):
    """Who holds a valid certificate of a programme does not sit it again."""

    code = "certificates.still_valid"
    status = 409


class CertificateNotFound(DomainError):
    """No such certificate for this person; another's looks absent."""

    code = "certificates.not_found"
    status = 404
