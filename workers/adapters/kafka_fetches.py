"""A span of one partition, a fetch at a time: history is read by the million, where what a consumer does for each
record costs more than the record itself.

Leaders, and what transactions committed, are aiokafka's own; groups and positions are left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import (
    CorruptRecordException,
    IncompatibleBrokerVersion,
    KafkaError,
    NoError,
    OffsetOutOfRangeError,
    StaleMetadata,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest

from workers.adapters.kafka_stored_batches import SomeRecords, StoredBatches, Wanted, wanted
from workers.errors import DependencyUnavailable
from workers.ports import InRecord

FETCH_BYTES = 1024 * 1024
"""Five topics are read side by side, and memory holds two fetches of each."""

_BROKER_WAITS_MS = 500
_MOST_BYTES = 50 * 1024 * 1024
_BACKOFF_SECONDS = 0.2
_STUCK_SECONDS = 60.0
_FOR_GOOD = (
    CorruptRecordException,
    IncompatibleBrokerVersion,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
_WITH_REPLICA = 11
"""The version of the answer that names a replica to read from, before its batches."""


async def fetched(
    client: AIOKafkaClient,
    part: TopicPartition,
    start: int,
    end: int,
    headers: Sequence[str] | None = None,
) -> AsyncGenerator[tuple[int, list[InRecord]], None]:
    """Committed records from `start` to before `end`, in order and few at a time, as (next position, records); some
    are empty.

    They have the first of each of these `headers`; None: all. Precondition: `end` is at most the last stable
    offset. The next fetch is on its way while the caller works: memory holds two. Partitions that move and brokers
    that are away are waited for, up to a minute; then it raises `DependencyUnavailable` or aiokafka's error, and that
    also at once where waiting would not help.
    """
    await client.add_topic(part.topic)
    of, patience, at = wanted(part.topic, part.partition, headers), _Patience(), start
    coming = asyncio.ensure_future(_fetch(client, part, at))
    try:
        while at < end:
            before, found = at, None
            try:
                found, at = _taken(await coming, part, at, of)
            except KafkaError as error:
                await patience.after(error, client)
            else:
                await patience.moved(at > before)
            if at < end:
                coming = asyncio.ensure_future(_fetch(client, part, at))
                await asyncio.sleep(0)  # lets the request out before the caller begins to work
            if found is not None:
                for records in found:
                    yield found.next_fetch_offset, _before(end, records)
            if at > before:
                yield at, []
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, KafkaError):
            await coming


def _before(end: int, records: list[InRecord]) -> list[InRecord]:
    if records[-1].offset < end:
        return records
    return [record for record in records if record.offset < end]


class _Patience:
    """Until when it is waited for the position to move."""

    def __init__(self) -> None:
        self._moved_at = asyncio.get_running_loop().time()

    async def moved(self, moved: bool) -> None:
        """An answer without an error came. Raises `DependencyUnavailable` where none has held anything for long."""
        if moved:
            self._moved_at = asyncio.get_running_loop().time()
        elif self._is_over():
            raise DependencyUnavailable(
                "Kafka answers, but hands out no records: see stellwerk_stuck_partition in deploy/RUNBOOK.md."
            )
        else:
            await asyncio.sleep(_BACKOFF_SECONDS)

    async def after(self, error: KafkaError, client: AIOKafkaClient) -> None:
        """Raises the error where it does not pass, or has not for long."""
        if isinstance(error, _FOR_GOOD) or self._is_over():
            raise error
        if error.invalid_metadata:
            client.force_metadata_update()
        await asyncio.sleep(_BACKOFF_SECONDS)

    def _is_over(self) -> bool:
        return asyncio.get_running_loop().time() - self._moved_at > _STUCK_SECONDS


class _Records(PartitionRecords):  # type: ignore[misc]  # aiokafka's has no types
    """aiokafka's reading of a partition's batches, handed through a few at a time: see `SomeRecords`."""

    def _consumer_record(self, _: TopicPartition, batch: SomeRecords) -> list[InRecord]:
        records, start = batch.records, self.next_fetch_offset
        if records[0].offset >= start:
            return records
        return [each for each in records if each.offset >= start]


async def _fetch(client: AIOKafkaClient, part: TopicPartition, at: int) -> Any:
    leader = client.cluster.leader_for_partition(part)
    if leader is None or leader == -1:
        raise StaleMetadata(f"{part.topic}-{part.partition} has no leader")
    asked = [(part.topic, [(part.partition, at, FETCH_BYTES)])]
    request = FetchRequest(_BROKER_WAITS_MS, 1, _MOST_BYTES, READ_COMMITTED, asked, rack_id="")
    return await client.send(leader, request)


def _taken(response: Any, part: TopicPartition, at: int, of: Wanted) -> tuple[_Records, int]:
    """What aiokafka makes of the answer, a few records at a time, and the position behind it. Raises `KafkaError`.

    A damaged batch raises it when its turn comes.
    """
    answer = response.topics[0][1][0]
    error = for_code(answer[1])
    if error is not NoError:
        raise error({part: at})
    aborted = answer[-3 if response.API_VERSION >= _WITH_REPLICA else -2]
    batches = StoredBatches(answer[-1], of)
    found = _Records(part, batches, aborted, at, None, None, True, READ_COMMITTED)
    return found, max(at, batches.next_offset)
