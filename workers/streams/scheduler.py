"""Does things when they are due: what is due follows from a topic, and each partition of it has one owner.

The owner is a member of a group from which no offset is ever read or committed: each start reads all records.
Two owners for a moment (a rebalance, a paused worker) may do a thing twice, so it must be harmless twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer

from workers.errors import ViewLost
from workers.schedule_ports import ScheduleLogic, ScheduleStore
from workers.streams.config import KafkaOptions, Timing
from workers.streams.group_member import GroupMember
from workers.streams.group_service import GroupService
from workers.streams.observer import EngineObserver, NoObserver
from workers.streams.partition_task import PartitionTask
from workers.streams.schedule import Schedule
from workers.streams.topic_reader import TopicReader

log = structlog.get_logger()

FETCH_BYTES = 64 * 1024  # the member reads nothing: a lane has a reader of its own
LOOK_SECONDS = 0.25
FIRED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SchedulerConfig:
    """`topic`: final name, compacted. `logic` makes a partition's logic anew whenever all records are read."""

    name: str
    group_id: str
    topic: str
    kafka: KafkaOptions
    store: ScheduleStore
    logic: Callable[[], ScheduleLogic]
    key_prefix: str = ""
    timing: Timing = field(default_factory=Timing)
    observer: EngineObserver = field(default_factory=NoObserver)


class Scheduler(GroupService):
    """The schedules `<key prefix>due:<cluster id>:<topic>:<partition>`."""

    def __init__(self, config: SchedulerConfig, **options: Any) -> None:
        super().__init__(config.name, config.kafka, config.timing, config.observer, **options)
        self.config = config

    def topics(self) -> Sequence[str]:
        return [self.config.topic]

    def new_member(self, cluster_id: str) -> GroupMember:
        config = self.config

        def lane(consumer: AIOKafkaConsumer, partition: int) -> ScheduleLane:
            del consumer
            name = f"{config.key_prefix}due:{cluster_id}:{config.topic}:{partition}"
            return ScheduleLane(config, name, partition)

        return GroupMember(config.kafka, config.group_id, [config.topic], config.timing, FETCH_BYTES, lane)


class ScheduleLane(PartitionTask):
    """A `Tenant`. Looks four times a second at what is due, and at what will be before the next look: it looks again
    right then.

    When what times depend on has changed, all records are read again by a new logic, while the old one goes on:
    what is due meanwhile is done in time, by what was known.
    """

    def __init__(self, config: SchedulerConfig, schedule_name: str, partition: int) -> None:
        super().__init__(config.name, partition, config.timing, config.observer)
        self._config = config
        self._schedule_name = schedule_name

    async def work(self) -> None:
        known = await self._read()
        while True:
            known = await self._serve(known)

    async def _read(self) -> _Following:
        """All that the topic holds now."""
        following = _Following(self._config, self._partition)
        try:
            await following.logic.acquire()
            await following.__aenter__()
            await following.read_on()
        except BaseException:
            await following.close()
            raise
        return following

    async def _serve(self, known: _Following) -> _Following:
        """Until it is out of date and all was read anew: that."""
        successor = _Successor(known.logic, self._read)
        try:
            while not successor.is_ready():
                await self._follow(known, await self._rebuilt(known.logic), successor)
            return successor.taken()
        finally:
            await successor.drop()
            await known.close()

    async def _rebuilt(self, logic: ScheduleLogic) -> Schedule:
        """Whole, from what the records said, under a fresh token."""
        started = time.monotonic()
        schedule = Schedule(self._config.store, self._schedule_name)
        logic.changes()
        entries = logic.entries()
        await schedule.rebuild(entries.items())
        seconds = time.monotonic() - started
        self._config.observer.view_rebuilt(schedule.name, len(entries), seconds)
        log.info("view-rebuilt", view=schedule.name, fields=len(entries), seconds=round(seconds, 3))
        return schedule

    async def _follow(self, known: _Following, schedule: Schedule, successor: _Successor) -> None:
        """Until the schedule is lost or the successor is there. What was done stays in it, later, until the topic
        takes it out."""
        wait, logic = LOOK_SECONDS, known.logic
        try:
            while not successor.is_ready():
                self.is_well(self._config.topic, known)
                await known.read_on(wait=wait)
                await schedule.write(logic.changes())
                due, wait = await _due(schedule, logic)
                if due:
                    await schedule.write(await logic.fire(due))
        except ViewLost as lost:
            self.view_lost(lost.public)


async def _due(schedule: Schedule, logic: ScheduleLogic) -> tuple[list[str], float]:
    """What is due now, and how many seconds later to look again."""
    found = await schedule.due(logic.now_ms() + int(LOOK_SECONDS * 1000), FIRED_AT_ONCE)
    now = logic.now_ms()
    times = {entry: logic.when(entry) for entry in found}
    due = [entry for entry, at in times.items() if at <= now]
    if len(due) == FIRED_AT_ONCE:
        return due, 0.0
    return due, min((at - now) / 1000 for at in (*times.values(), now + LOOK_SECONDS * 1000) if at > now)


class _Following(TopicReader):
    """Hands each record to a logic of its own, and keeps none."""

    def __init__(self, config: SchedulerConfig, partition: int) -> None:
        super().__init__(config.kafka, config.topic, partition, config.timing)
        self.logic = config.logic()

    def _apply(self, key: bytes | None, value: bytes | None) -> None:
        if key is not None:
            self.logic.apply(key.decode("utf-8", "replace"), value)

    def _took(self, timestamp_ms: int) -> None:
        self.logic.saw(timestamp_ms)


class _Successor:
    """Is read as soon as the logic is out of date. Whoever takes it closes it."""

    def __init__(self, logic: ScheduleLogic, read: Callable[[], Coroutine[Any, Any, _Following]]) -> None:
        self._logic = logic
        self._read = read
        self._reading: asyncio.Task[_Following] | None = None

    def is_ready(self) -> bool:
        if self._reading is None and not self._logic.is_current():
            self._reading = asyncio.create_task(self._read())
        return self._reading is not None and self._reading.done()

    def taken(self) -> _Following:
        """Once it is ready. Raises what reading it has raised."""
        if self._reading is None:
            raise LookupError("nothing is being read")
        reading, self._reading = self._reading, None
        return reading.result()

    async def drop(self) -> None:
        """What nobody took."""
        if self._reading is None:
            return
        self._reading.cancel()
        await asyncio.wait([self._reading])
        if not self._reading.cancelled() and self._reading.exception() is None:
            await self._reading.result().close()
