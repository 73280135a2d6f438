"""Doing things when they are due, with a real broker and a Redis that forgets."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis.asyncio import Redis

from tests.support.eventually import eventually
from tests.support.running_lanes import running_service
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_schedule_store import RedisScheduleStore
from workers.streams.config import Timing
from workers.streams.scheduler import Scheduler, SchedulerConfig

QUICK = Timing(fetch=0.05, session=6.0, heartbeat=0.5, backoff_longest=0.5)
AGAIN_MS = 60_000


@dataclass
class Alarms:
    """Values are times in ms: rings each key from then on, and again after a minute. Depends on `rules`, which are
    read while the `gate` is open."""

    rung: list[tuple[str, int]]
    rules: list[str]
    gate: asyncio.Event
    times: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int | None] = field(default_factory=dict)
    known: int = 0

    async def acquire(self) -> None:
        await self.gate.wait()
        self.known = len(self.rules)

    def is_current(self) -> bool:
        return self.known == len(self.rules)

    def apply(self, key: str, value: bytes | None) -> None:
        self.changed[key] = None if value is None else int(value)
        if value is None:
            self.times.pop(key, None)
        else:
            self.times[key] = int(value)

    def saw(self, taken_ms: int) -> None:
        assert taken_ms <= self.now_ms() + 60_000

    def entries(self) -> Mapping[str, int]:
        return self.times

    def when(self, entry: str) -> int:
        return self.times.get(entry, 0)

    def changes(self) -> Mapping[str, int | None]:
        changed, self.changed = self.changed, {}
        return changed

    def now_ms(self) -> int:
        return int(time.time() * 1000)

    async def fire(self, due: Sequence[str]) -> Mapping[str, int]:
        self.rung += [(key, self.now_ms()) for key in due]
        return {key: self.now_ms() + AGAIN_MS for key in due}


@dataclass
class World:
    config: SchedulerConfig
    redis: Redis
    rung: list[tuple[str, int]]
    rules: list[str]
    gate: asyncio.Event

    async def set(self, **alarms: int | None) -> None:
        producer = AIOKafkaProducer(**self.config.kafka)
        await producer.start()
        for key, at in alarms.items():
            await producer.send_and_wait(
                self.config.topic, None if at is None else str(at).encode(), key=key.encode()
            )
        await producer.stop()

    async def rings(self, *keys: str) -> None:
        await eventually(lambda: set(keys) <= {key for key, _ in self.rung}, within=20, every=0.05)


@pytest.fixture
async def world(kafka: EmbeddedKafka, valkey: EmbeddedValkey, topic_prefix: str) -> AsyncIterator[World]:
    options = {"bootstrap_servers": kafka.bootstrap}
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    topic = f"{topic_prefix}alarms"
    await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"cleanup.policy": "compact"})])
    await admin.close()
    client, rung, rules = redis_client(valkey.url), list[tuple[str, int]](), list[str]()
    gate = asyncio.Event()
    gate.set()
    config = SchedulerConfig(
        name="alarms",
        group_id=f"{topic_prefix}alarms",
        topic=topic,
        kafka=options,
        store=RedisScheduleStore(client),
        logic=lambda: Alarms(rung, rules, gate),
        key_prefix=topic_prefix,
        timing=QUICK,
    )
    yield World(config, client, rung, rules, gate)
    await client.aclose()


def now_ms() -> int:
    return int(time.time() * 1000)


async def test_it_rings_once_never_early_and_hardly_late(world: World) -> None:
    """What was there at the start, what comes later, what moves, and not what is taken back."""
    start = now_ms()
    times: dict[str, int] = {"before": start - 1, "soon": start + 3_000, "moved": start + 3_000}
    await world.set(**times, gone=start + 3_000)
    async with running_service(Scheduler(world.config)):
        await world.rings("before")
        times |= {"later": now_ms() + 1_500, "moved": now_ms() + 2_500}
        await world.set(gone=None, later=times["later"], moved=times["moved"])
        await world.rings("soon", "later", "moved")
    assert {"before": 1, "soon": 1, "later": 1, "moved": 1} == dict(Counter(key for key, _ in world.rung))
    lateness = {key: at - times[key] for key, at in world.rung if key != "before"}
    assert all(0 <= late <= 2_000 for late in lateness.values()), lateness


async def test_a_redis_that_forgets_everything_makes_nothing_late(world: World) -> None:
    """Flushed between and right before: the schedule is rebuilt from the topic, and what rang may ring again."""
    await world.set(first=now_ms(), second=now_ms() + 4_000)
    async with running_service(Scheduler(world.config)) as service:
        await world.rings("first")
        await world.redis.flushall()
        await eventually(lambda: _count(world, "first") >= 2, within=20)
        await world.redis.flushall()
        await world.rings("second")
        assert service.health().ready
    assert 1 == _count(world, "second")


async def test_when_what_times_depend_on_changes_all_is_read_again(world: World) -> None:
    """With a logic that knows nothing of before."""
    await world.set(only=now_ms())
    async with running_service(Scheduler(world.config)) as service:
        await world.rings("only")
        world.rules.append("another")
        await eventually(lambda: _count(world, "only") == 2, within=20)
        assert service.health().ready


async def test_what_is_due_while_all_is_read_again_is_done_in_time(world: World) -> None:
    """By what was known; then everything by what is new, once more."""
    await world.set(only=now_ms())
    async with running_service(Scheduler(world.config)) as service:
        await world.rings("only")
        world.gate.clear()
        world.rules.append("another")
        await world.set(meanwhile=now_ms())
        await world.rings("meanwhile")
        assert 1 == _count(world, "only")
        world.gate.set()
        await eventually(lambda: _count(world, "only") == 2, within=20)
        assert service.health().ready


async def test_a_stand_by_takes_over(world: World) -> None:
    """Only one of two works on a partition; whichever stops, it rings."""
    await world.set(only=now_ms() + 3_000)
    async with (
        running_service(Scheduler(world.config)) as first,
        running_service(Scheduler(world.config)) as second,
    ):
        await eventually(lambda: first.health().ready and second.health().ready, within=30)
        lanes = [len(service.health().lanes) for service in (first, second)]
        assert [0, 1] == sorted(lanes)
        await first.stop()
        await world.rings("only")


def _count(world: World, key: str) -> int:
    return sum(1 for rung, _ in world.rung if rung == key)
