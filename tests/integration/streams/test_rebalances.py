"""Workers come and go while mail flows (T2, T7, T8)."""

import asyncio
from contextlib import AsyncExitStack

from tests.support.counting_lane import CountingTopics, violations
from tests.support.eventually import eventually
from tests.support.running_lanes import RedisStore, counted, running

KEYS = [f"k{n % 11}" for n in range(60)]


async def test_t2_one_worker_then_three_then_one(topics: CountingTopics, store: RedisStore) -> None:
    """With three members the default assignors would split the inputs of a partition between workers."""
    feeding = asyncio.create_task(_feed(topics, rounds=10))
    async with running(topics.config(store)) as first:
        await eventually(lambda: len(first.health().lanes) == 4, within=20)
        async with AsyncExitStack() as more:
            others = [await more.enter_async_context(running(topics.config(store))) for _ in range(2)]
            services = [first, *others]
            await eventually(lambda: all(service.health().ready for service in services), within=30)
            await eventually(lambda: 4 == sum(len(s.health().lanes) for s in services), within=10)
        await eventually(lambda: len(first.health().lanes) == 4 and first.health().ready, within=30)
        await feeding
        await counted(topics, 10 * len(KEYS))
    assert [] == violations(await topics.read_counted(), 10 * KEYS)


async def _feed(topics: CountingTopics, *, rounds: int) -> None:
    for _ in range(rounds):
        await topics.put(KEYS)
        await asyncio.sleep(0.5)
