"""kill -9 and SIGSTOP of a worker at each step of a batch (T3, T5, T7, T12)."""

import asyncio
import signal

import pytest

from tests.support.counting_lane import CountingTopics, violations
from tests.support.eventually import eventually
from tests.support.lane_process import lane_process
from tests.support.running_lanes import RedisStore, counted, running
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.streams.config import Step

KEYS = [f"k{n % 7}" for n in range(120)]


@pytest.mark.parametrize("step", ["rebuilding", "polled", "begun", "sent", "committed", "viewed"])
async def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    topics: CountingTopics, store: RedisStore, valkey: EmbeddedValkey, step: Step
) -> None:
    """T3: the next owner inits (which aborts or finishes what was open), then reads offsets, then the view."""
    await topics.put(KEYS)
    with lane_process(topics, valkey.url, step=step, occurrence=3, signal_name="SIGKILL") as process:
        assert -signal.SIGKILL == await asyncio.to_thread(process.wait, 30)
        async with running(topics.config(store, batch_records=5)):
            await counted(topics, len(KEYS))
    assert [] == violations(await topics.read_counted(), KEYS)


@pytest.mark.parametrize("step", ["decided", "sent", "committed"])
async def test_a_zombie_neither_doubles_nor_reverts(
    topics: CountingTopics, store: RedisStore, valkey: EmbeddedValkey, step: Step
) -> None:
    """T7, T4: a worker that slept through its replacement is fenced, and its late view write is refused."""
    await topics.put(KEYS)
    with lane_process(topics, valkey.url, step=step, occurrence=3, signal_name="SIGSTOP") as zombie:
        await eventually(lambda: _is_stopped(zombie.pid), within=30)
        async with running(topics.config(store, batch_records=5)):
            await counted(topics, len(KEYS))
            zombie.send_signal(signal.SIGCONT)
            await topics.put(KEYS)
            await counted(topics, 2 * len(KEYS))
        await topics.put(KEYS)
        await counted(topics, 3 * len(KEYS))  # the former zombie alone
    assert [] == violations(await topics.read_counted(), 3 * KEYS)


def _is_stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123  # not a file
        return stat.read().split()[2] == "T"
