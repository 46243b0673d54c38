"""How do pages name the acts that two people decide, and what do they say will happen?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask_babel import LazyString, gettext, lazy_gettext

from app.accounts.errors import SignInRefused, WrongPassword
from app.accounts.texts import refusal_text
from app.approvals.rules import Standing

Words: TypeAlias = str | LazyString


@dataclass(frozen=True, kw_only=True)
class ActWords:
    """One act in the reader's language. ``subject`` and ``happens`` may name the subject and parts of the payload."""

    name: Words
    subject: Words
    happens: Words


ACT_WORDS: Mapping[str, ActWords] = {
    "papers.draw.redraw": ActWords(
        name=lazy_gettext("Draw the exam session again"),
        subject=lazy_gettext("Exam session %(subject)s"),
        happens=lazy_gettext(
            "The present draw of exam session %(subject)s, with the seats and papers drawn from it, is set aside, and "
            "a new draw is committed for the same people. Nobody can start the test until the new draw is made. The "
            "old draw stays in the log and is revealed together with the new one."
        ),
    ),
    "certificates.certificate.revoke": ActWords(
        name=lazy_gettext("Revoke a certificate"),
        subject=lazy_gettext("Certificate %(subject)s"),
        happens=lazy_gettext(
            "Certificate %(subject)s is revoked for good. Within seconds whoever verifies it sees that, and so does "
            "whoever has the signed list. Its owner gets the reason by letter and may sit the test again."
        ),
    ),
    "certificates.certificate.suspend": ActWords(
        name=lazy_gettext("Suspend a certificate"),
        subject=lazy_gettext("Certificate %(subject)s"),
        happens=lazy_gettext(
            "Certificate %(subject)s does not count until the suspension is lifted. Within seconds whoever verifies it "
            "sees that. Its owner gets the reason by letter."
        ),
    ),
    "certificates.certificate.restore": ActWords(
        name=lazy_gettext("Lift the suspension of a certificate"),
        subject=lazy_gettext("Certificate %(subject)s"),
        happens=lazy_gettext("Certificate %(subject)s counts again. Its owner gets the reason by letter."),
    ),
    "audit.facts.erase": ActWords(
        name=lazy_gettext("Erase the facts of an act in the log"),
        subject=lazy_gettext("Act number %(subject)s in the log"),
        happens=lazy_gettext(
            "The facts recorded with act number %(subject)s are erased for good and cannot be brought back. Who "
            "acted, when and on what stays in the log, and so does the erasure with its reason."
        ),
    ),
    "sittings.time.add": ActWords(
        name=lazy_gettext("Add more time to a test than one person may"),
        subject=lazy_gettext("Test %(subject)s"),
        happens=lazy_gettext(
            "%(minutes)s minutes are added to the time of test %(subject)s. The page of the test says so at once."
        ),
    ),
    "people.invitation.send": ActWords(
        name=lazy_gettext("Invite an administrator or an auditor"),
        subject=lazy_gettext("Invitation %(subject)s"),
        happens=lazy_gettext(
            "The letter of invitation is sent. Whoever has its link becomes an administrator or an auditor. Open the "
            "invitation to see who is invited and as what."
        ),
    ),
}
"""For every row of ``processes.approved.ACTS``, and for a row that was there: its old requests are still shown."""

STANDINGS: Mapping[Standing, tuple[str, Words]] = {
    Standing.WAITING: ("info", lazy_gettext("Waiting for a decision")),
    Standing.APPROVED: ("ok", lazy_gettext("Approved and done")),
    Standing.REFUSED: ("stop", lazy_gettext("Refused")),
    Standing.WITHDRAWN: ("warn", lazy_gettext("Withdrawn")),
    Standing.EXPIRED: ("warn", lazy_gettext("Nobody decided in time")),
}
"""The symbol and the words for each."""


def in_words(words: Words, subject: str, payload: Mapping[str, Any]) -> str:
    """Fill the subject and the payload into the words of an act."""
    return str(words) % {**payload, "subject": subject}


def password_refusal(refusal: SignInRefused) -> str:
    """Say beside the field why the password was not taken."""
    if isinstance(refusal, WrongPassword):
        return str(gettext("This is not your password. Enter it again."))
    return refusal_text(refusal)
