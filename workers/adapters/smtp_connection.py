"""The connection below an SMTP session: what is said on it, in plain or by TLS, and its closing."""

from __future__ import annotations

import asyncio

from aiosmtpd.smtp import Session
from typing_extensions import override

from workers.adapters import smtp_replies as replies
from workers.adapters.smtp_data_command import SmtpDataCommand
from workers.adapters.smtp_input import ClientGone
from workers.adapters.smtp_replies import Refused, Reply
from workers.adapters.smtp_shared import Shared

_REPLIES_HELD_BYTES, _CLOSE_SECONDS, _HANDSHAKE_SECONDS = 16 * 1024, 5.0, 30.0


class SmtpConnection(SmtpDataCommand):
    """Answers are held back until the client waits for them, or there are many."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._out = bytearray()
        self._transport: asyncio.Transport | None = None
        self._writable: asyncio.Future[None] | None = None
        self._closing = False

    @override
    def pause_writing(self) -> None:
        self._writable = self.loop.create_future()

    @override
    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # --- answers

    @override
    def say(self, reply: Reply) -> None:
        if reply.text[0] in "45":
            self.shared.observer.refused(reply.code, reply.reason)
        self.say_lines([reply.text])

    @override
    def say_lines(self, lines: list[str]) -> None:
        """Held until the client waits for it: one packet answers all that was pipelined (RFC 2920 §3.2)."""
        for line in lines:
            self._out += f"{line}\r\n".encode("ascii", "replace")
        if len(self._out) > _REPLIES_HELD_BYTES:
            self.flush()

    @override
    def flush(self) -> None:
        if self._out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(bytes(self._out))
        self._out.clear()

    @override
    def close(self) -> None:
        self.flush()
        self._closing = True
        self.deadline = self.loop.time() + _CLOSE_SECONDS
        if self._transport is not None:
            self._transport.close()
        self.input.feed_end()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- STARTTLS

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
        await self._secure()

    async def _secure(self) -> None:
        context, transport = self.shared.tls_context, self._transport
        if context is None or transport is None:
            raise ClientGone
        self.is_tls = True
        try:
            secure = await self.loop.start_tls(
                transport, self, context, server_side=True, ssl_handshake_timeout=_HANDSHAKE_SECONDS
            )
        except OSError:  # also ssl.SSLError: what the client speaks is not TLS, or not ours
            secure = None
        if secure is None:  # asyncio does not tell us of a connection that ends within its handshake
            self._abort()
            self.connection_lost(None)
            raise ClientGone
        self._use(secure)

    def _leave_to_tls(self) -> None:
        """Before the first octet: what comes is for TLS, not for us."""
        if self._transport is not None:
            self._transport.pause_reading()

    def _use(self, transport: asyncio.BaseTransport | None) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("SMTP needs a stream")
        self._transport = self.input.transport = transport
