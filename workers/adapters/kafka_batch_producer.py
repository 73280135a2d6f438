"""An idempotent producer that writes many records in as few requests as there can be."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from schemas.topics import MAIL_INBOUND
from workers.adapters.kafka_connection import KafkaConnection
from workers.ports import OutRecord

_BATCH_BYTES = 512 * 1024
_REQUEST_BYTES = 8 * 1024 * 1024
_DROP_SECONDS = 2.0


class Written(NamedTuple):
    """`timestamp_ms`: by the broker's clock, where the topic is stamped with it; else -1."""

    partition: int
    offset: int
    timestamp_ms: int = -1


class _Batch:
    __slots__ = ("builder", "members", "partition", "topic")

    def __init__(self, builder: Any, topic: str, partition: int) -> None:
        self.builder = builder
        self.topic = topic
        self.partition = partition
        self.members: list[int] = []


class BatchProducer:
    """One producer's life: `start`, `write` one at a time, and `drop` after the first error of either."""

    def __init__(
        self, connection: KafkaConnection, request_seconds: float, compression: str | None = None
    ) -> None:
        self._prefix = connection.prefix
        self._counts: dict[str, int] = {}
        options = connection.client_options() | {"request_timeout_ms": int(request_seconds * 1000)}
        self._producer = AIOKafkaProducer(
            **options,
            acks="all",
            enable_idempotence=True,
            compression_type=compression,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
        )

    async def start(self) -> None:
        """Returns when the cluster has told where `mail.inbound` is. Raises KafkaError or OSError."""
        await self._producer.start()
        await self._partitions(self._prefix + MAIL_INBOUND.name)

    async def write(self, records: Sequence[OutRecord]) -> list[Written]:
        """Where each record lies, once all are acknowledged. The caller sets the bound: aiokafka has none."""
        batches = await self._batches(records)
        waves: dict[tuple[str, int], list[_Batch]] = {}
        for batch in batches:
            waves.setdefault((batch.topic, batch.partition), []).append(batch)
        written: dict[int, Written] = {}
        for wrote in await asyncio.gather(*map(self._write_in_order, waves.values())):
            written.update(wrote)
        return [written[index] for index in range(len(records))]

    async def drop(self) -> None:
        """Close within a bound, whatever the state. Unacknowledged records may still be stored.

        Not by aiokafka's `stop`, which waits for ever for a broker that is away (aiokafka #1101), nor by failing
        its batches, which leaves errors behind that nobody reads.
        """
        self._producer._closed = True
        sender = self._producer._sender.sender_task
        if sender is not None and not sender.done():
            sender.cancel()
            await asyncio.wait([sender], timeout=_DROP_SECONDS)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._producer.client.close(), _DROP_SECONDS)

    async def _batches(self, records: Sequence[OutRecord]) -> list[_Batch]:
        batches: list[_Batch] = []
        open_batches: dict[tuple[str, int], _Batch] = {}
        for index, record in enumerate(records):
            topic = self._prefix + record.topic
            partition = record.partition
            if partition is None:
                partition = (murmur2(record.key or b"") & 0x7FFFFFFF) % await self._partitions(topic)
            batch = open_batches.get((topic, partition))
            if batch is None or not self._fits(batch, record):
                batch = open_batches[topic, partition] = _Batch(
                    self._producer.create_batch(), topic, partition
                )
                batches.append(batch)
                self._fits(batch, record)
            batch.members.append(index)
        return batches

    @staticmethod
    def _fits(batch: _Batch, record: OutRecord) -> bool:
        added = batch.builder.append(
            timestamp=None, key=record.key, value=record.value, headers=list(record.headers)
        )
        return added is not None

    async def _write_in_order(self, batches: Sequence[_Batch]) -> dict[int, Written]:
        written: dict[int, Written] = {}
        for batch in batches:
            sent = await (
                await self._producer.send_batch(batch.builder, batch.topic, partition=batch.partition)
            )
            for place, index in enumerate(batch.members):
                written[index] = Written(batch.partition, sent.offset + place, sent.timestamp)
        return written

    async def _partitions(self, topic: str) -> int:
        count = self._counts.get(topic)
        if count is None:
            count = self._counts[topic] = len(await self._producer.partitions_for(topic))
        return count
