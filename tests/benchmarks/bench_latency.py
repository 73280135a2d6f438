"""From SMTP's 250 to the receipt that a `read_committed` reader sees, at a steady rate, and what it costs.

python -m tests.benchmarks latency
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import quantiles

from tests.benchmarks.bench_world import PARTITIONS
from tests.benchmarks.cpu_shares import CpuShares
from tests.benchmarks.latency_sides import BareSide, OurSide, Side
from tests.benchmarks.mail_load import LoadMail, MailLoad
from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.paced_smtp import paced
from tests.benchmarks.recorded_outputs import recorded
from tests.benchmarks.servers import Servers
from tests.support.eventually import eventually

RATE = 100
SECONDS = 20
ROUNDS = 3
WARM_UP_SECONDS = 4
REFERENCE = "bare pass-through"
ABOUT = (
    f"{RATE} mails/s for {SECONDS} s a round, {PARTITIONS} partitions. Ours: from the 250 of `stellwerk smtp` to the "
    "receipt of `stellwerk work`, each one process. Reference: from the broker's acknowledgement of the same records "
    "to the same outputs of a transactional aiokafka loop. Both as a `read_committed` reader sees them."
)


@dataclass(frozen=True, slots=True)
class Round:
    """`p`: percentiles 1 to 99 of the latency, in ms. `cpu`: % of one core, by process."""

    p: Sequence[float]
    cpu: Mapping[str, float]


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """Both sides stand ready all the time; the idle one costs next to nothing."""
    with ExitStack() as stack:
        ours = OurSide(servers)
        stack.callback(ours.stop)
        asyncio.run(ours.start())
        load = MailLoad()
        asyncio.run(_round(ours, load, WARM_UP_SECONDS))
        bare = BareSide(servers, asyncio.run(recorded(ours.place, PARTITIONS)))
        stack.callback(bare.stop)
        asyncio.run(bare.start())
        asyncio.run(_round(bare, load, WARM_UP_SECONDS))
        seconds, rounds = (SECONDS, ROUNDS) if scale >= 1 else (4, 2)
        found = [[asyncio.run(_round(side, load, seconds)) for side in (ours, bare)] for _ in range(rounds)]
    return Findings("latency", ABOUT, _lines([pair[0] for pair in found], [pair[1] for pair in found]))


async def _round(side: Side, load: MailLoad, seconds: float) -> Round:
    """Every mail's receipt is waited for: a lost one is an error, and not a short latency."""
    mails = list(load.mails(int(RATE * seconds)))
    accepted: dict[str, float] = {}
    async with side.session() as (send, seen):

        async def told(mail: LoadMail) -> None:
            name, at = await send(mail)
            accepted.setdefault(name, at)

        cpu = CpuShares(side.pids())
        await paced(mails, RATE, told)
        shares = cpu.percent()
        await eventually(lambda: accepted.keys() <= seen.keys(), within=30)
    waited = [1000 * (seen[name] - at) for name, at in accepted.items()]
    return Round(quantiles(waited, n=100, method="inclusive"), shares)


def _lines(ours: Sequence[Round], bare: Sequence[Round]) -> list[Measured]:
    latencies = [
        Measured(f"p{p}", "ms", [r.p[p - 1] for r in ours], REFERENCE, [r.p[p - 1] for r in bare], False)
        for p in (50, 90, 99)
    ]
    costs = [
        Measured(f"CPU of {name}", "% of a core", _cpu(ours, name), REFERENCE, _cpu(bare, name), False)
        for name in ("worker", "Kafka")
    ]
    colour = [Measured(f"CPU of {name}", "% of a core", _cpu(ours, name)) for name in ("smtp", "Valkey")]
    return [*latencies, *costs, *colour]


def _cpu(rounds: Sequence[Round], name: str) -> list[float]:
    return [each.cpu[name] for each in rounds]
