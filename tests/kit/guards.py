"""What may no test do? Reach the network, send mail, or open a database where rules are tested."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from sqlalchemy.engine import Engine

MAIL_PORTS = frozenset({25, 465, 587})

_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex


class ForbiddenInTests(AssertionError):
    """A test did what no test may do; the message says what."""


def close_network() -> None:
    """Leave only the loopback, without its mail server. For the whole run."""
    socket.socket.connect = _guarded(_connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = _guarded(_connect_ex)  # type: ignore[method-assign]


def open_network() -> None:
    """Undo ``close_network``."""
    socket.socket.connect = _connect  # type: ignore[method-assign]
    socket.socket.connect_ex = _connect_ex  # type: ignore[method-assign]


def close_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whatever opens a database: unit tests hold rules only."""

    def refuse(*_: object, **__: object) -> None:
        raise ForbiddenInTests("a test under tests/unit opened the database; move it to tests/service")

    monkeypatch.setattr(Engine, "connect", refuse)
    monkeypatch.setattr(Engine, "raw_connection", refuse)


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and not _allowed(address):
            raise ForbiddenInTests(f"a test reached for the network: {address!r}; give the code a fake instead")
        return connect(self, address)

    return guarded


def _allowed(address: Any) -> bool:
    host, port = address[0], address[1]
    return port not in MAIL_PORTS and (host == "localhost" or _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
