"""One suite for the real schedule store and its fake."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.support.fakes import FakeScheduleStore
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.redis_client import redis_client
from workers.adapters.redis_schedule_store import RedisScheduleStore
from workers.adapters.redis_view_store import CHUNK
from workers.errors import DependencyUnavailable
from workers.schedule_ports import ScheduleStore

FOR_EVER = 2**53


@pytest.fixture
async def redis(valkey: EmbeddedValkey) -> AsyncIterator[Redis]:
    client = redis_client(valkey.url)
    yield client
    await client.aclose()


@pytest.fixture(params=["fake", "redis"])
def store(request: pytest.FixtureRequest) -> ScheduleStore:
    if request.param == "fake":
        return FakeScheduleStore()
    return RedisScheduleStore(request.getfixturevalue("redis"))


async def test_a_schedule_that_nobody_wrote_is_none(store: ScheduleStore, topic_prefix: str) -> None:
    """Not an empty one: nothing would ever be due."""
    assert await store.due(topic_prefix, "t:0", FOR_EVER, 9) is None


async def test_what_is_due_comes_in_the_order_of_its_time(store: ScheduleStore, topic_prefix: str) -> None:
    """To the millisecond, and not what is due later; the mark is no entry."""
    now = 1_772_444_000_000
    await store.rebuild(topic_prefix, "t:0", [("b", now), ("a", now - 1), ("c", now + 1)])
    assert ["a", "b"] == await store.due(topic_prefix, "t:0", now, 9)
    assert ["a", "b", "c"] == await store.due(topic_prefix, "t:0", FOR_EVER, 9)
    assert ["a"] == await store.due(topic_prefix, "t:0", FOR_EVER, 1)


async def test_an_empty_schedule_is_one(store: ScheduleStore, topic_prefix: str) -> None:
    """It has a mark."""
    assert await store.rebuild(topic_prefix, "t:0", [])
    assert [] == await store.due(topic_prefix, "t:0", FOR_EVER, 9)


async def test_a_rebuild_replaces_everything(store: ScheduleStore, topic_prefix: str) -> None:
    """Also of another owner, whose mark does not fit from then on."""
    await store.rebuild(topic_prefix, "old:3", [("a", 1)])
    assert await store.rebuild(topic_prefix, "new:0", [(f"e{n}", n) for n in range(2 * CHUNK + 1)])
    assert await store.due(topic_prefix, "old:3", FOR_EVER, 9) is None
    found = await store.due(topic_prefix, "new:0", FOR_EVER, 5_000)
    assert found is not None
    assert 2 * CHUNK + 1 == len(found)


async def test_a_write_with_the_expected_mark_sets_and_removes(
    store: ScheduleStore, topic_prefix: str
) -> None:
    """None removes; entries that are not named stay."""
    await store.rebuild(topic_prefix, "t:0", [("a", 1), ("b", 2), ("c", 3)])
    assert await store.write(topic_prefix, "t:0", "t:1", {"a": 9, "b": None, "x": None})
    assert ["c", "a"] == await store.due(topic_prefix, "t:1", FOR_EVER, 9)
    assert await store.due(topic_prefix, "t:0", FOR_EVER, 9) is None


async def test_a_write_with_another_mark_changes_nothing(store: ScheduleStore, topic_prefix: str) -> None:
    """A zombie's late write, or one to a flushed schedule."""
    assert not await store.write(topic_prefix, "t:0", "t:1", {"a": 1})
    assert await store.due(topic_prefix, "t:1", FOR_EVER, 9) is None
    await store.rebuild(topic_prefix, "new:0", [("a", 1)])
    assert not await store.write(topic_prefix, "t:0", "t:1", {"a": None})
    assert ["a"] == await store.due(topic_prefix, "new:0", FOR_EVER, 9)


async def test_a_rebuilt_schedule_does_not_expire(redis: Redis, topic_prefix: str) -> None:
    """The temporary set does, if it is given up."""
    await RedisScheduleStore(redis).rebuild(topic_prefix, "t:0", [("a", 1)])
    assert -1 == await redis.ttl(topic_prefix)


async def test_a_redis_that_is_away_is_a_dependency_unavailable(valkey: EmbeddedValkey) -> None:
    """Never "nothing is due"."""
    client = redis_client("redis://127.0.0.1:1/0")
    store = RedisScheduleStore(client)
    with pytest.raises(DependencyUnavailable):
        await store.due("s", "t:0", 1, 1)
    with pytest.raises(DependencyUnavailable):
        await store.write("s", "t:0", "t:1", {})
    with pytest.raises(DependencyUnavailable):
        await store.rebuild("s", "t:0", [("a", 1)])
    await client.aclose()
