"""What a client has sent and nobody has read yet."""

from __future__ import annotations

import asyncio

COMMAND_LINE_BYTES = 4096
"""RFC 5321 says 512, and more for each extension: SMTPUTF8, ENVID and ORCPT alone need 1,200."""
_PAUSE_ABOVE_BYTES = 256 * 1024


class CommandTooLong(Exception):
    """A line of more than `COMMAND_LINE_BYTES`; it has been skipped."""


class SmtpInput:
    """Octets of one connection. `ended`: no more will come."""

    def __init__(self) -> None:
        self.ended = False
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._skipping = False
        self._paused = False

    @property
    def is_read(self) -> bool:
        """Nothing waits to be read."""
        return not self._buffer

    def comes_from(self, transport: asyncio.Transport) -> None:
        """From now on; it is being read."""
        self._transport = transport
        self._paused = False

    def feed(self, data: bytes | bytearray) -> None:
        self._buffer += data

    def clear(self) -> None:
        """Forget what came before TLS: it may be from someone in between (RFC 3207 §4.2)."""
        self._buffer.clear()

    def line(self) -> bytes | None:
        """The next line with its LF, None while it has no end. Raises `CommandTooLong` when such a line is over."""
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > COMMAND_LINE_BYTES:
                self._skipping = True
                self._buffer.clear()
            return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        if self._skipping or len(line) > COMMAND_LINE_BYTES:
            self._skipping = False
            raise CommandTooLong
        return line

    def take(self) -> bytearray:
        """All that there is."""
        taken, self._buffer = self._buffer, bytearray()
        return taken

    def pause_or_resume(self) -> None:
        """Let the client send no more than somebody will read soon."""
        too_much = len(self._buffer) > _PAUSE_ABOVE_BYTES
        if too_much is self._paused or self._transport is None or self._transport.is_closing():
            return
        self._paused = too_much
        if too_much:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
