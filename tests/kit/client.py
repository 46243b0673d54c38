"""How does a test use the application? By endpoint and expected status; every page is checked on the way."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.rules import Person
from app.accounts.signin import fill_session
from tests.kit import pages
from tests.kit.pages import Page


class ClientRequest:
    """One browser. What the test's session has written is committed before each request, so that it is seen."""

    def __init__(self, app: Flask, session: Session | None = None) -> None:
        self.app = app
        self.browser = app.test_client()
        self._session = session

    def get(self, endpoint: str, status: int = 200, **params: Any) -> Page:
        """Fetch a page and check it."""
        return self.get_path(self.address_of(endpoint, **params), status)

    def get_path(self, path: str, status: int = 200, **options: Any) -> Page:
        """Fetch a page by its address."""
        return self._answer(path, status, method="GET", **options)

    def post(
        self,
        endpoint: str,
        data: Mapping[str, Any] | None = None,
        status: int = 303,
        *,
        csrf: bool = True,
        **params: Any,
    ) -> Page:
        """Post a form with the CSRF token of this browser's session; ``csrf=False`` leaves it out."""
        return self.post_path(self.address_of(endpoint, **params), data, status, csrf=csrf)

    def post_path(
        self, path: str, data: Mapping[str, Any] | None = None, status: int = 303, *, csrf: bool = True, **options: Any
    ) -> Page:
        """Post a form to an address."""
        token = {"csrf_token": self.csrf_token()} if csrf else {}
        return self._answer(path, status, method="POST", data={**token, **(data or {})}, **options)

    def post_json(self, endpoint: str, data: Any, status: int = 200, *, csrf: bool = True, **params: Any) -> Page:
        """Post JSON with the token in its header, as the scripts of the pages do."""
        headers = {"X-CSRFToken": self.csrf_token()} if csrf else {}
        return self._answer(self.address_of(endpoint, **params), status, method="POST", json=data, headers=headers)

    def follow(self, answer: Page, status: int = 200) -> Page:
        """Fetch the page to which a redirect leads."""
        return self.get_path(answer.location, status)

    def sign_in(self, person: Person) -> None:
        """Sign in without the form and its slow password; a new session as the form would begin it."""
        tools = self.app.extensions["synaq_tools"]
        with self.browser.session_transaction() as kept:
            fill_session(kept, person, now=tools.clock.now(), entropy=tools.entropy)

    def sign_out(self) -> None:
        """Forget the session of this browser."""
        self.browser.delete_cookie(self.app.config["SESSION_COOKIE_NAME"])

    def session_content(self) -> dict[str, Any]:
        """Return what the session cookie says."""
        with self.browser.session_transaction() as kept:
            return dict(kept)

    def csrf_token(self) -> str:
        """Return a token that the session of this browser accepts."""
        with self.browser.session_transaction() as kept:
            seed = kept.setdefault("csrf_token", secrets.token_hex(20))
        return self._signer().dumps(seed)  # type: ignore[no-any-return]

    def address_of(self, endpoint: str, **params: Any) -> str:
        """Return the path of an endpoint; parameters that are not in the path become the query."""
        adapter = self.app.url_map.bind("localhost")
        return adapter.build(endpoint, {name: value for name, value in params.items() if value is not None})

    def _answer(self, path: str, status: int, **options: Any) -> Page:
        if self._session is not None:
            self._session.commit()
        response: TestResponse = self.browser.open(path, **options)
        page = Page(response.status_code, response.headers, response.data, path)
        response.close()
        if page.status != status:
            raise AssertionError(f"{path} answered {page.status}, not {status}:\n{page.text[:2000]}")
        if page.is_html and not 300 <= page.status < 400:
            pages.check(page)
            self._check_tokens(page)
        return page

    def _check_tokens(self, page: Page) -> None:
        seed = self.session_content().get("csrf_token")
        for token in pages.tokens_of(page.tree):
            if self._signer().loads(token) != seed:
                raise AssertionError(f"a CSRF token on {page.address} is not of this session")

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.app.config["SECRET_KEY"], salt="wtf-csrf-token")
