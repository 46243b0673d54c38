"""What does a page say beside a field that was refused?"""

from __future__ import annotations

from datetime import datetime

from flask_babel import format_time, lazy_gettext

from app.accounts.texts import REFUSALS as ACCOUNT_REFUSALS
from app.kernel.clock import LOCAL
from app.kernel.errors import DomainError

REFUSALS = ACCOUNT_REFUSALS | {
    "applicants.iin_invalid": lazy_gettext("This is not an IIN. Compare all 12 digits with the document."),
    "applicants.name_unusable": lazy_gettext(
        "Type letters, at most 60; spaces, hyphens, points and apostrophes may stand between them."
    ),
    "registration.birth_date_unreadable": lazy_gettext("Type day, month and year, for example 15.05.1990."),
    "registration.birth_date_contradicts": lazy_gettext(
        "The IIN has another birth date. Compare both with the document."
    ),
    "registration.sex_contradicts": lazy_gettext("The IIN does not agree with this. Compare it with the document."),
    "registration.alphabets_mixed": lazy_gettext(
        "Use letters of one alphabet, Cyrillic or Latin, as in the document. Some letters of the two look alike."
    ),
    "registration.names_too_long": lazy_gettext(
        "Family name, given name and patronymic are too long together: 90 letters fit on a certificate."
    ),
    "applicants.phone_unusable": lazy_gettext(
        "Type the number with its code, for example +7 701 123 45 67; of another country, beginning with +."
    ),
}


def refusal_text(error: DomainError) -> str:
    """Say a refusal in the reader's language; moments as local time of day."""
    shown = {
        name: format_time(value.astimezone(LOCAL), "HH:mm:ss", rebase=False) if isinstance(value, datetime) else value
        for name, value in error.parameters.items()
    }
    return str(REFUSALS[error.code]) % shown
