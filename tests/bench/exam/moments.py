"""What do the moments of a sitting cost: the sign-in, the start, the answers, the end? And the whole of it?"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from tests.bench.exam.client import Address, Answer, Browser, Samples, apart
from tests.bench.exam.saving import answer, quantiles
from tests.bench.exam.seeding import PASSWORD, Candidate, seat
from tests.bench.exam.server import Server, installed
from tests.bench.exam.table import heading, row

PEOPLE, WARM_UP, AT_ONCE = 120, 20, 4
ANSWERS, BEATS = 55, 10
SITTING_SECONDS, BEAT_SECONDS = 55 * 60, 15

Act = Callable[[Browser, Candidate], Awaitable[tuple[list[Answer], Candidate]]]


def moments(kind: str, *, people: int = PEOPLE) -> None:
    """CPU of each moment, for people who do the same one after the other, four at once."""
    heading(f"{kind}: the moments of a sitting, {people} people, {AT_ONCE} at once, CPU of web + database")
    with installed(kind) as here:
        whole = 0.0
        candidates = seat(here.app, here.tools, people + WARM_UP, started=False)
        with here.served() as server:
            _measured(server, "sign-in, without its pages", sign_in, candidates, "≤ 35")  # in other browsers
            _measured(server, "one look whether the session was released", look, candidates)
            each, candidates = _measured(server, "start: press, page and paper", start, candidates, "≤ 4")
            whole += each
            each, candidates = _measured(server, f"{ANSWERS} answers and as many turned pages", sit, candidates)
            whole += each
            apart(together, server.address, candidates, beat)  # whoever was silent meanwhile comes back from a gap
            each, candidates = _measured(server, f"{BEATS} beats with nothing to tell", beat, candidates)
            beats = each / BEATS * SITTING_SECONDS / BEAT_SECONDS
            each, candidates = _measured(server, "end: submit, score, record", finish, candidates, "≤ 5 with the page")
            whole += each
            each, candidates = _measured(server, "the result page", result, candidates)
            whole += each
        row("a whole sitting, sign-in and idle beats apart", f"{whole / 1000:.3f} CPU-s", "≤ 0.12")
        row(f"its beats, every {BEAT_SECONDS} s for 55 minutes", f"{beats / 1000:.3f} CPU-s")


def _measured(
    server: Server, what: str, act: Act, people: Sequence[Candidate], bar: str = "–"
) -> tuple[float, list[Candidate]]:
    """Let everybody do it; return the CPU-milliseconds for one of them, and everybody as they are afterwards."""
    _, first = apart(together, server.address, people[:WARM_UP], act)
    with server.counted() as spent:
        samples, others = apart(together, server.address, people[WARM_UP:], act)
    row(what, f"{spent[0].each(len(others))}; {quantiles(samples)}", bar)
    return spent[0].total * 1000 / len(others), [*first, *others]


async def together(
    address: Address, people: Sequence[Candidate], act: Act, at_once: int = AT_ONCE
) -> tuple[Samples, list[Candidate]]:
    """Let people act, so many at once; return what they waited for, and what they hold afterwards."""
    samples, gate = Samples(), asyncio.Semaphore(at_once)

    async def one(who: Candidate) -> Candidate:
        async with gate:
            browser = Browser(address, who.cookie, who.token)
            begun = time.perf_counter()
            answers, after = await act(browser, who)
            browser.connection.close()
        took = (time.perf_counter() - begun) * 1000
        refused = next((each for each in answers if each.status not in (200, 303)), None)
        samples.add(refused or Answer(200, b"", b"", took=took))
        return replace(after, cookie=browser.cookie)

    begun = time.perf_counter()
    changed = await asyncio.gather(*map(one, people))
    samples.seconds = time.perf_counter() - begun
    return samples, changed


async def sign_in(browser: Browser, who: Candidate) -> tuple[list[Answer], Candidate]:
    form = urlencode({"sign_in_name": who.name, "password": PASSWORD, "csrf_token": who.token})
    return [await browser.post("/sign-in", form, form=True)], who


async def look(browser: Browser, who: Candidate) -> tuple[list[Answer], Candidate]:
    return [await browser.get(f"/bookings/{who.booking}/start/released")], who


async def start(browser: Browser, who: Candidate) -> tuple[list[Answer], Candidate]:
    """Start, as the waiting page does by itself; the page of the test comes, and asks for the paper."""
    form = urlencode({"csrf_token": who.token})
    pressed = await browser.post(f"/bookings/{who.booking}/start", form, form=True)
    page = await browser.get(pressed.location or "/")
    sitting = pressed.location.rpartition("/")[2]
    return [pressed, page, await browser.get(f"/sittings/{sitting}/paper")], replace(who, sitting=sitting)


async def sit(browser: Browser, who: Candidate) -> tuple[list[Answer], Candidate]:
    """Answer every question once, and turn the page after each."""
    answers = []
    for number in range(1, ANSWERS + 1):
        answers.append(await browser.post(f"/sittings/{who.sitting}/answers", answer(who, number)))
        turned = {"events": [{"n": number, "kind": "place", "position": number % ANSWERS + 1}]}
        answers.append(await browser.post(f"/sittings/{who.sitting}/events", json.dumps(turned)))
    return answers, who


async def beat(browser: Browser, who: Candidate) -> tuple[list[Answer], Candidate]:
    return [await browser.post(f"/sittings/{who.sitting}/events", '{"events":[]}') for _ in range(BEATS)], who


async def finish(browser: Browser, who: Candidate) -> tuple[list[Answer], Candidate]:
    form = urlencode({"reason": "click", "csrf_token": who.token})
    return [await browser.post(f"/sittings/{who.sitting}/finish", form, form=True)], who


async def result(browser: Browser, who: Candidate) -> tuple[list[Answer], Candidate]:
    return [await browser.get(f"/sittings/{who.sitting}/result")], who
