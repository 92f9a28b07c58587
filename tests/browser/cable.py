"""A cable between the browser and a server that can be pulled out: a websocket is lost in the middle, as in a train."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


class Cable:
    """Passes each connection on to `port`; `address` is its own end. While it is `cut` nothing passes and nobody is let in."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.address = ""
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._own = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def mend(self) -> None:
        """Let connections pass (again)."""
        self._do(self._open())

    def cut(self) -> None:
        """Break all connections and let nobody in."""
        self._do(self._close())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self._own)
        self._own = self._server.sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{self._own}"

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.port)
        ends = {writer, there_writer}
        self._writers |= ends
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer), return_exceptions=True)
        self._writers -= ends


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    finally:
        writer.close()


@contextmanager
def cable(port: int) -> Iterator[Cable]:
    """A cable to `port` that is whole at first."""
    made = Cable(port)
    made._thread.start()
    made.mend()
    try:
        yield made
    finally:
        made.cut()
        made._loop.call_soon_threadsafe(made._loop.stop)
