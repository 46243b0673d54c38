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


class BannedForViolation(DomainError):
    """An act on a violation of the rules bars this person from testing; ``ends_at`` says until when."""

    code = "applicants.banned"
    status = 409


class ActInFuture(DomainError):
    """An act on a violation is dated in the future."""

    code = "applicants.act_in_future"
    status = 422


class ActEntered(DomainError):
    """An act of this number is entered for this person already; ``ban_id`` names the ban that follows from it."""

    code = "applicants.act_entered"
    status = 409


class NoBanFollows(DomainError):
    """Under this programme a violation bars nobody: a practice test has no legal effect."""

    code = "applicants.no_ban_follows"
    status = 422


class BanNotFound(DomainError):
    """There is no such ban, or it is another's."""

    code = "applicants.ban_not_found"
    status = 404


class BanLifted(DomainError):
    """The ban was lifted before."""

    code = "applicants.ban_lifted"
    status = 409


class PhoneUnusable(DomainError):
    """The text is no phone number."""

    code = "applicants.phone_unusable"
    status = 422
