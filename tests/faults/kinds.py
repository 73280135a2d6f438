"""Every kind of fault. Each returns when it is over: what it broke is up again, and the product must recover."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from random import Random

import psutil

from tests.faults.checkpoint import STEPS, order_fault, until_taken
from tests.faults.sender import Senders
from tests.faults.valkey_faults import (
    deaf_valkey,
    flush_after_commit,
    flush_valkey,
    flush_while_rebuilding,
    kill_valkey,
    lose_some_fields,
    restore_old_snapshot,
    slow_valkey,
    unreachable_valkey,
    valkey_away_for_long,
)
from tests.faults.world import World

Fault = Callable[[World, Senders, Random], Awaitable[None]]

_BEYOND_THE_SESSION_SECONDS = 13.0
_BEYOND_EVERY_BOUND_SECONDS = (17.0, 40.0)
"""Each wait of the product's ends somewhere in it: what clients do then, they do in no short outage."""


async def kill_route(world: World, senders: Senders, random: Random) -> None:
    await asyncio.sleep(random.uniform(0, 0.5))
    random.choice(world.route).kill()


async def kill_smtp(world: World, senders: Senders, random: Random) -> None:
    await asyncio.sleep(random.uniform(0, 0.3))
    world.smtp.kill()


async def kill_project(world: World, senders: Senders, random: Random) -> None:
    world.project.kill()


async def kill_everything(world: World, senders: Senders, random: Random) -> None:
    """A power cut of all but the broker."""
    for service in (*world.route, world.smtp, world.project):
        service.kill()


async def kill_broker(world: World, senders: Senders, random: Random) -> None:
    await asyncio.to_thread(world.kafka.kill_one)
    await asyncio.sleep(random.uniform(0, 3))
    await asyncio.to_thread(world.kafka.start)


async def kill_broker_while_acquiring(world: World, senders: Senders, random: Random) -> None:
    random.choice(world.route).kill()
    await asyncio.sleep(random.uniform(1.0, 4.0))
    await kill_broker(world, senders, random)


async def broker_away_for_long(world: World, senders: Senders, random: Random) -> None:
    """Dead beyond every bound; in half of the cases while lanes change hands."""
    if random.random() < 0.5:
        random.choice(world.route).kill()
        await asyncio.sleep(random.uniform(1.0, 4.0))
    await asyncio.to_thread(world.kafka.kill_one)
    await asyncio.sleep(random.uniform(*_BEYOND_EVERY_BOUND_SECONDS))
    await asyncio.to_thread(world.kafka.start)


async def broker_deaf_for_long(world: World, senders: Senders, random: Random) -> None:
    """Its connections stay open and nothing answers, beyond every bound."""
    if random.random() < 0.5:
        await world.scale(1 if len(world.route) > 1 else 3)
    process = await asyncio.to_thread(world.kafka.pid_of_one)
    os.kill(process, signal.SIGSTOP)
    await asyncio.sleep(random.uniform(*_BEYOND_EVERY_BOUND_SECONDS))
    os.kill(process, signal.SIGCONT)


async def zombie_route(world: World, senders: Senders, random: Random) -> None:
    """Paused beyond its session while another worker takes over, then resumed."""
    zombie = random.choice(world.route)
    zombie.pause()
    if len(world.route) == 1:
        await world.scale(2)
    await asyncio.sleep(_BEYOND_THE_SESSION_SECONDS)
    zombie.resume()


async def zombie_project(world: World, senders: Senders, random: Random) -> None:
    world.project.pause()
    await asyncio.sleep(random.uniform(2, _BEYOND_THE_SESSION_SECONDS))
    world.project.resume()


async def pause_broker(world: World, senders: Senders, random: Random) -> None:
    process = await asyncio.to_thread(world.kafka.pid_of_one)
    os.kill(process, signal.SIGSTOP)
    await asyncio.sleep(random.uniform(1, 6))
    os.kill(process, signal.SIGCONT)


async def scale_route(world: World, senders: Senders, random: Random) -> None:
    """1 to 3 to 5 to 1, under load."""
    steps = {1: 3, 2: 3, 3: 5}
    await world.scale(steps.get(len(world.route), 1))


