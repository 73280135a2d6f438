"""One SMTP client: its conversation, and every way in which it can end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiosmtpd.smtp import Session
from typing_extensions import override

from workers.adapters import smtp_replies as replies
from workers.adapters.smtp_connection import SmtpConnection
from workers.adapters.smtp_data_command import Phase
from workers.adapters.smtp_input import CommandTooLong
from workers.adapters.smtp_replies import Refused, Reply
from workers.adapters.smtp_shared import Shared
from workers.errors import DependencyUnavailable

_BAD = frozenset({"command", "syntax", "line-end"})
"""Not "sequence": whoever pipelines RCPT behind a MAIL that is answered 451 has done nothing wrong."""

_COMMANDS_A_TURN = 100
"""So many are answered before other clients have their turn."""


class SmtpSession(SmtpConnection):
    """aiosmtpd's `SMTP` with its reading, timers and logging replaced: these are where its time goes.

    What comes is answered where it comes, without a task; only storing a mail and a TLS handshake are tasks. A
    client that vanishes never ends a mail that is being stored. `peer`: its address where the connection is not
    its own; `implicit_tls`: TLS comes before the first word (RFC 8314).
    """

    def __init__(self, shared: Shared, peer: str | None = None, *, implicit_tls: bool = False) -> None:
        super().__init__(shared)
        self._peer = peer
        self._implicit_tls = implicit_tls
        self._bad_commands = 0

    # --- called by the transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.use(transport)
        self.session = Session(self.loop)
        self.peer = self._peer or (transport.get_extra_info("peername") or ("",))[0]
        refusal = self.shared.enter(self)
        if refusal is not None:
            if not self._implicit_tls:
                self.say_lines([refusal.text])
            self.close()
        elif self._implicit_tls:
            self.begin_tls(self._greet)
        else:
            self._greet()

    @override
    def data_received(self, data: bytes) -> None:
        if self.phase is Phase.DATA:
            self.content_came(data)
        else:
            self.input.feed(data)
        self.go_on()

    @override
    def eof_received(self) -> bool:
        """A client may half-close and still wait for the answer; with TLS it can't."""
        self.input.ended = True
        self.go_on()
        return not self.is_tls

    @override
    def connection_lost(self, error: Exception | None) -> None:
        self.closing = True
        if self.phase is not Phase.ACCEPT:
            self.held.set(0)
        self.shared.leave(self)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self.go_on()

    # --- called by the server

    def expire(self) -> None:
        """Time is over: give up what is under way, and answer while that is still possible."""
        if self.closing or self.phase is Phase.HANDSHAKE:
            self.abort()
        elif self.phase is Phase.ACCEPT:
            if not self.give_up_storing():
                self.abort()
        else:
            self.say(replies.TIMED_OUT)
            self.close()

    def stop_when_idle(self) -> None:
        """Say goodbye now, or after the mail that is under way."""
        if self.phase is Phase.COMMAND and not self.closing:
            self.say(replies.SHUTTING_DOWN)
            self.close()

    # --- the conversation

    def _greet(self) -> None:
        self.say_lines([f"220 {self.shared.hostname} ESMTP"])
        self.go_on()

    @override
    def go_on(self) -> None:
        """Answer all that was said so far, in one packet (RFC 2920 §3.2)."""
        for _ in range(_COMMANDS_A_TURN):
            if not self._one_step():
                break
        else:
            self.loop.call_soon(self.go_on)
        self.flush()
        self.input.pause_or_resume()

    def _one_step(self) -> bool:
        """Whether there may be more to do."""
        if self.closing or self.deaf:
            return False
        if self.phase is Phase.DATA:
            if self.content_came(self.input.take()):
                return True
        elif self.phase is Phase.COMMAND and self._one_command():
            return not self.input.is_read or self.input.ended
        if self.input.ended and self.phase in (Phase.COMMAND, Phase.DATA):
            self.close()
        return False

    def _one_command(self) -> bool:
        """Whether there was one."""
        if self.shared.stopping:
            self.say(replies.SHUTTING_DOWN)
            self.close()
            return False
        try:
            line = self.input.line()
            if line is None:
                return False
            self.deadline = self.loop.time() + self.shared.limits.command_seconds
            self._dispatch(line)
        except Refused as refused:
            self._refuse(refused.reply)
        except CommandTooLong:
            self._refuse(replies.COMMAND_TOO_LONG)
        except DependencyUnavailable:
            self.say(replies.TRY_LATER)
        except Exception as error:  # noqa: BLE001  # whatever it is, the mail is not accepted: 451, never 5xx
            self.failed(error)
        return True

    def _dispatch(self, line: bytes) -> None:
        if not line.endswith(b"\r\n") or line.find(b"\r") < len(line) - 2:
            raise Refused(replies.BARE_LINE_END)
        verb, _, argument = line[:-2].partition(b" ")
        name = verb.upper()
        command = _COMMANDS.get(name)
        if command is None:
            raise Refused(replies.UNKNOWN_COMMAND)
        _run(command(self, _text(argument, lenient=name in _GREETINGS)))

    def _refuse(self, reply: Reply) -> None:
        self._bad_commands += reply.reason in _BAD
        limits = self.shared.limits
        self.say(reply)
        if self._bad_commands > limits.bad_commands or self.unknown_mailboxes > limits.unknown_mailboxes:
            self.say(replies.TOO_MANY_ERRORS)
            self.close()


def _run(command: Coroutine[Any, Any, None]) -> None:
    """To its end, now: aiosmtpd's commands may wait, ours never do, and need no task."""
    try:
        command.send(None)
    except StopIteration:
        return
    command.close()
    raise RuntimeError("a command of SMTP waits")


def _text(argument: bytes, *, lenient: bool) -> str:
    """A command's argument: UTF-8 (RFC 6531), for greetings whatever it is."""
    try:
        return argument.decode("utf-8", "replace" if lenient else "strict").strip()
    except UnicodeDecodeError:
        raise Refused(replies.BAD_SYNTAX) from None


_GREETINGS = frozenset({b"HELO", b"EHLO"})
_COMMANDS = {
    name.removeprefix("smtp_").encode(): getattr(SmtpSession, name)
    for name in dir(SmtpSession)
    if name.startswith("smtp_")
}
