"""Large records, our own faults, lost offsets: where a lane goes on, and where it stops loudly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.support.counting_lane import Counting, CountingTopics, violations
from tests.support.eventually import eventually
from tests.support.running_lanes import RedisStore, counted, running
from workers.errors import DependencyUnavailable
from workers.ports import BatchOutcome, InRecord, OutRecord, ViewReader
from workers.streams.brake import BrakeLimits
from workers.streams.config import LaneServiceConfig, Step
from workers.streams.health import LaneHealth
from workers.streams.lane_service import LaneService
from workers.streams.positions import POSITIONS_KEY


@dataclass(frozen=True)
class Inflating(Counting):
    """Adds one output of `size_bytes` per record."""

    size_bytes: int = 0

    async def decide(self, batch: Sequence[InRecord], view: ViewReader) -> BatchOutcome:
        outcome = await Counting.decide(self, batch, view)
        large = [OutRecord(self.topics.others[0], record.key, b"x" * self.size_bytes) for record in batch]
        return BatchOutcome([*outcome.outputs, *large], outcome.view, outcome.own_faults)


async def _with_large_topic(topics: CountingTopics, max_bytes: int) -> CountingTopics:
    large = replace(topics, others=(f"{topics.prefix}large",))
    admin = AIOKafkaAdminClient(**topics.kafka)
    await admin.start()
    limit = {"max.message.bytes": str(max_bytes)}
    await admin.create_topics([NewTopic(large.others[0], topics.partitions, 1, topic_configs=limit)])
    await admin.close()
    return large


def _inflating(topics: CountingTopics, store: RedisStore, size_bytes: int) -> LaneServiceConfig:
    return replace(topics.config(store), logic=lambda _: Inflating(topics, size_bytes=size_bytes))


async def test_t9_a_record_larger_than_a_batch_travels_alone(
    topics: CountingTopics, store: RedisStore
) -> None:
    """3 MB each where a batch has 900 KB: up to the topic's own limit."""
    large = await _with_large_topic(topics, 4_000_000)
    keys = [f"k{n % 3}" for n in range(9)]
    await large.put(keys)
    async with running(_inflating(large, store, 3_000_000)):
        await counted(large, len(keys))
    assert [] == violations(await large.read_counted(), keys)


async def test_t9_many_records_become_several_batches_in_order(
    topics: CountingTopics, store: RedisStore
) -> None:
    """200 KB each: the batches of a partition are sent one after the other."""
    large = await _with_large_topic(topics, 1_000_000)
    keys = ["k"] * 30
    await large.put(keys)
    async with running(_inflating(large, store, 200_000)):
        await counted(large, len(keys))
    assert [] == violations(await large.read_counted(), keys)


async def test_t5_a_failed_record_fails_its_transaction(topics: CountingTopics, store: RedisStore) -> None:
    """aiokafka would commit the offsets without it. Larger than the topic takes: the lane stops loudly."""
    large = await _with_large_topic(topics, 100_000)
    await large.put(["k"])
    async with running(_inflating(large, store, 300_000)) as service:
        parked = await eventually(lambda: _lanes(service, "braked"), within=20)
        assert ["output-too-large"] == [lane.reason for lane in parked]
        assert not service.health().ready
    assert [] == await large.read_counted()
    async with running(large.config(store)):  # a repaired logic
        await counted(large, 1)
    assert [] == violations(await large.read_counted(), ["k"])


async def test_p8_own_faults_in_a_row_stop_the_partition_instead_of_draining_it(
    topics: CountingTopics, store: RedisStore
) -> None:
    """The batch that trips the brake is not committed; the other partitions go on."""
    await topics.put(["k"] * 50, value=b"poison")
    config = replace(topics.config(store), brake=BrakeLimits(in_a_row=20))
    async with running(config) as service:
        braked = await eventually(lambda: _lanes(service, "braked"), within=20)
        assert ["brake"] == [lane.reason for lane in braked]
        await eventually(lambda: 3 == len(_lanes(service, "running")), within=20)
        assert not service.crashed
    assert [] == await topics.read_counted()


async def test_t1_a_lost_offset_is_an_alarm_and_not_a_beginning(
    topics: CountingTopics, store: RedisStore
) -> None:
    """A group that has processed something, but has no offset any more (expired, deleted), is not believed."""
    await topics.put(["a", "b", "c", "d", "e", "f"])
    async with running(topics.config(store)):
        await counted(topics, 6)
    await _forget_positions(topics)
    renamed = replace(topics.config(store), group_id=f"{topics.prefix}another")
    async with running(renamed) as service:
        parked = await eventually(lambda: _lanes(service, "braked"), within=20)
        assert {"committed-offset-lost"} == {lane.reason for lane in parked}
    assert [] == violations(await topics.read_counted(), ["a", "b", "c", "d", "e", "f"])


