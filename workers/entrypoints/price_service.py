"""The pricing worker as a service: lanes over `orders.placed`, in a group of their own."""

from __future__ import annotations

from typing import Any

from mode import Service
from redis.asyncio import Redis

from schemas import topics
from workers.adapters.kafka_directory_log import KafkaDirectoryLog
from workers.adapters.kafka_policy_log import KafkaPolicyLog
from workers.adapters.lane_metrics import LaneMetrics
from workers.adapters.price_evidence import no_order_was_priced
from workers.adapters.price_metrics import PriceMetrics
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_view_store import RedisViewStore
from workers.entrypoints.installation import PRICE, Installation
from workers.entrypoints.policy_follower import PolicyFollower
from workers.entrypoints.redis_guard import RedisGuard
from workers.entrypoints.route_service import directory_view, stream_options
from workers.entrypoints.startup_checks import TopicsGuard
from workers.processors.directory_lookup import DirectoryLookup
from workers.processors.price import PriceDependencies, PriceLogic
from workers.streams.brake import BrakeLimits
from workers.streams.config import LaneServiceConfig, Timing
from workers.streams.health import ServiceHealth
from workers.streams.lane_service import LaneService


class PriceService(Service):
    """Starts without its dependencies and waits for them; run as many as there are partitions."""

    def __init__(self, installation: Installation, **options: Any) -> None:
        super().__init__(**options)
        self._topics_guard = TopicsGuard(installation)
        self._installation = installation
        self._redis: Redis = redis_client(installation.redis_url)
        self._policies = KafkaPolicyLog(installation.connection)
        self._lanes = LaneService(self._config())

    def health(self) -> ServiceHealth:
        return self._lanes.health()

    async def on_start(self) -> None:
        await self.add_runtime_dependency(self._topics_guard)
        await self.add_runtime_dependency(PolicyFollower(self._policies))
        await self.add_runtime_dependency(RedisGuard(self._redis))
        await self.add_runtime_dependency(self._lanes)

    async def on_shutdown(self) -> None:
        await self._redis.aclose()

    def _config(self) -> LaneServiceConfig:
        installation, routing = self._installation, self._installation.settings.routing
        connection = installation.connection
        group_id = installation.group_id(PRICE)
        return LaneServiceConfig(
            name=PRICE,
            group_id=group_id,
            transactional_id=group_id,
            inputs=(connection.topic(topics.ORDERS_PLACED),),
            kafka=stream_options(installation),
            logic=lambda partition: PriceLogic(partition, self._needs()),
            no_offset_is_true=lambda tp: no_order_was_priced(connection, tp),
            batch_records=routing.batch_records,
            brake=BrakeLimits(routing.brake_in_a_row, routing.brake_window, routing.brake_share),
            timing=Timing(transaction=routing.transaction_seconds),
            observer=LaneMetrics(installation.metrics, PRICE),
        )

    def _needs(self) -> PriceDependencies:
        """Of one lane."""
        installation = self._installation
        log = KafkaDirectoryLog(installation.connection, lambda id: directory_view(installation, id))
        return PriceDependencies(
            policies=self._policies,
            directory=DirectoryLookup(RedisViewStore(self._redis), log),
            prefix=installation.prefix,
            observer=PriceMetrics(installation.metrics),
        )
