"""Topics in memory: `HistoryReader` and `RecordWriter` in one, with partitions and transactions."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiokafka.partitioner import murmur2

from schemas.event import Event
from schemas.topics import Topic
from workers.ports import Headers, InRecord, OutRecord
from workers.processors.topic_reader import Write

CLOCK = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class FakeTopics:
    """`now` is the broker's clock. `writes` holds the records of each write, `reads` the keys asked for."""

    def __init__(self, prefix: str = "", partitions: int = 4) -> None:
        self.prefix = prefix
        self.now = CLOCK
        self.writes: list[list[OutRecord]] = []
        self.reads: list[str | None] = []
        self._partitions = partitions
        self._logs: dict[tuple[str, int], list[InRecord]] = {}

    async def read(
        self,
        topic: Topic[Event],
        *,
        key: str | None = None,
        partition: int | None = None,
        since: datetime | None = None,
    ) -> AsyncIterator[InRecord]:
        self.reads.append(key)
        since_ms = 0 if since is None else since.timestamp() * 1000
        if key is not None:
            partition = self._partition_of(topic, key.encode())
        for number in range(self._count(topic)) if partition is None else [partition]:
            for record in list(self._logs.get((self.prefix + topic.name, number), [])):
                if record.timestamp_ms >= since_ms:
                    yield record

    async def batches(
        self,
        topic: Topic[Event],
        *,
        partition: int,
        since: datetime | None = None,
        headers: Sequence[str] | None = None,
    ) -> AsyncGenerator[Sequence[InRecord], None]:
        """Of two records, so that joins have to wait."""
        found = [record async for record in self.read(topic, partition=partition, since=since)]
        if headers is not None:
            found = [record._replace(headers=_first_of_each(record.headers, headers)) for record in found]
        for start in range(0, len(found), 2):
            yield found[start : start + 2]

    async def ends(self, topics: Sequence[Topic[Event]]) -> Mapping[tuple[str, int], int]:
        return {
            (self.prefix + topic.name, partition): len(
                self._logs.get((self.prefix + topic.name, partition), [])
            )
            for topic in topics
            for partition in range(self._count(topic))
        }

    async def follow(self, start: Mapping[tuple[str, int], int]) -> AsyncIterator[InRecord]:
        """Ends where the records end: a fake waits for nobody."""
        for where, offset in start.items():
            for record in self._logs.get(where, [])[offset:]:
                yield record

    async def write(self, records: Sequence[OutRecord]) -> None:
        if records:
            self.writes.append(list(records))
        for record in records:
            self._append(record)

    @asynccontextmanager
    async def transaction(self, name: str) -> AsyncIterator[Write]:
        pending: list[OutRecord] = []

        async def write(records: Sequence[OutRecord]) -> None:
            pending.extend(records)

        yield write
        await self.write(pending)

    async def publish(self, topic: Topic[Event], key: str, event: Event | None) -> None:
        """One event, as its owner would write it."""
        await self.write([OutRecord(topic.name, key.encode(), None if event is None else event.write())])

    def log(self, topic: str, partition: int = 0) -> list[InRecord]:
        """The records themselves, for tests that damage or remove them."""
        return self._logs[self.prefix + topic, partition]

    def _append(self, record: OutRecord) -> None:
        partition = _murmur(record.key, self._partitions) if record.partition is None else record.partition
        log = self._logs.setdefault((self.prefix + record.topic, partition), [])
        milliseconds = int(self.now.timestamp() * 1000)
        log.append(
            InRecord(
                self.prefix + record.topic,
                partition,
                len(log),
                milliseconds,
                record.key,
                record.value,
                record.headers,
            )
        )

    def _count(self, topic: Topic[Event]) -> int:
        return self._partitions

    def _partition_of(self, topic: Topic[Event], key: bytes) -> int:
        return _murmur(key, self._count(topic))


def _murmur(key: bytes | None, partitions: int) -> int:
    return 0 if key is None else int((murmur2(key) & 0x7FFFFFFF) % partitions)


def _first_of_each(headers: Headers, names: Sequence[str]) -> Headers:
    """In the record's order."""
    first: dict[str, bytes] = {}
    for name, value in headers:
        if name in names:
            first.setdefault(name, value)
    return tuple(first.items())
