"""Which code of a letter is taken, and to which address may it go? Pure: standard library only."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.errors import CodeExpired, CodeRefused, CodeUsedUp, MailUnusable, TooManyCodes, WrongCode
from app.accounts.rules import LONGEST_NAME

CODE_LIFE = timedelta(minutes=15)
CODE_DIGITS = 6
TRIES = 5
"""Codes that may be typed for one that was sent."""
CODES_AN_HOUR = 3
"""Letters with a code, for one address and for one IIN."""
COUNTED_FOR = timedelta(hours=1)
CODE_CHANCE_BYTES = 8

# The form of WHATWG HTML for <input type=email>, with a point in the domain: no comma or bracket reaches a mailer.
_MAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@dataclass(frozen=True, kw_only=True)
class SentCode:
    """What is kept of a code that was sent."""

    code_hash: str
    expires_at: datetime
    wrong_tries: int = 0


def read_mail_address(text: str) -> str:
    """Return an e-mail address as accounts keep it.

    Raises:
        MailUnusable: It is none, or has letters other than Latin ones.
    """
    address = text.strip().lower()
    if len(address) > LONGEST_NAME or not _MAIL.fullmatch(address):
        raise MailUnusable
    return address


def new_code(chance: bytes) -> str:
    """Make a code of six digits; with eight bytes of chance no code is likelier than another by more than 10^-13."""
    return f"{int.from_bytes(chance, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def keyed_hash(text: str, key: bytes) -> str:
    """Return what stands for ``text`` where it need not be read again."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def judge_code(sent: SentCode, typed_hash: str, now: datetime) -> CodeRefused | None:
    """Say why a code is not taken, or None. The last moment of its life is over."""
    if sent.wrong_tries >= TRIES:
        return CodeUsedUp()
    if now >= sent.expires_at:
        return CodeExpired()
    if hmac.compare_digest(sent.code_hash, typed_hash):
        return None
    left = TRIES - sent.wrong_tries - 1
    return WrongCode(left=left) if left else CodeUsedUp()


def letters_with_one_more(sent: Iterable[datetime], now: datetime) -> list[datetime]:
    """Return the letters of the last hour with one of this moment.

    Raises:
        TooManyCodes: There were three within the hour; an hour after the first of them the next may be sent.
    """
    counted = sorted(moment for moment in sent if moment > now - COUNTED_FOR)
    if len(counted) >= CODES_AN_HOUR:
        raise TooManyCodes(again_at=counted[-CODES_AN_HOUR] + COUNTED_FOR)
    return [*counted, now]
