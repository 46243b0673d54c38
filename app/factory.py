"""How is the application put together? Rooms, guards, headers, error pages, commands."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate

from app import cli, errorpages, headers, logs, pages
from app.accounts import guards, signin
from app.accounts.contact_pages import bp as contact
from app.accounts.factor_pages import bp as factor
from app.accounts.views import bp as accounts
from app.appeals.commission import bp as commission
from app.appeals.views import bp as appeals
from app.applicants.views import bp as applicants
from app.approvals.views import bp as approvals
from app.bookings.views import bp as centres
from app.ceremony.views import bp as ceremony
from app.certificates.views import bp as certificates
from app.csrf import PageProtection
from app.db import db
from app.demonstration.letters import bp as demonstration
from app.desk.inbox import bp as inbox
from app.desk.views import bp as desk
from app.desk.way_in import bp as way_in
from app.kernel.clock import check_time_zone_data
from app.needs.views import bp as accommodations
from app.people.invited import bp as invitations
from app.people.views import bp as people
from app.personal.views import bp as personal
from app.practice.views import bp as practice
from app.proctoring.clocks import bp as clocks
from app.proctoring.views import bp as proctoring
from app.proctoring.violations import bp as violations
from app.prospectus.views import bp as prospectus
from app.receipts.views import bp as receipts
from app.registration.views import bp as registration
from app.reports.erasures import bp as erasures
from app.reports.register import bp as register
from app.reports.views import bp as reports
from app.reports.witness import bp as witness
from app.reservations.views import bp as reservations
from app.signature.views import bp as signature
from app.sittings.views import bp as sittings
from app.verification.views import bp as verification
from app.waiting.views import bp as waiting
from app.web import LANGUAGES, chosen_language
from app.wiring import Tools, real_tools
from config import Settings

ROOMS: tuple[Blueprint, ...] = (
    pages.bp,
    accounts,
    signature,
    factor,
    contact,
    applicants,
    registration,
    invitations,
    desk,
    way_in,
    inbox,
    reservations,
    personal,
    sittings,
    prospectus,
    practice,
    certificates,
    receipts,
    verification,
    proctoring,
    clocks,
    ceremony,
    approvals,
    accommodations,
    waiting,
    appeals,
    commission,
    violations,
    centres,
    people,
    reports,
    register,
    erasures,
    witness,
    demonstration,
)


def create_app(settings: Settings, tools: Tools | None = None) -> Flask:
    """Build the application for ``settings``; tests give their own ``tools``."""
    check_time_zone_data()
    logs.configure(for_people=settings.demonstration)
    app = Flask("app", instance_path=str(settings.instance))
    app.config.update(_flask_config(settings))
    app.extensions["synaq_settings"] = settings
    app.extensions["synaq_tools"] = tools or real_tools(settings)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Cyrillic as it is: a third of the bytes
    db.init_app(app)
    Migrate(app, db, directory=f"{app.root_path}/migrations", render_as_batch=True)
    Babel(app, default_locale=next(iter(LANGUAGES)), default_timezone="Asia/Almaty", locale_selector=chosen_language)
    Bootstrap5(app)
    PageProtection(app)
    signin.init_app(app)
    app.before_request(_refuse_odd_addresses)
    app.before_request(_refuse_unguarded)
    for room in ROOMS:
        app.register_blueprint(room)
    headers.init_app(app)
    errorpages.init_app(app)
    pages.init_app(app)
    cli.init_app(app)
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.testing,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "SESSION_COOKIE_NAME": "__Host-synaq" if settings.served_over_tls else "synaq",
        "SESSION_COOKIE_SECURE": settings.served_over_tls,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_SSL_STRICT": False,  # our pages send no Referer; the token and the SameSite cookie do the work
        "WTF_CSRF_TIME_LIMIT": None,  # a page may stay open for a whole sitting
        "MAX_CONTENT_LENGTH": 256 * 1024,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
    }


def _engine_options(settings: Settings) -> dict[str, object]:
    """An error must not print what people typed; an ending must see every row that was committed before its lock."""
    options: dict[str, object] = {"hide_parameters": True}
    if settings.database_url.startswith("postgresql"):
        options["isolation_level"] = "READ COMMITTED"
    return options


def _refuse_odd_addresses() -> None:
    """No address of ours has a control character; a database would stumble over some."""
    if any(ord(character) < ord(" ") for character in request.path):
        abort(404)


def _refuse_unguarded() -> ResponseReturnValue | None:
    """A route that forgot to say who may use it is closed to everybody."""
    if request.endpoint is None or guards.declared(request.endpoint):
        return None
    abort(403)
