"""Which letters are there? Pure: standard library only."""

from __future__ import annotations

import enum

MAIL_JOB = "notices.mail"
"""Kind of the job that sends a letter."""


class LetterKind(enum.Enum):
    """One value per template ``notices/<value>.txt``."""

    PASSWORD_RESET = "password_reset"  # noqa: S105  # the name of a letter
    REGISTRATION_CODE = "registration_code"
    REGISTRATION_HAS_ACCOUNT = "registration_has_account"
    REGISTRATION_REFUSED = "registration_refused"
