"""How many people can sit at once, at the pace of people? Each answers once a minute; the page beats between."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, select

from app.db import db, unit_of_work
from app.sittings.models import Answer as JournalRow
from app.sittings.models import Beat
from app.sittings.queries import sitting_ids
from tests.bench.exam.client import Address, Answer, Browser, Samples, apart
from tests.bench.exam.saving import answer, quantiles
from tests.bench.exam.seeding import Candidate, seat
from tests.bench.exam.server import Installation, installed
from tests.bench.exam.table import heading, row

ANSWER_SECONDS = 60.0
BEAT_SECONDS = 15
TURN_SECONDS = 5.0
"""So long after a turned page the page tells it; see ``static/js/sitting/beats.js``."""
RAMP_SECONDS = 20.0


@dataclass
class Seen:
    """What the browsers saw, and what was acknowledged: sitting and sequence number with what was sent."""

    saves: Samples = field(default_factory=Samples)
    beats: Samples = field(default_factory=Samples)
    acknowledged: list[tuple[str, int, int, int]] = field(default_factory=list)


def real(kind: str, *, people: int, minutes: float) -> None:
    """Let people sit for some minutes; then compare what they were told with the journal."""
    heading(f"{kind}: {people:,} sit for {minutes:g} minutes, one answer a minute each, beats as the server asks")
    with installed(kind) as here:
        candidates = seat(here.app, here.tools, people)
        with here.served(worker=True) as server:
            _hear_all(here)
            with server.counted() as spent:
                seen = apart(sit_for, server.address, candidates, minutes * 60)
            memory = server.memory()
        lost = _lost(seen)
    seconds = seen.saves.seconds
    used = spent[0]
    row("a save", f"{len(seen.saves.took):,}; {quantiles(seen.saves)}", "p99 ≤ 100 ms")
    row("a beat", f"{len(seen.beats.took):,}; {quantiles(seen.beats)}")
    row("errors", str(len(seen.saves.refused) + len(seen.beats.refused)), "0")
    row("acknowledged and not in the journal", f"{lost} of {len(seen.acknowledged):,}", "0")
    row(
        "CPUs busy",
        f"web {used.web / seconds:.2f}, database {used.database / seconds:.2f}, worker {used.worker / seconds:.2f}, "
        f"load {seen.saves.own_cpu / seconds:.2f}",
    )
    row("memory of the server side", memory)


def _hear_all(here: Installation) -> None:
    """Let every page have been heard just now: nobody comes back from an outage when the load begins."""
    now = here.tools.clock.now()
    beat = {"last_seen_at": now, "told_seconds": BEAT_SECONDS, "previous_seen_at": now}
    with unit_of_work() as session:
        all_of_them = sitting_ids(session=session)
        rows = [{"sitting_id": each, **beat, "previous_told_seconds": BEAT_SECONDS} for each in all_of_them]
        session.execute(insert(Beat), rows)


async def sit_for(address: Address, people: Sequence[Candidate], seconds: float) -> Seen:
    """Let the people come little by little; what they do before all are there is not counted in the times."""
    seen, begun, cpu = Seen(), time.perf_counter(), time.process_time()
    counted_from, until = begun + RAMP_SECONDS, begun + RAMP_SECONDS + seconds
    await asyncio.gather(*(_sit(seen, address, who, begun, counted_from, until) for who in people))
    seen.saves.seconds, seen.saves.own_cpu = time.perf_counter() - begun, time.process_time() - cpu
    return seen


async def _sit(seen: Seen, address: Address, who: Candidate, begun: float, counted_from: float, until: float) -> None:
    """One person and one page: answers are sent when they are given, beats when they are due."""
    chance = random.Random(who.name)
    browser, number = Browser(address, who.cookie, who.token), 0
    next_beat = begun + chance.random() * RAMP_SECONDS
    next_answer = next_beat + chance.random() * ANSWER_SECONDS
    events: list[str] = []
    while (due := min(next_beat, next_answer)) < until:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if due == next_answer:
            number += 1
            next_answer += ANSWER_SECONDS * (0.8 + 0.4 * chance.random())
            reply = await _tried(browser, f"/sittings/{who.sitting}/answers", answer(who, number))
            if reply.status == 200:
                position, option = (number - 1) % who.questions + 1, number % 4 + 1
                seen.acknowledged.append((str(who.sitting), number, position, option))
            events.append(f'{{"n":{number},"kind":"place","position":{number % who.questions + 1}}}')
            next_beat = min(next_beat, time.perf_counter() + TURN_SECONDS)
            samples = seen.saves
        else:
            body = f'{{"events":[{",".join(events)}]}}'
            reply = await _tried(browser, f"/sittings/{who.sitting}/events", body)
            events.clear()
            told = reply.json()["beat_seconds"] if reply.status == 200 else BEAT_SECONDS
            next_beat = time.perf_counter() + told * (0.9 + 0.2 * chance.random())
            samples = seen.beats
        if due >= counted_from or reply.status != 200:
            late = (time.perf_counter() - due) * 1000
            samples.add(Answer(reply.status, reply.head, reply.body, took=late))
    browser.connection.close()


async def _tried(browser: Browser, path: str, body: str) -> Answer:
    """Send it; what does not come back is an error, and not the end of the load."""
    try:
        return await browser.post(path, body)
    except (TimeoutError, OSError) as error:
        browser.connection.close()
        return Answer(599, b"", repr(error).encode(), took=0.0)


def _lost(seen: Seen) -> int:
    """Count what was acknowledged and does not stand in the journal as it was sent."""
    columns = (JournalRow.sitting_id, JournalRow.sequence, JournalRow.position, JournalRow.option)
    stored = {tuple(found) for found in db.session().execute(select(*columns))}
    return sum((uuid.UUID(sitting), *rest) not in stored for sitting, *rest in seen.acknowledged)
