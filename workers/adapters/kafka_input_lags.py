"""How far processors are behind their inputs, asked of Kafka: ends, committed offsets, members of the groups."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from schemas.event import Event
from schemas.topics import Topic
from workers.adapters.committed_offsets import committed_offsets
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.errors import DependencyUnavailable
from workers.page_ports import InputLag

BOUND_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Processor:
    """What a group of workers reads."""

    name: str
    group_id: str
    inputs: tuple[Topic[Event], ...]


@dataclass(frozen=True, slots=True)
class _Clients:
    admin: AIOKafkaAdminClient
    consumer: AIOKafkaConsumer


class KafkaInputLags:
    """`InputLags`. Two connections, kept from one question to the next and made anew after an error."""

    def __init__(self, connection: KafkaConnection, processors: Sequence[Processor]) -> None:
        self._connection = connection
        self._processors = processors
        self._clients: _Clients | None = None

    async def ask(self) -> Sequence[InputLag]:
        try:
            with kafka_failures(self._connection, "asking how far the workers are"):
                async with asyncio.timeout(BOUND_SECONDS):
                    clients = self._clients = self._clients or await self._connected()
                    return [lag for each in self._processors for lag in await self._of(clients, each)]
        except DependencyUnavailable:
            await self.close()
            raise

    async def close(self) -> None:
        clients, self._clients = self._clients, None
        if clients is not None:
            await stopped(clients.admin.close())
            await stopped(clients.consumer.stop())

    async def _connected(self) -> _Clients:
        options = self._connection.client_options()
        clients = _Clients(AIOKafkaAdminClient(**options), AIOKafkaConsumer(group_id=None, **options))
        try:
            await clients.admin.start()
            await clients.consumer.start()
        except BaseException:
            await stopped(clients.admin.close())
            await stopped(clients.consumer.stop())
            raise
        return clients

    async def _of(self, clients: _Clients, processor: Processor) -> list[InputLag]:
        parts = await self._partitions(clients, processor)
        every = [part for found in parts.values() for part in found]
        # committed offsets first: what is committed later can only make the lag smaller than it is
        committed = await committed_offsets(clients.admin, processor.group_id, every)
        begins = await clients.consumer.beginning_offsets(every)
        ends = await clients.consumer.end_offsets(every)
        members = await _members(clients.admin, processor.group_id)
        return [
            _lag(
                processor.name, topic, [max(0, ends[p] - committed.get(p, begins[p])) for p in found], members
            )
            for topic, found in parts.items()
        ]

    async def _partitions(
        self, clients: _Clients, processor: Processor
    ) -> Mapping[str, list[TopicPartition]]:
        # partitions_for_topic() knows assigned topics only, and asking for one by name could create it
        cluster = await clients.consumer._client.fetch_all_metadata()
        found: dict[str, list[TopicPartition]] = {}
        for topic in processor.inputs:
            name = self._connection.topic(topic)
            numbers = cluster.partitions_for_topic(name)
            if not numbers:
                raise DependencyUnavailable("A topic is not there: run `stellwerk topics apply`")
            found[topic.name] = [TopicPartition(name, number) for number in sorted(numbers)]
        return found


def _lag(processor: str, topic: str, lags: Sequence[int], members: int) -> InputLag:
    return InputLag(processor, topic, sum(lags), max(lags), members)


async def _members(admin: AIOKafkaAdminClient, group_id: str) -> int:
    """0 also for a group that nobody has made yet."""
    [answer] = await admin.describe_consumer_groups([group_id])
    [(code, _, _, _, _, members, *_)] = answer.groups
    if code:
        raise for_code(code)(group_id)
    return len(members)
