"""DATA: from 354 to the answer that the sender may believe."""

from __future__ import annotations

import asyncio
import traceback
from enum import Enum, auto

import structlog
from typing_extensions import override

from workers.adapters import smtp_replies as replies
from workers.adapters.smtp_commands import SmtpCommands
from workers.adapters.smtp_data import DataFault, DataReader
from workers.adapters.smtp_input import SmtpInput
from workers.adapters.smtp_replies import Refused, Reply
from workers.adapters.smtp_shared import Shared
from workers.errors import DependencyUnavailable, InvalidInput
from workers.routing.received_mail import MailLoop, RefusedByRule

_log = structlog.get_logger(__name__)

_FAULTS = {
    DataFault.TOO_BIG: replies.TOO_BIG,
    DataFault.FORGED_END: replies.FORGED_END,
    DataFault.LINE_TOO_LONG: replies.LINE_TOO_LONG,
}


class Phase(Enum):
    """What a session does: what its client may cause, and what its end must not interrupt, depends on it."""

    COMMAND = auto()
    HANDSHAKE = auto()
    DATA = auto()
    ACCEPT = auto()


class SmtpDataCommand(SmtpCommands):
    """The one command that stores. `deadline` (loop time) is for the server to watch."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.deadline = shared.loop.time() + shared.limits.command_seconds
        self.phase = Phase.COMMAND
        self.input = SmtpInput()
        self.held = Held(shared)
        self._data: DataReader | None = None
        self._starved = False
        self._storing: asyncio.Task[None] | None = None
        self._given_up = False

    def go_on(self) -> None:
        raise NotImplementedError

    @override
    async def smtp_DATA(self, arg: str | None) -> None:
        """250 only when every delivery is acknowledged; 4xx whenever that is not certain (P1, P6)."""
        self._require_no_argument(arg)
        self._require_recipients_and_room()
        self.say(replies.START_DATA)
        limits = self.shared.limits
        self.deadline = self.loop.time() + limits.data_seconds
        self._data, self._starved = DataReader(limits.message_bytes, limits.line_bytes), False
        self.phase = Phase.DATA

    def content_came(self, octets: bytes | bytearray) -> bool:
        """Part of the content. Whether that was its end and the mail is refused already: commands may follow."""
        try:
            self._read(octets)
        except Exception as error:  # noqa: BLE001  # what follows may be the rest of a mail: don't take it for commands
            self.failed(error)
            self.close()
        return self.phase is Phase.COMMAND

    def give_up_storing(self) -> bool:
        """Its time is over: the answer is 451, whatever becomes of the mail. False where that was tried before."""
        tried, self._given_up = self._given_up, True
        if self._storing is not None:
            self._storing.cancel()
        return not tried

    def failed(self, error: Exception) -> None:
        """A bug. Nothing of the error goes out, and no text of it into the log: that may be the mail's."""
        frames = traceback.extract_tb(error.__traceback__)[-4:]
        where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
        _log.error("smtp-session-failed", error=type(error).__name__, where=where)
        self._answer(replies.TRY_LATER)

    def _require_recipients_and_room(self) -> None:
        if self.transaction.sender is None:
            raise Refused(replies.MAIL_FIRST)
        if not self.transaction.recipients:
            raise Refused(replies.NO_RECIPIENTS)
        if not self.shared.memory.has_room_for(self.transaction.parameters.size or 0):
            raise Refused(replies.NO_MEMORY)

    def _read(self, octets: bytes | bytearray) -> None:
        reader = self._data
        if reader is None or not octets:
            return
        data = reader.feed(octets)
        if not self.held.set(reader.held_bytes) and not self._starved:
            self._starved = True
            reader.discard()
        if data is None:
            return
        self._data = None
        self.input.feed(data.rest)
        if self._starved:
            self._answer(replies.NO_MEMORY)
        elif data.fault:
            self._answer(_FAULTS[data.fault])
        else:
            self.phase, self._given_up = Phase.ACCEPT, False
            self.deadline = self.loop.time() + self.shared.limits.accept_seconds
            self._storing = self.loop.create_task(self._store(data.content))

    async def _store(self, content: bytes) -> None:
        try:
            self._answer(await self._stored(content))
        except Exception as error:  # noqa: BLE001  # whatever it is, the mail is not accepted: 451, never 5xx
            self.failed(error)
        finally:
            self.held.set(0)
        self.go_on()

    def _answer(self, reply: Reply) -> None:
        """The transaction is over; the next command may come."""
        self.say(reply)
        self.held.set(0)
        self.reset()
        self.phase = Phase.COMMAND
        self.deadline = self.loop.time() + self.shared.limits.command_seconds

    async def _stored(self, content: bytes) -> Reply:
        shared, began = self.shared, self.loop.time()
        try:
            deliveries = await shared.accept(self.received(content, tuple(self.transaction.recipients)))
        except MailLoop:
            return replies.MAIL_LOOP
        except RefusedByRule as refused:
            return self.refused_by(refused)
        except InvalidInput:
            return replies.NOT_ACCEPTABLE
        except DependencyUnavailable as error:
            _log.warning("smtp-mail-deferred", **error.detail)
            return replies.TRY_LATER
        except asyncio.CancelledError:
            if not self._given_up:
                raise
            return replies.TRY_LATER
        shared.observer.accepted(len(deliveries), len(content), self.loop.time() - began)
        return replies.ACCEPTED


class Held:
    """This connection's part of the memory that all mails share."""

    __slots__ = ("_bytes", "_memory")

    def __init__(self, shared: Shared) -> None:
        self._memory = shared.memory
        self._bytes = 0

    def set(self, now_bytes: int) -> bool:
        """False where all mails now hold more than they may; it is counted all the same."""
        self._memory.change(now_bytes - self._bytes)
        self._bytes = now_bytes
        return self._memory.has_room_for(0)
