"""A tenant that is one task: it works on a partition, waits where a dependency is down, and starts over."""

import asyncio
import time
from abc import ABC, abstractmethod

import structlog

from workers.cancellation import only_ours
from workers.errors import DependencyUnavailable
from workers.streams.backoff import Backoff
from workers.streams.config import Timing
from workers.streams.health import LaneHealth
from workers.streams.lane_monitor import LaneMonitor
from workers.streams.observer import EngineObserver
from workers.streams.stable_offsets import StableOffsetWatch
from workers.streams.topic_reader import TopicReader

log = structlog.get_logger()


class PartitionTask(ABC):
    """A `Tenant`. Interrupting it must harm nobody: whatever it writes is compare-and-set, or may come twice."""

    def __init__(self, name: str, partition: int, timing: Timing, observer: EngineObserver) -> None:
        self._name = name
        self._partition = partition
        self._observer = observer
        self._backoff = Backoff(timing.backoff_first, timing.backoff_longest)
        self._task: asyncio.Task[None] | None = None
        self._monitor = LaneMonitor(name, partition, observer, StableOffsetWatch(timing.transaction))

    @abstractmethod
    async def work(self) -> None:
        """From the beginning, for as long as it goes. Called again after it returned or `DependencyUnavailable`."""

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"{self._name}-{self._partition}")

    @property
    def failure(self) -> BaseException | None:
        task = self._task
        return task.exception() if task and task.done() and not task.cancelled() else None

    def health(self) -> LaneHealth:
        return self._monitor.health()

    async def release(self, within: float) -> None:
        """Cancelled twice where once was not enough: `wait_for` can lose one (T7: an orphan would work on)."""
        for _ in range(2):
            if self._task is not None and not self._task.done():
                self._task.cancel()
                await asyncio.wait([self._task], timeout=within / 2)

    def is_well(self, topic: str, reader: TopicReader) -> None:
        """Running, and as far as this in the topic."""
        self._backoff.reset()
        self._monitor.became("running")
        self._monitor.progressed()
        self._monitor.lag = max(0, reader.high_watermark - reader.next_offset)
        self._monitor.stable.seen(topic, reader.next_offset, reader.high_watermark, time.monotonic())
        self._monitor.tell_stuck()

    def view_lost(self, reason: str) -> None:
        """It is going to be rebuilt."""
        self._observer.fault(self._partition, "ViewLost")
        self._monitor.became("acquiring", reason)

    async def _run(self) -> None:
        try:
            while True:
                await self._work_or_wait()
        except asyncio.CancelledError:
            self._monitor.became("released")
            raise
        except BaseException as error:
            self._monitor.became("failed", type(error).__name__)
            raise

    async def _work_or_wait(self) -> None:
        try:
            with only_ours("a partition's work"):
                await self.work()
        except DependencyUnavailable as error:
            wait = self._backoff.next()
            self._monitor.became("waiting", error.public)
            self._observer.fault(self._partition, type(error).__name__)
            where = {"service": self._name, "seconds": wait, "reason": error.public}
            log.warning("dependency-unavailable", **where, cause=str(error.detail))
            await asyncio.sleep(wait)
