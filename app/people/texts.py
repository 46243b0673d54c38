"""How do pages say how an invitation stands, and why something beside a field was refused?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from flask_babel import LazyString, lazy_gettext

from app.accounts.texts import REFUSALS as ACCOUNT_REFUSALS
from app.kernel.errors import DomainError
from app.people.rules import Standing

Words: TypeAlias = str | LazyString

STANDINGS: Mapping[Standing, tuple[str, Words]] = {
    Standing.WAITING: ("info", lazy_gettext("Another administrator has to agree")),
    Standing.OPEN: ("info", lazy_gettext("Sent; not answered yet")),
    Standing.ACCEPTED: ("ok", lazy_gettext("Accepted")),
    Standing.EXPIRED: ("warn", lazy_gettext("Expired")),
    Standing.WITHDRAWN: ("warn", lazy_gettext("Withdrawn")),
}
"""The symbol and the words for each."""

REFUSALS = ACCOUNT_REFUSALS | {
    "accounts.body_missing": lazy_gettext("Choose the hiring body for which the person acts."),
    "accounts.centre_missing": lazy_gettext("Choose the testing centre where the operator works."),
    "bodies.bin_invalid": lazy_gettext("This is not a BIN. Compare all 12 digits with the document."),
    "bodies.ended": lazy_gettext("This body does not hire any more. Choose another one."),
    "bodies.there_already": lazy_gettext("A body with this BIN is entered already."),
    "people.address_has_account": lazy_gettext(
        "%(name)s has an account with this address, open or ended. One account has one role: use another address."
    ),
    "people.already_invited": lazy_gettext(
        "This address was invited already. Send that invitation again, or withdraw it first."
    ),
    "people.end_not_ahead": lazy_gettext("Choose a day that is ahead."),
}


def refusal_text(error: DomainError) -> str:
    """Say a refusal beside its field."""
    return str(REFUSALS[error.code]) % error.parameters
