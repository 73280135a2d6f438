"""Lanes on a real broker and a real Redis."""

from tests.support.counting_lane import CountingTopics, violations
from tests.support.eventually import eventually
from tests.support.running_lanes import RedisStore, counted, running


async def test_each_record_is_counted_once_and_in_order(topics: CountingTopics, store: RedisStore) -> None:
    """Two inputs, four partitions, one worker."""
    keys = [f"k{n % 17}" for n in range(200)]
    await topics.put(keys)
    async with running(topics.config(store)) as service:
        await topics.put(keys, topic=topics.inputs[1])
        await eventually(lambda: service.health().ready, within=20)
        await counted(topics, 400)
        await eventually(lambda: all(lane.lag_records == 0 for lane in service.health().lanes), within=5)
    assert [] == violations(await topics.read_counted(), keys + keys)


async def test_a_new_worker_goes_on_where_the_last_one_ended(
    topics: CountingTopics, store: RedisStore
) -> None:
    """The view is rebuilt from its topic, the offsets are read; nothing is counted again."""
    keys = [f"k{n % 5}" for n in range(50)]
    await topics.put(keys)
    async with running(topics.config(store)):
        await counted(topics, 50)
    await store.client.flushall()
    await topics.put(keys)
    async with running(topics.config(store)):
        await counted(topics, 100)
    assert [] == violations(await topics.read_counted(), keys + keys)
