"""How is a request of our own pages told from one that another site makes a browser send?"""

from __future__ import annotations

from functools import lru_cache
from hmac import compare_digest

from flask import current_app, g, request, session
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadData, URLSafeTimedSerializer

HEADER = "X-CSRFToken"
_SALT = "wtf-csrf-token"  # the one of Flask-WTF, which makes the tokens
_REMEMBERED = 20_000


class PageProtection(CSRFProtect):  # type: ignore[misc]  # the library has no types
    """The protection of Flask-WTF, light for a page that sends hundreds of calls with one token in their header.

    The token is held against the session's every time; that it carries our signature, once in a process. A body is
    searched for a token, as a form, only where the header has none that holds.
    """

    def protect(self, apply_exemptions: bool = False) -> None:
        if _is_of_this_session(request.headers.get(HEADER)):
            g.csrf_valid = True
        else:
            super().protect(apply_exemptions)


def _is_of_this_session(token: str | None) -> bool:
    expected = session.get("csrf_token") if token else None
    if not token or not expected:
        return False
    try:
        return compare_digest(_signed_content(token, str(current_app.secret_key)), expected)
    except (BadData, TypeError):
        return False


@lru_cache(maxsize=_REMEMBERED)
def _signed_content(token: str, key: str) -> str:
    """Return what we signed. Raises ``BadData``: we did not; that is not remembered. Our tokens have no time limit."""
    return str(URLSafeTimedSerializer(key, salt=_SALT).loads(token))
