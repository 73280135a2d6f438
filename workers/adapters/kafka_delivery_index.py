"""Where each delivery belongs, read from Kafka by this process and never older than the question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from schemas.mail import Source
from schemas.topics import DIRECTORY_ENTITIES, MESSAGES_PRIVACY_TAGGED, ROUTING_DECISIONS, TICKETS_ROUTED
from workers.adapters.delivery_tables import DeliveryTables
from workers.adapters.kafka_admin import kafka_admin
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.topics_follower import TopicsFollower
from workers.ports import DirectoryPlace
from workers.routing.message_access import GuardedMessage
from workers.routing.tags import CONTENT_KEPT

_DAY_MS = 24 * 3600 * 1000


class KafkaDeliveryIndex:
    """`DeliveryIndex` and `DirectoryLog`. Needs no Redis; each process reads the topics at its start.

    Until the beginning is read every call raises `DependencyUnavailable`. Receipts, the largest of the three
    topics, are followed apart and only for as long as content is kept: verdicts do not wait for them.
    """

    def __init__(self, connection: KafkaConnection, view_name: Callable[[str], str]) -> None:
        self._connection = connection
        self._view_name = view_name
        self._view: str | None = None
        self._tables = DeliveryTables(connection.prefix)
        tables = self._tables
        self._access = TopicsFollower(
            connection, (MESSAGES_PRIVACY_TAGGED, TICKETS_ROUTED), tables.apply, tables.forget_access
        )
        self._places = TopicsFollower(
            connection, (ROUTING_DECISIONS,), tables.apply, tables.forget_places, since_ms=_content_kept_since
        )

    async def run(self) -> None:
        """Follow until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._access.run())
                both.create_task(self._places.run())
        finally:
            self._tables.close()

    async def find(self, delivery_ids: Sequence[str]) -> dict[str, GuardedMessage]:
        await self._access.caught_up()
        return self._tables.find(delivery_ids)

    async def source(self, delivery_id: str) -> Source | None:
        await self._places.caught_up()
        return self._tables.source(delivery_id)

    async def place(self) -> DirectoryPlace:
        if self._view is None:
            async with kafka_admin(self._connection) as admin:
                self._view = self._view_name(await admin.cluster_id())
        return DirectoryPlace(self._view, await self._access.end_of(DIRECTORY_ENTITIES))


def _content_kept_since() -> int:
    """A day more, for clocks that differ."""
    return int(time.time() * 1000) - int(CONTENT_KEPT.total_seconds() * 1000) - _DAY_MS
