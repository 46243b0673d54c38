"""What does every answer tell the browser, and do forms work under TLS?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from tests.kit.client import ClientRequest

TLS = "https://exam.example.kz"


@pytest.fixture
def _over_tls(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.extensions["synaq_settings"]
    monkeypatch.setitem(app.extensions, "synaq_settings", replace(settings, public_origin=TLS))


def test_no_script_or_style_may_stand_in_a_page(client_request: ClientRequest) -> None:
    policy = client_request.get("pages.home").headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy


def test_pages_are_kept_by_nobody_and_files_are(client_request: ClientRequest) -> None:
    assert client_request.get("pages.home").headers["Cache-Control"] == "no-store"
    with client_request.app.test_client().get("/static/css/synaq.css") as style:
        assert "no-store" not in style.headers["Cache-Control"]


def test_plain_http_promises_no_tls(client_request: ClientRequest) -> None:
    assert "Strict-Transport-Security" not in client_request.get("pages.home").headers


@pytest.mark.usefixtures("_over_tls")
def test_tls_is_promised_where_it_is_served(client_request: ClientRequest) -> None:
    assert "max-age" in client_request.get("pages.home").headers["Strict-Transport-Security"]


def test_form_without_a_referer_is_taken_under_tls(app: Flask) -> None:
    """Our pages send no Referer, so a check of it would refuse every form of a real installation."""
    browser = app.test_client()
    page = browser.get("/sign-in", base_url=TLS).get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    sent = {"csrf_token": token, "sign_in_name": "900515399919", "password": "not the password"}

    answer = browser.post("/sign-in", base_url=TLS, data=sent)

    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/certificates/a%00b", "/proctor/sessions/a%00b", "/%07"])
def test_address_with_a_control_character_is_no_page(client_request: ClientRequest, path: str) -> None:
    client_request.get_path(path, status=404)
