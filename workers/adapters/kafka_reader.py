"""Reading topics for commands: committed records only, up to what is stable now, and no trace left behind."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.event import Event
from schemas.topics import Topic
from workers.adapters.kafka_admission import start_client
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.adapters.kafka_fetches import FETCH_BYTES, fetched
from workers.errors import WrongConfiguration
from workers.key_partition import partition_of_key
from workers.ports import InRecord

Progress = Callable[[int, int], None]
"""Called with (records passed, records to pass), at most once a poll."""

_POLL_MS = 500
_AT_ONCE = 2000


class KafkaReader:
    """`workers.processors.topic_reader.HistoryReader` on a cluster. One read at a time; memory holds two fetches."""

    def __init__(
        self, connection: KafkaConnection, consumer: AIOKafkaConsumer, progress: Progress | None
    ) -> None:
        self._connection = connection
        self._consumer = consumer
        self._progress = progress

    async def read(
        self,
        topic: Topic[Event],
        *,
        key: str | None = None,
        partition: int | None = None,
        since: datetime | None = None,
    ) -> AsyncIterator[InRecord]:
        with kafka_failures(self._connection, "reading"):
            partitions = await self._partitions(topic)
        if key is not None:
            partition = partition_of_key(key.encode(), len(partitions))
        wanted = partitions if partition is None else [partitions[partition]]
        async with aclosing(self._batches(wanted, since)) as batches:
            async for records in batches:
                for record in records:
                    yield record

    async def batches(
        self,
        topic: Topic[Event],
        *,
        partition: int,
        since: datetime | None = None,
        headers: Sequence[str] | None = None,
    ) -> AsyncGenerator[Sequence[InRecord], None]:
        with kafka_failures(self._connection, "reading"):
            wanted = [(await self._partitions(topic))[partition]]
        async with aclosing(self._batches(wanted, since, headers)) as batches:
            async for records in batches:
                yield records

    async def _batches(
        self, wanted: Sequence[TopicPartition], since: datetime | None, headers: Sequence[str] | None = None
    ) -> AsyncGenerator[Sequence[InRecord], None]:
        with kafka_failures(self._connection, "reading"):
            start = await self._start(wanted, since)
            ends = await self._consumer.end_offsets(wanted)
        spans = {part: (offset, ends[part]) for part, offset in start.items() if offset < ends[part]}
        passed, total = 0, sum(end - offset for offset, end in spans.values())
        for part, (offset, end) in spans.items():
            with kafka_failures(self._connection, "reading"):
                async with aclosing(fetched(self._consumer._client, part, offset, end, headers)) as fetches:
                    async for position, records in fetches:
                        yield records
                        if self._progress:
                            self._progress(passed + min(position, end) - offset, total)
            passed += end - offset

    async def ends(self, topics: Sequence[Topic[Event]]) -> Mapping[tuple[str, int], int]:
        with kafka_failures(self._connection, "reading"):
            partitions = [partition for topic in topics for partition in await self._partitions(topic)]
            ends = await self._consumer.end_offsets(partitions)
        return {(partition.topic, partition.partition): offset for partition, offset in ends.items()}

    async def follow(self, start: Mapping[tuple[str, int], int]) -> AsyncIterator[InRecord]:
        with kafka_failures(self._connection, "reading"):
            self._assign({TopicPartition(*where): offset for where, offset in start.items()})
            while True:
                for records in (await self._poll()).values():
                    for record in records:
                        yield record

    async def _partitions(self, topic: Topic[Event]) -> list[TopicPartition]:
        name = self._connection.topic(topic)
        # partitions_for_topic() knows assigned topics only, and asking for one by name could create it
        cluster = await self._consumer._client.fetch_all_metadata()
        numbers = cluster.partitions_for_topic(name)
        if not numbers:
            raise WrongConfiguration(
                f"There is no topic {name} at {self._connection.bootstrap_servers}: run `stellwerk topics apply`, "
                "set STELLWERK_PREFIX to the installation's own, or let this user see it (`stellwerk topics acls`)."
            )
        return [TopicPartition(name, number) for number in sorted(numbers)]

    async def _start(
        self, parts: Sequence[TopicPartition], since: datetime | None
    ) -> dict[TopicPartition, int]:
        begins = await self._consumer.beginning_offsets(parts)
        if since is None:
            return dict(begins)
        since_ms = int(since.timestamp() * 1000)
        found = await self._consumer.offsets_for_times(dict.fromkeys(parts, since_ms))
        ends = await self._consumer.end_offsets(parts)
        return {part: (at.offset if (at := found.get(part)) else ends[part]) for part in parts}

    def _assign(self, start: Mapping[TopicPartition, int]) -> None:
        self._consumer.assign(list(start))
        for part, offset in start.items():
            self._consumer.seek(part, offset)

    async def _poll(self) -> dict[TopicPartition, list[InRecord]]:
        polled = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)
        return {part: list(map(_as_read, records)) for part, records in polled.items()}


@asynccontextmanager
async def kafka_reader(
    connection: KafkaConnection, progress: Progress | None = None
) -> AsyncIterator[KafkaReader]:
    """A connected reader, closed at the end. Raises `DependencyUnavailable` where nothing answers."""
    consumer = AIOKafkaConsumer(
        **connection.client_options(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    try:
        await start_client(connection, consumer.start(), "connecting")
        yield KafkaReader(connection, consumer, progress)
    finally:
        await stopped(consumer.stop())


def _as_read(found: ConsumerRecord) -> InRecord:
    return InRecord(
        found.topic, found.partition, found.offset, found.timestamp, found.key, found.value, found.headers
    )
