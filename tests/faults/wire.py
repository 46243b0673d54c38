"""What lies between the server and its database? A line that a test makes slow, or cuts."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from tests.faults.processes import free_port


class Wire:
    """A line over TCP, in a thread of its own: ``delay`` is the least and the most seconds that each answer waits."""

    def __init__(self, to_port: int) -> None:
        self.port, self.delay = free_port(), (0.0, 0.0)
        self._to_port = to_port
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._ready = threading.Event()
        self._thread.start()
        self._ready.wait(10)

    def cut(self) -> None:
        """Cut every connection in the middle of whatever it carries; new ones are taken at once."""
        self._loop.call_soon_threadsafe(self._abort_all)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._abort_all)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _abort_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._join, "127.0.0.1", self.port))
        self._ready.set()
        self._loop.run_forever()
        server.close()
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        ways: list[Coroutine[Any, Any, None]] = [
            self._carry(reader, far_writer, delayed=False),
            self._carry(far_reader, writer, delayed=True),
        ]
        try:
            await asyncio.gather(*ways)
        finally:
            for each in (writer, far_writer):
                each.transport.abort()
            self._open -= {writer, far_writer}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, delayed: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if delayed and self.delay[1]:
                    await asyncio.sleep(random.uniform(*self.delay))
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