async def roll_route(world: World, senders: Senders, random: Random) -> None:
    """SIGTERM and a new start, as a deployment does."""
    await random.choice(world.route).terminate()


async def roll_smtp(world: World, senders: Senders, random: Random) -> None:
    await world.smtp.terminate()


async def unwritable_blobs(world: World, senders: Senders, random: Random) -> None:
    """The store's directory is a file: nothing can be written or read below it."""
    away = world.blobs.with_name("blobs-away")
    world.blobs.rename(away)
    world.blobs.touch()
    big = asyncio.create_task(senders.send_big(random.randrange(10**9)))
    await asyncio.sleep(random.uniform(1, 4))
    world.blobs.unlink()
    away.rename(world.blobs)
    await big


async def full_disk_for_blobs(world: World, senders: Senders, random: Random) -> None:
    """SMTP may write no file above 64 KB: the write fails in its middle, as on a full disk."""
    limit = psutil.RLIMIT_FSIZE
    process = psutil.Process(world.smtp.pid)
    process.rlimit(limit, (64 * 1024, psutil.RLIM_INFINITY))
    big = asyncio.create_task(senders.send_big(random.randrange(10**9)))
    await asyncio.sleep(random.uniform(1, 4))
    if process.is_running():
        process.rlimit(limit, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
    await big


async def vanish_in_data(world: World, senders: Senders, random: Random) -> None:
    senders.vanish_next.extend(["mid-data"] * 2)


async def vanish_after_dot(world: World, senders: Senders, random: Random) -> None:
    senders.vanish_next.extend(["after-dot"] * 2)


def _killed_at(step: str) -> Fault:
    async def kill_at(world: World, senders: Senders, random: Random) -> None:
        orders = [order_fault(world.orders, step, "kill")]
        if step in ("acquired", "rebuilding"):
            await world.redis.flushall()
        await until_taken(orders)

    return kill_at


async def zombie_in_transaction(world: World, senders: Senders, random: Random) -> None:
    """Stopped with a transaction open, beyond its session; another takes over."""
    await until_taken([order_fault(world.orders, "sent", "pause")])
    await world.scale(max(2, len(world.route)))
    await asyncio.sleep(_BEYOND_THE_SESSION_SECONDS)
    for service in world.route:
        service.resume()


KINDS: dict[str, tuple[float, Fault]] = {
    "kill -9 route": (6, kill_route),
    **{f"kill -9 route at {step}": (2, _killed_at(step)) for step in STEPS},
    "kill -9 smtp": (5, kill_smtp),
    "kill -9 project": (4, kill_project),
    "kill -9 all services": (2, kill_everything),
    "kill -9 broker": (5, kill_broker),
    "kill -9 broker while lanes are acquired": (3, kill_broker_while_acquiring),
    "broker paused": (2, pause_broker),
    "broker away beyond every bound": (2, broker_away_for_long),
    "broker deaf beyond every bound": (2, broker_deaf_for_long),
    "Valkey killed, empty": (5, kill_valkey),
    "Valkey flushed": (5, flush_valkey),
    "Valkey flushed inside a rebuild": (4, flush_while_rebuilding),
    "Valkey flushed between commit and view": (3, flush_after_commit),
    "Valkey restored from an old snapshot": (4, restore_old_snapshot),
    "Valkey lost some views": (4, lose_some_fields),
    "Valkey slow": (3, slow_valkey),
    "Valkey deaf": (3, deaf_valkey),
    "Valkey unreachable": (3, unreachable_valkey),
    "Valkey away beyond every bound": (2, valkey_away_for_long),
    "route paused beyond its session": (3, zombie_route),
    "route paused inside a transaction": (2, zombie_in_transaction),
    "project paused": (2, zombie_project),
    "route scaled": (5, scale_route),
    "route rolled (SIGTERM)": (3, roll_route),
    "smtp rolled (SIGTERM)": (3, roll_smtp),
    "blob store unwritable": (3, unwritable_blobs),
    "disk full for blobs": (3, full_disk_for_blobs),
    "client vanished in DATA": (4, vanish_in_data),
    "client vanished after the dot": (4, vanish_after_dot),
}
"""Kind -> (weight, fault)."""
