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


class WrongFactorCode(SignInRefused):
    """The code is not of the app at this time, was used before, or is no recovery code that is left."""

    code = "accounts.wrong_factor_code"


class TooManyFactorCodes(SignInRefused):
    """Too many wrong codes for this account; ``again_at`` says when the next one is looked at."""

    code = "accounts.too_many_factor_codes"
    status = 429


class HalfSessionOver(DomainError):
    """The second factor was asked for too long ago, or the password has changed since."""

    code = "accounts.half_session_over"
    status = 410


class FactorNotBegun(DomainError):
    """A second factor is confirmed that this browser was not shown."""

    code = "accounts.factor_not_begun"
    status = 409


class FactorMissing(DomainError):
    """The account has no second factor."""

    code = "accounts.factor_missing"
    status = 409


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


class BodyMissing(DomainError):
    """Somebody of a hiring body acts for one state body, which has to be named."""

    code = "accounts.body_missing"
    status = 422


class DisplayNameUnusable(DomainError):
    """A name is empty, too long, or has signs that cannot be printed."""

    code = "accounts.display_name_unusable"
    status = 422


class EmailChangeOver(DomainError):
    """No new address waits for a code."""

    code = "accounts.email_change_over"
    status = 410


class AddressNotUsable(DomainError):
    """The address cannot be this account's. Why is not told. Returned, so that the code counts as used."""

    code = "accounts.address_not_usable"
    status = 409


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


class MailUnusable(DomainError):
    """The text is no e-mail address."""

    code = "accounts.mail_unusable"
    status = 422


class TooManyCodes(DomainError):
    """So many codes were sent to this address, or for this IIN, that the next one waits until ``again_at``."""

    code = "accounts.too_many_codes"
    status = 429


class CodeRefused(DomainError):
    """A code that was not taken. Returned, not raised, so that the count of tries is committed."""

    code = "accounts.code_refused"
    status = 422


class WrongCode(CodeRefused):
    """It is another code; ``left`` tries remain."""

    code = "accounts.wrong_code"


class CodeUsedUp(CodeRefused):
    """The code was mistyped too often, and is not taken any more even if right."""

    code = "accounts.code_used_up"


class CodeExpired(CodeRefused):
    """The code is too old."""

    code = "accounts.code_expired"
