"""What does a view need from the framework?"""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from app.db import db, unit_of_work
from app.wiring import Tools
from config import Settings

__all__ = ["db", "language", "redirect_back", "render", "settings", "tools", "unit_of_work"]

LANGUAGES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
"""Languages of the interface, by code, each named in itself; the first is the default."""


def tools() -> Tools:
    """The outside world as this application was wired to it."""
    return cast(Tools, current_app.extensions["synaq_tools"])


def settings() -> Settings:
    return cast(Settings, current_app.extensions["synaq_settings"])


def render(template: str, **context: object) -> str:
    return render_template(template, **context)


def language() -> str:
    """Code of the language in which this page is shown."""
    return str(get_locale() or next(iter(LANGUAGES)))


def chosen_language() -> str:
    """Read the reader's choice; Kazakh until they choose."""
    choice = session.get("language", "")
    return choice if choice in LANGUAGES else next(iter(LANGUAGES))


def safe_local_path(target: str | None) -> str | None:
    """Return ``target`` if it stays on this site, else None: a link must not carry a reader elsewhere."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def redirect_back(default_endpoint: str) -> ResponseReturnValue:
    """Go to the page named in ``next``, if it is ours, else to the default."""
    return redirect(safe_local_path(request.values.get("next")) or url_for(default_endpoint), 303)