@pytest.mark.parametrize("wrong", [0, 1, None])
async def test_t1_a_committed_offset_of_another_time_neither_doubles_nor_loses(
    topics: CountingTopics, store: RedisStore, wrong: int | None
) -> None:
    """A coordinator that answers older offsets (seen after its broker's death), later ones, or none at all."""
    keys = ["a", "b", "c", "d", "e", "f"] * 3
    await topics.put(keys)
    async with running(topics.config(store)):
        await counted(topics, len(keys))
    config = topics.config(store)
    if wrong is None:
        config = replace(config, group_id=f"{topics.prefix}another")
    else:
        await topics.put(keys)
        await _commit_everywhere(topics, config.group_id, wrong)
    async with running(config):
        await topics.put(keys)
        total = len(keys) * (2 if wrong is None else 3)
        await counted(topics, total)
    assert [] == violations(await topics.read_counted(), keys * (total // len(keys)))


async def _commit_everywhere(topics: CountingTopics, group_id: str, end_or_beginning: int) -> None:
    """As a person does with Kafka's own tools: every input to its end (1) or its beginning (0)."""
    consumer = AIOKafkaConsumer(**topics.kafka, group_id=group_id, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [TopicPartition(topic, n) for topic in topics.inputs for n in range(topics.partitions)]
        consumer.assign(tps)
        asked = consumer.end_offsets(tps) if end_or_beginning else consumer.beginning_offsets(tps)
        await consumer.commit(await asked)
    finally:
        await consumer.stop()


async def _forget_positions(topics: CountingTopics) -> None:
    """Nobody but a lane may write there; this is what a lane of an earlier version left behind."""
    producer = AIOKafkaProducer(**topics.kafka)
    await producer.start()
    try:
        for partition in range(topics.partitions):
            await producer.send_and_wait(topics.state, None, key=POSITIONS_KEY.encode(), partition=partition)
    finally:
        await producer.stop()


async def test_a_believed_beginning_is_committed_at_once(topics: CountingTopics, store: RedisStore) -> None:
    """So a later "no offset" is always an alarm, also for an input that never had a record."""
    config = topics.config(store)
    async with running(config) as service:
        await eventually(lambda: service.health().ready, within=20)
    consumer = AIOKafkaConsumer(**topics.kafka, group_id=config.group_id, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [TopicPartition(topic, n) for topic in topics.inputs for n in range(topics.partitions)]
        assert {0} == {await consumer.committed(tp) for tp in tps}
    finally:
        await consumer.stop()


async def test_a_dependency_that_is_down_holds_the_batch(topics: CountingTopics, store: RedisStore) -> None:
    """P6: back-pressure, not a guess. Nothing was opened, so the producer stays and the batch is decided again."""
    down = True
    acquired = 0

    class Waiting(Counting):
        async def decide(self, batch: Sequence[InRecord], view: ViewReader) -> BatchOutcome:
            if down:
                raise DependencyUnavailable("The directory is not there")
            return await Counting.decide(self, batch, view)

    async def checkpoint(step: Step, partition: int) -> None:
        nonlocal acquired
        acquired += step == "acquired"

    config = replace(topics.config(store, checkpoint=checkpoint), logic=lambda _: Waiting(topics))
    await topics.put(["k"] * 10)
    async with running(config) as service:
        await eventually(lambda: _lanes(service, "waiting"), within=20)
        await topics.put(["k"] * 30)
        await eventually(lambda: [40] == [lane.lag_records for lane in _lanes(service, "waiting")], within=20)
        down = False
        await counted(topics, 40)
    assert [] == violations(await topics.read_counted(), ["k"] * 40)
    assert topics.partitions == acquired


async def test_a_bug_in_the_logic_crashes_the_service(topics: CountingTopics, store: RedisStore) -> None:
    """Loudly, and without an effect: a lane is a plain task that nobody else would hear of."""

    class Broken(Counting):
        async def decide(self, batch: Sequence[InRecord], view: ViewReader) -> BatchOutcome:
            raise KeyError("a bug")

    await topics.put(["k"])
    service = LaneService(replace(topics.config(store), logic=lambda _: Broken(topics)))
    await service.start()
    try:
        await eventually(lambda: service.crashed, within=20)
        assert isinstance(service.crash_reason, KeyError)
    finally:
        await service.stop()
    assert [] == await topics.read_counted()


def _lanes(service: LaneService, state: str) -> list[LaneHealth]:
    return [lane for lane in service.health().lanes if lane.state == state]
