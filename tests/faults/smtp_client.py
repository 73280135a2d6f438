"""An SMTP client that says exactly what it was told, and can vanish at a chosen moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from tests.faults.evidence import Answer

Vanish = Literal["mid-data", "after-dot"] | None

_PATIENCE_SECONDS = 40.0


async def deliver(
    port: int,
    mail_from: str,
    recipients: Sequence[str],
    content: bytes,
    vanish: Vanish = None,
    errors: Counter[int] | None = None,
) -> Answer:
    """One try in a connection of its own. `unsent`: it ended before the final dot, so nothing may be stored.

    `errors` counts the replies of 400 and above by their code.
    """
    dialogue = _Dialogue(port, mail_from, recipients, content, vanish, errors)
    try:
        return await asyncio.wait_for(dialogue.run(), _PATIENCE_SECONDS)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        return "unknown" if dialogue.dot_sent else "unsent"
    finally:
        dialogue.close()


class _Dialogue:
    def __init__(
        self,
        port: int,
        mail_from: str,
        recipients: Sequence[str],
        content: bytes,
        vanish: Vanish,
        errors: Counter[int] | None,
    ) -> None:
        self._port = port
        self._errors = Counter() if errors is None else errors
        self._lines = [
            b"EHLO campaign.test",
            f"MAIL FROM:<{mail_from}>".encode(),
            *(f"RCPT TO:<{recipient}>".encode() for recipient in recipients),
        ]
        self._content = b"".join(
            b"." + line if line.startswith(b".") else line for line in content.splitlines(keepends=True)
        )
        self._vanish = vanish
        self._writer: asyncio.StreamWriter | None = None
        self.dot_sent = False

    async def run(self) -> Answer:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        code = await self._reply()
        for line in self._lines:
            if code >= 400:
                return _before_the_dot(code)
            code = await self._say(line)
        if code < 400:
            code = await self._say(b"DATA")
        if code >= 400:
            return _before_the_dot(code)
        return await self._data()

    async def _data(self) -> Answer:
        assert self._writer is not None
        if self._vanish == "mid-data":
            self._writer.write(self._content[: len(self._content) // 2])
            await self._writer.drain()
            return "unsent"
        self.dot_sent = True
        self._writer.write(self._content + b".\r\n")
        await self._writer.drain()
        if self._vanish == "after-dot":
            return "unknown"
        code = await self._reply()
        return "accepted" if code < 400 else "deferred" if code < 500 else "refused"

    async def _say(self, line: bytes) -> int:
        assert self._writer is not None
        self._writer.write(line + b"\r\n")
        await self._writer.drain()
        return await self._reply()

    async def _reply(self) -> int:
        while True:
            line = await self._reader.readuntil(b"\r\n")
            if line[3:4] != b"-":
                self._errors[int(line[:3])] += int(line[:3]) >= 400
                return int(line[:3])

    def close(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()


def _before_the_dot(code: int) -> Answer:
    return "unsent" if code < 500 else "refused"
