"""`CommandLog` on Kafka: `tickets.commands`, whose records the broker stamps with its own time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from aiokafka.errors import KafkaError

from workers.adapters.kafka_batch_producer import BatchProducer
from workers.adapters.kafka_connection import KafkaConnection
from workers.errors import DependencyUnavailable
from workers.ports import OutRecord

_WRITE_SECONDS = 20.0


class KafkaCommandLog:
    """One producer, made when it is needed and again after an error; one write at a time."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._producer: BatchProducer | None = None
        self._turn = asyncio.Lock()

    async def append(self, records: Sequence[OutRecord]) -> list[datetime]:
        async with self._turn:
            try:
                written = await asyncio.wait_for(self._write(records), _WRITE_SECONDS)
            except (KafkaError, OSError, TimeoutError) as error:
                await self._drop()
                raise DependencyUnavailable("Commands cannot be written", error=repr(error)) from error
            except asyncio.CancelledError:
                await self._drop()
                raise
        return written

    async def stop(self) -> None:
        async with self._turn:
            await self._drop()

    async def _write(self, records: Sequence[OutRecord]) -> list[datetime]:
        if self._producer is None:
            self._producer = BatchProducer(self._connection, _WRITE_SECONDS)
            await self._producer.start()
        written = await self._producer.write(records)
        return [datetime.fromtimestamp(each.timestamp_ms / 1000, UTC) for each in written]

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.drop()
