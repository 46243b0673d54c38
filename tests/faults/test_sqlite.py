"""Does a small room on SQLite lose anything: by a kill, by a full disk, by a clock that somebody sets?"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.exam.seeding import Candidate
from tests.faults.conftest import LONG, PEOPLE
from tests.faults.disk import fill, free, small_disk
from tests.faults.pages import Load
from tests.faults.processes import kill
from tests.faults.site import Site

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

MEGABYTES = 100
KILLS = 25 if LONG else 1
SETTLED = 20
SWEEP_SECONDS = 6
"""In which the closing sweep, every five seconds, has been there."""
STEPPED = Path(__file__).parent / "stepped"
HOURS = 3600


@pytest.fixture
def disk(room: Path) -> Iterator[Path]:
    with small_disk(room / "disk", MEGABYTES) as folder:
        yield folder


@pytest.fixture
def site(disk: Path) -> Iterator[Site]:
    site = Site(disk / "site", home=STEPPED)
    set_clock(site, 0)
    try:
        yield site
    finally:
        site.close()


def set_clock(site: Site, seconds: float) -> None:
    (site.settings.instance / "step").write_text(str(seconds))


def test_nothing_is_lost_on_sqlite(site: Site, disk: Path, seed: int) -> None:
    people = site.seat(PEOPLE)
    site.start()
    with Load(people, site.address, seed=seed) as load:
        load.wait_for(SETTLED)
        killed(site, load, random.Random(seed))
        print("after the kills", load.tally.line())
        full(disk, load)
        print("after the full disk", load.tally.line())
        stepped(site, load)
        print("after the steps of the clock", load.tally.line())
    site.check(load)
    in_order(load)
    running(site, people, load)
    site.end_all(people)
    site.check(load)
    assert not site.unexpected(), site.unexpected()


def killed(site: Site, load: Load, chance: random.Random) -> None:
    for _ in range(KILLS):
        time.sleep(chance.random() * 0.3)
        kill(site.web_processes()[0])
        load.wait_for(SETTLED)


def full(disk: Path, load: Load) -> None:
    fill(disk)
    load.wait_for_refusals(2 * PEOPLE)
    free(disk)
    load.wait_for(5 * PEOPLE)
    assert load.tally.answers["503 unavailable"], load.tally.line()


def stepped(site: Site, load: Load) -> None:
    """Set the clock by more than a whole test, in both directions; processes that start meanwhile are not misled."""
    for hours in (3, -3):
        set_clock(site, hours * HOURS)
        kill(site.web_processes()[0])
        load.wait_for(SETTLED)
        if hours > 0:
            time.sleep(SWEEP_SECONDS)
            load.wait_for(SETTLED)
    assert "clock.stepped" in site.log()


def in_order(load: Load) -> None:
    for page in load.pages:
        moments = [each.saved_at for each in page.log.acknowledged]
        assert moments == sorted(moments), "an answer was saved before the one before it"


def running(site: Site, people: list[Candidate], load: Load) -> None:
    """Nobody was ended by a clock: each page was answered until the load ended, and each sitting runs."""
    assert all(not ended for ended in site.ended(people)), load.tally.line()
