"""One SMTP client: its conversation, and every way in which it can end."""

from __future__ import annotations

import asyncio
import traceback

import structlog
from aiosmtpd.smtp import Session
from typing_extensions import override

from workers.adapters import smtp_replies as replies
from workers.adapters.smtp_connection import SmtpConnection
from workers.adapters.smtp_data_command import Phase
from workers.adapters.smtp_input import ClientGone, CommandTooLong
from workers.adapters.smtp_replies import Refused, Reply
from workers.adapters.smtp_shared import Shared
from workers.errors import DependencyUnavailable

_log = structlog.get_logger(__name__)

_BAD = frozenset({"command", "syntax", "line-end"})
"""Not "sequence": whoever pipelines RCPT behind a MAIL that is answered 451 has done nothing wrong."""


class SmtpSession(SmtpConnection):
    """aiosmtpd's `SMTP` with its reading, timers and logging replaced: these are where its time goes.

    A client that vanishes ends the reading, but never a mail that is being stored. `peer`: its address where
    the connection is not its own; `implicit_tls`: TLS comes before the first word (RFC 8314).
    """

    def __init__(self, shared: Shared, peer: str | None = None, *, implicit_tls: bool = False) -> None:
        super().__init__(shared)
        self._peer = peer
        self._implicit_tls = implicit_tls
        self._conversation: asyncio.Task[None] | None = None
        self._bad_commands = 0

    # --- called by the transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._use(transport)
        self.session = Session(self.loop)
        self.peer = self._peer or (transport.get_extra_info("peername") or ("",))[0]
        refusal = self.shared.enter(self)
        if refusal is None:
            if self._implicit_tls:
                self._leave_to_tls()
            self._conversation = self.loop.create_task(self._handle_client())
        else:
            if not self._implicit_tls:
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

    # --- the conversation

    @override
    async def _handle_client(self) -> None:
        if self._implicit_tls:
            await self._secure()
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
