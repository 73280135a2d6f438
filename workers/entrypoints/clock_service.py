"""The SLA clock as a service: it ticks for the partitions that its group gives to it, others stand by."""

from __future__ import annotations

from typing import Any

from mode import Service
from redis.asyncio import Redis

from schemas.topics import TICKETS_STATE
from workers.adapters.kafka_command_log import KafkaCommandLog
from workers.adapters.kafka_policy_log import KafkaPolicyLog
from workers.adapters.kafka_roles import RoleName
from workers.adapters.lane_metrics import LaneMetrics
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_schedule_store import RedisScheduleStore
from workers.entrypoints.configured import now
from workers.entrypoints.installation import CLOCK, Installation
from workers.entrypoints.policy_follower import PolicyFollower
from workers.entrypoints.redis_guard import RedisGuard
from workers.entrypoints.route_service import stream_options
from workers.entrypoints.startup_checks import TopicsGuard
from workers.processors.broker_time import BrokerTime
from workers.processors.clock import ClockDependencies, ClockLogic
from workers.schedule_ports import ScheduleStore
from workers.streams.health import ServiceHealth
from workers.streams.scheduler import Scheduler, SchedulerConfig


class ClockService(Service):
    """Starts without its dependencies and waits for them. `store`: of the schedules, None: the installation's."""

    def __init__(
        self, installation: Installation, store: ScheduleStore | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._topics_guard = TopicsGuard(installation, RoleName.CLOCK)
        self._redis: Redis = redis_client(installation.redis_url)
        self._policies = KafkaPolicyLog(installation.connection)
        self._commands = KafkaCommandLog(installation.connection)
        needs = ClockDependencies(
            self._policies, self._commands, BrokerTime(now), installation.tracing, installation.work
        )
        self._scheduler = Scheduler(
            SchedulerConfig(
                name=CLOCK,
                group_id=installation.group_id(CLOCK),
                topic=installation.connection.topic(TICKETS_STATE),
                kafka=stream_options(installation),
                store=store or RedisScheduleStore(self._redis),
                logic=lambda: ClockLogic(needs),
                key_prefix=installation.prefix,
                observer=LaneMetrics(installation.metrics, CLOCK),
            )
        )

    def health(self) -> ServiceHealth:
        return self._scheduler.health()

    async def on_start(self) -> None:
        await self.add_runtime_dependency(self._topics_guard)
        await self.add_runtime_dependency(PolicyFollower(self._policies))
        await self.add_runtime_dependency(RedisGuard(self._redis))
        await self.add_runtime_dependency(self._scheduler)

    async def on_shutdown(self) -> None:
        await self._commands.stop()
        await self._redis.aclose()
