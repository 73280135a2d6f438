"""What a client has sent and nobody has read yet."""

from __future__ import annotations

import asyncio

COMMAND_LINE_BYTES = 4096
"""RFC 5321 says 512, and more for each extension: SMTPUTF8, ENVID and ORCPT alone need 1,200."""
_PAUSE_ABOVE_BYTES = 256 * 1024


class ClientGone(Exception):
    """The connection is closed or lost, and all that came before has been read."""


class CommandTooLong(Exception):
    """A line of more than `COMMAND_LINE_BYTES`; it has been skipped."""


class SmtpInput:
    """Octets of one connection, read by one task. Stops the client from sending what nobody reads."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.transport: asyncio.Transport | None = None
        self._loop = loop
        self._buffer = bytearray()
        self._arrived: asyncio.Future[None] | None = None
        self._ended = False
        self._paused = False

    @property
    def is_waiting(self) -> bool:
        """Whether the reader waits for the client."""
        return self._arrived is not None

    @property
    def has_line(self) -> bool:
        return b"\n" in self._buffer

    def feed(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _PAUSE_ABOVE_BYTES and self.transport is not None and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def feed_end(self) -> None:
        self._ended = True
        self._wake()

    def put_back(self, rest: bytes) -> None:
        """What was read too much: it will be read again, first."""
        self._buffer[:0] = rest

    def clear(self) -> None:
        """Forget what came before TLS: it may be from someone in between (RFC 3207 §4.2)."""
        self._buffer.clear()

    async def line(self) -> bytes:
        """The next line with its LF. Raises `ClientGone`, or `CommandTooLong` when the line is over."""
        skipped = False
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                line = bytes(self._buffer[: end + 1])
                del self._buffer[: end + 1]
                if skipped or len(line) > COMMAND_LINE_BYTES:
                    raise CommandTooLong
                return line
            if len(self._buffer) > COMMAND_LINE_BYTES:
                skipped = True
                self._buffer.clear()
            await self._more()

    async def chunk(self) -> bytes | bytearray:
        """All that there is, at least one octet. Raises `ClientGone`."""
        while not self._buffer:
            await self._more()
        taken, self._buffer = self._buffer, bytearray()
        return taken

    async def _more(self) -> None:
        if self._ended:
            raise ClientGone
        if self._paused and self.transport is not None:
            self._paused = False
            self.transport.resume_reading()
        self._arrived = self._loop.create_future()
        try:
            await self._arrived
        finally:
            self._arrived = None

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)
