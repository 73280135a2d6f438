"""Membership in a consumer group: which partitions are this worker's now, and a tenant for each of them.

Callbacks of a rebalance do no IO (T8): aiokafka starts heartbeats only after `on_partitions_assigned` returned,
and swallows what callbacks raise. `revoked` gives tenants a bounded time to finish what they have open.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import ConsumerStoppedError

from workers.streams.client_options import member_options
from workers.streams.closing import stop_consumer
from workers.streams.config import KafkaOptions, Timing
from workers.streams.faults import Disturbed, InputsApartError, kafka_faults
from workers.streams.health import LaneHealth
from workers.streams.starting import started

log = structlog.get_logger()

NOWHERE = TopicPartition("", -1)
POLL_SECONDS = 1.0  # a poll waits while the group rebalances
PATIENCE_SECONDS = 60.0


class Tenant(Protocol):
    """Whatever works on a partition while this worker owns it."""

    @property
    def failure(self) -> BaseException | None: ...

    def start(self) -> None: ...

    async def release(self, within: float) -> None: ...

    def health(self) -> LaneHealth: ...


class GroupMember(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """One consumer for all of a processor's inputs. Not started again once stopped."""

    def __init__(
        self,
        kafka: KafkaOptions,
        group_id: str,
        topics: Iterable[str],
        timing: Timing,
        fetch_bytes: int,
        tenant: Callable[[AIOKafkaConsumer, int], Tenant],
    ) -> None:
        self.consumer = AIOKafkaConsumer(**member_options(kafka, group_id, timing, fetch_bytes))
        self.tenants: dict[int, Tenant] = {}
        self.joined = False
        self._topics = frozenset(topics)
        self._timing = timing
        self._tenant = tenant
        self._stopping = False
        self._failure: BaseException | None = None
        self._joined_at = time.monotonic()

    async def start(self) -> None:
        """Connect and ask for partitions; returns before they come. `Disturbed` where the broker is away (T13)."""
        await started("the consumer's start", self._timing.request, self.consumer.start())
        self.consumer.subscribe(list(self._topics), listener=self)

    async def check(self) -> None:
        """Raise what ended a tenant, and `Disturbed` where only a new member helps.

        That is what the client's coordination cannot recover from (a poll of no partition is the public way to be
        told, while no tenant polls), and a group that gives no partitions for too long.
        """
        failures = [tenant.failure for tenant in self.tenants.values()]
        for failure in (self._failure, *failures):
            if failure is not None:
                raise failure
        if any(tenant.health().state == "released" for tenant in self.tenants.values()):
            raise Disturbed("A lane ended that nobody released")  # nothing is known to do that
        with kafka_faults("the group"), contextlib.suppress(TimeoutError, ConsumerStoppedError):
            await asyncio.wait_for(self.consumer.getmany(NOWHERE), POLL_SECONDS)
        if self.joined:
            self._joined_at = time.monotonic()
        elif time.monotonic() - self._joined_at > PATIENCE_SECONDS and not self._stopping:
            raise Disturbed("The group gives no partitions")

    async def stop(self) -> None:
        """Release the tenants, leave the group. In this order (T7): refuse new partitions, release, stop, release
        again what a rebalance may have started meanwhile."""
        self._stopping = True
        await self._release_all()
        await stop_consumer(self.consumer, self._timing.drop)
        await self._release_all()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        del revoked  # the eager protocol revokes everything
        self.joined = False
        await self._release_all()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        if self._stopping:
            return
        try:
            self._start_tenants(by_partition(assigned, self._topics))
            self.joined = True
        except Exception as error:  # noqa: BLE001  # aiokafka would swallow it; `check` raises it
            self._failure = error

    def _start_tenants(self, partitions: Iterable[int]) -> None:
        for partition in partitions:
            tenant = self._tenant(self.consumer, partition)
            self.tenants[partition] = tenant
            tenant.start()

    async def _release_all(self) -> None:
        tenants, self.tenants = self.tenants, {}
        await asyncio.gather(*(tenant.release(self._timing.release) for tenant in tenants.values()))
        failures = [tenant.failure for tenant in tenants.values() if tenant.failure is not None]
        self._failure = self._failure or next(iter(failures), None)


def by_partition(assigned: Iterable[TopicPartition], topics: frozenset[str]) -> list[int]:
    """The partition numbers, each of which must have come with all inputs (T2); else `InputsApartError`."""
    found: Mapping[int, set[str]] = defaultdict(set)
    for tp in assigned:
        found[tp.partition].add(tp.topic)
    lacking = {partition: sorted(topics - has) for partition, has in found.items() if has != topics}
    if lacking:
        raise InputsApartError(f"partitions without some of their inputs: {lacking}")
    return sorted(found)
