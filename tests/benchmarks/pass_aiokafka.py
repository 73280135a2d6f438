"""The bare loop on aiokafka: poll, write what the recipe says, commit, one transaction per batch and partition."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import ConsumerRecord

from schemas.topics import MAIL_INBOUND, ROUTING_DECISIONS
from tests.benchmarks.recorded_outputs import Output, Recipe

BATCH_RECORDS = 500
BATCH_BYTES = 900_000
FETCH_BYTES = 2 * 1024 * 1024


class Lanes:
    """One consumer, and a task with a transactional producer for each partition, as the engine has it.

    `count`: mails whose transaction is committed. A recipe that is shorter than the input begins anew. A receipt
    gets a header with its source: who measures latency must know it again.
    """

    def __init__(self, kafka: dict[str, Any], prefix: str, recipe: Recipe) -> None:
        self._kafka, self._prefix, self._recipe = kafka, prefix, recipe
        self.count = 0
        self._group = f"{prefix}pass-{uuid4().hex[:6]}"  # each run reads all of the input anew
        self._topic = prefix + MAIL_INBOUND.name
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._consumer = AIOKafkaConsumer(
            **self._kafka,
            group_id=self._group,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=100,
        )
        await self._consumer.start()
        tps = [TopicPartition(self._topic, p) for p in self._recipe.inputs]
        self._consumer.assign(tps)
        self._tasks = [asyncio.create_task(self._lane(tp)) for tp in tps]

    def check(self) -> None:
        """Raise what ended a lane."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._consumer.stop()

    async def _lane(self, tp: TopicPartition) -> None:
        producer = AIOKafkaProducer(
            **self._kafka,
            transactional_id=f"{self._group}-{tp.partition}",
            max_batch_size=BATCH_BYTES,
            linger_ms=0,
        )
        await producer.start()
        portions = self._recipe.of(tp.partition)
        try:
            while True:
                await self._batch(producer, tp, portions)
        finally:
            await producer.stop()

    async def _batch(
        self, producer: AIOKafkaProducer, tp: TopicPartition, portions: list[list[Output]]
    ) -> None:
        polled = await self._consumer.getmany(tp, max_records=BATCH_RECORDS, timeout_ms=500)
        records = polled.get(tp, [])
        if not records:
            return
        batches = self._pack(producer, records, portions)
        async with producer.transaction():
            sends = [self._ship(producer, topic, tp.partition, some) for topic, some in batches.items()]
            offsets = {tp: records[-1].offset + 1}
            await asyncio.gather(*sends, producer.send_offsets_to_transaction(offsets, self._group))
        self.count += len(records)

    def _pack(
        self, producer: AIOKafkaProducer, records: list[ConsumerRecord], portions: list[list[Output]]
    ) -> dict[str, list[Any]]:
        batches: dict[str, list[Any]] = {}
        for record in records:
            source = ("source", f"{record.partition}-{record.offset}".encode())
            for topic, key, value, others in portions[record.offset % len(portions)]:
                headers = [*others, source] if topic == ROUTING_DECISIONS.name else others
                some = batches.setdefault(topic, [producer.create_batch()])
                if some[-1].append(timestamp=None, key=key, value=value, headers=headers) is None:
                    some.append(producer.create_batch())
                    some[-1].append(timestamp=None, key=key, value=value, headers=headers)
        return batches

    async def _ship(self, producer: AIOKafkaProducer, topic: str, partition: int, batches: list[Any]) -> None:
        for batch in batches:
            await (await producer.send_batch(batch, self._prefix + topic, partition=partition))
