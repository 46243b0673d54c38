"""How is the application served on one machine? A web server and a worker, started and stopped together."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType

import structlog

from config import Settings

log = structlog.get_logger()

STOP_SECONDS = 15
PAUSE_SECONDS = 1
"""Between the end of a web server and the start of the next."""
HOST = "127.0.0.1"
_PR_SET_PDEATHSIG = 1


class PortTaken(Exception):
    """Somebody serves on this port already; two servers would share the requests between them."""


def require_free_port(port: int) -> None:
    """Refuse a port on which something listens. Raises ``PortTaken``."""
    if _listens(port):
        raise PortTaken


def serve(settings: Settings) -> int:
    """Run until Ctrl-C or SIGTERM; then stop both.

    What dies is started again: a web process by granian, granian itself (it gives up where its processes die fast one
    after the other) and the worker from here. What they did was committed or was never there.

    Returns:
        The exit status: 0 after a wish to stop, 1 if the web server never came up.
    """
    web, worker = _start(web_command(settings)), _start(worker_command())
    signal.signal(signal.SIGTERM, _interrupt)
    has_served = False
    try:
        while has_served or web.poll() is None:
            if web.poll() is not None:
                log.error("serving.web.ended", status=web.returncode)
                _kill(web)
                time.sleep(PAUSE_SECONDS)
                web = _start(web_command(settings))
            if worker.poll() is not None:
                log.error("serving.worker.ended", status=worker.returncode)
                worker = _start(worker_command())
            _wait_a_moment(web)
            has_served = has_served or _listens(settings.port)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop([web, worker])
    return 1


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child in a group of its own, with which all that comes from it can be ended."""
    return subprocess.Popen(command, process_group=0, preexec_fn=_stop_with_parent)  # noqa: S603, PLW1509  # ours; no threads


def _stop_with_parent() -> None:
    """Let the system stop the child if we are killed: it would hold the port. Only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def worker_command() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]


def web_command(settings: Settings) -> list[str]:
    """One process on SQLite, which has one writer; two on PostgreSQL."""
    workers = "1" if settings.database_url.startswith("sqlite") else "2"
    where = ["--host", HOST, "--port", str(settings.port)]
    size = ["--workers", workers, "--blocking-threads", "4", "--respawn-failed-workers"]
    size += ["--workers-kill-timeout", str(STOP_SECONDS - 5)]
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
            _kill(child)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill a child with all that came from it: what granian started does not end with granian."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
