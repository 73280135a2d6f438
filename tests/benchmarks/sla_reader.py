"""When each event of `tickets.sla` came, by the broker's clock, and when a `read_committed` reader had it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from aiokafka import AIOKafkaConsumer

from schemas.topics import TICKETS_SLA
from tests.benchmarks.servers import Place


@dataclass(slots=True)
class Told:
    """Breaches of the first clock: ticket to (ms after its due time by the broker's clock, ms until it was seen)."""

    after: dict[str, tuple[float, float]] = field(default_factory=dict)
    doubled: int = 0

    def note(self, value: bytes, broker_ms: int) -> None:
        event = json.loads(value)
        if (event["kind"], event["clock"]) != ("breached", "respond"):
            return
        due_ms = datetime.fromisoformat(event["due_at"]).timestamp() * 1000
        self.doubled += event["ticket_id"] in self.after
        self.after[event["ticket_id"]] = (broker_ms - due_ms, time.time() * 1000 - due_ms)


@contextlib.asynccontextmanager
async def told_breaches(place: Place) -> AsyncIterator[Told]:
    """Filled while the context lasts."""
    consumer = AIOKafkaConsumer(
        place.connection.topic(TICKETS_SLA),
        **place.connection.client_options(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    told = Told()
    reading = asyncio.create_task(_read(consumer, told))
    try:
        yield told
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, told: Told) -> None:
    async for record in consumer:
        told.note(record.value or b"", record.timestamp)
