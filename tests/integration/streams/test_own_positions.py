"""A lane without a view keeps its positions in a log of its own, which beats the group's committed offsets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.support.counting_lane import CountingTopics
from tests.support.running_lanes import RedisStore, counted, running
from workers.ports import BatchOutcome, InRecord, OutRecord, ViewReader
from workers.streams.config import LaneServiceConfig

KEYS = [f"k{number % 7}" for number in range(60)]


@dataclass(frozen=True, slots=True)
class PassingOn:
    """`LaneLogic`: one output for each record, which names its source."""

    topic: str

    async def acquire(self) -> None:
        pass

    async def decide(self, batch: Sequence[InRecord], view: ViewReader) -> BatchOutcome:
        del view
        return BatchOutcome([self._out(record) for record in batch])

    def _out(self, record: InRecord) -> OutRecord:
        source = f"{record.topic}/{record.partition}/{record.offset}".encode()
        return OutRecord(self.topic, record.key, b"1", (("source", source),), record.partition)


def without_view(topics: CountingTopics, store: RedisStore) -> LaneServiceConfig:
    """Its topic of positions is the one that others would have for their view."""
    config = topics.config(store)
    return replace(config, view=None, positions_topic=topics.state, logic=lambda _: PassingOn(topics.counted))


async def test_offsets_that_went_backwards_double_nothing(topics: CountingTopics, store: RedisStore) -> None:
    """Whoever set them: what the lane wrote last, in one transaction with its outputs, is where it goes on."""
    config = without_view(topics, store)
    await topics.put(KEYS)
    async with running(config):
        await counted(topics, len(KEYS))
    await _commit(topics, config.group_id, 0)
    await topics.put(KEYS[:5])
    async with running(config):
        await counted(topics, len(KEYS) + 5)

    sources = Counter(source for _, _, source in await topics.read_counted())
    assert (len(KEYS) + 5, {1}) == (len(sources), set(sources.values()))


async def test_a_lane_that_never_wrote_positions_takes_the_groups(
    topics: CountingTopics, store: RedisStore
) -> None:
    """As a worker of an earlier version left it; from the first transaction on it has its own."""
    config = without_view(topics, store)
    await topics.put(KEYS)
    async with running(replace(config, positions_topic=None)):
        await counted(topics, len(KEYS))
    await topics.put(KEYS[:5])
    async with running(config):
        await counted(topics, len(KEYS) + 5)

    sources = Counter(source for _, _, source in await topics.read_counted())
    assert {1} == set(sources.values())


async def _commit(topics: CountingTopics, group_id: str, offset: int) -> None:
    consumer = AIOKafkaConsumer(**topics.kafka, group_id=group_id, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, n) for topic in topics.inputs for n in range(topics.partitions)]
        consumer.assign(places)
        await consumer.commit(dict.fromkeys(places, offset))
    finally:
        await consumer.stop()
