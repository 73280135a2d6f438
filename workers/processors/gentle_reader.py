"""Reading long topics for a page, in a process whose first duty is mail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from schemas.event import Event
from schemas.topics import Topic
from workers.ports import InRecord
from workers.processors.topic_reader import Positions, TopicReader

BURST_SECONDS = 0.02


class GentleReader:
    """A `TopicReader` that rests as long as it worked, after each burst: at most half of the process's time.

    `worked`: seconds of this thread's processor so far. What others use meanwhile counts, too: where mail has
    much to do, a page rests the longer.
    """

    def __init__(
        self,
        reader: TopicReader,
        burst_seconds: float = BURST_SECONDS,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self._reader = reader
        self._burst_seconds = burst_seconds
        self._worked = worked

    async def read(
        self,
        topic: Topic[Event],
        *,
        key: str | None = None,
        partition: int | None = None,
        since: datetime | None = None,
    ) -> AsyncIterator[InRecord]:
        began = self._worked()
        async for record in self._reader.read(topic, key=key, partition=partition, since=since):
            yield record
            burst = self._worked() - began
            if burst > self._burst_seconds:
                await asyncio.sleep(burst)
                began = self._worked()

    async def ends(self, topics: Sequence[Topic[Event]]) -> Positions:
        return await self._reader.ends(topics)

    def follow(self, start: Positions) -> AsyncIterator[InRecord]:
        return self._reader.follow(start)
