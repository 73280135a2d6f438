"""One partition of a topic, derived and kept in a view, as long as this worker owns it."""

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog

from workers.errors import ViewLost
from workers.streams.partition_task import PartitionTask
from workers.streams.topic_reader import TopicReader
from workers.streams.view import View
from workers.work_ports import Place, Work

if TYPE_CHECKING:
    from workers.streams.materializer import MaterializerConfig

log = structlog.get_logger()

LOOK_SECONDS = 0.25


class Projection(PartitionTask):
    """A `Tenant`. Looks at the view's mark at least twice a second, also when nothing comes in."""

    def __init__(self, config: "MaterializerConfig", view_name: str, partition: int) -> None:
        super().__init__(config.name, partition, config.timing, config.observer)
        self._config = config
        self._view_name = view_name
        self._derived: Mapping[str, bytes] = {}

    async def work(self) -> None:
        config = self._config
        async with TopicReader(config.kafka, config.topic, self._partition, config.timing) as reader:
            await reader.read_on()
            self._derived = await self._derive(reader)
            while True:
                await self._follow(reader, await self._rebuilt(reader))

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
                self.is_well(self._config.topic, reader)
                if await reader.read_on(wait=LOOK_SECONDS):
                    await self._write_differences(reader, view)
                else:
                    await view.read(())
        except ViewLost as lost:
            self.view_lost(lost.public)

    async def _write_differences(self, reader: TopicReader, view: View) -> None:
        """Also where nothing differs: readers wait for the mark's offset."""
        started = time.monotonic()
        before, self._derived = self._derived, await self._derive(reader)
        await view.write(reader.next_offset, differences(before, self._derived))
        place = Place(self._config.topic, self._partition, reader.next_offset - 1)
        self._config.work.done([Work("project", "written", place=place)], time.monotonic() - started)

    async def _derive(self, reader: TopicReader) -> Mapping[str, bytes]:
        return await asyncio.to_thread(self._config.derive, dict(reader.fields))


def differences(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """What turns `old` into `new`: values to set, None for what is gone."""
    gone: dict[str, bytes | None] = {field: None for field in old if field not in new}
    return gone | {field: value for field, value in new.items() if old.get(field) != value}
