"""Refuses a Redis that forgets by itself, whenever it answers for the first time."""

from __future__ import annotations

from typing import Any

from mode import Service
from redis.asyncio import Redis

from workers.adapters.redis_client import refuse_evicting_redis
from workers.errors import DependencyUnavailable

RETRY_SECONDS = 1.0


class RedisGuard(Service):
    """Asks until Redis answers. A server that may evict crashes the service, saying why."""

    def __init__(self, client: Redis, **options: Any) -> None:
        super().__init__(**options)
        self._client = client

    @Service.task
    async def _ask(self) -> None:
        while not self.should_stop:
            try:
                await refuse_evicting_redis(self._client)
            except DependencyUnavailable:
                await self.sleep(RETRY_SECONDS)
            else:
                return
