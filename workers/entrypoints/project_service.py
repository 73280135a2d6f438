"""The directory projector as a service: one of all that run works, the others stand by."""

from __future__ import annotations

from typing import Any

from mode import Service

from schemas.topics import DIRECTORY_ENTITIES
from workers.adapters.kafka_roles import RoleName
from workers.adapters.lane_metrics import LaneMetrics
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_view_store import RedisViewStore
from workers.entrypoints.installation import PROJECT, Installation
from workers.entrypoints.redis_guard import RedisGuard
from workers.entrypoints.route_service import stream_options
from workers.entrypoints.startup_checks import TopicsGuard
from workers.routing.directory_index import derive
from workers.streams.health import ServiceHealth
from workers.streams.materializer import Materializer, MaterializerConfig


class ProjectService(Service):
    """Starts without its dependencies and waits for them."""

    def __init__(self, installation: Installation, **options: Any) -> None:
        super().__init__(**options)
        self._topics_guard = TopicsGuard(installation, RoleName.PROJECT)
        self._redis = redis_client(installation.redis_url)
        self._projector = Materializer(
            MaterializerConfig(
                name=PROJECT,
                group_id=installation.group_id(PROJECT),
                topic=installation.connection.topic(DIRECTORY_ENTITIES),
                kafka=stream_options(installation),
                store=RedisViewStore(self._redis),
                derive=derive,
                key_prefix=installation.prefix,
                observer=LaneMetrics(installation.metrics, PROJECT),
                work=installation.work,
            )
        )

    def health(self) -> ServiceHealth:
        return self._projector.health()

    async def on_start(self) -> None:
        await self.add_runtime_dependency(self._topics_guard)
        await self.add_runtime_dependency(RedisGuard(self._redis))
        await self.add_runtime_dependency(self._projector)

    async def on_shutdown(self) -> None:
        await self._redis.aclose()
