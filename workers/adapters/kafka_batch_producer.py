"""An idempotent producer that writes many records in as few requests as there can be."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition

from schemas.topics import MAIL_INBOUND
from workers.adapters.kafka_batch_sender import Batch, BatchSender
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.kafka_record_batch import RecordBatch
from workers.key_partition import partition_of_key
from workers.ports import OutRecord

_BATCH_BYTES = 2 * 1024 * 1024
"""Far below what a topic takes. What does not fit waits for the answer to the batch before it."""

_DROP_SECONDS = 2.0


class Written(NamedTuple):
    """`timestamp_ms`: by the broker's clock, where the topic is stamped with it; else -1."""

    partition: int
    offset: int
    timestamp_ms: int = -1


class _Filled:
    """A batch and its place. `members`: which of the caller's records are in it."""

    __slots__ = ("batch", "members", "place")

    def __init__(self, batch: RecordBatch, place: TopicPartition) -> None:
        self.batch = batch
        self.place = place
        self.members: list[int] = []

    def takes(self, index: int, record: OutRecord) -> bool:
        taken = self.batch.takes(record)
        if taken:
            self.members.append(index)
        return taken


class BatchProducer:
    """One producer's life: `start`, `write` one at a time, and `drop` after the first error of either.

    aiokafka connects, knows the cluster, and gets the producer's id; its sender stays idle.
    """

    def __init__(self, connection: KafkaConnection, request_seconds: float) -> None:
        self._prefix = connection.prefix
        self._counts: dict[str, int] = {}
        request_ms = int(request_seconds * 1000)
        options = connection.client_options() | {"request_timeout_ms": request_ms}
        self._producer = AIOKafkaProducer(**options, acks="all", enable_idempotence=True)
        self._sender = BatchSender(self._producer.client, request_ms)

    async def start(self) -> None:
        """Returns when the cluster has told where `mail.inbound` is. Raises KafkaError or OSError."""
        await self._producer.start()
        await self._partitions(self._prefix + MAIL_INBOUND.name)

    async def write(self, records: Sequence[OutRecord]) -> list[Written]:
        """Where each record lies, once all are acknowledged. The caller sets the bound: there is none here."""
        written: dict[int, Written] = {}
        for together in await self._requests(records):
            stored = await self._sender.send([self._numbered(each) for each in together])
            for each in together:
                first, partition = stored[each.place], each.place.partition
                for number, index in enumerate(each.members):
                    written[index] = Written(partition, first.offset + number, first.timestamp_ms)
        return [written[index] for index in range(len(records))]

    async def drop(self) -> None:
        """Close within a bound, whatever the state. Unacknowledged records may still be stored.

        Not by aiokafka's `stop`, which waits for ever for a broker that is away (aiokafka #1101).
        """
        self._producer._closed = True
        sender = self._producer._sender.sender_task
        if sender is not None and not sender.done():
            sender.cancel()
            await asyncio.wait([sender], timeout=_DROP_SECONDS)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._producer.client.close(), _DROP_SECONDS)

    async def _requests(self, records: Sequence[OutRecord]) -> list[list[_Filled]]:
        """At most one batch for a partition in each request: it takes no more."""
        for topic in {record.topic for record in records}:
            await self._partitions(self._prefix + topic)
        members: dict[TopicPartition, list[int]] = {}
        for index, record in enumerate(records):
            members.setdefault(self._place(record), []).append(index)
        batches = [self._filled(place, indices, records) for place, indices in members.items()]
        return [[batch for batch in together if batch] for together in zip_longest(*batches)]

    def _place(self, record: OutRecord) -> TopicPartition:
        topic, partition = self._prefix + record.topic, record.partition
        if partition is None:
            partition = partition_of_key(record.key or b"", self._counts[topic])
        return TopicPartition(topic, partition)

    def _filled(
        self, place: TopicPartition, indices: Sequence[int], records: Sequence[OutRecord]
    ) -> list[_Filled]:
        """As many batches as they need, in order."""
        batches: list[_Filled] = []
        now_ms = int(time.time() * 1000)
        for index in indices:
            if not batches or not batches[-1].takes(index, records[index]):
                batches.append(_Filled(RecordBatch(now_ms, _BATCH_BYTES), place))
                batches[-1].takes(index, records[index])
        return batches

    def _numbered(self, each: _Filled) -> Batch:
        """With its numbers, which are counted here and nowhere else."""
        state = self._producer._txn_manager
        first = state.sequence_number(each.place)
        state.increment_sequence_number(each.place, len(each.members))
        return Batch(each.place, each.batch.parts(state.producer_id, state.producer_epoch, first))

    async def _partitions(self, topic: str) -> int:
        count = self._counts.get(topic)
        if count is None:
            count = self._counts[topic] = len(await self._producer.partitions_for(topic))
        return count
