"""Reads one partition to its last stable offset: the same code for a lane's view and for the directory.

`while position < end` ends, because with `read_committed` both count aborted batches and markers; the end of
`read_uncommitted` would be waited for ever while a transaction is open.
"""

import time
from dataclasses import dataclass
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from workers.errors import InvalidInput
from workers.streams.bounded import bounded
from workers.streams.client_options import reader_options
from workers.streams.closing import stop_consumer
from workers.streams.config import KafkaOptions, Timing
from workers.streams.faults import Disturbed
from workers.streams.starting import started

FETCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Contents:
    """The latest value of each key up to `next_offset`. `high_watermark` above it: something is not stable."""

    fields: dict[str, bytes]
    next_offset: int
    high_watermark: int


class TopicReader:
    """A consumer without a group, at the beginning of one partition. Every wait is bounded: `Disturbed`."""

    def __init__(self, kafka: KafkaOptions, topic: str, partition: int, timing: Timing) -> None:
        self._tp = TopicPartition(topic, partition)
        self._timing = timing
        self._consumer = AIOKafkaConsumer(**reader_options(kafka, timing, FETCH_BYTES))
        self.fields: dict[str, bytes] = {}
        self.next_offset = 0

    async def __aenter__(self) -> Self:
        try:
            await started("a reader's start", self._timing.request, self._consumer.start())
            self._consumer.assign([self._tp])
            asked = self._consumer.beginning_offsets([self._tp])
            self.next_offset = (await bounded("beginning offset", self._timing.request, asked))[self._tp]
            self._consumer.seek(self._tp, self.next_offset)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        await stop_consumer(self._consumer, self._timing.drop)

    async def read_on(self, *, wait: float = 0.0) -> bool:
        """Read up to the last stable offset observed now, after waiting up to `wait` seconds for something new.

        True where the position moved. Whatever was committed as one transaction is seen as a whole.
        """
        start = self.next_offset
        if wait:
            await self._poll(wait)
        asked = self._consumer.end_offsets([self._tp])
        end = (await bounded("end offset", self._timing.request, asked))[self._tp]
        moved_at = time.monotonic()
        while self.next_offset < end or self._consumer.highwater(self._tp) is None:
            if await self._poll(self._timing.fetch * 2):
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > self._timing.rebuild_progress:
                raise Disturbed("A topic cannot be read", topic=self._tp.topic, at=self.next_offset, end=end)
        return self.next_offset > start

    @property
    def high_watermark(self) -> int:
        return int(self._consumer.highwater(self._tp) or 0)

    async def _poll(self, wait: float) -> bool:
        polled = self._consumer.getmany(self._tp, timeout_ms=int(wait * 1000))
        records = await bounded("a topic's records", self._timing.request, polled)
        for record in records.get(self._tp, ()):
            self._apply(record.key, record.value)
            self._took(record.timestamp)
        position = await bounded("a position", self._timing.request, self._consumer.position(self._tp))
        moved = bool(position > self.next_offset)
        self.next_offset = position
        return moved

    def _took(self, timestamp_ms: int) -> None:
        """When the broker took the record that was applied last."""

    def _apply(self, key: bytes | None, value: bytes | None) -> None:
        if key is None:
            raise InvalidInput("A record of a compacted topic has no key", topic=self._tp.topic)
        if value is None:
            self.fields.pop(key.decode(), None)
        else:
            self.fields[key.decode()] = value


async def read_contents(kafka: KafkaOptions, topic: str, partition: int, timing: Timing) -> Contents:
    """The partition's whole contents up to its last stable offset, which is taken now."""
    async with TopicReader(kafka, topic, partition, timing) as reader:
        await reader.read_on()
        return Contents(reader.fields, reader.next_offset, reader.high_watermark)


async def read_to_end(kafka: KafkaOptions, topic: str, partition: int) -> tuple[dict[str, bytes], int]:
    """As `read_contents`, for who needs neither bounds of its own nor the high watermark."""
    contents = await read_contents(kafka, topic, partition, Timing())
    return contents.fields, contents.next_offset
