"""What every service of lanes is made of: its guards, the live policy, Redis, and the lanes themselves."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from mode import Service
from redis.asyncio import Redis

from workers.adapters.kafka_policy_log import KafkaPolicyLog
from workers.adapters.kafka_roles import RoleName
from workers.adapters.redis_client import redis_client
from workers.entrypoints.installation import Installation
from workers.entrypoints.policy_follower import PolicyFollower
from workers.entrypoints.redis_guard import RedisGuard
from workers.entrypoints.startup_checks import TopicsGuard
from workers.streams.config import LaneServiceConfig
from workers.streams.health import ServiceHealth
from workers.streams.lane_service import LaneService


class LaneWorker(Service):
    """Starts without its dependencies and waits for them; run as many as there are partitions."""

    abstract = True
    role: RoleName

    def __init__(self, installation: Installation, **options: Any) -> None:
        super().__init__(**options)
        self._topics_guard = TopicsGuard(installation, self.role)
        self._installation = installation
        self._redis: Redis = redis_client(installation.redis_url)
        self._policies = KafkaPolicyLog(installation.connection)
        self._lanes = LaneService(self._config())

    @abstractmethod
    def _config(self) -> LaneServiceConfig:
        """The processor. Called once, when everything else of the worker is there."""

    def health(self) -> ServiceHealth:
        return self._lanes.health()

    async def on_start(self) -> None:
        await self.add_runtime_dependency(self._topics_guard)
        await self.add_runtime_dependency(PolicyFollower(self._policies))
        await self.add_runtime_dependency(RedisGuard(self._redis))
        await self.add_runtime_dependency(self._lanes)

    async def on_shutdown(self) -> None:
        await self._redis.aclose()
