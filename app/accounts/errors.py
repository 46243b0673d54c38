"""What do accounts refuse? Each with a stable code; the pages give the words."""

from __future__ import annotations

from app.kernel.errors import DomainError


class SignInRefused(DomainError):
    """A try to sign in that failed. Returned, not raised, so that the count of failures is committed."""

    code = "accounts.sign_in_refused"
    status = 422


class WrongPassword(SignInRefused):
    """Name and password do not belong together. The same for no account, a closed one and a wrong password."""

    code = "accounts.wrong_password"


class TooManyTries(SignInRefused):
    """Too many failures for this name; ``again_at`` says when the next try is looked at."""

    code = "accounts.too_many_tries"
    status = 429


class AccountClosed(SignInRefused):
    """The account was closed. Told only to who has proved otherwise than by a password that it is theirs."""

    code = "accounts.closed"


class UnusableName(DomainError):
    """The sign-in name has not the form that the role asks for."""

    code = "accounts.unusable_name"
    status = 422


class NameTaken(DomainError):
    """There is an account of this sign-in name."""

    code = "accounts.name_taken"
    status = 409


class CentreMissing(DomainError):
    """A proctor acts at one centre, which has to be named."""

    code = "accounts.centre_missing"
    status = 422


class AccountNotFound(DomainError):
    """There is no account of this id."""

    code = "accounts.not_found"
    status = 404


class PasswordRefused(DomainError):
    """A new password that is not good enough."""

    code = "accounts.password_refused"
    status = 422


class PasswordTooShort(PasswordRefused):
    """``length`` characters at least."""

    code = "accounts.password_too_short"


class PasswordTooLong(PasswordRefused):
    """``length`` characters at most: hashing takes time."""

    code = "accounts.password_too_long"


class PasswordIsName(PasswordRefused):
    """The password is the sign-in name."""

    code = "accounts.password_is_name"


class PasswordTooCommon(PasswordRefused):
    """The password is among the first that a stranger tries."""

    code = "accounts.password_too_common"


class ResetNotUsable(DomainError):
    """The link for a new password was used, has expired or was never given."""

    code = "accounts.reset_not_usable"
    status = 410
