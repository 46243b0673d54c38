"""What becomes of an answer that is saved in the instant of the ending?"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Sequence
from urllib.parse import urlencode

from app.db import db
from app.scoring.queries import result_of_sitting
from app.sittings.queries import answers_of, journal, sitting_with_id
from tests.bench.exam.client import Address, Browser, apart
from tests.bench.exam.saving import answer
from tests.bench.exam.seeding import Candidate, seat
from tests.bench.exam.server import installed
from tests.bench.exam.table import heading, row

AT_ONCE = 8
MOST_ANSWERS = 12
LATEST = 0.03


def races(kind: str, *, times: int) -> None:
    """End sittings while they are answered; compare what each was told with what was scored."""
    heading(f"{kind}: an ending and a save in the same instant, {times:,} times")
    with installed(kind) as here:
        people = seat(here.app, here.tools, times)
        with here.served() as server:
            told = apart(all_race, server.address, people)
        faults, cut_short = 0, 0
        for who, (saved, refused) in zip(people, told, strict=True):
            faults += not _consistent(who, saved)
            cut_short += bool(saved and refused)
        db.session.remove()
    row("cut short between two answers", f"{cut_short:,} of {times:,}")
    row("told otherwise than scored", str(faults), "0")


async def all_race(address: Address, people: Sequence[Candidate]) -> list[tuple[int, int]]:
    """Return for each person how many answers were acknowledged, and how many were refused."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(who: Candidate) -> tuple[int, int]:
        async with gate:
            page, button = (Browser(address, who.cookie, who.token) for _ in range(2))
            told, _ = await asyncio.gather(_answer(page, who), _finish(button, who))
            page.connection.close()
            button.connection.close()
            return told

    return await asyncio.gather(*map(one, people))


async def _answer(page: Browser, who: Candidate) -> tuple[int, int]:
    """Answer one question after the other, as a page does, until one is refused."""
    saved = refused = 0
    for number in range(1, MOST_ANSWERS + 1):
        status = (await page.post(f"/sittings/{who.sitting}/answers", answer(who, number))).status
        assert status in (200, 409), status
        saved, refused = saved + (status == 200), refused + (status == 409)
        if refused:
            break
    return saved, refused


async def _finish(button: Browser, who: Candidate) -> None:
    await button.connection.open()
    await asyncio.sleep(random.random() * LATEST)
    form = urlencode({"reason": "click", "csrf_token": who.token})
    assert (await button.post(f"/sittings/{who.sitting}/finish", form, form=True)).status == 303


def _consistent(who: Candidate, saved: int) -> bool:
    """Say whether exactly the acknowledged answers stand in the journal, its last number and the score."""
    sitting_id, session = uuid.UUID(who.sitting), db.session()
    sitting, result = sitting_with_id(sitting_id, session=session), result_of_sitting(sitting_id, session=session)
    rows, standing = journal(sitting_id, session=session), answers_of(sitting_id, session=session)
    head = rows[-1].head if rows else sitting.first_head
    counts = {len(rows), sitting.final_sequence, result.answered, len(standing)}
    return counts == {saved} and sitting.final_head == result.journal_head == head
