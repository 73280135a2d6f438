"""One partition of a small topic, read from its beginning to its end again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.event import Event
from schemas.topics import Topic
from workers.adapters.kafka_admission import start_client
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.errors import StellwerkError

_POLL_MS = 200


class TopicTail:
    """Reads partition 0 of `topic` as `read_committed` and hands each record to `on_record`, in order.

    After an error it begins anew from the first record, so `on_record` must be idempotent (the last of a key
    wins). Every call is bounded by `bound_seconds` and raises `DependencyUnavailable` beyond it.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        topic: Topic[Event],
        on_record: Callable[[ConsumerRecord[bytes, bytes]], None],
        *,
        bound_seconds: float = 15.0,
    ) -> None:
        self._connection = connection
        self._partition = TopicPartition(connection.topic(topic), 0)
        self._on_record = on_record
        self._bound_seconds = bound_seconds
        self._consumer: AIOKafkaConsumer | None = None
        self._turn = asyncio.Lock()

    async def refresh(self) -> int:
        """Read to the present end. Returns that end: the last stable offset."""
        async with self._turn:
            try:
                with kafka_failures(self._connection, f"reading {self._partition.topic}"):
                    return await asyncio.wait_for(self._read_to_end(), self._bound_seconds)
            except StellwerkError:
                await self._drop()
                raise

    async def stop(self) -> None:
        async with self._turn:
            await self._drop()

    async def _read_to_end(self) -> int:
        consumer = await self._started()
        end = int((await consumer.end_offsets([self._partition]))[self._partition])
        while await consumer.position(self._partition) < end:
            polled = await consumer.getmany(self._partition, timeout_ms=_POLL_MS)
            for record in polled.get(self._partition, []):
                self._on_record(record)
        return end

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                **self._connection.client_options(),
            )
            self._consumer = consumer
            await start_client(self._connection, consumer.start(), "connecting")
            consumer.assign([self._partition])
        return self._consumer

    async def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await stopped(consumer.stop())
