"""How do pages save while everything fails? By the rule of ``app/static/js/sitting/journal.js``, each with its own log.

In order, one at a time, under the same number until it is acknowledged; a gap is answered as the page does. Times are
shorter than the page's own, so that a test sees many tries; the rule is the same.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tests.bench.exam.client import Address, get, post
from tests.faults.checker import Acknowledged, PageLog

OPTIONS = (1, 2, 3, 4, None)
UNREACHABLE = (0, {})
FIRST_WAIT = 0.05
"""Seconds before the second try; the real page begins with one."""


class Sitter(Protocol):
    """Whose page it is; see ``tests/bench/exam/seeding.py``."""

    @property
    def sitting(self) -> str | None: ...
    @property
    def cookie(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def questions(self) -> int: ...


@dataclass(frozen=True)
class Patience:
    """Seconds that a page waits for an answer, and at most before it tries again."""

    limit: float
    longest: float


AS_THE_PAGE = Patience(limit=10.0, longest=20.0)
IMPATIENT = Patience(limit=10.0, longest=1.0)
PAUSE = 0.1
"""Seconds between two answers of a page."""


@dataclass
class Tally:
    """What all pages met together."""

    acknowledged: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    """By status and code; ``unreachable`` where none came in time."""
    longest_wait: float = 0.0
    """Seconds from the first try of an answer until its acknowledgement."""

    def line(self) -> str:
        others = ", ".join(f"{count} x {name}" for name, count in sorted(self.answers.items()))
        return f"{self.acknowledged} acknowledged, longest wait {self.longest_wait:.1f} s; answers: {others}"


class Page:
    """One page: it answers at random, and sends until told to stop and nothing is unsent."""

    def __init__(self, who: Sitter, address: Address, chance: random.Random, patience: Patience) -> None:
        self.who, self.log = who, PageLog()
        self._address, self._chance, self._patience = address, chance, patience
        self._sequence = 0
        self._wires: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def answer_until(self, stopped: threading.Event, tally: Tally) -> None:
        try:
            while not stopped.is_set():
                await self._save(self._chance.randint(1, self.who.questions), self._chance.choice(OPTIONS), tally)
                await asyncio.sleep(self._chance.random() * 2 * PAUSE)
        finally:
            self._hang_up()

    async def _save(self, position: int, option: int | None, tally: Tally) -> None:
        """Send one answer until it is acknowledged, or until the server says that no page may go on."""
        loop, failures = asyncio.get_running_loop(), 0
        begun, sequence = loop.time(), self._sequence + 1
        while True:
            self.log.sent.add((sequence, position, option))
            body = json.dumps({"sequence": sequence, "position": position, "option": option})
            status, said = await self._call(
                post(f"{self._path}/answers", body, cookie=self.who.cookie, token=self.who.token)
            )
            code = str(said.get("code", ""))
            tally.answers[f"{status} {code}".strip() if status else "unreachable"] += 1
            if status == 200:
                self._keep(Acknowledged(sequence, position, option, said["head"], _moment(said["saved_at"])), said)
                tally.acknowledged += 1
                tally.longest_wait = max(tally.longest_wait, loop.time() - begun)
                return
            if code == "sittings.sequence_gap" and said["expected"] < sequence:
                sequence = said["expected"]
                continue
            if code == "sittings.sequence_gap" and said["expected"] > sequence:
                if await self._has_arrived(sequence):
                    return
            elif 0 < status < 500:
                self.log.refused.append(f"a page was refused: {status} {code}")
                return
            failures += 1
            await asyncio.sleep(
                min(self._patience.longest, FIRST_WAIT * 2 ** min(failures - 1, 10)) * (0.5 + self._chance.random())
            )

    async def _has_arrived(self, sequence: int) -> bool:
        """Look at the paper: nobody else saves in this sitting, so what is there beyond our number is ours."""
        status, paper = await self._call(get(f"{self._path}/paper", self.who.cookie))
        if status == 200:
            self._sequence = paper["sequence"]
        return status == 200 and paper["sequence"] >= sequence

    def _keep(self, saved: Acknowledged, said: dict[str, Any]) -> None:
        self.log.acknowledged.append(saved)
        self._sequence = saved.sequence
        if said["sequence"] != saved.sequence:
            self.log.refused.append(f"{saved.sequence} was acknowledged as {said['sequence']}")

    @property
    def _path(self) -> str:
        return f"/sittings/{self.who.sitting}"

    async def _call(self, request: bytes) -> tuple[int, dict[str, Any]]:
        """Ask once; (0, {}) where no answer came in time: like a browser, it does not read one that comes late."""
        try:
            return await asyncio.wait_for(self._ask(request), self._patience.limit)
        except (OSError, EOFError, ValueError, asyncio.TimeoutError):  # noqa: UP041  # another class before 3.11
            self._hang_up()
            return UNREACHABLE

    async def _ask(self, request: bytes) -> tuple[int, dict[str, Any]]:
        if self._wires is None:
            self._wires = await asyncio.open_connection(*self._address)
        reader, writer = self._wires
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        said = json.loads(body) if "json" in fields.get("content-type", "") else {}
        return int(head.split(" ", 2)[1]), said

    def _hang_up(self) -> None:
        if self._wires:
            self._wires[1].transport.abort()
        self._wires = None


class Load:
    """All pages, in a thread of their own, from ``with`` until they have delivered what they had begun."""

    def __init__(
        self, people: Sequence[Sitter], address: Address, *, seed: int = 0, patience: Patience = IMPATIENT
    ) -> None:
        self.tally = Tally()
        self.pages = [
            Page(who, address, random.Random(seed * 10_007 + number), patience) for number, who in enumerate(people)
        ]
        self._stopped = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(120)
        if self._thread.is_alive():
            raise AssertionError(f"pages could not deliver within two minutes: {self.tally.line()}")
        if self._failure:
            raise self._failure

    def wait_for(self, more: int, within: float = 60.0) -> None:
        """Wait until so many more answers are acknowledged: the room works."""
        target, waited = self.tally.acknowledged + more, threading.Event()
        for _ in range(int(within / 0.05)):
            if self.tally.acknowledged >= target:
                return
            waited.wait(0.05)
        raise AssertionError(f"no {more} answers were acknowledged within {within:.0f} s: {self.tally.line()}")

    def wait_for_refusals(self, more: int, within: float = 30.0) -> None:
        """Wait until so many more tries failed: the outage is felt."""
        target, waited = self._failed() + more, threading.Event()
        for _ in range(int(within / 0.05)):
            if self._failed() >= target:
                return
            waited.wait(0.05)
        raise AssertionError(f"no {more} tries failed within {within:.0f} s: {self.tally.line()}")

    def _failed(self) -> int:
        return sum(count for name, count in self.tally.answers.copy().items() if name != "200")

    def _run(self) -> None:
        try:
            asyncio.run(self._all())
        except BaseException as error:  # it is raised where the load ends
            self._failure = error

    async def _all(self) -> None:
        await asyncio.gather(*(page.answer_until(self._stopped, self.tally) for page in self.pages))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
