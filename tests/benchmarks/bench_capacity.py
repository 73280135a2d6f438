"""What 1,000 mails cost in CPU, on the broker's disk, and in Redis. Feeds deploy/CAPACITY.md.

python -m tests.benchmarks capacity
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from redis import Redis

from schemas.topics import TOPICS
from tests.benchmarks.bench_world import PARTITIONS
from tests.benchmarks.capacity_costs import Costs
from tests.benchmarks.capacity_plan import WITH_THE_DOOR
from tests.benchmarks.cpu_shares import CpuShares
from tests.benchmarks.latency_sides import STELLWERK, OurSide
from tests.benchmarks.mail_load import LoadMail, MailLoad
from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.paced_smtp import paced
from tests.benchmarks.results_file import circumstances
from tests.benchmarks.servers import Servers
from tests.support.eventually import eventually
from workers.adapters.kafka_properties import DATA

RATE = 150
SECONDS = 20
ROUNDS = 3
WARM_UP_SECONDS = 4
ABOUT = (
    f"{RATE} mails/s for {SECONDS} s a round, {PARTITIONS} partitions, one broker with one copy. `stellwerk smtp`, "
    "`work route` and `work project price clock` (with the door and the reconciler) are one process each. Topics: "
    "octets of their logs on disk, markers of transactions included, not compressed. At a higher rate batches are "
    "larger, and CPU per mail is less. What it means for N mails a day: deploy/CAPACITY.md."
)


class _Services(OurSide):
    """Each service as a process of its own."""

    def run_worker(self) -> None:
        self.run("route", str(STELLWERK), "work", "route")
        self.run(WITH_THE_DOOR, str(STELLWERK), "work", "project", "price", "clock")


@dataclass(frozen=True, slots=True)
class _Used:
    """Since the beginning of the servers, but for the CPU."""

    disk: Mapping[str, float]
    redis_in: float
    redis_out: float


@dataclass(frozen=True, slots=True)
class _Round:
    mails: int
    mail_bytes: float
    cpu: Mapping[str, float]
    used: _Used


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """At scale 1 also keeps the costs for the plan."""
    load, began = MailLoad(), os.getloadavg()[0]
    with ExitStack() as stack:
        ours = _Services(servers)
        stack.callback(ours.stop)
        asyncio.run(ours.start())
        with Redis.from_url(servers.valkey.url) as redis:
            asyncio.run(_round(servers, ours, redis, load, WARM_UP_SECONDS))
            seconds, rounds = (SECONDS, ROUNDS) if scale >= 1 else (4, 1)
            found = [asyncio.run(_round(servers, ours, redis, load, seconds)) for _ in range(rounds)]
            tickets, ticket_bytes = _tickets(redis, ours.place.prefix)
            index = _index_bytes(ours.pids()[WITH_THE_DOOR])
    sent = RATE * (seconds * rounds + WARM_UP_SECONDS) + 1
    costs = _costs(found, tickets / sent, ticket_bytes, index / sent, circumstances(began))
    if scale >= 1:
        costs.save()
    return Findings("capacity", ABOUT, _lines(found, costs))


async def _round(servers: Servers, ours: OurSide, redis: Redis, load: MailLoad, seconds: float) -> _Round:
    mails = list(load.mails(int(RATE * seconds)))
    names: set[str] = set()
    async with ours.session() as (send, seen):

        async def told(mail: LoadMail) -> None:
            name, _ = await send(mail)
            names.add(name)

        before, cpu = _used(servers, redis, ours.place.prefix), CpuShares(ours.pids())
        await paced(mails, RATE, told)
        await eventually(lambda: names <= seen.keys(), within=60)
        shares, after = cpu.seconds(), _used(servers, redis, ours.place.prefix)
    used = _Used(
        {topic: size - before.disk[topic] for topic, size in after.disk.items()},
        after.redis_in - before.redis_in,
        after.redis_out - before.redis_out,
    )
    return _Round(len(mails), sum(len(mail.content) for mail in mails), shares, used)


def _used(servers: Servers, redis: Redis, prefix: str) -> _Used:
    stats = redis.info("stats")
    logs = servers.kafka.directory / DATA
    disk = {topic.name: _log_bytes(logs, prefix + topic.name) for topic in TOPICS}
    return _Used(disk, stats["total_net_input_bytes"], stats["total_net_output_bytes"])


def _log_bytes(logs: Path, topic: str) -> float:
    directories = [each for each in logs.iterdir() if each.name.rpartition("-")[0] == topic]
    return sum(file.stat().st_size for each in directories for file in each.glob("*.log"))


def _tickets(redis: Redis, prefix: str) -> tuple[int, float]:
    """How many the views of `tickets.state` hold, and the memory of one."""
    views = list(redis.scan_iter(f"{prefix}view:*:{prefix}tickets.state:*"))
    fields = sum(redis.hlen(view) - 1 for view in views)
    octets = sum(redis.memory_usage(view, samples=0) or 0 for view in views)
    return fields, octets / fields


def _index_bytes(pid: int) -> float:
    """The door's database is a file of SQLite's without a name (`etilqs_…`), which only its process can see."""
    open_files = list(Path(f"/proc/{pid}/fd").iterdir())
    return sum(each.stat().st_size for each in open_files if "etilqs" in str(each.readlink()))


def _costs(
    found: Sequence[_Round], tickets: float, ticket_bytes: float, index_bytes: float, measured: str
) -> Costs:
    def each(values: Sequence[float]) -> float:
        return median(value / r.mails for value, r in zip(values, found, strict=True))

    return Costs(
        mail_bytes=round(each([r.mail_bytes for r in found])),
        cpu_seconds={name: round(each([r.cpu[name] for r in found]), 6) for name in found[0].cpu},
        disk_bytes={
            topic: round(each([r.used.disk[topic] for r in found]))
            for topic, size in found[0].used.disk.items()
            if size
        },
        redis_in_bytes=round(each([r.used.redis_in for r in found])),
        redis_out_bytes=round(each([r.used.redis_out for r in found])),
        tickets=round(tickets, 3),
        ticket_bytes=round(ticket_bytes),
        index_bytes=round(index_bytes),
        measured=measured,
    )


def _lines(found: Sequence[_Round], costs: Costs) -> list[Measured]:
    def per_1000(values: Sequence[float], unit: float) -> list[float]:
        return [1000 * value / r.mails / unit for value, r in zip(values, found, strict=True)]

    cpu = [
        Measured(f"CPU of {name}", "s per 1,000 mails", per_1000([r.cpu[name] for r in found], 1.0))
        for name in costs.cpu_seconds
    ]
    disk = [
        Measured(f"disk of {topic}", "MB per 1,000 mails", per_1000([r.used.disk[topic] for r in found], 1e6))
        for topic in costs.disk_bytes
    ]
    redis = [
        Measured("into Redis", "MB per 1,000 mails", per_1000([r.used.redis_in for r in found], 1e6)),
        Measured("out of Redis", "MB per 1,000 mails", per_1000([r.used.redis_out for r in found], 1e6)),
        Measured("memory of Redis", "bytes per ticket", [costs.ticket_bytes]),
        Measured("index of a door", "bytes per mail", [costs.index_bytes]),
        Measured("new tickets", "per 1,000 mails", [1000 * costs.tickets]),
    ]
    return [Measured("a mail", "bytes", [r.mail_bytes / r.mails for r in found]), *cpu, *disk, *redis]
