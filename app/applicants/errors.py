"""Which refusals can a person meet in this room? Pure: standard library only."""

from __future__ import annotations

from app.kernel.errors import DomainError


class ApplicantNotFound(DomainError):
    """No applicant belongs to this account."""

    code = "applicants.not_found"
    status = 404


class NameUnusable(DomainError):
    """A name is empty, too long for a certificate, or has characters that no name has."""

    code = "applicants.name_unusable"
    status = 422


class IinInvalid(DomainError):
    """The number is not an IIN: wrong length, date or check digit."""

    code = "applicants.iin_invalid"
    status = 422
