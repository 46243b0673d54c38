"""Who may use a route? Every view carries one of these; one without is closed to everybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, current_app, redirect, request, url_for
from flask_login import current_user

from app.accounts.rules import STAFF, Person, Role
from app.web import settings

View = TypeVar("View", bound=Callable[..., Any])

FRAMEWORK_ENDPOINTS = frozenset({"static", "bootstrap.static"})


def public(view: View) -> View:
    """Open to everybody. Keep the list short: ``tests/policy`` names each one."""
    return _declare(view, "public")


def role_required(*roles: Role, before_factor: bool = False) -> Callable[[View], View]:
    """Open to signed-in people of the roles; others are asked to sign in, or refused.

    Staff without a second factor are led to set one up, where the installation requires it, unless the view is open
    ``before_factor``.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return redirect(url_for("accounts.sign_in", next=_page_to_return_to()))
            if not before_factor and must_set_up_factor(current_person()):
                return redirect(url_for("factor.set_up"), 303)
            if current_person().role not in roles:
                abort(403)
            return view(*args, **kwargs)

        return _declare(cast(View, guarded), "role:" + ",".join(role.value for role in roles))

    return decorate


def signed_in(view: View) -> View:
    """Open to every signed-in person."""
    return role_required(*Role)(view)


def signed_in_before_factor(view: View) -> View:
    """Open to every signed-in person, and to staff who have no second factor yet. Setting one up, and signing out."""
    return role_required(*Role, before_factor=True)(view)


def must_set_up_factor(person: Person) -> bool:
    """Say whether a person is to set up a second factor before anything else."""
    return settings().second_factor_required and person.role in STAFF and not person.has_factor


def guarded_by(name: str) -> Callable[[View], View]:
    """For a view that does its own check, named here so that the policy test can see it."""
    return lambda view: _declare(view, name)


def current_person() -> Person:
    """The signed-in person. Only for views behind a guard."""
    return cast(Person, current_user._get_current_object())


def declared(endpoint: str) -> bool:
    """Say whether the route behind ``endpoint`` declares who may use it."""
    return endpoint in FRAMEWORK_ENDPOINTS or hasattr(current_app.view_functions.get(endpoint), "guard")


def _page_to_return_to() -> str | None:
    """The page that was asked for; what was posted to cannot be returned to."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _declare(view: View, guard: str) -> View:
    view.guard = guard  # type: ignore[attr-defined]  # a mark on the function, read by `declared` and tests/policy
    return view
