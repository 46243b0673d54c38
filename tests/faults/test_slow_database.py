"""What if the database is slow, or one sitting is held? Acknowledgements stay right, and no try is doubled."""

from __future__ import annotations

import time

import pytest

from tests.faults.conftest import LONG, Centre
from tests.faults.pages import AS_THE_PAGE, Load, Patience

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

PATIENCE = AS_THE_PAGE if LONG else Patience(limit=2.0, longest=4.0)
DELAY = (0.3, 2.0) if LONG else (0.1, 0.3)
"""Seconds by which each word of the database comes late."""
STALL = PATIENCE.limit + 1
"""A word that comes so late finds no page waiting: the answer is saved, and the page tries again."""
STALLS = 5 if LONG else 1
ANSWERS = 200 if LONG else 12
HELD = 5.0


def test_a_slow_database_delays_answers_and_doubles_none(centre: Centre, seed: int) -> None:
    people = centre.next_people()
    with Load(people, centre.site.address, seed=seed, patience=PATIENCE) as load:
        for _ in range(STALLS):
            centre.wire.delay = DELAY
            load.wait_for(ANSWERS, within=300)
            centre.wire.delay = (STALL, STALL)
            time.sleep(0.5)
            centre.wire.delay = DELAY
            load.wait_for_refusals(2)
        load.wait_for(ANSWERS, within=300)
        centre.wire.delay = (0.0, 0.0)
        load.wait_for(ANSWERS, within=300)
    print(load.tally.line())
    centre.site.check(load)
    centre.site.end_all(people)
    centre.site.check(load)


def test_a_sitting_that_is_held_waits_and_the_others_go_on(centre: Centre, seed: int) -> None:
    people = centre.next_people()
    held = people[0].sitting
    with Load(people, centre.site.address, seed=seed) as load, centre.postgres.connect() as connection:
        load.wait_for(len(people))
        with connection.transaction():
            connection.execute("SELECT 1 FROM sitting WHERE id = %s FOR UPDATE", [held])
            time.sleep(0.5)
            before = len(load.pages[0].log.acknowledged)
            load.wait_for(5 * len(people))
            time.sleep(HELD if LONG else HELD / 5)
            assert len(load.pages[0].log.acknowledged) <= before + 1, "it was not held"
        load.wait_for(5 * len(people))
    print(load.tally.line())
    centre.site.check(load)
    assert not centre.site.unexpected(), centre.site.unexpected()
