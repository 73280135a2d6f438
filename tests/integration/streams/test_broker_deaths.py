"""kill -9 and restart of the broker under running lanes (T1, T5, T6, T10, T13)."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.support.counting_lane import CountingTopics, violations
from tests.support.eventually import eventually
from tests.support.own_broker import own_kafka
from tests.support.running_lanes import RedisStore, counted, running
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.streams.checked_offsets import check_offset_fetches
from workers.streams.config import Step

kafka = own_kafka

KEYS = [f"k{n % 7}" for n in range(200)]


@pytest.mark.parametrize("at", ["acquired", "sent", "committed"])
async def test_a_broker_that_dies_and_comes_back_loses_and_doubles_nothing(
    kafka: EmbeddedKafka, topics: CountingTopics, store: RedisStore, at: Step
) -> None:
    """Killed inside a batch, before and after the commit; the lanes go on by themselves."""
    reached = 0

    async def checkpoint(step: Step, partition: int) -> None:
        nonlocal reached
        if step == at:
            reached += 1
            if reached == 4:
                await asyncio.to_thread(kafka.kill)
                await asyncio.to_thread(kafka.start)

    await topics.put(KEYS)
    async with running(topics.config(store, checkpoint=checkpoint, batch_records=10)) as service:
        await counted(topics, len(KEYS), within=70)
        await eventually(lambda: service.health().ready, within=30)
    assert [] == violations(await topics.read_counted(), KEYS)
    assert reached >= 4


@pytest.mark.parametrize("at", ["acquired", "rebuilding", "decided", "begun", "sent", "committed", "viewed"])
async def test_a_client_that_gives_up_ends_no_lane(
    topics: CountingTopics, store: RedisStore, at: Step
) -> None:
    """Given a CancelledError that nobody asked for, as aiokafka's while a broker is away, then the lane goes on."""
    gave_up = False

    async def checkpoint(step: Step, partition: int) -> None:
        nonlocal gave_up
        if step == at and not gave_up:
            gave_up = True
            raise asyncio.CancelledError

    await topics.put(KEYS)
    async with running(topics.config(store, checkpoint=checkpoint, batch_records=50)):
        await counted(topics, len(KEYS))
    assert [] == violations(await topics.read_counted(), KEYS)
    assert gave_up


async def test_t1_a_committed_offset_is_never_answered_with_none_while_the_broker_comes_back(
    kafka: EmbeddedKafka, topics: CountingTopics, store: RedisStore
) -> None:
    """aiokafka answers None while a coordinator loads; checked, it asks again until it knows."""
    check_offset_fetches()
    await topics.put(KEYS)
    async with running(topics.config(store)):
        await counted(topics, len(KEYS))
    group = topics.config(store).group_id
    tps = [TopicPartition(topics.inputs[0], n) for n in range(topics.partitions)]
    consumer = AIOKafkaConsumer(**topics.kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        before = [await consumer.committed(tp) for tp in tps]
        assert None not in before
        for _ in range(2):
            await asyncio.to_thread(kafka.kill)
            restart = asyncio.create_task(asyncio.to_thread(kafka.start))
            while not restart.done():
                assert before == [await consumer.committed(tp) for tp in tps]
                await asyncio.sleep(0.01)
            await restart
            assert before == [await consumer.committed(tp) for tp in tps]
    finally:
        await consumer.stop()


async def test_t13_a_service_that_starts_without_a_broker_waits_for_it(
    kafka: EmbeddedKafka, topics: CountingTopics, store: RedisStore
) -> None:
    """No crash and no restart storm: it joins when the broker is there."""
    await topics.put(KEYS)
    await asyncio.to_thread(kafka.stop)
    async with running(topics.config(store)) as service:
        await asyncio.sleep(2.0)
        assert not service.health().ready
        assert not service.crashed
        await asyncio.to_thread(kafka.start)
        await counted(topics, len(KEYS))
    assert [] == violations(await topics.read_counted(), KEYS)


async def test_t6_a_service_stops_within_its_bound_while_the_broker_is_away(
    kafka: EmbeddedKafka, topics: CountingTopics, store: RedisStore
) -> None:
    """`stop()` of a producer waits for ever for batches that nobody takes."""
    await topics.put(KEYS)
    async with running(topics.config(store, batch_records=5)) as service:
        await counted(topics, 20)
        await asyncio.to_thread(kafka.kill)
        started = time.monotonic()
        await service.stop()
        assert time.monotonic() - started < 25
    await asyncio.to_thread(kafka.start)
    async with running(topics.config(store)):
        await counted(topics, len(KEYS))
    assert [] == violations(await topics.read_counted(), KEYS)
