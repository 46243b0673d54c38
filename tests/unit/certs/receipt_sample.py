"""Which test, answered how, do the tests of receipts speak of?"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from certs.journal import next_head, packed_row
from certs.receipt import ActCount, Receipt, seal_of
from certs.sheet import Act, LateRow, Row, Sheet

HOST = "synaq.example.kz"
STARTED = datetime(2026, 11, 21, 9, 0, 0, 250_000, tzinfo=UTC)
ENDED = STARTED + timedelta(minutes=41, seconds=7, microseconds=31)
SITTING = uuid.UUID("019abcde-1234-7abc-8def-0123456789ab")
FINGERPRINT = bytes(range(32))
SECRET = bytes(range(100, 132))
ACTS = (
    Act(code="constitution", first=1, last=15),
    Act(code="civil-service", first=16, last=30),
    Act(code="anti-corruption", first=31, last=45),
    Act(code="ethics-code", first=46, last=55),
)
CHANGES = ((1, 2), (2, 4), (16, 1), (1, 3), (31, 2), (2, None), (46, 4), (55, 1))
"""(question, option) as they were saved: question 1 changed once, question 2 cleared."""


def sheet_of(
    changes: Sequence[tuple[int, int | None]] = CHANGES, *, sitting: uuid.UUID = SITTING, secret: bytes = SECRET
) -> Sheet:
    """Return the sheet of a test with these changes, one every twenty seconds."""
    empty = Sheet(
        sitting=sitting,
        programme_code="b-general",
        programme_version="2026-1",
        language="kk",
        started_at=STARTED,
        ended_at=ENDED,
        cause="click",
        allowance_seconds=3300,
        credit_seconds=120,
        acts=ACTS,
        fingerprint=FINGERPRINT,
        secret=secret,
        rows=(),
        late=(LateRow(number=9, question=3, option=1, received_at=ENDED + timedelta(seconds=9)),),
    )
    return replace(empty, rows=chained(empty, changes))


def chained(sheet: Sheet, changes: Sequence[tuple[int, int | None]]) -> tuple[Row, ...]:
    """Return rows whose heads follow from each other."""
    rows: list[Row] = []
    head = sheet.first_head
    for number, (question, option) in enumerate(changes, 1):
        at = STARTED + timedelta(seconds=20 * number, microseconds=7 * number)
        micros = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        head = next_head(head, packed_row(sheet.sitting, number, question, option, micros))
        rows.append(Row(number=number, question=question, option=option, saved_at=at, head=head))
    return tuple(rows)


def receipt_of(sheet: Sheet, **facts: object) -> Receipt:
    """Return the receipt that belongs to a sheet."""
    asked = [act.last - act.first + 1 for act in sheet.acts]
    receipt = Receipt(
        issuer="KZ-GS",
        sitting=sheet.sitting,
        programme_code=sheet.programme_code,
        programme_version=sheet.programme_version,
        counts=tuple(ActCount(asked=a, answered=n) for a, n in zip(asked, sheet.answered_by_act(), strict=True)),
        rows=len(sheet.rows),
        seal=seal_of(sheet.secret, sheet.sitting, len(sheet.rows), sheet.last_head),
        ended_at=sheet.ended_at,
        cause=sheet.cause,
        late=len(sheet.late),
        credit_seconds=sheet.credit_seconds,
        issued_at=sheet.ended_at + timedelta(seconds=2),
    )
    return replace(receipt, **facts)  # type: ignore[arg-type]  # what a test says
