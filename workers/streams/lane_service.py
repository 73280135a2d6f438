"""A processor's lanes as a service: one consumer, one lane per partition that the group gives to this worker."""

import asyncio
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from mode import Service

from workers.errors import DependencyUnavailable
from workers.streams.acquire import LaneParts
from workers.streams.backoff import Backoff
from workers.streams.client_patches import prepare_aiokafka
from workers.streams.cluster import check_topics, cluster_id_of
from workers.streams.config import LaneServiceConfig
from workers.streams.group_member import GroupMember
from workers.streams.health import ServiceHealth
from workers.streams.lane import Lane

log = structlog.get_logger()

WATCH_SECONDS = 0.5


class LaneService(Service):
    """Starts without the broker and waits for it (T13). A failed lane crashes the service; stopping is bounded.

    `await service.start()` returns at once; `health()` says when it works. `await service.stop()` finishes or
    aborts what is open and leaves the group.
    """

    def __init__(self, config: LaneServiceConfig, **options: Any) -> None:
        super().__init__(**options)
        self.config = config
        self._member: GroupMember | None = None
        self._cluster_id = ""

    def health(self) -> ServiceHealth:
        """Plain data, no IO. Not joined while the broker is away or the group rebalances."""
        member = self._member
        if member is None:
            return ServiceHealth(joined=False, lanes=())
        lanes = [tenant.health() for tenant in member.tenants.values() if isinstance(tenant, Lane)]
        return ServiceHealth(member.joined, tuple(lanes))

    async def on_start(self) -> None:
        prepare_aiokafka()

    async def on_stop(self) -> None:
        await self._leave()

    @Service.task
    async def _work(self) -> None:
        """Join the group and watch; where Kafka fails beyond the client's own repair, join anew."""
        timing = self.config.timing
        backoff = Backoff(timing.backoff_first, timing.backoff_longest)
        while not self.should_stop:
            try:
                await self._join()
                backoff.reset()
                await self._watch()
            except DependencyUnavailable as error:
                wait = backoff.next()
                log.warning(
                    "stream_service_waits", service=self.config.name, seconds=wait, reason=error.public
                )
                await self._leave()
                await self.sleep(wait)

    async def _join(self) -> None:
        config = self.config
        view = [config.view.topic] if config.view else []
        await check_topics(config.kafka, [*config.inputs, *view])
        self._cluster_id = await cluster_id_of(config.kafka)
        self._member = GroupMember(
            config.kafka, config.group_id, config.inputs, config.timing, config.fetch_bytes, self._lane
        )
        await self._member.start()

    async def _watch(self) -> None:
        """A lane is a plain task, and nobody would hear of its end: raise it here, and so in the service."""
        while not self.should_stop and self._member is not None:
            await self._member.check()
            await asyncio.sleep(WATCH_SECONDS)

    async def _leave(self) -> None:
        member, self._member = self._member, None
        if member is not None:
            await member.stop()

    def _lane(self, consumer: AIOKafkaConsumer, partition: int) -> Lane:
        logic = self.config.logic(partition)
        return Lane(LaneParts(self.config, partition, consumer, logic, self._cluster_id))
