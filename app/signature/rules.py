"""What is signed, and for how long is it good? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.kernel.clock import LOCAL

CHALLENGE_LIFE = timedelta(minutes=5)
LEAST_REST = timedelta(minutes=2)
"""A page that is opened shows a text that is good for so long at least."""
NONCE_BYTES = 32

_TEXT = """\
Synaq
Digital signature for signing in · Жүйеге кіруге арналған ЭЦҚ · ЭЦП для входа

{origin}
{moment}
{nonce}

Sign this only to sign in at the address above, and only on its own page.
Бұған жоғарыда көрсетілген мекенжайға кіру үшін, тек сол сайттың өз бетінде ғана қол қойыңыз.
Подписывайте это только для входа по указанному адресу и только на его собственной странице.
"""
"""The same bytes in every language, so that the page may change its own."""


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What one browser is asked to have signed, once."""

    origin: str
    """Scheme and host as people type them."""
    nonce: str
    made_at: datetime

    @property
    def text(self) -> bytes:
        moment = self.made_at.astimezone(LOCAL).isoformat(timespec="seconds")
        return _TEXT.format(origin=self.origin, moment=moment, nonce=self.nonce).encode()

    @property
    def good_until(self) -> datetime:
        return self.made_at + CHALLENGE_LIFE

    def is_good_at(self, now: datetime) -> bool:
        return self.made_at <= now < self.good_until
