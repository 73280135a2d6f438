"""One suite for the real view store and its fake."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.support.fakes import FakeViewStore
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.adapters.redis_client import redis_client, refuse_evicting_redis
from workers.adapters.redis_view_store import CHUNK, RedisViewStore
from workers.errors import DependencyUnavailable, WrongConfiguration
from workers.ports import ViewStore


@pytest.fixture
async def redis(valkey: EmbeddedValkey) -> AsyncIterator[Redis]:
    client = redis_client(valkey.url)
    yield client
    await client.aclose()


@pytest.fixture(params=["fake", "redis"])
def store(request: pytest.FixtureRequest) -> ViewStore:
    if request.param == "fake":
        return FakeViewStore()
    return RedisViewStore(request.getfixturevalue("redis"))


async def test_a_view_that_nobody_wrote_has_no_mark(store: ViewStore, topic_prefix: str) -> None:
    """No mark is not an empty view: its reader must rebuild it."""
    assert (None, [None, None]) == await store.read(topic_prefix, ["a", "b"])


async def test_a_rebuilt_view_is_read_with_its_mark(store: ViewStore, topic_prefix: str) -> None:
    """Mark and fields come together, absent fields as None."""
    assert await store.rebuild(topic_prefix, "t:7", [("a", b"1"), ("b", b"2")])
    assert ("t:7", [b"2", None]) == await store.read(topic_prefix, ["b", "c"])


async def test_a_rebuild_replaces_everything(store: ViewStore, topic_prefix: str) -> None:
    """Fields of the old view are gone."""
    await store.rebuild(topic_prefix, "t:1", [("a", b"1")])
    assert await store.rebuild(topic_prefix, "t:2", [("b", b"2")])
    assert ("t:2", [None, b"2"]) == await store.read(topic_prefix, ["a", "b"])


async def test_an_empty_view_is_a_view(store: ViewStore, topic_prefix: str) -> None:
    """It has a mark, so "no such ticket" is a proven answer."""
    assert await store.rebuild(topic_prefix, "t:0", [])
    assert ("t:0", [None]) == await store.read(topic_prefix, ["a"])


async def test_a_large_view_is_rebuilt_in_chunks(store: ViewStore, topic_prefix: str) -> None:
    """The number of fields is checked over all chunks."""
    fields = [(f"f{n}", str(n).encode()) for n in range(2 * CHUNK + 1)]
    assert await store.rebuild(topic_prefix, "t:9", fields)
    assert ("t:9", [b"0", b"1000"]) == await store.read(topic_prefix, ["f0", "f1000"])


async def test_a_write_with_the_expected_mark_sets_and_deletes(store: ViewStore, topic_prefix: str) -> None:
    """None deletes; fields that are not named stay."""
    await store.rebuild(topic_prefix, "t:1", [("a", b"1"), ("b", b"2"), ("c", b"3")])
    assert await store.write(topic_prefix, "t:1", "t:2", {"a": b"9", "b": None})
    assert ("t:2", [b"9", None, b"3"]) == await store.read(topic_prefix, ["a", "b", "c"])


async def test_a_write_with_another_mark_changes_nothing(store: ViewStore, topic_prefix: str) -> None:
    """A zombie's late write (its token is not the owner's) is refused."""
    await store.rebuild(topic_prefix, "new:5", [("a", b"1")])
    assert not await store.write(topic_prefix, "old:5", "old:6", {"a": b"0"})
    assert ("new:5", [b"1"]) == await store.read(topic_prefix, ["a"])


async def test_a_write_to_a_flushed_view_changes_nothing(store: ViewStore, topic_prefix: str) -> None:
    """Else its mark would look right over an empty view."""
    assert not await store.write(topic_prefix, "t:1", "t:2", {"a": b"1"})
    assert (None, [None]) == await store.read(topic_prefix, ["a"])


async def test_the_mark_is_not_a_field(store: ViewStore, topic_prefix: str) -> None:
    """A record whose key is `@at` would forge it."""
    with pytest.raises(ValueError, match="@at"):
        await store.rebuild(topic_prefix, "t:1", [("@at", b"x")])
    await store.rebuild(topic_prefix, "t:1", [])
    with pytest.raises(ValueError, match="@at"):
        await store.write(topic_prefix, "t:1", "t:2", {"@at": b"x"})


async def test_a_flush_inside_a_rebuild_is_noticed(redis: Redis, topic_prefix: str) -> None:
    """The count of keys does not fit: the rebuild says so, and leaves no view."""
    store = _FlushedAfterTheFirstChunk(redis)
    assert not await store.rebuild(topic_prefix, "t:1", [(f"f{n}", b"x") for n in range(2 * CHUNK)])
    assert (None, [None]) == await store.read(topic_prefix, ["f0"])


async def test_a_rebuilt_view_does_not_expire(redis: Redis, topic_prefix: str) -> None:
    """The temporary hash expires if it is given up; the view that it becomes must not."""
    await RedisViewStore(redis).rebuild(topic_prefix, "t:1", [("a", b"1")])
    assert -1 == await redis.ttl(topic_prefix)


async def test_a_redis_that_is_away_is_a_dependency_unavailable(valkey: EmbeddedValkey) -> None:
    """Never an empty answer."""
    client = redis_client("redis://127.0.0.1:1/0")
    store = RedisViewStore(client)
    with pytest.raises(DependencyUnavailable):
        await store.read("v", ["a"])
    with pytest.raises(DependencyUnavailable):
        await store.write("v", "a", "b", {})
    with pytest.raises(DependencyUnavailable):
        await store.rebuild("v", "a", [("f", b"")])
    with pytest.raises(DependencyUnavailable):
        await refuse_evicting_redis(client)
    await client.aclose()


async def test_a_redis_that_evicts_is_refused(redis: Redis) -> None:
    """An evicted ticket would read as "no such ticket"."""
    await refuse_evicting_redis(redis)
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(WrongConfiguration, match="allkeys-lru"):
            await refuse_evicting_redis(redis)
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")


class _FlushedAfterTheFirstChunk(RedisViewStore):
    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._flushed = False

    async def _fill(self, temporary: str, chunk: dict[str, bytes]) -> None:
        await super()._fill(temporary, chunk)
        if not self._flushed:
            self._flushed = True
            await self._redis.flushall()
