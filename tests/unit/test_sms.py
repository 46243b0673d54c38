"""What does a gateway for short messages get, and which of its answers are believed?"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.sms import FolderTexter, GatewayTexter, NotTaken, ShortMessage, texter_for
from config import Settings, SettingsError

MESSAGE = ShortMessage(
    to="+77011234567",
    text="Еске саламыз: тестіңіз 24 қараша",
    reference=uuid.UUID("019a0000-0000-7000-8000-000000000001"),
)


class Gateway:
    """A stand-in for a gateway: keeps what it was sent, and answers as a test wants it."""

    def __init__(self) -> None:
        self.status = 202
        self.location = ""
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.seen.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(gateway.status)
            if gateway.location:
                self.send_header("Location", gateway.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_port}/messages"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield gateway
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def texter(gateway: Gateway, tmp_path: Path) -> GatewayTexter:
    token = tmp_path / "token"
    token.write_text("secret-token\n", encoding="utf-8")
    return GatewayTexter(gateway.url, token)


def test_gateway_gets_what_is_documented(gateway: Gateway, texter: GatewayTexter) -> None:
    texter.send(MESSAGE)

    ((path, headers, body),) = gateway.seen
    assert path == "/messages"
    assert body == {"to": MESSAGE.to, "text": MESSAGE.text, "reference": str(MESSAGE.reference)}
    assert headers["Authorization"] == "Bearer secret-token"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Idempotency-Key"] == str(MESSAGE.reference)


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_message_that_was_not_taken_is_tried_again(gateway: Gateway, texter: GatewayTexter, status: int) -> None:
    gateway.status = status

    with pytest.raises(NotTaken, match=str(status)):
        texter.send(MESSAGE)


def test_token_is_carried_nowhere_else(gateway: Gateway, texter: GatewayTexter) -> None:
    gateway.status, gateway.location = 307, gateway.url + "/elsewhere"

    with pytest.raises(NotTaken, match="307"):
        texter.send(MESSAGE)

    assert [path for path, _, _ in gateway.seen] == ["/messages"]


def test_gateway_that_is_away_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x", encoding="utf-8")

    with pytest.raises(NotTaken, match="ConnectError"):
        GatewayTexter("http://127.0.0.1:9/messages", tmp_path / "token").send(MESSAGE)


def test_missing_token_is_a_failure_of_the_try(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="token"):
        GatewayTexter("http://127.0.0.1:9/messages", tmp_path / "token").send(MESSAGE)


def test_folder_keeps_messages(tmp_path: Path) -> None:
    texter = FolderTexter(tmp_path / "sms")
    assert texter.messages(limit=5) == []

    texter.send(MESSAGE)
    texter.send(MESSAGE)

    (kept,) = texter.messages(limit=5)
    assert (kept.to, kept.text) == (MESSAGE.to, MESSAGE.text)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("", type(None)),
        ("folder:/var/sms", FolderTexter),
        ("https://sms.example.kz/v1/messages", GatewayTexter),
        ("http://127.0.0.1:8025/messages", GatewayTexter),
    ],
)
def test_setting_names_the_way(tmp_path: Path, address: str, kind: type) -> None:
    settings = Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), "SYNAQ_SMS": address})

    assert isinstance(texter_for(settings.sms, settings.sms_token_file), kind)


@pytest.mark.parametrize("address", ["http://sms.example.kz/", "sms.example.kz", "smtp://x", "folder"])
def test_setting_that_is_no_way_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="SYNAQ_SMS"):
        Settings.from_environment({"SYNAQ_INSTANCE": str(tmp_path), "SYNAQ_SMS": address})
