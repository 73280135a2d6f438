"""`DirectoryLog` on Kafka: where the directory view is, and how far it must have come."""

from __future__ import annotations

from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import DIRECTORY_ENTITIES
from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.ports import DirectoryPlace


class KafkaDirectoryLog:
    """`view_name` makes the view's name of a cluster's id. Asked once per acquire: its clients live that long."""

    def __init__(self, connection: KafkaConnection, view_name: Callable[[str], str]) -> None:
        self._connection = connection
        self._view_name = view_name
        self._view: str | None = None

    async def place(self) -> DirectoryPlace:
        if self._view is None:
            async with kafka_admin(self._connection) as admin:
                self._view = self._view_name(await admin.cluster_id())
        return DirectoryPlace(self._view, await self._end())

    async def _end(self) -> int:
        partition = TopicPartition(self._connection.topic(DIRECTORY_ENTITIES), 0)
        consumer = AIOKafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            **self._connection.client_options(),
        )
        with kafka_failures(self._connection, "asking where the directory ends"):
            try:
                await consumer.start()
                return int((await consumer.end_offsets([partition]))[partition])
            finally:
                await stopped(consumer.stop())
