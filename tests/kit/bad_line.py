"""What lies between a browser and the server? A proxy of our own that loses, delays, doubles and reorders requests."""

from __future__ import annotations

import enum
import http.client
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CALLS = ("/answers", "/events", "/paper")
"""Where a bad line strikes: the exam page's own calls. The pages themselves load."""
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}
HOST = "127.0.0.1"


class Fate(enum.Enum):
    """What becomes of a request."""

    PASSES = "passes"
    DROPPED = "dropped"
    """The server never hears of it."""
    UNANSWERED = "unanswered"
    """The server does what it asks; the line is cut before the answer."""
    DELAYED = "delayed"
    DOUBLED = "doubled"
    """It arrives, and once more later."""
    OVERTAKEN = "overtaken"
    """The line is cut at once, and it arrives later all the same, behind those that follow."""


@dataclass(frozen=True)
class Message:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class BadLine:
    """Serves on a port of its own and hands on what it gets, until it is told to be bad."""

    def __init__(self, port: int, *, seed: int = 0) -> None:
        """Lie before the server on ``port``; the same seed throws the same dice."""
        self.met: Counter[str] = Counter()
        self._port = port
        self._dice, self._chances, self._longest = random.Random(seed), dict[Fate, float](), 0.0
        self._lock = threading.Lock()
        self._down = False
        self._gate = threading.Event()
        self._gate.set()
        self._server = ThreadingHTTPServer((HOST, 0), _handler_of(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_port}"

    def close(self) -> None:
        self._gate.set()
        self._server.shutdown()
        self._server.server_close()

    def be_bad(self, chances: Mapping[Fate, float], *, longest: float) -> None:
        """Treat calls by these chances from now on; what is late is late by at most ``longest`` seconds."""
        self._chances, self._longest = dict(chances), longest

    def be_good(self) -> None:
        self._chances = {}

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Let nothing at all through."""
        self._down = True
        try:
            yield
        finally:
            self._down = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the calls that come now on their way, and deliver them afterwards."""
        self._gate.clear()
        try:
            yield
        finally:
            self._gate.set()

    def carry(self, message: Message) -> Reply | None:
        """Hand a request on as its fate will have it; None: the line is to be cut."""
        is_call = message.path.endswith(CALLS)
        if is_call:
            self._gate.wait()
        fate, late = self._throw() if is_call else (Fate.PASSES, 0.0)
        if self._down or fate is Fate.DROPPED:
            return None
        if fate in {Fate.OVERTAKEN, Fate.DOUBLED}:
            threading.Timer(late, self._deliver, [message]).start()
        if fate is Fate.OVERTAKEN:
            return None
        if fate is Fate.DELAYED:
            time.sleep(late)
        reply = self._deliver(message)
        return None if self._down or fate is Fate.UNANSWERED else reply

    def _throw(self) -> tuple[Fate, float]:
        with self._lock:
            point, late, fate = self._dice.random(), self._dice.uniform(0, self._longest), Fate.PASSES
            for each, chance in self._chances.items():
                if point < chance:
                    fate = each
                    break
                point -= chance
            self.met[fate.value] += 1
            return fate, late

    def _deliver(self, message: Message) -> Reply | None:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=30)
        try:
            connection.request(message.method, message.path, message.body or None, message.headers)
            response = connection.getresponse()
            return Reply(response.status, response.getheaders(), response.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def _handler_of(line: BadLine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            reply = line.carry(Message(self.command, self.path, headers, self.rfile.read(length)))
            try:
                self._answer(reply) if reply else self._cut()
            except OSError:
                self.close_connection = True  # the browser has given up

        do_POST = do_GET  # noqa: N815  # the name that the server looks for

        def _answer(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def _cut(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
