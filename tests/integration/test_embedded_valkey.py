"""The embedded Valkey: what it promises to `stellwerk up` and to tests."""

import asyncio
from pathlib import Path

from redis.asyncio import Redis

from workers.adapters.embedded_valkey import EmbeddedValkey


async def test_it_never_evicts(valkey: EmbeddedValkey) -> None:
    """An evicted field would read as "no such ticket"."""
    async with Redis.from_url(valkey.url) as client:
        policy = await client.config_get("maxmemory-policy")

    assert {"maxmemory-policy": "noeviction"} == policy


async def test_a_restart_is_empty_under_the_same_address(tmp_path: Path) -> None:
    """Views are rebuilt from Kafka, so nothing stale may come back."""
    server = EmbeddedValkey(tmp_path)
    await asyncio.to_thread(server.start)
    before = server.url
    async with Redis.from_url(server.url) as client:
        await client.set("view", "old")

    server.kill()
    await asyncio.to_thread(server.start)

    assert before == server.url
    async with Redis.from_url(server.url) as client:
        assert await client.get("view") is None
    server.stop()


async def test_a_stopped_server_can_be_stopped_again(tmp_path: Path) -> None:
    """Orderly ends overlap: the second finds nothing to do."""
    server = EmbeddedValkey(tmp_path)
    server.start()

    server.stop()
    server.stop()

    assert not server.running
