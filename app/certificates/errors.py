"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class CertificateStillValid(DomainError):
    """Who holds a valid certificate of a programme does not sit it again."""

    code = "certificates.still_valid"
    status = 409


class RevokedForGood(DomainError):
    """The certificate was revoked; nothing brings it back. The person sits the test again, or another is issued."""

    code = "certificates.revoked_for_good"
    status = 409


class StandsSo(DomainError):
    """The certificate stands already as it is to stand: ``state`` says how."""

    code = "certificates.stands_so"
    status = 409


class ListNotFound(DomainError):
    """There is no status list of this number, or it is not signed yet."""

    code = "certificates.list_not_found"
    status = 404


class CertificateNotFound(DomainError):
    """No such certificate for this person; another's looks absent."""

    code = "certificates.not_found"
    status = 404
