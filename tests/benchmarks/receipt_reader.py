"""When each receipt becomes visible to who reads committed records only."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord

from schemas.topics import ROUTING_DECISIONS
from tests.benchmarks.servers import Place


@contextlib.asynccontextmanager
async def receipts_seen(
    place: Place, known_by: Callable[[ConsumerRecord], str]
) -> AsyncIterator[dict[str, float]]:
    """Filled while the context lasts: a receipt's name to the time when it was first seen, on the monotonic clock."""
    consumer = AIOKafkaConsumer(
        place.connection.topic(ROUTING_DECISIONS),
        **place.connection.client_options(),
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    await consumer.seek_to_end()
    seen: dict[str, float] = {}
    reading = asyncio.create_task(_note(consumer, known_by, seen))
    try:
        yield seen
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        await consumer.stop()


async def _note(
    consumer: AIOKafkaConsumer, known_by: Callable[[ConsumerRecord], str], seen: dict[str, float]
) -> None:
    async for record in consumer:
        seen.setdefault(known_by(record), time.monotonic())
