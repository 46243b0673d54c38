"""What does a view need from the framework?"""

from __future__ import annotations

from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_time, get_locale, gettext, ngettext

from app.db import db, unit_of_work
from app.kernel.clock import LOCAL
from app.wiring import Tools
from config import Settings

__all__ = ["db", "language", "link_to", "redirect_back", "render", "settings", "tools", "unit_of_work"]

LANGUAGES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
"""Languages of the interface, by code, each named in itself; the first is the default."""

DATE_FORMATS = {"en": "d MMMM y"}
"""Long form of a date where the language's own default is the American one."""

HOUR, MINUTE = 3600, 60


def tools() -> Tools:
    """The outside world as this application was wired to it."""
    return cast(Tools, current_app.extensions["synaq_tools"])


def settings() -> Settings:
    return cast(Settings, current_app.extensions["synaq_settings"])


def render(template: str, **context: object) -> str:
    return render_template(template, **context)


def link_to(endpoint: str, **values: str) -> str:
    """Return the public address of a page, for letters: never by what a request calls its host, and without one."""
    path = current_app.url_map.bind("").build(endpoint, values)
    return settings().public_origin + str(path)


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


def local_date(moment: datetime) -> str:
    """Write the day of ``moment`` (aware) as the country's calendar has it, in the reader's language."""
    return str(format_date(_local(moment), DATE_FORMATS.get(language(), "long"), rebase=False))


def local_time(moment: datetime) -> str:
    """Write day, hour and minute of ``moment`` (aware) in UTC+5, in the reader's language."""
    return f"{local_date(moment)}, {format_time(_local(moment), 'HH:mm', rebase=False)}"


def local_clock(moment: datetime) -> str:
    """Write hour and minute of ``moment`` (aware) in UTC+5."""
    return str(format_time(_local(moment), "HH:mm", rebase=False))


def time_left(until: datetime) -> str:
    """Say how long it is until a moment, in days and hours, or in hours and minutes."""
    seconds = max(0, int((until - tools().clock.now()).total_seconds()))
    days, rest = divmod(seconds, 24 * HOUR)
    hours, minutes = rest // HOUR, -(-(rest % HOUR) // MINUTE)
    parts = [
        ngettext("%(num)d day", "%(num)d days", days) if days else "",
        ngettext("%(num)d hour", "%(num)d hours", hours) if hours else "",
        ngettext("%(num)d minute", "%(num)d minutes", minutes) if minutes and not days else "",
    ]
    return " ".join(part for part in parts if part) or gettext("less than a minute")


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A moment without a time zone cannot be shown.")
    return moment.astimezone(LOCAL)
