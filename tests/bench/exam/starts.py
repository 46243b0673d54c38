"""What happens when the proctor starts a whole room at once?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from tests.bench.exam.client import Address, Answer, Browser, Samples, apart
from tests.bench.exam.moments import start
from tests.bench.exam.saving import quantiles
from tests.bench.exam.seeding import Candidate, seat
from tests.bench.exam.server import installed
from tests.bench.exam.table import heading, row


def starts(kind: str, *, people: int, seconds: float, bar: str) -> None:
    """So many waiting pages start within so many seconds; each waits until the paper has arrived."""
    heading(f"{kind}: {people:,} people start within {seconds:g} s")
    with installed(kind) as here:
        candidates = seat(here.app, here.tools, people + 20, started=False)
        with here.served() as server:
            apart(pressed_within, server.address, candidates[people:], 1.0)
            with server.counted() as spent:
                samples = apart(pressed_within, server.address, candidates[:people], seconds)
    row("from the press to the paper", quantiles(samples), bar)
    row("the last paper after the first press", f"{samples.seconds:.2f} s")
    row("server", spent[0].each(people))


async def pressed_within(address: Address, people: Sequence[Candidate], seconds: float) -> Samples:
    """Let the presses come evenly within this time; the browsers are connected already, as they waited."""
    samples = Samples()
    browsers = [Browser(address, who.cookie, who.token) for who in people]
    for browser in browsers:
        await browser.connection.open()
    begun = time.perf_counter()

    async def one(number: int) -> None:
        due = begun + seconds * number / len(people)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        answers, _ = await start(browsers[number], people[number])
        paper = answers[-1]
        samples.add(Answer(paper.status, paper.head, paper.body, took=(time.perf_counter() - due) * 1000))

    await asyncio.gather(*map(one, range(len(people))))
    samples.seconds = time.perf_counter() - begun
    return samples
