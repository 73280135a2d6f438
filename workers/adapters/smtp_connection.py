"""The connection below an SMTP session: what is said on it, in plain or by TLS, and its closing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import cast

from aiosmtpd.smtp import Session
from typing_extensions import override

from workers.adapters import smtp_replies as replies
from workers.adapters.smtp_data_command import Phase, SmtpDataCommand
from workers.adapters.smtp_replies import Refused, Reply
from workers.adapters.smtp_shared import Shared

_REPLIES_HELD_BYTES, _CLOSE_SECONDS, _HANDSHAKE_SECONDS = 16 * 1024, 5.0, 30.0


class SmtpConnection(SmtpDataCommand):
    """Answers are held back until all that was pipelined is answered, or there are many.

    `deaf`: the client does not read them. `closing`: nothing more will be heard or said.
    """

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.deaf = False
        self.closing = False
        self._out = bytearray()
        self._transport: asyncio.Transport | None = None
        self._handshake: asyncio.Task[None] | None = None

    def use(self, transport: asyncio.BaseTransport) -> None:
        """Speak on this stream from now on. A cast, for uvloop's streams are not subclasses of asyncio's."""
        self._transport = cast("asyncio.Transport", transport)
        self.input.comes_from(self._transport)

    @override
    def pause_writing(self) -> None:
        self.deaf = True

    @override
    def resume_writing(self) -> None:
        self.deaf = False

    # --- answers

    @override
    def say(self, reply: Reply) -> None:
        if reply.text[0] in "45":
            self.shared.observer.refused(reply.code, reply.reason)
        self._say(_octets(reply.text))

    @override
    def say_lines(self, lines: list[str]) -> None:
        for line in lines:
            self._say(_octets(line))

    def _say(self, octets: bytes) -> None:
        self._out += octets
        if len(self._out) > _REPLIES_HELD_BYTES:
            self.flush()

    def flush(self) -> None:
        if not self._out:
            return
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(bytes(self._out))
        self._out.clear()

    @override
    def close(self) -> None:
        self.flush()
        self.closing = True
        self.deadline = self.loop.time() + _CLOSE_SECONDS
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        self.closing = True
        if self._transport is not None:
            self._transport.abort()

    # --- TLS

    @override
    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """RFC 3207. What was said before is forgotten, also what was pipelined behind the command."""
        self._require_no_argument(arg)
        if self.shared.tls_context is None:
            raise Refused(replies.NOT_IMPLEMENTED)
        if self.is_tls:
            raise Refused(replies.TLS_ALREADY)
        self.say(replies.START_TLS)
        self.flush()
        self.input.clear()
        self.reset()
        self.session = Session(self.loop)
        self.begin_tls(self.go_on)

    def begin_tls(self, then: Callable[[], None]) -> None:
        """From here on what comes is for TLS, not for us."""
        self.phase = Phase.HANDSHAKE
        self.is_tls = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
        self._handshake = self.loop.create_task(self._secure(then))

    async def _secure(self, then: Callable[[], None]) -> None:
        secure = await self._shake_hands()
        if secure is None or self.closing:  # no loop tells us of a connection that ends within its handshake
            self.abort()
            self.connection_lost(None)
        else:
            self.use(secure)
            self.phase = Phase.COMMAND
            then()

    async def _shake_hands(self) -> asyncio.Transport | None:
        context, transport = self.shared.tls_context, self._transport
        if context is None or transport is None or transport.is_closing():
            return None
        shaking = self.loop.create_task(
            self.loop.start_tls(
                transport, self, context, server_side=True, ssl_handshake_timeout=_HANDSHAKE_SECONDS
            )
        )
        await asyncio.sleep(0)
        self.loop.call_soon(self._hand_to_tls, transport)
        try:
            return await shaking
        except OSError:  # also ssl.SSLError: what the client speaks is not TLS, or not ours
            return None

    def _hand_to_tls(self, transport: asyncio.Transport) -> None:
        """uvloop reads from a new connection whatever we say: what came too early is the beginning of TLS."""
        protocol, early = transport.get_protocol(), self.input.take()
        tls = cast("asyncio.BufferedProtocol", protocol)
        while early and protocol is not self and not transport.is_closing():
            room = memoryview(tls.get_buffer(len(early)))[: len(early)]
            room[:] = early[: len(room)]
            tls.buffer_updated(len(room))
            del early[: len(room)]


@lru_cache(maxsize=256)
def _octets(line: str) -> bytes:
    """Almost all that is said are the same few lines."""
    return f"{line}\r\n".encode("ascii", "replace")
