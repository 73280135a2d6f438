"""Topics read from their beginning and then on, by a process that must know all that is committed now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.event import Event
from schemas.topics import Topic
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.errors import DependencyUnavailable, StellwerkError
from workers.ports import InRecord

_log = structlog.get_logger(__name__)

_POLL_MS = 100
_AT_ONCE = 2000
_SLICE = 100
_FETCH_BYTES = 4 * 1024 * 1024
_STEP_SECONDS = 30.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 5.0


class TopicsFollower:
    """Hands committed records to `apply`, in order within a partition; after an error some of them again.

    `forget` comes before everything is read anew: at the start, and where positions no longer fit the topics
    (made anew, or cut off). `since_ms`: records that the broker took before it are left out. No group, no
    offsets, two connections. `apply` and `forget` run on the event loop and must be short for `_SLICE` records;
    or `apply` answers what is awaited until they are applied, somewhere else.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        topics: Sequence[Topic[Event]],
        apply: Callable[[Sequence[InRecord]], Awaitable[None] | None],
        forget: Callable[[], None],
        *,
        since_ms: Callable[[], int] | None = None,
        bound_seconds: float = 3.0,
    ) -> None:
        self._connection = connection
        self._names = [connection.topic(topic) for topic in topics]
        self._apply, self._forget = apply, forget
        self._since_ms = since_ms
        self._bound_seconds = bound_seconds
        self._asks: AIOKafkaConsumer | None = None
        self._at: dict[TopicPartition, int] = {}
        self._moved = asyncio.Event()
        self._doubted = False
        self._reason: str | None = None

    async def run(self) -> None:
        """Until it is cancelled. While Kafka is away it tries again."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            before = dict(self._at)
            try:
                with kafka_failures(self._connection, "following topics"):
                    await self._follow()
            except StellwerkError as error:
                self._waits(error.public)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS) if before == self._at else _FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)

    async def caught_up(self) -> None:
        """Returns once everything has been applied that a `read_committed` consumer could see before the call.

        That is up to the last stable offset: a commit returns a moment before its markers are in all partitions.

        Nothing is awaited between that finding and the return, so who looks at once sees it. Raises
        `DependencyUnavailable` where that takes longer than `bound_seconds`: Kafka is away, or the beginning
        is still being read.
        """
        before = dict(self._at)
        try:
            with kafka_failures(self._connection, "asking where topics end"):
                async with asyncio.timeout(self._bound_seconds):
                    ends = await self._asked().end_offsets(list(self._at))
                    if any(ends[part] < at for part, at in before.items()):
                        raise DependencyUnavailable("The topics were made anew, or cut off")
                    while not self._is_at(ends):
                        await self._moved.wait()
        except StellwerkError:
            self._doubted = self._at == before  # a consumer that hangs is made anew
            raise

    async def end_of(self, topic: Topic[Event]) -> int:
        """Last stable offset of a topic with one partition, now."""
        partition = TopicPartition(self._connection.topic(topic), 0)
        with kafka_failures(self._connection, "asking where a topic ends"):
            async with asyncio.timeout(self._bound_seconds):
                return int((await self._asked().end_offsets([partition]))[partition])

    def _asked(self) -> AIOKafkaConsumer:
        if self._asks is None or not self._at:
            raise DependencyUnavailable("The topics are not being read yet")
        return self._asks

    def _is_at(self, ends: Mapping[TopicPartition, int]) -> bool:
        return self._at.keys() == ends.keys() and all(self._at[part] >= end for part, end in ends.items())

    async def _follow(self) -> None:
        consumer, asked = self._client(), self._client()
        try:
            async with asyncio.timeout(_STEP_SECONDS):
                await consumer.start()
                await asked.start()
                await self._assign(consumer)
            self._asks, self._doubted, self._reason = asked, False, None
            while not self._doubted:
                async with asyncio.timeout(_STEP_SECONDS):
                    await self._step(consumer)
        finally:
            self._asks = None
            await stopped(consumer.stop())
            await stopped(asked.stop())

    def _client(self) -> AIOKafkaConsumer:
        """Two of them: on one connection a question would wait behind the fetch that waits for records."""
        return AIOKafkaConsumer(
            **self._connection.client_options(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=_FETCH_BYTES,
        )

    async def _step(self, consumer: AIOKafkaConsumer) -> None:
        polled = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)
        for part, found in polled.items():
            for start in range(0, len(found), _SLICE):
                some = found[start : start + _SLICE]
                elsewhere = self._apply([_in_record(part, record) for record in some])
                if elsewhere is not None:
                    await elsewhere
                self._at[part] = some[-1].offset + 1
                await asyncio.sleep(0)
        for part in self._at:  # passes markers and aborted batches, which are no records
            self._at[part] = await consumer.position(part)
        self._moved.set()
        self._moved = asyncio.Event()

    async def _assign(self, consumer: AIOKafkaConsumer) -> None:
        parts = await self._partitions(consumer)
        begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
        fit = self._at.keys() == set(parts) and all(begins[p] <= self._at[p] <= ends[p] for p in parts)
        if not fit:
            start = await self._start(consumer, begins, ends)
            self._forget()
            self._at = start
        consumer.assign(parts)
        for part, offset in self._at.items():
            consumer.seek(part, offset)

    async def _partitions(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        # partitions_for_topic() knows assigned topics only, and asking for one by name could create it
        cluster = await consumer._client.fetch_all_metadata()
        numbers = {name: cluster.partitions_for_topic(name) or () for name in self._names}
        if not all(numbers.values()):
            raise DependencyUnavailable("A topic is not there")
        return [TopicPartition(name, number) for name in self._names for number in sorted(numbers[name])]

    async def _start(
        self,
        consumer: AIOKafkaConsumer,
        begins: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> dict[TopicPartition, int]:
        if self._since_ms is None:
            return dict(begins)
        found = await consumer.offsets_for_times(dict.fromkeys(begins, self._since_ms()))
        return {part: (at.offset if (at := found.get(part)) else ends[part]) for part in begins}

    def _waits(self, reason: str) -> None:
        if reason != self._reason:
            _log.warning("dependency-unavailable", what=", ".join(self._names), reason=reason)
        self._reason = reason


def _in_record(part: TopicPartition, found: object) -> InRecord:
    return InRecord(
        part.topic,
        part.partition,
        found.offset,  # type: ignore[attr-defined]
        found.timestamp,  # type: ignore[attr-defined]
        found.key,  # type: ignore[attr-defined]
        found.value,  # type: ignore[attr-defined]
    )
