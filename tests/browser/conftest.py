"""What do the browser tests drive? A fresh installation, made and served by the same commands as ``make run``."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from sqlalchemy.orm import Session

from app import create_app
from app.bookings import service as bookings
from app.bookings.queries import centre_with_code, sessions_of_centre
from app.db import db, unit_of_work
from app.demonstration.people import CENTRE_CODE, DemoApplicant, ensure_applicant
from app.papers.queries import key_of, paper_with_id
from app.sittings.queries import sitting_with_id
from app.wiring import Tools
from config import Settings
from tests.kit.eds import national_authority
from tests.kit.factories.applicants import synthetic_iin

ROOT = Path(__file__).parents[2]
START_SECONDS = 180
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Installation:
    """A running server with its own folder."""

    url: str
    settings: Settings
    environment: dict[str, str]

    def flask(self, *arguments: str) -> str:
        """Run one of our commands in this installation."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def key_of(self, sitting_id: str) -> dict[int, int]:
        """Read the right answers of a sitting from the database beside the server."""
        with self.inside() as (session, _):
            sitting = sitting_with_id(uuid.UUID(sitting_id), session=session)
            paper = paper_with_id(sitting.paper_id, session=session)
            return {question.position: question.option for question in key_of(paper, session=session)}

    def enrol(self, number: int, programme: str = "corps-b-legislation") -> DemoApplicant:
        """Enter one more person, and book a seat for them in the open demonstration session."""
        name = "Сынақ" + "".join("абвгдежзик"[int(digit)] for digit in str(number))
        person = DemoApplicant(synthetic_iin(number), name, "Нұрлан", "Қанатұлы", "kk")
        with self.inside() as (session, tools):
            now = tools.clock.now()
            centre = centre_with_code(CENTRE_CODE, session=session)
            planned = sessions_of_centre(centre.id, session=session)
            exam = next(each for each in planned if each.code.startswith(f"DEMO-{programme}") and each.is_open(now))
            applicant = ensure_applicant(person, session=session, tools=tools)
            bookings.book(applicant, exam.id, session=session, now=now, entropy=tools.entropy)
        return person

    @contextmanager
    def inside(self) -> Iterator[tuple[Session, Tools]]:
        """Give the tables, and the outside world, in an application beside the server."""
        app = create_app(self.settings)
        with app.app_context():
            try:
                with unit_of_work() as session:
                    yield session, app.extensions["synaq_tools"]
            finally:
                db.session.remove()
                db.engine.dispose()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve_installation(folder: Path, **more: str) -> tuple[Installation, subprocess.Popen[bytes]]:
    """Make an installation ready in ``folder`` and serve it; ``more`` settings beyond the defaults."""
    shutil.copytree(_made_ready().name, folder, dirs_exist_ok=True)
    installation = _installation(folder, **more)
    installation.flask("demo", "seed")
    return installation, start_server(installation)


@cache
def _made_ready() -> TemporaryDirectory[str]:
    """Make database, keys and items once in a process; every installation begins as a copy of them."""
    made = TemporaryDirectory(prefix="synaq-made-ready-")
    installation = _installation(Path(made.name))
    for command in (["db", "upgrade"], ["keys", "init"], ["items", "import"]):
        installation.flask(*command)
    return made


def _installation(folder: Path, **more: str) -> Installation:
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SYNAQ_")},
        "SYNAQ_INSTANCE": str(folder),
        "PORT": str(port),
        **more,
    }
    environment.pop("DATABASE_URL", None)
    return Installation(f"http://127.0.0.1:{port}", Settings.from_environment(environment), environment)


def start_server(installation: Installation) -> subprocess.Popen[bytes]:
    """Serve the installation, for the first time or again."""
    with (installation.settings.instance / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
            cwd=ROOT,
            env=installation.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    _wait_until_served(installation.url)
    return server


def _wait_until_served(url: str) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        try:
            if httpx.get(f"{url}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer; see server.log in its folder")


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("installation")
    trusted = national_authority(folder / "anchors").folder
    made, server = serve_installation(folder, SYNAQ_SIGNATURE=str(trusted))
    yield made
    server.terminate()
    assert server.wait(timeout=30) == 0, "the server did not stop cleanly"


def chromium_path() -> str:
    """Return the Chromium of this machine. ``make browser`` installs it where it may."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise AssertionError("The browser tests need Chromium. Install it as root: apt-get install -y chromium")


@pytest.fixture(scope="session")
def playwright_started() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright_started: Playwright) -> Iterator[Browser]:
    browser = playwright_started.chromium.launch(executable_path=chromium_path(), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def context(chromium: Browser, installation: Installation) -> Iterator[BrowserContext]:
    """A private window of 1366×768, the screen of a testing centre."""
    made = chromium.new_context(base_url=installation.url, viewport={"width": 1366, "height": 768})
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def phone(chromium: Browser, installation: Installation) -> Iterator[Page]:
    """A window of 390×844."""
    made = chromium.new_context(base_url=installation.url, viewport={"width": 390, "height": 844})
    made.set_default_timeout(15_000)
    yield made.new_page()
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which any error of a script fails the test."""
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield made
    assert not [error for error in errors if "Failed to load resource" not in error], errors
