"""Asks what this process depends on, now and then, and says it in `stellwerk_dependency_up`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import structlog
from mode import Service

from workers.adapters.dependency_probes import blobs_answer, kafka_answers, redis_answers
from workers.entrypoints.installation import Installation
from workers.errors import NotAdmitted, StellwerkError

if TYPE_CHECKING:
    from redis.asyncio import Redis

_log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0
BOUND_SECONDS = 5.0

Dependency = Literal["kafka", "redis", "blobs"]


class DependencyWatch(Service):
    """One in each process. It changes nothing: who needs a dependency waits for it by itself.

    `refusals()` says which of them are there and do not let us in, with what to check.
    """

    def __init__(self, installation: Installation, *dependencies: Dependency, **options: Any) -> None:
        super().__init__(**options)
        self._metrics = installation.metrics
        self._refusals: dict[Dependency, str] = {}
        self._installation = installation
        connection = replace(installation.connection, timeout_seconds=BOUND_SECONDS)
        probes: Mapping[Dependency, Callable[[], Awaitable[None]]] = {
            "kafka": lambda: kafka_answers(connection),
            "redis": lambda: redis_answers(self._redis),
            "blobs": lambda: blobs_answer(installation.blobs_url),
        }
        self._probes = {name: probes[name] for name in dependencies}

    def refusals(self) -> Sequence[str]:
        """As of the last look."""
        return [f"{name}: {words}" for name, words in sorted(self._refusals.items())]

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            await asyncio.gather(*(self._ask(name, probe) for name, probe in self._probes.items()))
            await self.sleep(EVERY_SECONDS)

    async def _ask(self, name: Dependency, probe: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(BOUND_SECONDS):
                await probe()
        except (StellwerkError, TimeoutError) as error:
            self._metrics.set("stellwerk_dependency_up", 0, dependency=name)
            self._remember(name, error)
        else:
            self._metrics.set("stellwerk_dependency_up", 1, dependency=name)
            self._refusals.pop(name, None)

    def _remember(self, name: Dependency, error: Exception) -> None:
        """Said in the log once for each refusal."""
        if not isinstance(error, NotAdmitted):
            self._refusals.pop(name, None)
        elif self._refusals.get(name) != error.public:
            self._refusals[name] = error.public
            _log.error("not-admitted", dependency=name, reason=error.public)

    @cached_property
    def _redis(self) -> Redis:
        from workers.adapters.redis_client import redis_client  # loaded where there is a Redis to ask

        return redis_client(self._installation.redis_url)

    async def on_shutdown(self) -> None:
        if "redis" in self._probes:
            await self._redis.aclose()
