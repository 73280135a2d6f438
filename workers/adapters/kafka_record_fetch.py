"""One record of mail.inbound by its place."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from pydantic import ValidationError

from schemas.mail import InboundMail, Source
from schemas.topics import MAIL_INBOUND
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped

_FETCH_BYTES = 64 * 1024  # a larger record comes whole all the same, and little that follows it comes along
_POLL_MS = 500
_AT_ONCE = 8


class KafkaAcceptedMails:
    """`AcceptedMails`. A connection of its own for each mail: they are read by people, and seldom.

    At most `_AT_ONCE` at a time, each within `bound_seconds`; what takes longer is `DependencyUnavailable`.
    """

    def __init__(self, connection: KafkaConnection, *, bound_seconds: float = 10.0) -> None:
        self._connection = connection
        self._bound_seconds = bound_seconds
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def read(self, source: Source) -> InboundMail | None:
        with kafka_failures(self._connection, "reading an accepted mail"):
            async with asyncio.timeout(self._bound_seconds), self._turns:
                value = await self._value(source)
        try:
            return None if value is None else InboundMail.read(value)
        except ValidationError:
            return None  # not what was accepted here: the topic was made anew since

    async def _value(self, source: Source) -> bytes | None:
        part = TopicPartition(self._connection.topic(MAIL_INBOUND), source.partition)
        consumer = AIOKafkaConsumer(
            **self._connection.client_options(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=_FETCH_BYTES,
        )
        try:
            await consumer.start()
            consumer.assign([part])
            begin, end = await consumer.beginning_offsets([part]), await consumer.end_offsets([part])
            if not begin[part] <= source.offset < end[part]:
                return None
            consumer.seek(part, source.offset)
            return await _next_value(consumer, part, source.offset)
        except OffsetOutOfRangeError:
            return None  # deleted between the two questions
        finally:
            await stopped(consumer.stop())


async def _next_value(consumer: AIOKafkaConsumer, part: TopicPartition, offset: int) -> bytes | None:
    while True:
        polled = await consumer.getmany(part, timeout_ms=_POLL_MS, max_records=1)
        for record in polled.get(part, ()):
            value: bytes | None = record.value
            return value if record.offset == offset else None
