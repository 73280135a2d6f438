"""Kept decisions with the inputs that they were made of, partition by partition, in the order of their lane."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from schemas.event import Event
from schemas.topics import MAIL_ENRICHED, ROUTING_DECISIONS, TICKETS_COMMANDS, Topic
from workers.ports import InRecord
from workers.processors.kept_inputs import KeptDecision, KeptInputs, event_id, offset_of
from workers.processors.kept_receipt import KeptReceipt
from workers.processors.lane_window import LaneWindow
from workers.processors.topic_reader import HistoryReader, TopicReader

OpenReader = Callable[[], AbstractAsyncContextManager[HistoryReader]]
"""A reader reads one thing at a time: topics that are read side by side need one each."""

_TOLD_EVERY = 200
"""Decisions between two words on how far the work is: a bar that shows progress costs as much as reading a record."""

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

    def within(self, records: Sequence[InRecord]) -> Sequence[InRecord]:
        """Those before the first that is too late."""
        if self.until is None:
            return records
        return list(takewhile(lambda record: not self.is_over(record), records))


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
        """One more topic of the lane, to be looked up beside its decisions. Records have no header but `ce_id`."""
        async with self._open() as reader:
            since = self._period.inputs_since
            batches = reader.batches(topic, partition=partition, since=since, headers=("ce_id",))
            async with aclosing(batches):
                yield LaneWindow(batches, key)

    async def decisions(self, partition: int) -> AsyncIterator[Sequence[KeptDecision]]:
        """In the order in which they were made, as many at once as were read at once. Memory does not grow with
        history.
        """
        async with AsyncExitStack() as stack:
            mails = await stack.enter_async_context(self.window(MAIL_ENRICHED, partition, event_id))
            commands = await stack.enter_async_context(self.window(TICKETS_COMMANDS, partition, offset_of))
            elsewhere = await stack.enter_async_context(self._open())
            reader = await stack.enter_async_context(self._open())
            inputs, since = KeptInputs(mails, commands), self._period.since
            batches = reader.batches(ROUTING_DECISIONS, partition=partition, since=since, headers=())
            async for read in await stack.enter_async_context(aclosing(batches)):
                within = self._period.within(read)
                records, joined = self._wanted(within), list[KeptDecision]()
                while (needed := inputs.join(records, joined)) is not None:
                    if isinstance(needed, LaneWindow):
                        await needed.more()
                    else:
                        record = records[len(joined)]
                        found = await _command_again(record, needed, elsewhere)
                        joined.append(inputs.taken_up(record, needed, found))
                yield joined
                if len(within) < len(read):
                    return

    def _wanted(self, records: Sequence[InRecord]) -> Sequence[InRecord]:
        return [record for record in records if record.key in self._tickets] if self._tickets else records


def seldom(step: Callable[[int], None]) -> Callable[[int], None]:
    """Told how many decisions are done after each few, it tells `step` now and then."""
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done - told >= _TOLD_EVERY:
            told = done
            step(done)

    return tell


async def _command_again(record: InRecord, receipt: KeptReceipt, reader: TopicReader) -> InRecord | None:
    topic = record.topic.removesuffix(ROUTING_DECISIONS.name) + TICKETS_COMMANDS.name
    place: Mapping[tuple[str, int], int] = {(topic, receipt.place.partition): receipt.place.offset}
    async for command in reader.follow(place):
        return command if command.offset == receipt.place.offset else None
    return None
