"""`LogEnd` on Kafka: how far a small topic goes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from workers.errors import DependencyUnavailable

_BOUND_SECONDS = 15.0


class KafkaLogEnd:
    """Asks with a consumer of its own each time: it is needed once per acquire only."""

    def __init__(self, client: Mapping[str, Any], topic: str) -> None:
        self._client = client
        self._partition = TopicPartition(topic, 0)

    async def end(self) -> int:
        try:
            return await asyncio.wait_for(self._ask(), _BOUND_SECONDS)
        except (KafkaError, TimeoutError, OSError) as error:
            raise DependencyUnavailable("Kafka does not answer", topic=self._partition.topic) from error

    async def _ask(self) -> int:
        consumer = AIOKafkaConsumer(
            group_id=None, enable_auto_commit=False, isolation_level="read_committed", **self._client
        )
        try:
            await consumer.start()
            ends = await consumer.end_offsets([self._partition])
            return int(ends[self._partition])
        finally:
            await consumer.stop()
