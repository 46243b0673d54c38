"""How are processes found and killed? Always by their own numbers, never by a name."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterable
from contextlib import suppress

import psutil


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tree(root: psutil.Process) -> list[psutil.Process]:
    """Return a process and all that come from it, the root first."""
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill_all(roots: Iterable[psutil.Process]) -> None:
    """Kill whole trees at once, as ``kill -9`` does: nobody gets to say anything. Wait until they are gone."""
    victims = [each for root in roots for each in tree(root)]
    for victim in victims:  # all are stopped first, so that none starts another meanwhile
        _send(victim, signal.SIGSTOP)
    for victim in victims:
        _send(victim, signal.SIGKILL)
    gone, alive = psutil.wait_procs(victims, timeout=20)
    del gone
    assert not alive, f"still there after a kill: {alive}"


def kill(victim: psutil.Process) -> None:
    """Kill one process and nothing that comes from it."""
    _send(victim, signal.SIGKILL)


def _send(victim: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        victim.send_signal(number)
