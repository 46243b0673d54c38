"""What if the disk of the database is full? Answers are refused in a way that the page waits out; none is lost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.faults.conftest import LONG, Centre
from tests.faults.disk import fill, free, small_disk
from tests.faults.pages import Load

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

MEGABYTES = 400
TIMES = 5 if LONG else 1


def test_postgresql_on_a_full_disk_refuses_and_goes_on_when_there_is_room(
    centre: Centre, room: Path, seed: int
) -> None:
    people = centre.next_people()
    with small_disk(room / "disk", MEGABYTES) as disk, centre.postgres.moved_to(disk / "postgres"):
        with Load(people, centre.site.address, seed=seed) as load:
            for _ in range(TIMES):
                load.wait_for(len(people))
                fill(disk)
                load.wait_for_refusals(2 * len(people))
                free(disk)
                load.wait_for(5 * len(people))  # without a restart of anything
            fill(disk)
            _use_the_log_up(centre)
            load.wait_for_refusals(2 * len(people))
            free(disk)
            if not centre.postgres.runs():  # without room for its log it stops at once: so it loses nothing
                print("PostgreSQL stopped")
                centre.postgres.start_anew()
            load.wait_for(5 * len(people))
        print(load.tally.line())
        centre.site.check(load)
        centre.site.end_all(people)
        centre.site.check(load)
    assert load.tally.answers["503 unavailable"], load.tally.line()
    assert not centre.site.unexpected(), centre.site.unexpected()


def _use_the_log_up(centre: Centre) -> None:
    """Make PostgreSQL begin segment after segment of its log, until it has none left that it made before."""
    for _ in range(40):
        with suppress(psycopg.Error), centre.postgres.connect() as connection:
            connection.execute("SELECT pg_logical_emit_message(true, 'faults', 'one more'), pg_switch_wal()")
