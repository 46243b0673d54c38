"""Does the log take what it should, and keep it?"""

from __future__ import annotations

import enum
import uuid
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.audit import queries, service
from tests.kit.outside import MORNING, HandClock

SOMEBODY = uuid.UUID("019a0000-0000-7000-8000-000000000001")


class Colour(enum.Enum):
    RED = "red"


def write(session: Session, kind: str = "tests.thing.done", **facts: object) -> None:
    service.record(kind, session=session, at=MORNING, actor=SOMEBODY, subject="thing", **facts)


def test_entry_keeps_who_what_when_and_facts(session: Session, clock: HandClock) -> None:
    write(session, colour=Colour.RED, on=date(2026, 1, 2), at_last=clock.now(), whose=SOMEBODY, places=(1, 2))

    (entry,) = queries.latest(session, limit=10)

    assert (entry.seq, entry.at, entry.actor, entry.subject) == (1, MORNING, str(SOMEBODY), "thing")
    assert entry.facts == {
        "colour": "red",
        "on": "2026-01-02",
        "at_last": "2026-11-24T05:00:00+00:00",
        "whose": str(SOMEBODY),
        "places": [1, 2],
    }


@pytest.mark.parametrize("kind", ["", "accounts", "accounts.opened", "a.b.c.d", "Accounts.session.opened", "a.b.c\n"])
def test_kind_of_another_form_is_refused(session: Session, kind: str) -> None:
    with pytest.raises(ValueError, match=r"area\.object\.verb"):
        write(session, kind)


def test_fact_without_a_form_is_refused(session: Session) -> None:
    with pytest.raises(TypeError, match="no form"):
        write(session, thing=object())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'somebody else'",
        "DELETE FROM audit_entry WHERE seq = 1",
        "DELETE FROM audit_entry",
    ],
)
def test_change_of_an_entry_is_refused_by_the_database(session: Session, statement: str) -> None:
    write(session)
    session.commit()

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))

    session.rollback()
    assert len(queries.latest(session, limit=10)) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_emptying_the_log_is_refused_by_the_database(session: Session) -> None:
    write(session)
    session.commit()

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("TRUNCATE audit_entry CASCADE"))


def test_latest_pages_backwards_and_filters_by_kind(session: Session) -> None:
    for number in range(3):
        write(session, "tests.thing.done", number=number)
        write(session, "others.thing.done", number=number)

    first = queries.latest(session, limit=2, kind="tests")
    second = queries.latest(session, limit=2, kind="tests", before_seq=first[-1].seq)

    assert [entry.facts["number"] for entry in (*first, *second)] == [2, 1, 0]


def test_wildcards_in_a_filter_are_letters(session: Session) -> None:
    write(session)

    assert queries.latest(session, limit=2, kind="%thing") == []


def test_entries_about_one_thing_are_found(session: Session) -> None:
    write(session)

    assert [entry.kind for entry in queries.about(session, "thing")] == ["tests.thing.done"]
    assert queries.about(session, "another") == []


def test_entry_of_an_act_that_fails_is_not_kept(session: Session) -> None:
    write(session)
    session.rollback()

    assert queries.latest(session, limit=1) == []
