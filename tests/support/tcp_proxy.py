"""A TCP proxy that can be slow, deaf or gone: a dependency's network, in the hands of a test."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal, Self

Mode = Literal["pass", "slow", "deaf", "gone"]
"""deaf: accepts and keeps connections, and forwards nothing. gone: no connection lives, and none is taken."""

_CHUNK = 64 * 1024


class TcpProxy:
    """Listens on a free loopback port, which stays the same over all modes."""

    def __init__(self, host: str, port: int, *, delay_seconds: float = 0.3) -> None:
        self._target = (host, port)
        self._delay_seconds = delay_seconds
        self._mode: Mode = "pass"
        self._hears = asyncio.Event()
        self._hears.set()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._hears.set()
        if self._server is not None:
            self._server.close()
        self._cut()
        for task in self._tasks:
            task.cancel()

    def become(self, mode: Mode) -> None:
        """Connections that are open feel it at once."""
        self._mode = mode
        if mode == "deaf":
            self._hears.clear()
        else:
            self._hears.set()
        if mode == "gone":
            self._cut()

    def _cut(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._remember()
        if self._mode == "gone":
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self._open -= {writer, far_writer}

    def _remember(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                await self._hears.wait()
                if self._mode == "slow":
                    await asyncio.sleep(self._delay_seconds)
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()
