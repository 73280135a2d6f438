"""A `mode.Service` that is a member of a consumer group: joins, watches its tenants, joins anew, leaves."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import structlog
from mode import Service

from workers.cancellation import only_ours
from workers.errors import DependencyUnavailable
from workers.streams.backoff import Backoff
from workers.streams.client_patches import prepare_aiokafka
from workers.streams.cluster import check_topics, cluster_id_of
from workers.streams.config import KafkaOptions, Timing
from workers.streams.group_member import GroupMember
from workers.streams.health import ServiceHealth
from workers.streams.observer import EngineObserver
from workers.streams.stray_futures import count_stray_futures

log = structlog.get_logger()

WATCH_SECONDS = 0.5
NO_PARTITION = -1  # of a fault that belongs to no lane


class GroupService(Service):
    """Starts without the broker and waits for it (T13). A failed tenant crashes the service; stopping is bounded.

    `await service.start()` returns at once; `health()` says when it works. `await service.stop()` finishes or
    aborts what is open and leaves the group.
    """

    abstract = True

    def __init__(
        self, name: str, kafka: KafkaOptions, timing: Timing, observer: EngineObserver, **options: Any
    ) -> None:
        super().__init__(**options)
        self._name = name
        self._kafka = kafka
        self._timing = timing
        self._observer = observer
        self._member: GroupMember | None = None
        self._session: asyncio.Task[None] | None = None

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
        count_stray_futures(asyncio.get_running_loop(), self._stray)

    async def on_stop(self) -> None:
        session = self._session
        if session is not None and not session.done():
            session.cancel()
            await asyncio.wait([session], timeout=2 * self._timing.release + 4 * self._timing.drop)

    def _stray(self, kind: str) -> None:
        self._observer.fault(NO_PARTITION, f"stray-{kind}")

    @Service.task
    async def _work(self) -> None:
        self._session = asyncio.create_task(self._sessions(), name=self._name)
        try:
            await self._session
        except asyncio.CancelledError:
            if not self.should_stop:
                raise

    async def _sessions(self) -> None:
        """Join the group and watch; where Kafka fails beyond the client's own repair, join anew."""
        backoff = Backoff(self._timing.backoff_first, self._timing.backoff_longest)
        while not self.should_stop:
            try:
                with only_ours("watching the group"):
                    await self._join_and_watch(backoff)
            except DependencyUnavailable as error:
                wait = backoff.next()
                where = {"service": self._name, "seconds": wait, "reason": error.public}
                log.warning("dependency-unavailable", **where, cause=str(error.detail))
                await asyncio.sleep(wait)

    async def _join_and_watch(self, backoff: Backoff) -> None:
        """A tenant is a plain task, and nobody would hear of its end: raise it here, and so in the service."""
        await check_topics(self._kafka, self.topics())
        member = self._member = self.new_member(await cluster_id_of(self._kafka))
        try:
            await member.start()
            backoff.reset()
            while not self.should_stop:
                await member.check()
                await asyncio.sleep(WATCH_SECONDS)
        finally:
            await member.stop()
            self._member = None
