"""A pipeline of bare records on a real broker: accepts, decides, forwards and errs exactly as a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.topics import MAIL_FORWARDED, MAIL_INBOUND, ROUTING_DECISIONS
from workers.adapters.kafka_connection import KafkaConnection
from workers.ports import OutRecord

Place = tuple[int, int]


class TinyPipeline:
    """`group`: whose offsets are committed. Receipts and forwards carry nothing but their event's id."""

    def __init__(self, connection: KafkaConnection, group: str) -> None:
        self._connection = connection
        self._group = group
        options = connection.client_options()
        self._acceptor = AIOKafkaProducer(**options, enable_idempotence=True)
        self._lane = AIOKafkaProducer(
            **options, transactional_id=f"{connection.prefix}tiny", transaction_timeout_ms=60_000
        )

    async def start(self) -> None:
        await self._acceptor.start()
        await self._lane.start()

    async def stop(self) -> None:
        await self._acceptor.stop()
        await self._lane.stop()

    async def accept(self, partition: int, mails: int) -> None:
        for number in range(mails):
            topic = self._connection.topic(MAIL_INBOUND)
            value = f"mail {number}".encode()
            await self._acceptor.send_and_wait(topic, value, key=b"T-1", partition=partition)

    async def write(self, record: OutRecord) -> None:
        """As `RecordWriter` does it: the topic is without the prefix."""
        topic = self._connection.prefix + record.topic
        await self._acceptor.send_and_wait(
            topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
        )

    async def decide(
        self,
        *,
        receipts: Sequence[Place] = (),
        forwards: Sequence[tuple[int, Place]] = (),
        inbound: Place | None = None,
        forwarded: Place | None = None,
        attempt: int = 0,
    ) -> None:
        """One transaction. `inbound` and `forwarded`: (partition, committed offset)."""
        await self.begin(receipts=receipts, forwards=forwards, attempt=attempt)
        offsets = {
            TopicPartition(self._connection.topic(topic), place[0]): place[1]
            for topic, place in ((MAIL_INBOUND, inbound), (MAIL_FORWARDED, forwarded))
            if place is not None
        }
        if offsets:
            await self._lane.send_offsets_to_transaction(offsets, self._group)
        await self.commit()

    async def begin(
        self,
        *,
        receipts: Sequence[Place] = (),
        forwards: Sequence[tuple[int, Place]] = (),
        attempt: int = 0,
    ) -> None:
        """Leave the transaction open."""
        await self._lane.begin_transaction()
        for partition, source in ((source[0], source) for source in receipts):
            await self._send(self._connection.topic(ROUTING_DECISIONS), partition, source, attempt)
        for partition, source in forwards:
            await self._send(self._connection.topic(MAIL_FORWARDED), partition, source, attempt)

    async def commit(self) -> None:
        await self._lane.commit_transaction()

    async def _send(self, topic: str, partition: int, source: Place, attempt: int) -> None:
        ce_id = f"mail.inbound-{source[0]}-{source[1]}:{attempt}".encode()
        await self._lane.send_and_wait(topic, b"{}", partition=partition, headers=[("ce_id", ce_id)])


@asynccontextmanager
async def tiny_pipeline(connection: KafkaConnection, group: str) -> AsyncIterator[TinyPipeline]:
    pipeline = TinyPipeline(connection, group)
    await pipeline.start()
    try:
        yield pipeline
    finally:
        await pipeline.stop()
