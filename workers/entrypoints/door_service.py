"""The guarded door to content as a service: what its routes need, kept up to date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from mode import Service

from workers.adapters.blob_store import FsspecBlobStore
from workers.adapters.http_deliveries import delivery_routes
from workers.adapters.kafka_delivery_index import KafkaDeliveryIndex
from workers.adapters.kafka_record_fetch import KafkaAcceptedMails
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_view_store import RedisViewStore
from workers.entrypoints.installation import Installation
from workers.entrypoints.route_service import directory_view
from workers.processors.deliveries_door import DeliveriesDoor
from workers.processors.directory_lookup import DirectoryLookup


class DoorService(Service):
    """Starts without its dependencies; until it has caught up, `/v1` answers 503."""

    def __init__(self, installation: Installation, **options: Any) -> None:
        super().__init__(**options)
        self._installation = installation
        self._redis = redis_client(installation.redis_url)
        self._index = KafkaDeliveryIndex(
            installation.connection, lambda cluster: directory_view(installation, cluster)
        )

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """For `HttpService`."""
        store = RedisViewStore(self._redis)
        door = DeliveriesDoor(
            self._index,
            lambda: DirectoryLookup(store, self._index),  # one for each question: its cache is for one task
            KafkaAcceptedMails(self._installation.connection),
            now=lambda: datetime.now(UTC),
        )
        return delivery_routes(door, FsspecBlobStore(self._installation.blobs_url))

    @Service.task
    async def _follow(self) -> None:
        await self._index.run()

    async def on_shutdown(self) -> None:
        await self._redis.aclose()
