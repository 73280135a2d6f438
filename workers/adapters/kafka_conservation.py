"""`ConservationLog` on Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.cluster import ClusterMetadata

from schemas import topics
from schemas.event import Event
from schemas.topics import Topic
from workers.adapters.committed_offsets import committed_offsets
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.errors import DependencyUnavailable
from workers.ports import InRecord
from workers.routing.conservation import Cut, Unstable

T = TypeVar("T")

_AT_ONCE = 2_000
_CLOCKS_DIFFER = timedelta(minutes=5)
"""Between brokers, at most: times of different partitions are compared only with this margin."""


class _Clients:
    """One consumer that reads what is committed, one that is asked for high watermarks, one admin."""

    def __init__(self, connection: KafkaConnection) -> None:
        options = {**connection.client_options(), "group_id": None, "enable_auto_commit": False}
        self.stable = AIOKafkaConsumer(isolation_level="read_committed", auto_offset_reset="none", **options)
        self.plain = AIOKafkaConsumer(
            isolation_level="read_uncommitted",
            auto_offset_reset="none",
            max_partition_fetch_bytes=64 * 1024,
            **options,
        )
        self.admin = AIOKafkaAdminClient(**connection.client_options())
        self.cluster: ClusterMetadata | None = None

    async def start(self) -> None:
        await asyncio.gather(self.stable.start(), self.plain.start(), self.admin.start())

    async def close(self) -> None:
        """Raises nothing: they may be half started, and the broker away."""
        closing = (self.stable.stop(), self.plain.stop(), self.admin.close())
        await asyncio.gather(*(stopped(each) for each in closing))


class KafkaConservationLog:
    """`group_id`: the routing workers'. Clients live from `open` to the next `open` or `close`."""

    def __init__(self, connection: KafkaConnection, group_id: str) -> None:
        self._connection = connection
        self._group_id = group_id
        self._clients: _Clients | None = None

    async def close(self) -> None:
        clients, self._clients = self._clients, None
        if clients is not None:
            await clients.close()

    async def open(self, since: datetime | None) -> Mapping[int, int]:
        await self.close()
        self._clients = _Clients(self._connection)
        await self._bounded("connecting", self._clients.start())
        return await self._bounded("finding the first receipts", self._open(self._clients, since))

    async def cut(self) -> Cut:
        return await self._bounded("asking for offsets", self._cut())

    async def read_on(self, seconds: float) -> tuple[Sequence[InRecord], Sequence[InRecord]]:
        polled = self._open_clients().stable.getmany(timeout_ms=int(seconds * 1000), max_records=_AT_ONCE)
        found = await self._bounded("reading", polled, longer_by=seconds)
        records = [_in_record(record) for part in found.values() for record in part]
        receipts = self._connection.topic(topics.ROUTING_DECISIONS)
        return [r for r in records if r.topic == receipts], [r for r in records if r.topic != receipts]

    async def positions(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        consumer = self._open_clients().stable
        assigned = sorted(consumer.assignment())
        asked = asyncio.gather(*(consumer.position(part) for part in assigned))
        found = dict(zip(assigned, await self._bounded("asking for positions", asked), strict=True))
        return self._of(topics.ROUTING_DECISIONS, found), self._of(topics.MAIL_FORWARDED, found)

    async def unstable(self) -> tuple[Unstable, ...]:
        return await self._bounded("asking for stable offsets", self._unstable())

    async def inbound(self, partition: int, offset: int) -> InRecord | None:
        return await self._one(topics.MAIL_INBOUND, partition, offset)

    async def forwarded(self, partition: int, offset: int) -> InRecord | None:
        return await self._one(topics.MAIL_FORWARDED, partition, offset)

    async def _open(self, clients: _Clients, since: datetime | None) -> Mapping[int, int]:
        stable = clients.stable
        # partitions_for_topic() knows assigned topics only, and asking for one by name could create it
        clients.cluster = await stable._client.fetch_all_metadata()
        receipts, forwarded = self._parts(topics.ROUTING_DECISIONS), self._parts(topics.MAIL_FORWARDED)
        inbound = self._parts(topics.MAIL_INBOUND)
        begins = await stable.beginning_offsets([*receipts, *forwarded])
        if since is not None and await self._deleted_early(inbound, since):
            since = None
        judged_from = await self._judged_from(since, {part: begins[part] for part in receipts})
        if judged_from is None:
            starts, floors = dict(begins), dict.fromkeys(inbound, 0)
        else:
            starts = await self._since([*receipts, *forwarded], judged_from - _CLOCKS_DIFFER)
            floors = await self._since(inbound, judged_from)
        stable.assign(list(starts))
        for part, offset in starts.items():
            stable.seek(part, offset)
        return self._of(topics.MAIL_INBOUND, floors)

    async def _judged_from(
        self, since: datetime | None, begins: Mapping[TopicPartition, int]
    ) -> datetime | None:
        """Older mail may have had its receipt among those that are no longer kept. None: all are kept."""
        asked = {part: 0 for part, begin in begins.items() if begin > 0}
        oldest = await self._open_clients().stable.offsets_for_times(asked) if asked else {}
        kept_from = [
            datetime.fromtimestamp(found.timestamp / 1000, UTC) + _CLOCKS_DIFFER
            for found in oldest.values()
            if found is not None
        ]
        return max([*kept_from, *([since] if since else [])], default=None)

    async def _deleted_early(self, inbound: Sequence[TopicPartition], since: datetime) -> bool:
        """Whether mail may be gone that was accepted after `since`: then only its receipts can tell, all of them."""
        begins = await self._open_clients().stable.beginning_offsets(inbound)
        cut_off = {part: 0 for part, begin in begins.items() if begin > 0}
        oldest = await self._open_clients().stable.offsets_for_times(cut_off) if cut_off else {}
        return any(found is None or found.timestamp > since.timestamp() * 1000 for found in oldest.values())

    async def _since(self, parts: Sequence[TopicPartition], time: datetime) -> dict[TopicPartition, int]:
        consumer = self._open_clients().stable
        found = await consumer.offsets_for_times(dict.fromkeys(parts, max(0, int(time.timestamp() * 1000))))
        ends = await consumer.end_offsets(parts)
        return {part: (at.offset if (at := found.get(part)) else ends[part]) for part in parts}

    async def _cut(self) -> Cut:
        clients = self._open_clients()
        inbound, forwarded = self._parts(topics.MAIL_INBOUND), self._parts(topics.MAIL_FORWARDED)
        committed = await committed_offsets(clients.admin, self._group_id, [*inbound, *forwarded])
        outputs = [*forwarded, *self._parts(topics.ROUTING_DECISIONS)]
        ends = await clients.plain.end_offsets([*inbound, *outputs])
        return Cut(
            committed_inbound=self._of(topics.MAIL_INBOUND, committed),
            committed_forwarded=self._of(topics.MAIL_FORWARDED, committed),
            inbound_end=self._of(topics.MAIL_INBOUND, ends),
            decisions_end=self._of(topics.ROUTING_DECISIONS, ends),
            forwarded_end=self._of(topics.MAIL_FORWARDED, ends),
        )

    async def _unstable(self) -> tuple[Unstable, ...]:
        clients = self._open_clients()
        parts = [*self._parts(topics.ROUTING_DECISIONS), *self._parts(topics.MAIL_FORWARDED)]
        stable = await clients.stable.end_offsets(parts)
        high = await clients.plain.end_offsets(parts)
        return tuple(
            Unstable(part.topic, part.partition, stable[part], high[part])
            for part in parts
            if stable[part] < high[part]
        )

    async def _one(self, topic: Topic[Event], partition: int, offset: int) -> InRecord | None:
        return await self._bounded("reading one record", self._read_one(topic, partition, offset))

    async def _read_one(self, topic: Topic[Event], partition: int, offset: int) -> InRecord | None:
        consumer = self._open_clients().plain
        part = TopicPartition(self._connection.topic(topic), partition)
        begin, end = (
            (await consumer.beginning_offsets([part]))[part],
            (await consumer.end_offsets([part]))[part],
        )
        if not begin <= offset < end:
            return None
        consumer.assign([part])
        consumer.seek(part, offset)
        record = await consumer.getone(part)
        return _in_record(record) if record.offset == offset else None

    def _open_clients(self) -> _Clients:
        if self._clients is None:
            raise DependencyUnavailable("the conservation log is not open")
        return self._clients

    def _parts(self, topic: Topic[Event]) -> list[TopicPartition]:
        name = self._connection.topic(topic)
        cluster = self._open_clients().cluster
        numbers = cluster.partitions_for_topic(name) if cluster else None
        if not numbers:
            raise DependencyUnavailable(
                f"There is no topic {name}: run `stellwerk topics apply`.", topic=name
            )
        return [TopicPartition(name, number) for number in sorted(numbers)]

    def _of(self, topic: Topic[Event], offsets: Mapping[TopicPartition, int]) -> dict[int, int]:
        name = self._connection.topic(topic)
        return {part.partition: offset for part, offset in offsets.items() if part.topic == name}

    async def _bounded(self, doing: str, work: Awaitable[T], *, longer_by: float = 0.0) -> T:
        """Errors of Kafka become ours, and a dead client is not used again."""
        try:
            with kafka_failures(self._connection, doing):
                return await asyncio.wait_for(work, self._connection.timeout_seconds + longer_by)
        except DependencyUnavailable:
            await self.close()
            raise


@asynccontextmanager
async def kafka_conservation(
    connection: KafkaConnection, group_id: str
) -> AsyncIterator[KafkaConservationLog]:
    """The log, closed at the end. It connects when it is opened."""
    log = KafkaConservationLog(connection, group_id)
    try:
        yield log
    finally:
        await log.close()


def _in_record(record: ConsumerRecord[bytes, bytes]) -> InRecord:
    return InRecord(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple(record.headers),
    )
