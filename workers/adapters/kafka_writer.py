"""Writing a few records for commands and at start: durable, in order, together where asked."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from workers.adapters.kafka_connection import KafkaConnection, kafka_failures
from workers.adapters.topic_specs import BIG_RECORD_BYTES
from workers.ports import OutRecord

_TRANSACTION_MS = 15_000


class KafkaWriter:
    """`workers.processors.topic_reader.RecordWriter` on a cluster. A producer per write: these are rare."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection

    async def write(self, records: Sequence[OutRecord], *, transaction: str | None = None) -> None:
        if not records:
            return
        with kafka_failures(self._connection, "writing"):
            async with self._producer(transaction) as producer:
                if transaction is None:
                    await self._send(producer, records)
                else:
                    async with producer.transaction():
                        await self._send(producer, records)

    async def _send(self, producer: AIOKafkaProducer, records: Sequence[OutRecord]) -> None:
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
    async def _producer(self, transaction: str | None) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            **self._connection.client_options(),
            acks="all",
            enable_idempotence=True,
            max_request_size=BIG_RECORD_BYTES,
            transactional_id=None if transaction is None else self._connection.prefix + transaction,
            transaction_timeout_ms=_TRANSACTION_MS,
        )
        try:
            await producer.start()
            yield producer
        finally:
            await producer.stop()
