"""How is the server driven? Raw requests over kept connections, from a process of its own that knows nothing of it."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import re
import resource
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from math import ceil
from typing import Any, TypeVar

Address = tuple[str, int]
Result = TypeVar("Result")

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *synaq=([^;\r]+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)
PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back, and how many milliseconds after it was asked."""

    status: int
    head: bytes
    body: bytes
    took: float

    @property
    def location(self) -> str:
        found = _LOCATION.search(self.head)
        return found[1].decode() if found else ""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Samples:
    """What a load saw: milliseconds of every answer, how many were refused, how long it took, its own CPU."""

    took: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seconds: float = 0.0
    own_cpu: float = 0.0

    def add(self, answer: Answer, *, expected: int = 200) -> None:
        self.took.append(answer.took)
        if answer.status != expected:
            self.refused.append(f"{answer.status} {answer.body[:100].decode(errors='replace')}")

    def quantile(self, share: float) -> float:
        """Return the time within which this share of the answers had come."""
        ordered = sorted(self.took)
        return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else float("nan")

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds if self.seconds else float("nan")


class _Wire(asyncio.Protocol):
    """One connection: one request at a time, and its answer."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.waiter: asyncio.Future[tuple[int, bytes, bytes]] | None = None
        self._seen = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._seen += data
        end = self._seen.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._seen[: end + 2])
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if len(self._seen) < end + 4 + size:
            return
        body = bytes(self._seen[end + 4 : end + 4 + size])
        self._seen.clear()
        if self.waiter and not self.waiter.done():
            self.waiter.set_result((int(head[9:12]), head, body))

    def connection_lost(self, _error: Exception | None) -> None:
        self.transport = None
        if self.waiter and not self.waiter.done():
            self.waiter.set_exception(ConnectionResetError())


class Connection:
    """One kept connection to the server, as a browser keeps it; one that the server closed is opened again."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._wire = _Wire()

    async def send(self, request: bytes) -> Answer:
        """Send a request, and once more if the connection turns out to be closed: ours may be sent twice."""
        begun = time.perf_counter()
        try:
            found = await self._send(request)
        except ConnectionError:
            found = await self._send(request)
        return Answer(*found, took=(time.perf_counter() - begun) * 1000)

    async def open(self) -> None:
        if self._wire.transport is None:
            loop = asyncio.get_running_loop()
            _, self._wire = await loop.create_connection(_Wire, *self._address)

    async def _send(self, request: bytes) -> tuple[int, bytes, bytes]:
        await self.open()
        wire = self._wire
        wire.waiter = asyncio.get_running_loop().create_future()
        assert wire.transport is not None
        wire.transport.write(request)
        return await asyncio.wait_for(wire.waiter, PATIENCE)

    def close(self) -> None:
        """Hang up; what is sent next goes over a new line, so that no late answer is taken for another one's."""
        if self._wire.transport:
            self._wire.transport.close()
        self._wire = _Wire()


def get(path: str, cookie: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{_cookie(cookie)}\r\n".encode()


def post(path: str, body: str, *, cookie: str = "", token: str = "", form: bool = False) -> bytes:
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    content = body.encode()
    lines = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{_cookie(cookie)}"
    lines += f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\nAccept: application/json\r\n"
    if token:
        lines += f"X-CSRFToken: {token}\r\n"
    return lines.encode() + b"\r\n" + content


def _cookie(value: str) -> str:
    return f"Cookie: synaq={value}\r\n" if value else ""


class Browser:
    """A browser of one person: a connection, the cookie that the server set last."""

    def __init__(self, address: Address, cookie: str, token: str) -> None:
        self.connection = Connection(address)
        self.cookie, self.token = cookie, token

    async def get(self, path: str) -> Answer:
        return self._keep(await self.connection.send(get(path, self.cookie)))

    async def post(self, path: str, body: str, *, form: bool = False) -> Answer:
        return self._keep(await self.connection.send(post(path, body, cookie=self.cookie, token=self.token, form=form)))

    def _keep(self, answer: Answer) -> Answer:
        found = _COOKIE.search(answer.head)
        if found:
            self.cookie = found[1].decode()
        return answer


def apart(load: Callable[..., Awaitable[Result]], *arguments: object) -> Result:
    """Run a load in a process of its own, so that its CPU is not the server's, nor its memory."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_run, load, arguments).result()


def _run(load: Callable[..., Awaitable[Result]], arguments: Sequence[object]) -> Result:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    del soft
    return asyncio.run(load(*arguments))  # type: ignore[arg-type]


async def as_fast_as_it_goes(address: Address, streams: Sequence[Sequence[bytes]]) -> Samples:
    """Send each stream over a connection of its own, each request when the one before is answered."""
    samples = Samples()
    connections = [Connection(address) for _ in streams]
    for connection in connections:
        await connection.open()

    async def play(connection: Connection, stream: Sequence[bytes]) -> None:
        for request in stream:
            samples.add(await connection.send(request))

    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(play, connections, streams))
    samples.seconds, samples.own_cpu = time.perf_counter() - begun, time.process_time() - cpu
    return samples


async def at_a_rate(address: Address, streams: Sequence[Sequence[bytes]], per_second: float) -> Samples:
    """Send each stream over a connection of its own, all together so many a second, answered or not.

    What waits because the answer before it is late has waited since its own time.
    """
    samples = Samples()
    connections = [Connection(address) for _ in streams]
    for connection in connections:
        await connection.open()
    begun, cpu = time.perf_counter(), time.process_time()

    async def play(number: int, connection: Connection) -> None:
        for turn, request in enumerate(streams[number]):
            due = begun + (turn * len(streams) + number) / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            answer = await connection.send(request)
            late = (time.perf_counter() - due) * 1000
            samples.add(Answer(answer.status, answer.head, answer.body, took=late))

    await asyncio.gather(*(play(number, connection) for number, connection in enumerate(connections)))
    samples.seconds, samples.own_cpu = time.perf_counter() - begun, time.process_time() - cpu
    return samples
