"""Lanes on a real broker and a real Redis."""

from tests.support.counting_lane import CountingTopics, violations
from tests.support.eventually import eventually
from tests.support.running_lanes import RedisStore, running
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey


async def test_each_record_is_counted_once_and_in_order(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, topic_prefix: str
) -> None:
    """Two inputs, four partitions, one worker."""
    topics = CountingTopics(topic_prefix, bootstrap=kafka.bootstrap)
    await topics.create()
    keys = [f"k{n % 17}" for n in range(200)]
    await topics.put(keys)
    async with RedisStore(valkey) as store, running(topics.config(store)) as service:
        await topics.put(keys, topic=topics.inputs[1])
        await eventually(lambda: service.health().ready, within=20)
        await eventually(lambda: _count(topics, 400), within=30, every=0.3)
    assert [] == violations(await topics.read_counted(), keys + keys)


async def _count(topics: CountingTopics, expected: int) -> bool:
    return len(await topics.read_counted()) >= expected
