"""Does the checker of the fault tests see each kind of loss? One that sees nothing would prove nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.sittings.rules import JournalRow, first_head, next_head
from tests.faults.checker import Acknowledged, Ending, PageLog, Row, Stored, violations

SITTING = uuid.UUID(int=7)
BEGAN = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DEADLINE = BEGAN + timedelta(minutes=80)
KEY = {1: 2, 2: 3, 3: 1}
CHOICES = [(1, 1, 4), (2, 2, 3), (3, 1, 2), (4, 3, None)]
"""Two of three questions are right in the end: one is changed to the key, one is, one is cleared."""


def journal() -> list[Row]:
    """Return rows with the heads that the application itself would write."""
    rows, head = [], first_head(SITTING, b"paper")
    for sequence, position, option in CHOICES:
        saved_at = BEGAN + timedelta(seconds=sequence)
        row = JournalRow(sitting_id=SITTING, sequence=sequence, position=position, option=option, saved_at=saved_at)
        head = next_head(head, row)
        rows.append(Row(sequence, position, option, saved_at, head.hex()))
    return rows


def page_of(rows: list[Row]) -> PageLog:
    said = [Acknowledged(row.sequence, row.position, row.option, row.head, row.saved_at) for row in rows]
    return PageLog(sent={each.choice for each in said}, acknowledged=said)


def stored(rows: list[Row], **changes: object) -> Stored:
    newest = rows[-1]
    ending = Ending(at=DEADLINE, cause="time", sequence=newest.sequence, head=newest.head, total=2, key=KEY)
    return Stored(
        sitting_id=SITTING,
        first_head=first_head(SITTING, b"paper").hex(),
        deadline=DEADLINE,
        rows=rows,
        ending=replace(ending, **changes),
    )


def test_a_sitting_in_which_all_holds_has_no_violation() -> None:
    rows = journal()

    assert violations(page_of(rows), stored(rows)) == []


def test_an_answer_whose_acknowledgement_was_lost_may_stand_in_the_journal() -> None:
    rows = journal()
    page = page_of(rows)
    del page.acknowledged[-1]

    assert violations(page, stored(rows)) == []


def _lose_the_last(page: PageLog, rows: list[Row]) -> Stored:
    return stored(rows[:-1])


def _lose_one_within(page: PageLog, rows: list[Row]) -> Stored:
    return stored([rows[0], *rows[2:]])


def _double(page: PageLog, rows: list[Row]) -> Stored:
    return stored([*rows, rows[-1]])


def _change_option(page: PageLog, rows: list[Row]) -> Stored:
    return stored([replace(rows[0], option=1), *rows[1:]])


def _change_time(page: PageLog, rows: list[Row]) -> Stored:
    return stored([replace(rows[0], saved_at=BEGAN), *rows[1:]])


def _invent_a_row(page: PageLog, rows: list[Row]) -> Stored:
    page.sent.discard(CHOICES[-1])
    page.acknowledged.pop()
    return stored(rows)


def _change_head(page: PageLog, rows: list[Row]) -> Stored:
    return stored([*rows[:-1], replace(rows[-1], head="00" * 32)])


def _begin_elsewhere(page: PageLog, rows: list[Row]) -> Stored:
    return replace(stored(rows), first_head="00" * 32)


def _number_used_twice(page: PageLog, rows: list[Row]) -> Stored:
    page.acknowledged.append(replace(page.acknowledged[-1], option=1))
    return stored(rows)


def _end_early(page: PageLog, rows: list[Row]) -> Stored:
    return stored(rows, at=DEADLINE - timedelta(seconds=1))


def _end_before_the_last(page: PageLog, rows: list[Row]) -> Stored:
    return stored(rows, sequence=3, head=rows[2].head)


def _score_wrongly(page: PageLog, rows: list[Row]) -> Stored:
    return stored(rows, total=3)


def _refuse_a_page(page: PageLog, rows: list[Row]) -> Stored:
    page.refused.append("409 sittings.elsewhere")
    return stored(rows)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_lose_the_last, "answer 4 was acknowledged and is lost"),
        (_lose_one_within, "the journal has no answer 2, though it goes on"),
        (_double, "answer 4 is there 2 times"),
        (_change_option, "answer 1 was acknowledged and is another one now"),
        (_change_time, "answer 1 was acknowledged with another time"),
        (_invent_a_row, "answer 4 was never sent"),
        (_change_head, "answer 4 was acknowledged with another head"),
        (_begin_elsewhere, "the head of answer 1 does not follow from the rows"),
        (_number_used_twice, "two different answers were acknowledged as number 4"),
        (_end_early, "ended 0:00:01 before its time was up"),
        (_end_before_the_last, "the ending counted 3 answers, the journal holds 4"),
        (_score_wrongly, "the result says 3 correct answers, the journal 2"),
        (_refuse_a_page, "409 sittings.elsewhere"),
    ],
)
def test_each_kind_of_violation_is_found(damage: Callable[[PageLog, list[Row]], Stored], words: str) -> None:
    rows = journal()
    page = page_of(rows)

    assert f"{SITTING}: {words}" in violations(page, damage(page, rows))


def test_a_sitting_that_somebody_ended_early_is_no_violation() -> None:
    rows = journal()

    assert violations(page_of(rows), stored(rows, cause="click", at=BEGAN + timedelta(minutes=5))) == []
