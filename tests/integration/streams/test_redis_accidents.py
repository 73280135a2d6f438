"""Redis flushed, restarted empty or restored from a snapshot at every step of a batch and of a rebuild (T4)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.counting_lane import CountingTopics, violations
from tests.support.running_lanes import RedisStore, counted, running
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.streams.config import Step

KEYS = [f"k{n % 7}" for n in range(300)]
STEPS: tuple[Step, ...] = (
    "acquired",
    "polled",
    "decided",
    "begun",
    "sent",
    "committed",
    "viewed",
    "rebuilding",
)

Accident = Callable[[RedisStore, EmbeddedValkey], Awaitable[None]]


async def flush(store: RedisStore, valkey: EmbeddedValkey) -> None:
    await store.client.flushall()


async def restart_empty(store: RedisStore, valkey: EmbeddedValkey) -> None:
    await asyncio.to_thread(valkey.kill)
    await asyncio.to_thread(valkey.start)


class RestoreOlder:
    """Dump each view when first called, bring that state back at the next call, and dump the newer one.

    A lane may drop its view between the listing and the dump: such a view has no state to bring back.
    """

    def __init__(self) -> None:
        self._dumps: dict[bytes, bytes] = {}

    async def __call__(self, store: RedisStore, valkey: EmbeddedValkey) -> None:
        older = self._dumps
        names = [_bytes(name) for name in await store.client.keys("*view:*")]
        dumps = {name: await store.client.dump(name) for name in names}
        self._dumps = {name: dump for name, dump in dumps.items() if dump is not None}
        for name, dump in older.items():
            await store.client.restore(name, 0, dump, replace=True)


def _bytes(name: bytes | str) -> bytes:
    return name.encode() if isinstance(name, str) else name


@pytest.mark.parametrize(
    "accident", [flush, restart_empty, RestoreOlder()], ids=["flush", "restart", "restore"]
)
async def test_redis_may_forget_at_every_step(
    topics: CountingTopics, store: RedisStore, valkey: EmbeddedValkey, accident: Accident
) -> None:
    """Whatever is not equal to what the lane wrote last is rebuilt; no revision is used twice."""
    reached: dict[Step, int] = dict.fromkeys(STEPS, 0)

    async def checkpoint(step: Step, partition: int) -> None:
        reached[step] += 1
        if reached[step] in (2, 5, 9):
            await accident(store, valkey)

    await topics.put(KEYS)
    async with running(topics.config(store, checkpoint=checkpoint, batch_records=8)):
        await counted(topics, len(KEYS), within=60)
        await topics.put(KEYS)
        await counted(topics, 2 * len(KEYS), within=60)
    assert [] == violations(await topics.read_counted(), 2 * KEYS)
    assert all(times >= 2 for times in reached.values()), reached
