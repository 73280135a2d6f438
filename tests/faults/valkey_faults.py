"""What happens to the views' store. Each returns when it is over."""

from __future__ import annotations

import asyncio
from random import Random

from tests.faults.checkpoint import order_fault, until_taken
from tests.faults.sender import Senders
from tests.faults.world import World


async def kill_valkey(world: World, senders: Senders, random: Random) -> None:
    """It comes back empty."""
    await asyncio.to_thread(world.valkey.kill)
    await asyncio.sleep(random.uniform(0, 2))
    await asyncio.to_thread(world.valkey.start)
    await world.redis.connection_pool.disconnect()


async def flush_valkey(world: World, senders: Senders, random: Random) -> None:
    await world.redis.flushall()


async def flush_while_rebuilding(world: World, senders: Senders, random: Random) -> None:
    """A flush makes the lanes rebuild; more follow, some of them inside."""
    orders = [order_fault(world.orders, "rebuilding", f"flush {world.valkey.url}")]
    await world.redis.flushall()
    await until_taken(orders)
    for _ in range(3):
        await asyncio.sleep(random.uniform(0, 0.2))
        await world.redis.flushall()


async def restore_old_snapshot(world: World, senders: Senders, random: Random) -> None:
    """Every key as it was some seconds ago."""
    keys = await world.redis.keys("*")
    old = {key: await world.redis.dump(key) for key in keys}
    await asyncio.sleep(random.uniform(0.5, 3))
    await world.redis.flushall()
    for key, value in old.items():
        if value is not None:
            await world.redis.restore(key, 0, value, replace=True)


async def lose_some_fields(world: World, senders: Senders, random: Random) -> None:
    """As an eviction would: whole hashes go, one by one."""
    keys = await world.redis.keys("*view*")
    for key in random.sample(keys, min(2, len(keys))):
        await world.redis.delete(key)


async def slow_valkey(world: World, senders: Senders, random: Random) -> None:
    world.proxy.become("slow")
    await asyncio.sleep(random.uniform(1, 4))
    world.proxy.become("pass")


async def deaf_valkey(world: World, senders: Senders, random: Random) -> None:
    world.proxy.become("deaf")
    await asyncio.sleep(random.uniform(1, 4))
    world.proxy.become("pass")


async def unreachable_valkey(world: World, senders: Senders, random: Random) -> None:
    world.proxy.become("gone")
    await asyncio.sleep(random.uniform(1, 4))
    world.proxy.become("pass")


async def flush_after_commit(world: World, senders: Senders, random: Random) -> None:
    """Between a commit and its view."""
    await until_taken([order_fault(world.orders, "committed", f"flush {world.valkey.url}")])


async def valkey_away_for_long(world: World, senders: Senders, random: Random) -> None:
    """Deaf or unreachable beyond every bound."""
    world.proxy.become(random.choice(("deaf", "gone")))
    await asyncio.sleep(random.uniform(15, 30))
    world.proxy.become("pass")
