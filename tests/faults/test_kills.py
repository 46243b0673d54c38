"""Is every acknowledged answer there, whatever is killed, and however often?"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import pytest

from tests.faults.conftest import LONG, Centre
from tests.faults.pages import Load
from tests.faults.postgres import DURABLE
from tests.faults.processes import kill

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

KILLS = 100 if LONG else 7
SETTLED = 60 if LONG else 20
"""Answers that are saved between two faults."""


def kill_a_web_process(centre: Centre, chance: random.Random) -> None:
    kill(chance.choice(centre.site.web_processes()))


def kill_the_web_server(centre: Centre, chance: random.Random) -> None:
    """Its master alone: its processes are orphans then, and hold the port."""
    master = centre.site.web_master()
    assert master
    kill(master)


def kill_the_supervisor(centre: Centre, chance: random.Random) -> None:
    centre.site.kill_supervisor()
    centre.site.start()


def kill_everything_of_the_server(centre: Centre, chance: random.Random) -> None:
    centre.site.kill()
    centre.site.start()


def kill_a_backend(centre: Centre, chance: random.Random) -> None:
    centre.postgres.kill_backend()


def kill_the_database(centre: Centre, chance: random.Random) -> None:
    centre.postgres.kill()
    centre.postgres.start()


def restart_the_database(centre: Centre, chance: random.Random) -> None:
    centre.postgres.restart()


def cut_the_line(centre: Centre, chance: random.Random) -> None:
    centre.wire.cut()


Fault = Callable[[Centre, random.Random], None]
FAULTS: tuple[Fault, ...] = (
    kill_a_web_process,
    kill_the_database,
    kill_the_web_server,
    restart_the_database,
    kill_a_backend,
    kill_everything_of_the_server,
    kill_the_supervisor,
    cut_the_line,
)


def planned(chance: random.Random) -> Iterator[Fault]:
    """Each kind once, then by chance; in the long form a web process and the database most of all."""
    yield from FAULTS
    while True:
        yield chance.choices(FAULTS, weights=[8, 6, 2, 2, 4, 3, 2, 3])[0]


def test_the_database_is_as_durable_as_it_comes(centre: Centre) -> None:
    assert centre.postgres.settings() == DURABLE


def test_no_acknowledged_answer_is_lost_whatever_is_killed(centre: Centre, seed: int) -> None:
    chance = random.Random(seed)
    faults = planned(chance)
    times: dict[str, int] = {}
    people = centre.next_people()
    with Load(people, centre.site.address, seed=seed) as load:
        load.wait_for(SETTLED)
        for _ in range(max(KILLS, len(FAULTS))):
            fault = next(faults)
            times[fault.__name__] = times.get(fault.__name__, 0) + 1
            time.sleep(chance.random() * 0.3)
            begun = time.monotonic()
            fault(centre, chance)
            load.wait_for(SETTLED)
            print(f"{fault.__name__}: {time.monotonic() - begun:.1f} s until answers are saved again")
        centre.site.wait_until_it_answers()
    print(f"{times}\n{load.tally.line()}")
    centre.site.check(load)
    centre.site.end_all(people)
    centre.site.check(load)
    assert not centre.site.unexpected(), centre.site.unexpected()
