"""Writing a few records for commands and at start: durable, in order, together where asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from aiokafka import AIOKafkaProducer

from workers.adapters.kafka_admission import start_client
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.adapters.topic_specs import BIG_RECORD_BYTES
from workers.ports import OutRecord

_TRANSACTION_MS = 15_000


class KafkaWriter:
    """`workers.processors.topic_reader.RecordWriter` on a cluster. A producer per call: these are rare."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection

    async def write(self, records: Sequence[OutRecord]) -> None:
        if records:
            async with self._producer(None) as producer:
                await self._send(producer, records)

    @asynccontextmanager
    async def transaction(self, name: str) -> AsyncIterator[Callable[[Sequence[OutRecord]], Awaitable[None]]]:
        async with self._producer(self._connection.prefix + name) as producer:
            await producer.begin_transaction()
            try:
                yield partial(self._send, producer)
            except BaseException:
                with suppress(AssertionError):  # of a producer that somebody else has fenced (T5)
                    await stopped(producer.abort_transaction())
                raise
            async with asyncio.timeout(_TRANSACTION_MS / 1000):
                await producer.commit_transaction()

    async def _send(self, producer: AIOKafkaProducer, records: Sequence[OutRecord]) -> None:
        with kafka_failures(self._connection, "writing"):
            sent = [
                await producer.send(
                    self._connection.prefix + record.topic,
                    record.value,
                    key=record.key,
                    partition=record.partition,
                    headers=list(record.headers),
                )
                for record in records
            ]
            for acknowledged in sent:
                await acknowledged

    @asynccontextmanager
    async def _producer(self, transactional_id: str | None) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            **self._connection.client_options(),
            acks="all",
            enable_idempotence=True,
            max_request_size=BIG_RECORD_BYTES,
            transactional_id=transactional_id,
            transaction_timeout_ms=_TRANSACTION_MS,
        )
        try:
            await start_client(self._connection, producer.start(), "connecting")
            with kafka_failures(self._connection, "writing"):
                yield producer
        finally:
            await stopped(producer.stop())
