"""One SMTP connection: its transport, its conversation, and every way in which it can end."""

from __future__ import annotations

import asyncio
import traceback

import structlog
from aiosmtpd.smtp import Session
from typing_extensions import override

from workers.adapters import smtp_replies as replies
from workers.adapters.smtp_data_command import Phase, SmtpDataCommand
from workers.adapters.smtp_input import ClientGone, CommandTooLong
from workers.adapters.smtp_replies import Refused, Reply
from workers.adapters.smtp_shared import Shared
from workers.errors import DependencyUnavailable

_log = structlog.get_logger(__name__)

_BAD = frozenset({"command", "syntax", "line-end"})
"""Not "sequence": whoever pipelines RCPT behind a MAIL that is answered 451 has done nothing wrong."""

_REPLIES_HELD_BYTES, _CLOSE_SECONDS = 16 * 1024, 5.0


class SmtpSession(SmtpDataCommand):
    """aiosmtpd's `SMTP` with its reading, timers and logging replaced: these are where its time goes.

    A client that vanishes ends the reading, but never a mail that is being stored.
    """

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self._out = bytearray()
        self._transport: asyncio.Transport | None = None
        self._conversation: asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._closing = False
        self._bad_commands = 0

    # --- called by the transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._use(transport)
        self.session = Session(self.loop)
        self.peer = (transport.get_extra_info("peername") or ("",))[0]
        refusal = self.shared.enter(self)
        if refusal is None:
            self._conversation = self.loop.create_task(self._handle_client())
        else:
            self.say_lines([refusal.text])
            self.close()

    @override
    def data_received(self, data: bytes) -> None:
        self.input.feed(data)

    @override
    def eof_received(self) -> bool:
        """A client may half-close and still wait for the answer; with TLS it can't."""
        self.input.feed_end()
        return not self.is_tls

    @override
    def connection_lost(self, error: Exception | None) -> None:
        self._closing = True
        self.input.feed_end()
        self.resume_writing()
        self.shared.leave(self)

    @override
    def pause_writing(self) -> None:
        self._writable = self.loop.create_future()

    @override
    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # --- called by the server

    def expire(self) -> None:
        """Time is over: give up what is under way, and answer while that is still possible."""
        if self._closing:
            self._abort()
        elif self.phase is Phase.ACCEPT:
            self.expired = True
            if self._conversation is not None:
                self._conversation.cancel()
        else:
            self.say(replies.TIMED_OUT)
            self.close()

    def stop_when_idle(self) -> None:
        """Say goodbye now, or after the mail that is under way."""
        if self.phase is Phase.COMMAND and self.input.is_waiting and not self._closing:
            self.say(replies.SHUTTING_DOWN)
            self.close()

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

    # --- the conversation

    @override
    async def _handle_client(self) -> None:
        self.say_lines([f"220 {self.shared.hostname} ESMTP"])
        try:
            while not self._closing:
                await self._one_command()
        except ClientGone:
            pass
        finally:
            self.close()

    async def _one_command(self) -> None:
        try:
            await self._dispatch(await self._next_line())
        except Refused as refused:
            self._refuse(refused.reply)
        except CommandTooLong:
            self._refuse(replies.COMMAND_TOO_LONG)
        except DependencyUnavailable:
            self.say(replies.TRY_LATER)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the mail is not accepted: 451, never 5xx
            await self.handle_exception(error)

    @override
    async def handle_exception(self, error: Exception) -> str:
        """Nothing of the error goes out, and no text of it into the log: that may be the mail's."""
        frames = traceback.extract_tb(error.__traceback__)[-4:]
        where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
        _log.error("smtp-session-failed", error=type(error).__name__, where=where)
        self.reset()
        self.say(replies.TRY_LATER)
        if self.phase is Phase.DATA:  # what follows may be the rest of a mail: don't take it for commands
            self.close()
        self.phase = Phase.COMMAND
        return replies.TRY_LATER.text

    async def _next_line(self) -> bytes:
        if not self.input.has_line:
            self.flush()
            if self._writable is not None:
                await self._writable
        if self.shared.stopping and not self._closing:
            self.say(replies.SHUTTING_DOWN)
            self.close()
            raise ClientGone
        self.deadline = self.loop.time() + self.shared.limits.command_seconds
        return await self.input.line()

    async def _dispatch(self, line: bytes) -> None:
        if not line.endswith(b"\r\n") or line.find(b"\r") < len(line) - 2:
            raise Refused(replies.BARE_LINE_END)
        verb, _, argument = line[:-2].partition(b" ")
        name = verb.upper()
        command = _COMMANDS.get(name)
        if command is None:
            raise Refused(replies.UNKNOWN_COMMAND)
        await command(self, _text(argument, lenient=name in {b"HELO", b"EHLO"}))

    def _refuse(self, reply: Reply) -> None:
        self._bad_commands += reply.reason in _BAD
        limits = self.shared.limits
        self.say(reply)
        if self._bad_commands > limits.bad_commands or self.unknown_mailboxes > limits.unknown_mailboxes:
            self.say(replies.TOO_MANY_ERRORS)
            self.close()

    # --- STARTTLS

    @override
    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """RFC 3207. What was said before is forgotten, also what was pipelined behind the command."""
        self._require_no_argument(arg)
        context = self.shared.tls_context
        if context is None or self._transport is None:
            raise Refused(replies.NOT_IMPLEMENTED)
        if self.is_tls:
            raise Refused(replies.TLS_ALREADY)
        self.say(replies.START_TLS)
        self.flush()
        self.input.clear()
        self.reset()
        self.session = Session(self.loop)
        self.is_tls = True
        try:
            secure = await self.loop.start_tls(self._transport, self, context, server_side=True)
        except OSError:  # also ssl.SSLError: what the client speaks is not TLS, or not ours
            self._abort()
        else:
            self._use(secure)

    def _use(self, transport: asyncio.BaseTransport | None) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("SMTP needs a stream")
        self._transport = self.input.transport = transport


def _text(argument: bytes, *, lenient: bool) -> str:
    """A command's argument: UTF-8 (RFC 6531), for greetings whatever it is."""
    try:
        return argument.decode("utf-8", "replace" if lenient else "strict").strip()
    except UnicodeDecodeError:
        raise Refused(replies.BAD_SYNTAX) from None


_COMMANDS = {
    name.removeprefix("smtp_").encode(): getattr(SmtpSession, name)
    for name in dir(SmtpSession)
    if name.startswith("smtp_")
}
