"""How do pages name roles, and what do they say to a refusal?"""

from __future__ import annotations

from datetime import datetime

from flask_babel import format_time, lazy_gettext

from app.accounts.rules import Role
from app.kernel.errors import DomainError

ROLE_NAMES = {
    Role.APPLICANT: lazy_gettext("Applicant"),
    Role.PROCTOR: lazy_gettext("Operator of a testing centre"),
    Role.HIRING_BODY: lazy_gettext("Hiring body"),
    Role.EDITOR: lazy_gettext("Item editor"),
    Role.REVIEWER: lazy_gettext("Item reviewer"),
    Role.ADMINISTRATOR: lazy_gettext("Administrator"),
    Role.AUDITOR: lazy_gettext("Auditor"),
}

REFUSALS = {
    "accounts.wrong_password": lazy_gettext("The sign-in name and the password do not belong together. Check both."),
    "accounts.too_many_tries": lazy_gettext(
        "There were too many tries. Try again after %(again_at)s, or set a new password."
    ),
    "accounts.wrong_factor_code": lazy_gettext(
        "This code is not taken. Wait for the next one and type that; each code works once."
    ),
    "accounts.too_many_factor_codes": lazy_gettext("There were too many wrong codes. Try again after %(again_at)s."),
    "accounts.display_name_unusable": lazy_gettext("Type a name of at most 100 letters."),
    "accounts.address_not_usable": lazy_gettext("This address cannot be used here. Choose another one."),
    "accounts.password_too_short": lazy_gettext("Give at least %(length)s characters."),
    "accounts.password_too_long": lazy_gettext("Give at most %(length)s characters."),
    "accounts.password_is_name": lazy_gettext("Choose a password other than your sign-in name."),
    "accounts.password_too_common": lazy_gettext("Many people use this password. Choose another."),
    "accounts.mail_unusable": lazy_gettext("Type an address in Latin letters, for example aigul@example.kz."),
    "accounts.too_many_codes": lazy_gettext(
        "Three codes were sent within an hour. The next one can be sent after %(again_at)s. What you typed is kept."
    ),
    "accounts.wrong_code": lazy_gettext("This is not the code of the newest letter. Tries left: %(left)s."),
    "accounts.code_used_up": lazy_gettext("The code was mistyped five times and is void. Ask for another one."),
    "accounts.code_expired": lazy_gettext("The code has expired. Ask for another one; what you typed is kept."),
}


def refusal_text(error: DomainError) -> str:
    """Say a refusal beside its field, in the reader's language; moments as local time of day."""
    shown = {
        name: format_time(value, "HH:mm:ss") if isinstance(value, datetime) else value
        for name, value in error.parameters.items()
    }
    return str(REFUSALS[error.code]) % shown
