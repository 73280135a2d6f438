"""Kept decisions with the inputs that they were made of, partition by partition, in the order of their lane."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError

from schemas.cloudevents import header
from schemas.command import TicketCommand
from schemas.event import Event
from schemas.mail import EnrichedMail
from schemas.topics import MAIL_ENRICHED, ROUTING_DECISIONS, TICKETS_COMMANDS, Topic
from workers.ports import InRecord
from workers.processors.kept_receipt import KeptReceipt, read_receipt
from workers.processors.lane_window import LaneWindow
from workers.processors.route_inputs import taken_at
from workers.processors.topic_reader import TopicReader
from workers.routing.commands.clock import as_taken
from workers.routing.decide_again import Cause

M = TypeVar("M", bound=Event)

OpenReader = Callable[[], AbstractAsyncContextManager[TopicReader]]
"""A reader reads one thing at a time: topics that are read side by side need one each."""

_EARLIER = timedelta(minutes=10)
"""Inputs are read from a little before `since`: a decision follows its command or mail."""


@dataclass(frozen=True, slots=True)
class Period:
    """Decisions that the broker stored from `since` to before `until` (aware); None: no bound."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def inputs_since(self) -> datetime | None:
        return None if self.since is None else self.since - _EARLIER

    def is_over(self, record: InRecord) -> bool:
        return self.until is not None and record.timestamp_ms >= self.until.timestamp() * 1000


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """`receipt` None: it can't be read. `cause` None: nothing was decided by rules, or the input is not there.

    `input_lost`: the input should be there, for earlier ones are, or it can't be read.
    """

    record: InRecord
    receipt: KeptReceipt | None
    cause: Cause | None = None
    input_lost: bool = False

    @property
    def was_decided(self) -> bool:
        """By rules: dead letters and what was given up have a receipt too."""
        return self.receipt is not None and self.receipt.was_decided


class KeptHistory:
    """Of one installation, or of these `tickets`. `open_reader` is called a few times for each partition."""

    def __init__(
        self, open_reader: OpenReader, period: Period, tickets: frozenset[str] = frozenset()
    ) -> None:
        self._open = open_reader
        self._period = period
        self._tickets = frozenset(ticket.encode() for ticket in tickets)

    async def partitions(self) -> list[int]:
        async with self._open() as reader:
            return sorted(number for _, number in await reader.ends([ROUTING_DECISIONS]))

    async def size(self) -> int:
        """About how many decisions are kept in all, whatever the period: for a bar that shows progress."""
        async with self._open() as reader:
            return sum((await reader.ends([ROUTING_DECISIONS])).values())

    @asynccontextmanager
    async def window(
        self, topic: Topic[Event], partition: int, key: Callable[[InRecord], str]
    ) -> AsyncIterator[LaneWindow]:
        """One more topic of the lane, to be looked up beside its decisions."""
        async with self._open() as reader:
            records = reader.read(topic, partition=partition, since=self._period.inputs_since)
            async with aclosing(records):  # type: ignore[type-var]  # every reader's is an async generator
                yield LaneWindow(records, key)

    async def decisions(self, partition: int) -> AsyncIterator[KeptDecision]:
        """In the order in which they were made. Memory does not grow with history."""
        async with AsyncExitStack() as stack:
            mails = await stack.enter_async_context(self.window(MAIL_ENRICHED, partition, event_id))
            commands = await stack.enter_async_context(self.window(TICKETS_COMMANDS, partition, _offset))
            inputs = _Inputs(mails, commands, await stack.enter_async_context(self._open()))
            reader = await stack.enter_async_context(self._open())
            records = reader.read(ROUTING_DECISIONS, partition=partition, since=self._period.since)
            async for record in records:
                if self._period.is_over(record):
                    return
                if not self._tickets or record.key in self._tickets:
                    yield await inputs.joined(record)


def event_id(record: InRecord) -> str:
    """Its `ce_id`, which stands second where we wrote it: looked up by the million."""
    headers = record.headers
    if len(headers) > 1 and headers[1][0] == "ce_id" and headers[1][1] is not None:
        return headers[1][1].decode("utf-8", "replace")
    return header(headers, "ce_id") or f"without-id:{record.offset}"


def _offset(record: InRecord) -> str:
    return str(record.offset)


@dataclass(frozen=True, slots=True)
class _Inputs:
    mails: LaneWindow
    commands: LaneWindow
    elsewhere: TopicReader

    async def joined(self, record: InRecord) -> KeptDecision:
        receipt = read_receipt(record.value)
        if receipt is None or not receipt.was_decided:
            return KeptDecision(record, receipt)
        if receipt.delivery_id is not None:
            found = await self.mails.find(receipt.input_id, record.timestamp_ms)
            return _with_cause(record, receipt, found, EnrichedMail, self.mails)
        if receipt.attempt:
            taken_up = await self._command_again(record, receipt)
            return _with_cause(record, receipt, taken_up, TicketCommand, self.commands)
        found = await self.commands.find(str(receipt.place.offset), record.timestamp_ms)
        return _with_cause(record, receipt, found, TicketCommand, self.commands)

    async def _command_again(self, record: InRecord, receipt: KeptReceipt) -> InRecord | None:
        """Of a command that was taken up from the dead letters, long after its place in the topic."""
        topic = record.topic.removesuffix(ROUTING_DECISIONS.name) + TICKETS_COMMANDS.name
        place: Mapping[tuple[str, int], int] = {(topic, receipt.place.partition): receipt.place.offset}
        async for command in self.elsewhere.follow(place):
            return command if command.offset == receipt.place.offset else None
        return None


def _with_cause(
    record: InRecord,
    receipt: KeptReceipt,
    found: InRecord | None,
    model: type[EnrichedMail] | type[TicketCommand],
    window: LaneWindow,
) -> KeptDecision:
    if found is None:
        return KeptDecision(record, receipt, None, input_lost=window.has_matched)
    cause: Cause | None = _read(model, found)
    if isinstance(cause, TicketCommand):
        cause = as_taken(cause, taken_at(found))
    return KeptDecision(record, receipt, cause, input_lost=cause is None)


def _read(model: type[M], record: InRecord) -> M | None:
    try:
        return model.read(record.value or b"")
    except ValidationError:
        return None
