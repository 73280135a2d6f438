"""Mails at a steady rate over kept SMTP connections; says when each was answered 250."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tests.benchmarks.mail_load import LoadMail

CONNECTIONS = 16
Item = TypeVar("Item")


async def paced(items: Sequence[Item], rate: float, send: Callable[[Item], Awaitable[None]]) -> None:
    """Start to send each at its time, whatever became of those before it: a slow answer must not slow the load."""
    begun, sending = time.monotonic(), []
    for number, item in enumerate(items):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        sending.append(asyncio.ensure_future(send(item)))
    await asyncio.gather(*sending)


class SmtpConnections:
    """Some clients, each with one mail at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def open(self) -> None:
        for _ in range(CONNECTIONS):
            connection = await asyncio.open_connection("127.0.0.1", self._port)
            await _answer(connection[0])
            await _say(*connection, b"EHLO bench.test\r\n")
            self._free.put_nowait(connection)

    async def close(self) -> None:
        while not self._free.empty():
            self._free.get_nowait()[1].close()

    async def send(self, mail: LoadMail) -> float:
        """When its 250 came, on the monotonic clock. RuntimeError for any other answer."""
        connection = await self._free.get()
        await _say(*connection, f"MAIL FROM:<{mail.mail_from}>\r\n".encode())
        await _say(*connection, f"RCPT TO:<{mail.mailbox}>\r\n".encode())
        await _say(*connection, b"DATA\r\n")
        await _say(*connection, mail.content + b".\r\n")
        answered = time.monotonic()
        self._free.put_nowait(connection)
        return answered


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes) -> None:
    writer.write(words)
    await _answer(reader)


async def _answer(reader: asyncio.StreamReader) -> None:
    line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
    if not line.startswith((b"2", b"354")):
        raise RuntimeError(f"the server answered {line!r}")
