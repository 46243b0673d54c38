"""Which server is it that fails? The one that ``make run`` starts: supervisor, web processes, worker."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from flask import Flask

from app import create_app
from app.db import db, unit_of_work
from app.papers.queries import key_of, paper_with_id
from app.processes.after_sitting import end_sitting
from app.scoring.queries import result_of_sitting
from app.sittings.queries import journal, sitting_with_id
from app.sittings.rules import Cause, State
from app.wiring import Tools, real_tools
from config import Settings
from tests.bench.exam.client import Address
from tests.bench.exam.seeding import Candidate, seat
from tests.faults.checker import Ending, Row, Stored, violations
from tests.faults.pages import Load
from tests.faults.processes import free_port, kill, kill_all, tree
from tests.kit import databases
from tests.kit.pki import make_keys

ROOT = Path(__file__).parents[2]
START_SECONDS = 90


class Site:
    """An installation with its server. The application is made here too, to seat people and to read the journal."""

    def __init__(self, folder: Path, database_url: str = "", *, served_from: str = "", home: Path = ROOT) -> None:
        """Make it.

        Args:
            folder: Of its own files; SQLite lies there.
            database_url: PostgreSQL, as these tests reach it.
            served_from: The same database as the server reaches it: through a proxy.
            home: Where the server finds its ``wsgi``.
        """
        folder.mkdir(parents=True, exist_ok=True)
        common = {"SYNAQ_INSTANCE": str(folder), "SYNAQ_SECRET_KEY": uuid.uuid4().hex, "PORT": str(free_port())}
        own = common | ({"DATABASE_URL": database_url} if database_url else {})
        self.settings = Settings.from_environment(own)
        self._environment = own | ({"DATABASE_URL": served_from} if served_from else {})
        self._home = home
        self._log = folder / "server.log"
        self._supervisor: subprocess.Popen[bytes] | None = None
        make_keys(self.settings, real_tools(self.settings).clock.now())
        self.tools: Tools = real_tools(self.settings)
        self.app: Flask = create_app(self.settings, self.tools)
        databases.make_schema(self.app)

    @property
    def address(self) -> Address:
        return "127.0.0.1", self.settings.port

    def seat(self, number: int) -> list[Candidate]:
        """Let people sit, each with a sitting that runs and a browser."""
        with self._inside():
            return seat(self.app, self.tools, number)

    def start(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **self._environment}
        with self._log.open("ab") as log:
            self._supervisor = subprocess.Popen(command, env=environment, cwd=self._home, stdout=log, stderr=log)
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < until, f"the server does not answer:\n{self.log()[-3000:]}"
            time.sleep(0.1)

    def web_processes(self) -> list[psutil.Process]:
        """Return the processes that answer requests."""
        return [each for each in self._from(self.web_master()) if not _is_tracker(each)]

    def web_master(self) -> psutil.Process | None:
        """Return the process that starts them."""
        children = self._from(self.supervisor)
        return next((each for each in children if "granian" in _command(each)), None)

    @property
    def supervisor(self) -> psutil.Process | None:
        if self._supervisor is None or self._supervisor.poll() is not None:
            return None
        return psutil.Process(self._supervisor.pid)

    def kill(self) -> None:
        """Kill all of it at once."""
        if self.supervisor:
            kill_all([self.supervisor])
        self._reap()

    def kill_supervisor(self) -> None:
        """Kill the supervisor alone; what it had started has to go by itself, or the next one finds the port taken."""
        orphans = tree(self.supervisor)[1:] if self.supervisor else []
        if self.supervisor:
            kill(self.supervisor)
        self._reap()
        gone, alive = psutil.wait_procs(orphans, timeout=30)
        del gone
        assert not alive, f"outlived their supervisor: {alive}"

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def unexpected(self) -> str:
        """Return what the server noted of an error for which it had no answer, with its traceback."""
        return self.log().partition("] unexpected ")[2][:4000]

    def close(self) -> None:
        self.kill()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def end_all(self, people: Sequence[Candidate]) -> None:
        """End each sitting as a click does, unless it has ended."""
        with self._inside():
            for who in people:
                with unit_of_work() as session:
                    end_sitting(
                        uuid.UUID(who.sitting),
                        Cause.CLICK,
                        actor="system:faults",
                        session=session,
                        now=self.tools.clock.now(),
                        entropy=self.tools.entropy,
                    )

    def ended(self, people: Sequence[Candidate]) -> list[bool]:
        """Say of each sitting whether it has ended."""
        with self._inside():
            return [_stored(uuid.UUID(who.sitting)).ending is not None for who in people]

    def check(self, load: Load) -> None:
        """Hold what every page was told against the database; fail with all that does not agree."""
        found = []
        with self._inside():
            for page in load.pages:
                found += violations(page.log, _stored(uuid.UUID(page.who.sitting)))
        assert not found, "\n".join([load.tally.line(), *found[:20]])

    @contextmanager
    def _inside(self) -> Iterator[None]:
        with self.app.app_context():
            try:
                yield
            finally:
                db.session.remove()
                db.engine.dispose()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(*self.address, timeout=5)
        try:
            connection.request("GET", "/verify")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _from(self, parent: psutil.Process | None) -> list[psutil.Process]:
        try:
            return parent.children() if parent else []
        except psutil.NoSuchProcess:
            return []

    def _reap(self) -> None:
        if self._supervisor:
            self._supervisor.wait(10)
        self._supervisor = None


def _is_tracker(process: psutil.Process) -> bool:
    return "resource_tracker" in " ".join(_command(process))


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def _stored(sitting_id: uuid.UUID) -> Stored:
    session = db.session()
    sitting = sitting_with_id(sitting_id, session=session)
    ending = None
    if sitting.state is State.ENDED:
        assert sitting.ended_at
        assert sitting.ended_by
        key = key_of(paper_with_id(sitting.paper_id, session=session), session=session)
        ending = Ending(
            at=sitting.ended_at,
            cause=sitting.ended_by.value,
            sequence=sitting.final_sequence or 0,
            head=(sitting.final_head or b"").hex(),
            total=result_of_sitting(sitting_id, session=session).total,
            key={question.position: question.option for question in key},
        )
    entries = journal(sitting_id, session=session)
    return Stored(
        sitting_id=sitting_id,
        first_head=sitting.first_head.hex(),
        deadline=sitting.timing.deadline,
        rows=[
            Row(each.row.sequence, each.row.position, each.row.option, each.row.saved_at, each.head.hex())
            for each in entries
        ],
        ending=ending,
    )
