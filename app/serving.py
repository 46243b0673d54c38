"""How is the application served on one machine? A web server and a worker, started and stopped together."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import FrameType

from config import Settings

STOP_SECONDS = 15
HOST = "127.0.0.1"


def serve(settings: Settings) -> None:
    """Run until Ctrl-C or SIGTERM, or until one of the two ends; then stop both."""
    web = subprocess.Popen(_web_command(settings))  # noqa: S603  # our own interpreter and arguments
    worker = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "worker"])
    children = [web, worker]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        while all(child.poll() is None for child in children):
            _wait_a_moment(web)
    except KeyboardInterrupt:
        pass
    finally:
        _stop(children)


def _web_command(settings: Settings) -> list[str]:
    """One process on SQLite, which has one writer; two on PostgreSQL."""
    workers = "1" if settings.database_url.startswith("sqlite") else "2"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(settings.port)]
    return [*command, "--workers", workers, "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "wsgi:app"]


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_a_moment(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    """Ask politely, then insist."""
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    for child in children:
        try:
            child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
