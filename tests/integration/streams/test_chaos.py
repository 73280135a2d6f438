"""Everything at once, at random: workers killed and paused, the broker killed, Redis flushed."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.support.counting_lane import CountingTopics, violations
from tests.support.lane_process import lane_process
from tests.support.own_broker import own_kafka
from tests.support.running_lanes import RedisStore, counted, running
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

kafka = own_kafka

KEYS = [f"k{n % 13}" for n in range(100)]
ROUNDS = 8


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_is_lost_doubled_or_out_of_order_whatever_dies(
    kafka: EmbeddedKafka, topics: CountingTopics, store: RedisStore, valkey: EmbeddedValkey, seed: int
) -> None:
    """Two processes and one service here share the work; each round something happens to one of them."""
    chance = random.Random(seed)
    async with AsyncExitStack() as stack:
        workers = [
            stack.enter_context(
                lane_process(topics, valkey.url, step="sent", occurrence=10**9, signal_name="SIGKILL")
            )
            for _ in range(2)
        ]

        async def kill_a_worker() -> None:
            workers.pop().kill() if workers else None

        async def pause_a_worker() -> None:
            if workers:
                workers[0].send_signal(signal.SIGSTOP)
                await asyncio.sleep(chance.uniform(1, 8))
                workers[0].send_signal(signal.SIGCONT)

        async def kill_the_broker() -> None:
            await asyncio.to_thread(kafka.kill)
            await asyncio.to_thread(kafka.start)

        async def flush() -> None:
            await store.client.flushall()

        accidents: list[Callable[[], Awaitable[None]]] = [
            kill_a_worker,
            pause_a_worker,
            kill_the_broker,
            flush,
            flush,
        ]
        async with running(topics.config(store)):
            for _ in range(ROUNDS):
                await topics.put(KEYS)
                await asyncio.sleep(chance.uniform(0, 1.5))
                await chance.choice(accidents)()
            await counted(topics, ROUNDS * len(KEYS), within=90)
    assert [] == violations(await topics.read_counted(), ROUNDS * KEYS)
