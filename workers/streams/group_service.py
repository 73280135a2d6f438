"""A `mode.Service` that is a member of a consumer group: joins, watches its tenants, joins anew, leaves."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import structlog
from mode import Service

from workers.errors import DependencyUnavailable
from workers.streams.backoff import Backoff
from workers.streams.client_patches import prepare_aiokafka
from workers.streams.cluster import check_topics, cluster_id_of
from workers.streams.config import KafkaOptions, Timing
from workers.streams.group_member import GroupMember
from workers.streams.health import ServiceHealth

log = structlog.get_logger()

WATCH_SECONDS = 0.5


class GroupService(Service):
    """Starts without the broker and waits for it (T13). A failed tenant crashes the service; stopping is bounded.

    `await service.start()` returns at once; `health()` says when it works. `await service.stop()` finishes or
    aborts what is open and leaves the group.
    """

    abstract = True

    def __init__(self, name: str, kafka: KafkaOptions, timing: Timing, **options: Any) -> None:
        super().__init__(**options)
        self._name = name
        self._kafka = kafka
        self._timing = timing
        self._member: GroupMember | None = None

    @abstractmethod
    def topics(self) -> Sequence[str]:
        """All topics that must exist, with one partition count, before the group is joined."""

    @abstractmethod
    def new_member(self, cluster_id: str) -> GroupMember:
        """A member that has not started."""

    def health(self) -> ServiceHealth:
        """Plain data, no IO. Not joined while the broker is away or the group rebalances."""
        member = self._member
        if member is None:
            return ServiceHealth(joined=False, lanes=())
        return ServiceHealth(member.joined, tuple(tenant.health() for tenant in member.tenants.values()))

    async def on_start(self) -> None:
        prepare_aiokafka()

    async def on_stop(self) -> None:
        await self._leave()

    @Service.task
    async def _work(self) -> None:
        """Join the group and watch; where Kafka fails beyond the client's own repair, join anew."""
        backoff = Backoff(self._timing.backoff_first, self._timing.backoff_longest)
        while not self.should_stop:
            try:
                await self._join()
                backoff.reset()
                await self._watch()
            except DependencyUnavailable as error:
                wait = backoff.next()
                where = {"service": self._name, "seconds": wait, "reason": error.public}
                log.warning("stream_service_waits", **where, cause=str(error.detail))
                await self._leave()
                await self.sleep(wait)

    async def _join(self) -> None:
        await check_topics(self._kafka, self.topics())
        self._member = self.new_member(await cluster_id_of(self._kafka))
        await self._member.start()

    async def _watch(self) -> None:
        """A tenant is a plain task, and nobody would hear of its end: raise it here, and so in the service."""
        while not self.should_stop and self._member is not None:
            await self._member.check()
            await asyncio.sleep(WATCH_SECONDS)

    async def _leave(self) -> None:
        member, self._member = self._member, None
        if member is not None:
            await member.stop()
