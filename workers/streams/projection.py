"""One partition of a topic, derived and kept in a view, as long as this worker owns it."""

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog

from workers.errors import DependencyUnavailable, ViewLost
from workers.streams.backoff import Backoff
from workers.streams.health import LaneHealth
from workers.streams.lane_monitor import LaneMonitor
from workers.streams.stable_offsets import StableOffsetWatch
from workers.streams.topic_reader import TopicReader
from workers.streams.view import View

if TYPE_CHECKING:
    from workers.streams.materializer import MaterializerConfig

log = structlog.get_logger()

LOOK_SECONDS = 0.25


class Projection:
    """A `Tenant`. Looks at the view's mark at least twice a second, also when nothing comes in."""

    def __init__(self, config: "MaterializerConfig", view_name: str, partition: int) -> None:
        self._config = config
        self._view_name = view_name
        self._partition = partition
        self._backoff = Backoff(config.timing.backoff_first, config.timing.backoff_longest)
        self._task: asyncio.Task[None] | None = None
        self._derived: Mapping[str, bytes] = {}
        watch = StableOffsetWatch(config.timing.transaction)
        self._monitor = LaneMonitor(config.name, partition, config.observer, watch)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"{self._config.name}-{self._partition}")

    @property
    def failure(self) -> BaseException | None:
        task = self._task
        return task.exception() if task and task.done() and not task.cancelled() else None

    def health(self) -> LaneHealth:
        return self._monitor.health()

    async def release(self, within: float) -> None:
        """Writes are compare-and-set: interrupting one harms nobody."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=within)

    async def _run(self) -> None:
        try:
            while True:
                await self._read_and_follow()
        except asyncio.CancelledError:
            self._monitor.became("released")
            raise
        except BaseException as error:
            self._monitor.became("failed", type(error).__name__)
            raise

    async def _read_and_follow(self) -> None:
        config = self._config
        try:
            async with TopicReader(config.kafka, config.topic, self._partition, config.timing) as reader:
                await reader.read_on()
                self._derived = await self._derive(reader)
                while True:
                    await self._follow(reader, await self._rebuilt(reader))
        except DependencyUnavailable as error:
            wait = self._backoff.next()
            self._monitor.became("waiting", error.public)
            config.observer.fault(self._partition, type(error).__name__)
            where = {"service": config.name, "seconds": wait, "reason": error.public}
            log.warning("dependency-unavailable", **where, cause=str(error.detail))
            await asyncio.sleep(wait)

    async def _rebuilt(self, reader: TopicReader) -> View:
        """Whole, from memory, under a fresh token."""
        started = time.monotonic()
        view = View(self._config.store, self._view_name)
        await view.rebuild(self._derived, reader.next_offset)
        seconds = time.monotonic() - started
        self._config.observer.view_rebuilt(view.name, len(self._derived), seconds)
        log.info("view-rebuilt", view=view.name, fields=len(self._derived), seconds=round(seconds, 3))
        return view

    async def _follow(self, reader: TopicReader, view: View) -> None:
        """Until the view is lost. Each round ends at an observed last stable offset: edits are seen whole."""
        try:
            while True:
                self._is_well(reader)
                if await reader.read_on(wait=LOOK_SECONDS):
                    await self._write_differences(reader, view)
                else:
                    await view.read(())
        except ViewLost as lost:
            self._config.observer.fault(self._partition, "ViewLost")
            self._monitor.became("acquiring", lost.public)

    async def _write_differences(self, reader: TopicReader, view: View) -> None:
        """Also where nothing differs: readers wait for the mark's offset."""
        before, self._derived = self._derived, await self._derive(reader)
        await view.write(reader.next_offset, differences(before, self._derived))

    async def _derive(self, reader: TopicReader) -> Mapping[str, bytes]:
        return await asyncio.to_thread(self._config.derive, dict(reader.fields))

    def _is_well(self, reader: TopicReader) -> None:
        self._backoff.reset()
        self._monitor.became("running")
        self._monitor.progressed()
        self._monitor.lag = max(0, reader.high_watermark - reader.next_offset)
        now = time.monotonic()
        self._monitor.stable.seen(self._config.topic, reader.next_offset, reader.high_watermark, now)
        self._monitor.tell_stuck()


def differences(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """What turns `old` into `new`: values to set, None for what is gone."""
    gone: dict[str, bytes | None] = {field: None for field in old if field not in new}
    return gone | {field: value for field, value in new.items() if old.get(field) != value}
