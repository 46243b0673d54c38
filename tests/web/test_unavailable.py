"""What does the server answer while its database is away or its disk is full?"""

from __future__ import annotations

import errno
import io
import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import exc
from sqlalchemy.engine import Engine

from app import logs
from tests.kit.factories.sittings import ExamDesk

AWAY = (
    exc.OperationalError(None, None, sqlite3.OperationalError("database or disk is full")),
    exc.TimeoutError("QueuePool limit of size 5 overflow 10 reached"),
    psycopg.errors.DiskFull("could not extend file: No space left on device"),
)


@pytest.fixture(params=AWAY, ids=lambda error: type(error).__name__)
def take_database_away(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what takes it away from now on."""

    def refuse(*_: object, **__: object) -> Any:
        raise request.param

    def take() -> None:
        monkeypatch.setattr(Engine, "connect", refuse)
        monkeypatch.setattr(Engine, "raw_connection", refuse)

    return take


def test_an_answer_is_refused_so_that_the_page_tries_again(
    desk: ExamDesk, take_database_away: Callable[[], None]
) -> None:
    desk.start()
    address = desk.browser.address_of("sittings.answers", sitting_id=desk.sitting_id)
    headers = {"X-CSRFToken": desk.browser.csrf_token(), "Accept": "application/json"}
    take_database_away()

    sent = {"sequence": 1, "position": 1, "option": 1}
    answer = desk.browser.browser.post(address, json=sent, headers=headers)

    assert (answer.status_code, answer.json) == (503, {"code": "unavailable"})
    assert int(answer.headers["Retry-After"]) > 0


def test_a_page_says_it_in_words_and_looks_nobody_up(desk: ExamDesk, take_database_away: Callable[[], None]) -> None:
    take_database_away()

    page = desk.browser.get("desk.mine", status=503)

    assert "The server cannot read or write just now" in page.words()
    assert "Everything that was shown as saved is kept." in page.words()
    assert int(page.headers["Retry-After"]) > 0


def test_a_full_disk_of_the_log_does_not_turn_an_answer_into_a_failure() -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    lossy = logs.Lossy(Full())

    lossy.write("refused")
    lossy.flush()
