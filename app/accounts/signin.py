"""Who sends this request? The cookie names a person and an epoch; one small query says whether it still holds."""

from __future__ import annotations

import uuid
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask, session
from flask_login import LoginManager, login_user, logout_user

from app.accounts import queries
from app.accounts.rules import Person, Role, session_over
from app.kernel.entropy import Entropy
from app.web import db, tools

ROLE_HOME = {
    Role.APPLICANT: "desk.mine",
    Role.PROCTOR: "proctoring.sessions",
    Role.ADMINISTRATOR: "reports.overview",
    Role.REVIEWER: "commission.index",
    Role.AUDITOR: "reports.log",
}
DEFAULT_HOME = "verification.start"

_SIGNED_IN_AT = "signed_in_at"
_NONCE_BYTES = 16
_KEPT_BY_THE_SAME_PERSON = ("live", "csrf_token")


def init_app(app: Flask) -> None:
    """Teach Flask-Login how to know a person. The guards answer for what is refused."""
    manager = LoginManager(app)
    manager.session_protection = None  # a centre's PCs share an address and a browser: it would tell nothing
    manager.user_loader(_known_person)


def home_of(person: Person) -> str:
    """Return the endpoint where a person's work begins."""
    return ROLE_HOME.get(person.role, DEFAULT_HOME)


def open_session(person: Person, *, now: datetime, entropy: Entropy) -> None:
    """Begin a new session: nothing of the one before remains but the chosen language."""
    fill_session(session, person, now=now, entropy=entropy)
    login_user(person)


def close_session() -> None:
    """End the session of this browser; the chosen language remains."""
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language


def fill_session(kept: MutableMapping[str, Any], person: Person, *, now: datetime, entropy: Entropy) -> None:
    """Write a fresh sign-in into ``kept``; the nonce makes every session's cookie another one.

    Who signs in again, or changes the password, in the middle of a test keeps the open exam page.
    """
    language = kept.get("language", person.language)
    own = {name: kept[name] for name in _KEPT_BY_THE_SAME_PERSON if name in kept and _is_of(kept, person)}
    kept.clear()
    kept.update(own)
    kept["language"] = language
    kept["_user_id"] = person.get_id()
    kept[_SIGNED_IN_AT] = int(now.timestamp())
    kept["nonce"] = entropy.token(_NONCE_BYTES).hex()


def _is_of(kept: MutableMapping[str, Any], person: Person) -> bool:
    return _parts(str(kept.get("_user_id", "")))[0] == person.id


def _known_person(session_id: str) -> Person | None:
    """Return the person of a cookie, or None: closed account, older epoch, or a sign-in of yesterday."""
    account_id, epoch = _parts(session_id)
    signed_in_at = datetime.fromtimestamp(session.get(_SIGNED_IN_AT, 0), UTC)
    if account_id is None or session_over(signed_in_at, tools().clock.now()):
        return None
    person = queries.person(account_id, db.session(), now=tools().clock.now())
    return person if person is not None and str(person.epoch) == epoch else None


def _parts(session_id: str) -> tuple[uuid.UUID | None, str]:
    """Take ``Person.get_id`` apart; a cookie of another version of ours names nobody."""
    name, _, epoch = session_id.partition(":")
    try:
        return uuid.UUID(name), epoch
    except ValueError:
        return None, epoch
