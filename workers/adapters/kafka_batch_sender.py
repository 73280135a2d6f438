"""Batches on their way to the leaders of their partitions, until each is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from aiokafka.errors import DuplicateSequenceNumber, KafkaError, NoError, for_code
from aiokafka.structs import TopicPartition

from workers.adapters.kafka_produce_request import AllInSync

_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Batch:
    """`parts`: its octets, with the numbers by which the broker knows what it has already.

    `place`: a topic by its name on the cluster.
    """

    place: TopicPartition
    parts: Sequence[bytes]


class Stored(NamedTuple):
    """Where the first record of a batch lies. `timestamp_ms`: the broker's, where it stamps the topic; else -1."""

    offset: int
    timestamp_ms: int


class Cluster(Protocol):
    def leader_for_partition(self, partition: TopicPartition) -> int | None: ...


class Client(Protocol):
    """What is used of aiokafka's client."""

    @property
    def cluster(self) -> Cluster: ...

    async def send(self, node_id: int, request: AllInSync) -> Any: ...

    def force_metadata_update(self) -> Any: ...

    async def _maybe_wait_metadata(self) -> None: ...


class BatchSender:
    """aiokafka's own makes tasks and futures for each partition and batch, and takes twice as long for it.

    `again_seconds`: the pause before another try.
    """

    def __init__(self, client: Client, request_ms: int, again_seconds: float = _AGAIN_SECONDS) -> None:
        self._client = client
        self._request_ms = request_ms
        self._again_seconds = again_seconds

    async def send(self, batches: Sequence[Batch]) -> Mapping[TopicPartition, Stored]:
        """At most one batch of each partition. The caller sets the bound: there is none here.

        What may pass (no leader, a connection that broke) is tried again with the same octets, so nothing is stored
        twice. Raises KafkaError for everything else.
        """
        stored: dict[TopicPartition, Stored] = {}
        unsent = await self._try(batches, stored)
        while unsent:
            await asyncio.sleep(self._again_seconds)
            await self._client._maybe_wait_metadata()
            unsent = await self._try(unsent, stored)
        return stored

    async def _try(self, batches: Sequence[Batch], stored: dict[TopicPartition, Stored]) -> Sequence[Batch]:
        """Those that must be sent again."""
        leaders: dict[int | None, list[Batch]] = {}
        for batch in batches:
            leaders.setdefault(self._client.cluster.leader_for_partition(batch.place), []).append(batch)
        tries = [self._send_to(*each, stored) for each in leaders.items()]
        unsent = [await tries[0]] if len(tries) == 1 else await asyncio.gather(*tries)
        return [batch for some in unsent for batch in some]

    async def _send_to(
        self, leader: int | None, batches: Sequence[Batch], stored: dict[TopicPartition, Stored]
    ) -> Sequence[Batch]:
        if leader is None or leader < 0:
            self._client.force_metadata_update()
            return batches
        topics: dict[str, list[tuple[int, Sequence[bytes]]]] = {}
        for batch in batches:
            topics.setdefault(batch.place.topic, []).append((batch.place.partition, batch.parts))
        try:
            answer = await self._client.send(leader, AllInSync(topics, self._request_ms))
        except KafkaError as error:
            self._require_passing(error)
            return batches
        self._read(answer, stored)
        return [batch for batch in batches if batch.place not in stored]

    def _read(self, answer: Any, stored: dict[TopicPartition, Stored]) -> None:
        for topic, partitions in answer.topics:
            for partition, code, offset, timestamp_ms, *_ in partitions:
                error = for_code(code)
                if error is NoError or error is DuplicateSequenceNumber:
                    stored[TopicPartition(topic, partition)] = Stored(offset, timestamp_ms)
                else:
                    self._require_passing(error())

    def _require_passing(self, error: KafkaError) -> None:
        if not error.retriable:
            raise error
        if error.invalid_metadata:
            self._client.force_metadata_update()
