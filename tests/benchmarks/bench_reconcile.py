"""What the continuous check of conservation costs beside the worker that it checks.

python -m tests.benchmarks reconcile
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from contextlib import ExitStack

from tests.benchmarks.bench_world import PARTITIONS
from tests.benchmarks.cpu_shares import CpuShares
from tests.benchmarks.latency_sides import OurSide
from tests.benchmarks.mail_load import LoadMail, MailLoad
from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.paced_smtp import paced
from tests.benchmarks.servers import Servers

RATE = 200
SECONDS = 15
ROUNDS = 3
REFERENCE = "a worker that routes"
ABOUT = (
    f"{RATE} mails/s for {SECONDS} s a round, {PARTITIONS} partitions. The check (`stellwerk_unaccounted_mails`) alone "
    "in a process, against `stellwerk work`, which routes the same mails and runs the check and the door, too. "
    "Idle: no mail."
)


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    with ExitStack() as stack:
        ours = OurSide(servers)
        stack.callback(ours.stop)
        asyncio.run(ours.start())
        ours.run("check", sys.executable, "-m", "tests.benchmarks.reconcile_process")
        load = MailLoad()
        seconds, rounds = (SECONDS, ROUNDS) if scale >= 1 else (5, 2)
        asyncio.run(_round(ours, load, 3))
        found = [asyncio.run(_round(ours, load, seconds)) for _ in range(rounds)]
        idle = [asyncio.run(_idle(ours, seconds)) for _ in range(rounds)]
    return Findings("reconcile", ABOUT, [_share("under load", found), _share("idle", idle)])


async def _round(ours: OurSide, load: MailLoad, seconds: float) -> Mapping[str, float]:
    mails = list(load.mails(int(RATE * seconds)))
    async with ours.session() as (send, _):

        async def told(mail: LoadMail) -> None:
            await send(mail)

        cpu = CpuShares(ours.pids())
        await paced(mails, RATE, told)
        return cpu.percent()


async def _idle(ours: OurSide, seconds: float) -> Mapping[str, float]:
    cpu = CpuShares(ours.pids())
    await asyncio.sleep(seconds)
    return cpu.percent()


def _share(when: str, found: list[Mapping[str, float]]) -> Measured:
    check, worker = [each["check"] for each in found], [each["worker"] for each in found]
    return Measured(f"CPU of the check {when}", "% of a core", check, REFERENCE, worker, False)
