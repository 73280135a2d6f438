"""How late SLA events are, with 100,000 open tickets: from a due time to its event in `tickets.sla`.

python -m tests.benchmarks clock
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from urllib.error import URLError
from urllib.request import urlopen

from redis.asyncio import Redis

from tests.benchmarks.bench_world import provision_place
from tests.benchmarks.clock_tickets import due_states, far_states, prefill_states, ticket_id
from tests.benchmarks.latency_sides import STELLWERK, Processes
from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.servers import Servers
from tests.benchmarks.sla_reader import Told, told_breaches
from tests.faults.world import free_port
from tests.support.eventually import eventually

OPEN_TICKETS = 100_000
BURST = 1_000
RATE = 100
STEADY_SECONDS = 20
FLUSH_SECONDS = 15
START_SECONDS = 75
PAUSE_SECONDS = 5
BOUND_MS = 2_000.0
BOUND = "the bound of two seconds"
ABOUT = (
    f"{OPEN_TICKETS:,} open tickets with 400,000 ticks to come; `work route project` and `work clock`, a process "
    f"each. {BURST:,} tickets are due at one second, then {RATE} a second for {STEADY_SECONDS} s; then Valkey is "
    f"emptied (FLUSHALL), and {RATE} a second are due over {FLUSH_SECONDS} s that begin at that moment. From the due "
    "time to the event in `tickets.sla` by the broker's clock; seen: until a `read_committed` reader has it. "
    "Reference: the bound of DESIGN, which does not hold while everything is being rebuilt. None was early or "
    "doubled, or this would have failed."
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which tickets are due when. `flush_at`: when Valkey is emptied."""

    burst: Sequence[datetime]
    steady: Sequence[datetime]
    flushed: Sequence[datetime]

    @property
    def flush_at(self) -> datetime:
        return self.flushed[0]

    @property
    def all(self) -> list[datetime]:
        return [*self.burst, *self.steady, *self.flushed]


class _Desk(Processes):
    def __init__(self, servers: Servers) -> None:
        super().__init__(servers)
        self._ports = {"route": free_port(), "clock": free_port()}

    def start(self) -> None:
        for name, works in (("route", ("route", "project")), ("clock", ("clock",))):
            env = {"STELLWERK_HTTP__PORT": str(self._ports[name]), "STELLWERK_LOG__LEVEL": "info"}
            self.run(name, str(STELLWERK), "work", *works, **env)

    async def is_ready(self) -> bool:
        return all([await asyncio.to_thread(_answers, port) for port in self._ports.values()])

    def last_words(self) -> str:
        """Of both logs."""
        logs = [self._servers.directory / f"{name}.log" for name in self._ports]
        return "\n".join(log.read_text()[-1500:] for log in logs)

    def rebuilds(self, since: datetime) -> list[tuple[datetime, float]]:
        """Of the clock's schedules: when each was done, and how long it took to write."""
        path = self._servers.directory / "clock.log"
        lines = [json.loads(line) for line in path.read_text().splitlines() if '"view-rebuilt"' in line]
        found = [(datetime.fromisoformat(line["at"]), float(line["seconds"])) for line in lines]
        return [each for each in found if each[0] >= since]


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """All figures are of one run: the tickets are a good part of its time."""
    with ExitStack() as stack:
        desk = _Desk(servers)
        stack.callback(desk.stop)
        return asyncio.run(_measured(desk, servers, scale))


async def _measured(desk: _Desk, servers: Servers, scale: float) -> Findings:
    tickets = int(OPEN_TICKETS * scale)
    await provision_place(desk.place)
    now = datetime.now(UTC)
    await prefill_states(desk.place, far_states(range(1, tickets), now))
    schedule = _schedule(datetime.now(UTC) + timedelta(seconds=START_SECONDS), scale)
    await prefill_states(desk.place, due_states(tickets, schedule.all, now))
    started = time.monotonic()
    desk.start()
    try:
        await eventually(desk.is_ready, within=START_SECONDS, every=0.5)
    except AssertionError:
        raise AssertionError(f"not ready: {desk.last_words()}") from None
    ready_seconds = time.monotonic() - started
    async with told_breaches(desk.place) as told:
        await _until(schedule.flush_at)
        await _empty(servers)
        await eventually(lambda: len(told.after) == len(schedule.all), within=90, every=0.5)
    assert schedule.burst[0] > now + timedelta(seconds=ready_seconds), "the burst came before all was ready"
    assert not told.doubled, f"{told.doubled} events twice"
    early = [name for name, (after, _) in told.after.items() if after < 0]
    assert not early, f"{len(early)} events were early"
    rebuilt = [at for at, _ in desk.rebuilds(schedule.flush_at)]
    rebuilt_seconds = (max(rebuilt) - schedule.flush_at).total_seconds()
    return Findings("clock", ABOUT, _lines(told, schedule, tickets, ready_seconds, rebuilt_seconds))


def _schedule(start: datetime, scale: float) -> Schedule:
    """Due times are whole seconds, as those of mails that came at any time are not; so they are the hardest."""
    start = start.replace(microsecond=0)
    steady = start + timedelta(seconds=PAUSE_SECONDS)
    flushed = steady + timedelta(seconds=STEADY_SECONDS + PAUSE_SECONDS)
    rate = max(1, int(RATE * scale))
    return Schedule(
        [start] * int(BURST * scale),
        [steady + timedelta(seconds=second) for second in range(STEADY_SECONDS) for _ in range(rate)],
        [flushed + timedelta(seconds=second) for second in range(FLUSH_SECONDS) for _ in range(rate)],
    )


def _lines(
    told: Told, schedule: Schedule, first: int, ready_seconds: float, rebuilt_seconds: float
) -> list[Measured]:
    found: list[Measured] = []
    for name, dues in (("burst", schedule.burst), ("steady", schedule.steady), ("emptied", schedule.flushed)):
        after = [told.after[ticket_id(number)] for number in range(first, first + len(dues))]
        first += len(dues)
        found += _percentiles(name, [broker for broker, _ in after], bounded=name != "emptied")
        found += _percentiles(f"{name}, seen", [seen for _, seen in after], bounded=False)
    found.append(Measured("schedules whole after FLUSHALL", "s", [rebuilt_seconds]))
    found.append(Measured("from start to ready", "s", [ready_seconds]))
    return found


def _percentiles(case: str, milliseconds: Sequence[float], *, bounded: bool) -> list[Measured]:
    at = quantiles(milliseconds, n=100, method="inclusive")
    figures = {"p50": at[49], "p99": at[98], "max": max(milliseconds)}
    if not bounded:
        return [Measured(f"{case}, {name}", "ms", [value]) for name, value in figures.items()]
    return [
        Measured(f"{case}, {name}", "ms", [value], BOUND, [BOUND_MS], False, goal=1.0)
        for name, value in figures.items()
    ]


async def _empty(servers: Servers) -> None:
    client = Redis.from_url(servers.valkey.url)
    await client.flushall()
    await client.aclose()


async def _until(at: datetime) -> None:
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
