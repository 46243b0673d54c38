"""Does saving go on by itself when the database was away for a moment?"""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from app.sittings.errors import SittingElsewhere
from tests.kit.factories.sittings import SaveOne, StartSitting

BREAK_ALL = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :name"
)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_save_that_met_a_broken_connection_succeeds_when_it_is_sent_again(
    start_sitting: StartSitting, answer: SaveOne, engine: Engine
) -> None:
    sitting = start_sitting()
    answer(sitting, 1, position=1, option=1)
    name = engine.url.database
    engine.dispose()
    with engine.connect() as connection:
        connection.execute(BREAK_ALL, {"name": name})

    with pytest.raises((psycopg.OperationalError, DBAPIError)):
        answer(sitting, 2, position=2, option=1)

    assert answer(sitting, 2, position=2, option=1).sequence == 2


def test_refused_save_leaves_the_connection_as_it_was(start_sitting: StartSitting, answer: SaveOne) -> None:
    sitting = start_sitting()
    for _ in range(30):
        with pytest.raises(SittingElsewhere):
            answer(sitting, 1, position=1, option=1, nonce=b"another browser!")

    assert answer(sitting, 1, position=1, option=1).sequence == 1
