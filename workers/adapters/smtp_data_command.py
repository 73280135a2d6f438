"""DATA: from 354 to the answer that the sender may believe."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

import structlog
from typing_extensions import override

from workers.adapters import smtp_replies as replies
from workers.adapters.smtp_commands import SmtpCommands
from workers.adapters.smtp_data import Data, DataFault, DataReader
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
    DATA = auto()
    ACCEPT = auto()


class SmtpDataCommand(SmtpCommands):
    """The one command that stores. `deadline` (loop time) is for the server to watch."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.deadline = shared.loop.time() + shared.limits.command_seconds
        self.phase = Phase.COMMAND
        self.expired = False
        self.input = SmtpInput(shared.loop)

    def flush(self) -> None:
        raise NotImplementedError

    @override
    async def smtp_DATA(self, arg: str | None) -> None:
        """250 only when every delivery is acknowledged; 4xx whenever that is not certain (P1, P6)."""
        self._require_no_argument(arg)
        self._require_recipients_and_room()
        self.say(replies.START_DATA)
        self.flush()
        held = _Held(self.shared)
        try:
            self.phase = Phase.DATA
            data, refusal = await self._read_data(held)
            self.input.put_back(data.rest)
            self.phase = Phase.ACCEPT
            self.say(refusal or await self._store(data.content))
            self.phase = Phase.COMMAND
        finally:
            held.set(0)
        self.reset()

    def _require_recipients_and_room(self) -> None:
        if self.transaction.sender is None:
            raise Refused(replies.MAIL_FIRST)
        if not self.transaction.recipients:
            raise Refused(replies.NO_RECIPIENTS)
        if not self.shared.memory.has_room_for(self.transaction.parameters.size or 0):
            raise Refused(replies.NO_MEMORY)

    async def _read_data(self, held: _Held) -> tuple[Data, Reply | None]:
        """The content, and the refusal where it is not to be stored."""
        limits = self.shared.limits
        self.deadline = self.loop.time() + limits.data_seconds
        reader = DataReader(limits.message_bytes, limits.line_bytes)
        data = None
        starved = False
        while data is None:
            data = reader.feed(await self.input.chunk())
            if not held.set(reader.held_bytes) and not starved:
                starved = True
                reader.discard()
        if starved:
            return data, replies.NO_MEMORY
        return data, _FAULTS[data.fault] if data.fault else None

    async def _store(self, content: bytes) -> Reply:
        shared, began = self.shared, self.loop.time()
        self.deadline = began + shared.limits.accept_seconds
        try:
            deliveries = await shared.accept(self.received(content))
        except MailLoop:
            return replies.MAIL_LOOP
        except RefusedByRule as error:
            return self.refused_by(error)
        except InvalidInput:
            return replies.NOT_ACCEPTABLE
        except DependencyUnavailable as error:
            _log.warning("smtp-mail-deferred", **error.detail)
            return replies.TRY_LATER
        except asyncio.CancelledError:
            if not self.expired:
                raise
            return replies.TRY_LATER
        shared.observer.accepted(len(deliveries), len(content), self.loop.time() - began)
        return replies.ACCEPTED


class _Held:
    """This mail's part of the memory that all mails share."""

    __slots__ = ("_bytes", "_memory")

    def __init__(self, shared: Shared) -> None:
        self._memory = shared.memory
        self._bytes = 0

    def set(self, now_bytes: int) -> bool:
        """False where all mails now hold more than they may; it is counted all the same."""
        self._memory.change(now_bytes - self._bytes)
        self._bytes = now_bytes
        return self._memory.has_room_for(0)
