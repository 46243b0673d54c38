"""How is the application served on one machine? A web server and a worker, started and stopped together."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from types import FrameType

from config import Settings

STOP_SECONDS = 15
HOST = "127.0.0.1"


class PortTaken(Exception):
    """Somebody serves on this port already; two servers would share the requests between them."""


def require_free_port(port: int) -> None:
    """Refuse a port on which something listens. Raises ``PortTaken``."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise PortTaken


def serve(settings: Settings) -> int:
    """Run until Ctrl-C or SIGTERM; then stop both.

    A worker that dies is started again, a web process by granian itself: what it did was committed or was never there.

    Returns:
        The exit status: 0 after a wish to stop, 1 if the web server ended by itself.
    """
    web, worker = _start(web_command(settings)), _start(worker_command())
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        while web.poll() is None:
            if worker.poll() is not None:
                worker = _start(worker_command())
            _wait_a_moment(web)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop([web, worker])
    return 1


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command)  # noqa: S603  # our own interpreter and arguments


def worker_command() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]


def web_command(settings: Settings) -> list[str]:
    """One process on SQLite, which has one writer; two on PostgreSQL."""
    workers = "1" if settings.database_url.startswith("sqlite") else "2"
    where = ["--host", HOST, "--port", str(settings.port)]
    size = ["--workers", workers, "--blocking-threads", "4", "--respawn-failed-workers"]
    quiet = ["--no-ws", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", "--interface", "wsgi", *where, *size, *quiet, "wsgi:app"]


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_a_moment(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    """Ask politely, then insist; a second wish to stop must not leave a child behind."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    for child in children:
        try:
            child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
