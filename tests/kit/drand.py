"""Which beacon can a test reach? A relay of drand on this machine, as honest as the test lets it be."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.kit.outside import HandClock

CHAIN = hashlib.sha256(b"a chain for tests").hexdigest()
GENESIS = datetime(2023, 8, 23, 15, 9, 27, tzinfo=UTC)
PERIOD = timedelta(seconds=30)


class DrandRelay:
    """Publishes round after round by the test's clock; ``down``, ``late`` and ``told`` make it fail."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.url = ""
        self.down = False
        self.late = timedelta(0)
        self.told: dict[str, Any] = {}
        """What it says in place of the truth, by field."""
        self.asked: list[str] = []

    def randomness(self, number: int) -> bytes:
        return hashlib.sha256(self._signature(number)).digest()

    def published_at(self, number: int) -> datetime:
        return GENESIS + (number - 1) * PERIOD

    def newest(self) -> int:
        """Return the number of the round that is published last."""
        return (self.clock.now() - GENESIS) // PERIOD + 1

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a request."""
        self.asked.append(path)
        if self.down:
            return 502, b"<h1>Bad gateway</h1>"
        if path == "/info":
            truth = {"hash": CHAIN, "genesis_time": int(GENESIS.timestamp()), "period": int(PERIOD.total_seconds())}
            return 200, self._body(truth)
        if path == "/public/latest":
            return 200, self._body({"round": self.newest()})
        number = int(path.removeprefix("/public/"))
        if self.clock.now() < self.published_at(number) + self.late:
            return 425, b"Too early"
        truth = {
            "round": number,
            "randomness": self.randomness(number).hex(),
            "signature": self._signature(number).hex(),
        }
        return 200, self._body(truth)

    def _body(self, truth: dict[str, Any]) -> bytes:
        changed = {name: value for name, value in self.told.items() if name in truth}
        return json.dumps(truth | changed).encode()

    def _signature(self, number: int) -> bytes:
        return hashlib.sha384(b"signature of round %d" % number).digest()


@contextmanager
def drand_relay(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[DrandRelay]:
    """Serve a relay on the loopback, past any proxy of this machine."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    relay = DrandRelay(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = relay.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        relay.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
