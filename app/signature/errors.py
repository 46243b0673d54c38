"""What does signing in by a digital signature refuse, beyond the signature itself (``app/eds/errors.py``)?"""

from __future__ import annotations

from app.kernel.errors import DomainError


class SignaturesNotTaken(DomainError):
    """This installation trusts no authority, so nobody signs in by a signature."""

    code = "signature.not_taken"
    status = 404


class ChallengeOver(DomainError):
    """The five minutes of the text are over, or this browser was given none."""

    code = "signature.challenge_over"
    status = 422


class ChallengeUsed(DomainError):
    """This text has been signed in with before."""

    code = "signature.challenge_used"
    status = 409


class NobodyRegistered(DomainError):
    """The signature is good, and its person has no account."""

    code = "signature.nobody_registered"
    status = 404
