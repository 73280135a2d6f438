"""Reading long topics for a page, in a process whose first duty is mail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from schemas.event import Event
from schemas.topics import Topic
from workers.ports import InRecord
from workers.processors.topic_reader import Positions, TopicReader

BURST_SECONDS = 0.02


class GentleReader:
    """A `TopicReader` that rests as long as it worked, after each burst: at most half of the process's time."""

    def __init__(self, reader: TopicReader, burst_seconds: float = BURST_SECONDS) -> None:
        self._reader = reader
        self._burst_seconds = burst_seconds

    async def read(
        self,
        topic: Topic[Event],
        *,
        key: str | None = None,
        partition: int | None = None,
        since: datetime | None = None,
    ) -> AsyncIterator[InRecord]:
        began = time.monotonic()
        async for record in self._reader.read(topic, key=key, partition=partition, since=since):
            yield record
            worked = time.monotonic() - began
            if worked > self._burst_seconds:
                await asyncio.sleep(worked)
                began = time.monotonic()

    async def ends(self, topics: Sequence[Topic[Event]]) -> Positions:
        return await self._reader.ends(topics)

    def follow(self, start: Positions) -> AsyncIterator[InRecord]:
        return self._reader.follow(start)
