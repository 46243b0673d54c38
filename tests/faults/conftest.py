"""On what do the fault tests run? Short in ``make test``, in full with ``SYNAQ_LONG=1``; one after the other."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.exam.seeding import Candidate
from tests.faults.postgres import Postgres
from tests.faults.site import Site
from tests.faults.wire import Wire

LONG = bool(os.environ.get("SYNAQ_LONG"))
PEOPLE = 12
"""At each test; they go on sitting, and each test has its own."""
TESTS = 4


@pytest.fixture(scope="session")
def seed() -> int:
    """Of everything that happens by chance; printed, and taken from ``SYNAQ_SEED`` to play a run again."""
    number = int(os.environ.get("SYNAQ_SEED", secrets.randbelow(10**6)))
    print(f"SYNAQ_SEED={number}")
    return number


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder that PostgreSQL's user may enter too; pytest's own is closed to it."""
    with tempfile.TemporaryDirectory(prefix="synaq-faults-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@dataclass
class Centre:
    """A server on PostgreSQL, the line between them, and the people who sit."""

    postgres: Postgres
    wire: Wire
    site: Site
    waiting: list[Candidate]

    def next_people(self) -> list[Candidate]:
        """Return people of whom no other test knows."""
        taken, self.waiting = self.waiting[:PEOPLE], self.waiting[PEOPLE:]
        return taken


@pytest.fixture(scope="session")
def centre() -> Iterator[Centre]:
    """One for all tests: each leaves it running, with the answers of its people."""
    with tempfile.TemporaryDirectory(prefix="synaq-faults-") as folder:
        Path(folder).chmod(0o755)
        postgres = Postgres(Path(folder) / "postgres")
        postgres.start()
        wire = Wire(postgres.port)
        site = Site(Path(folder) / "site", postgres.address, served_from=postgres.address_on(wire.port))
        try:
            people = site.seat(PEOPLE * TESTS)
            site.start()
            yield Centre(postgres, wire, site, people)
        finally:
            site.close()
            wire.close()
            postgres.remove()
