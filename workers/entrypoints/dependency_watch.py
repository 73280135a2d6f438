"""Asks what this process depends on, now and then, and says it in `stellwerk_dependency_up`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from mode import Service

from workers.adapters.dependency_probes import blobs_answer, kafka_answers, redis_answers
from workers.adapters.redis_client import redis_client
from workers.entrypoints.installation import Installation
from workers.errors import StellwerkError

EVERY_SECONDS = 5.0
BOUND_SECONDS = 5.0

Dependency = Literal["kafka", "redis", "blobs"]


class DependencyWatch(Service):
    """One in each process. It changes nothing: who needs a dependency waits for it by itself."""

    def __init__(self, installation: Installation, *dependencies: Dependency, **options: Any) -> None:
        super().__init__(**options)
        self._metrics = installation.metrics
        self._redis = redis_client(installation.redis_url)
        connection = replace(installation.connection, timeout_seconds=BOUND_SECONDS)
        probes: Mapping[Dependency, Callable[[], Awaitable[None]]] = {
            "kafka": lambda: kafka_answers(connection),
            "redis": lambda: redis_answers(self._redis),
            "blobs": lambda: blobs_answer(installation.blobs_url),
        }
        self._probes = {name: probes[name] for name in dependencies}

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            await asyncio.gather(*(self._ask(name, probe) for name, probe in self._probes.items()))
            await self.sleep(EVERY_SECONDS)

    async def _ask(self, name: Dependency, probe: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(BOUND_SECONDS):
                await probe()
        except (StellwerkError, TimeoutError):
            self._metrics.set("stellwerk_dependency_up", 0, dependency=name)
        else:
            self._metrics.set("stellwerk_dependency_up", 1, dependency=name)

    async def on_shutdown(self) -> None:
        await self._redis.aclose()
