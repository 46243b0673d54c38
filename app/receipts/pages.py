"""What does the page of a receipt show, in the reader's language?"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from app.kernel.rulebook import programme_version, register
from app.receipts.queries import ReceiptFacts
from certs.receipt import Receipt

MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """How much of an act was answered."""

    title: str
    asked: int
    answered: int
    blank: int


@dataclass(frozen=True, kw_only=True)
class ReceiptPage:
    """A receipt in finished words."""

    facts: ReceiptFacts
    programme_title: str
    acts: tuple[ActLine, ...]
    cause: str
    credit: str
    check_address: str
    demonstration: bool


def receipt_page(facts: ReceiptFacts, *, check_address: str, demonstration: bool, language: str) -> ReceiptPage:
    """Return what page and file show of a signed receipt."""
    stated = facts.stated
    return ReceiptPage(
        facts=facts,
        programme_title=programme_title(stated, language=language),
        acts=act_lines(stated, language=language),
        cause=cause_words(stated.cause),
        credit=credit_words(stated.credit_seconds),
        check_address=check_address,
        demonstration=demonstration,
    )


def programme_title(stated: Receipt, *, language: str) -> str:
    """Return the programme's title, or its code where this installation does not know it."""
    try:
        return programme_version(stated.programme_code, stated.programme_version).title[language]
    except KeyError:
        return f"{stated.programme_code} {stated.programme_version}"


def act_lines(stated: Receipt, *, language: str) -> tuple[ActLine, ...]:
    """Return the counts with the titles of the acts, or their places where this installation does not know them."""
    try:
        blocks = programme_version(stated.programme_code, stated.programme_version).blocks
        titles = [register().act(block.act).title[language] for block in blocks]
    except KeyError:
        titles = []
    if len(titles) != len(stated.counts):
        titles = [str(place) for place in range(1, len(stated.counts) + 1)]
    return tuple(
        ActLine(title=title, asked=count.asked, answered=count.answered, blank=count.blank)
        for title, count in zip(titles, stated.counts, strict=True)
    )


def cause_words(cause: str) -> str:
    """Say what ended a test."""
    words = {"click": _("by the applicant"), "proctor": _("by the operator"), "time": _("the time was up")}
    return str(words.get(cause, cause))


def credit_words(seconds: int) -> str:
    """Say how much time was given back."""
    minutes, rest = divmod(seconds, MINUTE)
    parts = [
        ngettext("%(num)d minute", "%(num)d minutes", minutes) if minutes else "",
        ngettext("%(num)d second", "%(num)d seconds", rest) if rest else "",
    ]
    return str(" ".join(part for part in parts if part) or _("none"))
