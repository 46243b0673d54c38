"""What does the browser keep between two steps? Sealed in its signed cookie; nothing of it opens a page."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from flask import session as browser

from app.accounts import totp
from app.accounts.rules import HalfSignedIn
from app.accounts.sealing import seal, unseal
from app.accounts.signin import close_session
from app.web import settings, tools

_HALF = "half_signed_in"
_SECRET = "factor_secret"  # noqa: S105  # its name in the cookie
_CODES = "recovery_codes"


def keep_half(half: HalfSignedIn) -> None:
    """Remember whose password was right. Nothing of a session before remains but the language."""
    close_session()
    browser[_HALF] = [str(half.account_id), half.epoch, int(half.at.timestamp())]


def half_signed_in() -> HalfSignedIn | None:
    """Return whose password was right in this browser, or None: nobody's, or too long ago."""
    try:
        name, epoch, at = browser[_HALF]
        half = HalfSignedIn(account_id=uuid.UUID(name), epoch=int(epoch), at=datetime.fromtimestamp(at, UTC))
    except (KeyError, TypeError, ValueError):
        return None
    return None if half.over_at(tools().clock.now()) else half


def forget_half() -> None:
    """Forget whose password was right."""
    browser.pop(_HALF, None)


def shown_secret(purpose: str) -> str:
    """Return the secret that this browser is being shown for a purpose; a new one the first time."""
    found = kept_secret(purpose)
    if found is not None:
        return found
    secret = totp.new_secret(tools().entropy.token(totp.SECRET_BYTES))
    browser[_SECRET] = _sealed(secret, purpose)
    return secret


def kept_secret(purpose: str) -> str | None:
    """Return the secret that this browser was shown for a purpose, or None."""
    return _unsealed(_SECRET, purpose)


def forget_secret() -> None:
    """Forget the secret that was shown: it is set up, or another one is wanted."""
    browser.pop(_SECRET, None)


def keep_codes(codes: list[str], account_id: uuid.UUID) -> None:
    """Keep recovery codes for the page that shows them, until the person has written them down."""
    browser[_CODES] = _sealed(" ".join(codes), f"codes of {account_id}")


def kept_codes(account_id: uuid.UUID) -> list[str]:
    """Return the recovery codes that are still to be written down; none, if there are none."""
    return (_unsealed(_CODES, f"codes of {account_id}") or "").split()


def forget_codes() -> None:
    """Forget the codes: they are written down."""
    browser.pop(_CODES, None)


def _sealed(text: str, purpose: str) -> str:
    return seal(text, purpose=purpose, key=settings().secret_key.encode(), entropy=tools().entropy)


def _unsealed(name: str, purpose: str) -> str | None:
    return unseal(str(browser.get(name, "")), purpose=purpose, key=settings().secret_key.encode())
