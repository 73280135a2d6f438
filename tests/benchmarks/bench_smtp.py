"""Our SMTP ingest with Kafka's acknowledgement behind every 250, against servers that accept and store nothing.

    python -m tests.benchmarks smtp        (make bench-smtp)

Servers, broker and clients are processes of their own and share the machine; servers take turns within each round.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from statistics import median, quantiles

import psutil

from tests.benchmarks.bench_world import provision_place
from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.servers import Servers
from tests.benchmarks.smtp_clients import Case, Clients, Ran, waits
from tests.benchmarks.smtp_subjects import Subject, haraka, ours, plain_aiosmtpd
from tests.benchmarks.smtp_tools import haraka as fetched_haraka
from tests.benchmarks.smtp_tools import smtp_source

CLIENTS, MANY_CLIENTS = 20, 1000
ROUNDS = 5
SECONDS_PER_RUN = 3.0
WARM_UP_MAILS, TRIAL_MAILS = 3000, 500
"""Haraka compiles itself while it works: its first thousand mails cost it five times as much."""
BROKER_WARM_UP_MAILS = 30_000
"""Kafka does, too: its first 10,000 requests cost three times as much, on the cores that the servers share."""
KEPT_2_KB = Case("kept connections, 2 KB", True, 2_000, 1.5)
KEPT_50_KB = Case("kept connections, 50 KB", True, 50_000, 3.0)
CASES = (Case("new connections, 2 KB", False, 2_000, 1.5), KEPT_2_KB, KEPT_50_KB)
PROCESSES = 2
Runs = Mapping[str, Sequence[Ran]]


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """Rates and CPU of all servers by case; then waits and memory of ours."""
    program, source, place = fetched_haraka(), smtp_source(), servers.place()
    asyncio.run(provision_place(place))
    clients, seconds = Clients(source, CLIENTS), SECONDS_PER_RUN * min(scale, 1.0)
    rounds = ROUNDS if scale >= 1 else 2
    with ExitStack() as stack:
        enter = stack.enter_context
        one, two = enter(ours(place, 1)), enter(ours(place, PROCESSES))
        references = [enter(plain_aiosmtpd())]
        if program is not None:
            references += [enter(haraka(program, 1)), enter(haraka(program, PROCESSES))]
        broker = psutil.Process(servers.kafka.pid)
        clients.send(one, KEPT_2_KB, BROKER_WARM_UP_MAILS)
        lines = []
        kept_rate = 0.0
        for case in CASES:
            runs, kafka_us = _rounds([one, two, *references], clients, case, seconds, rounds, broker)
            lines += _lines(case, one, two, references, runs)
            lines.append(Measured(f"{case.name}: CPU of Kafka a mail of ours", "µs", kafka_us))
            if case is KEPT_2_KB:
                kept_rate = median(run.per_second for run in runs[one.name])
        lines += _waits(one, kept_rate / 2, seconds, rounds)
    with ours(place, 1) as fresh:
        Clients(source, MANY_CLIENTS).send(fresh, KEPT_50_KB, int(4 * MANY_CLIENTS * min(scale, 1.0)))
        memory = [fresh.most_memory_mib()]
    lines.append(
        Measured(
            f"memory, {MANY_CLIENTS:,} clients with 50 KB", "MiB", memory, "the goal", [200.0], False, 1.0
        )
    )
    return Findings("smtp", _about(clients, seconds, program is not None), lines)


def _rounds(
    subjects: Sequence[Subject],
    clients: Clients,
    case: Case,
    seconds: float,
    rounds: int,
    broker: psutil.Process,
) -> tuple[Runs, list[float]]:
    """All runs by the server's name, and the broker's CPU for each mail of the first one."""
    runs: dict[str, list[Ran]] = {subject.name: [] for subject in subjects}
    for subject in subjects:
        clients.send(subject, case, WARM_UP_MAILS)
    mails = {s.name: int(clients.send(s, case, TRIAL_MAILS).per_second * seconds) for s in subjects}
    kafka_us = []
    for _ in range(rounds):
        for subject in subjects:
            before = sum(broker.cpu_times()[:2])
            ran = clients.send(subject, case, max(CLIENTS, mails[subject.name]))
            runs[subject.name].append(ran)
            if subject is subjects[0]:
                kafka_us.append(1e6 * (sum(broker.cpu_times()[:2]) - before) / ran.mails)
            time.sleep(0.1)
    return runs, kafka_us


def _lines(
    case: Case, one: Subject, two: Subject, references: Sequence[Subject], runs: Runs
) -> list[Measured]:
    def compared(who: Subject, reference: Subject, goal: float | None) -> list[Measured]:
        ours_, theirs = runs[who.name], runs[reference.name]
        name, against = f"{case.name}; {who.name}", reference.name
        rates = [ran.per_second for ran in ours_], [ran.per_second for ran in theirs]
        costs = [ran.server_us for ran in ours_], [ran.server_us for ran in theirs]
        return [
            Measured(name, "mails/s", rates[0], against, rates[1], more_is_better=True, goal=goal),
            Measured(name, "µs of CPU a mail", costs[0], against, costs[1], more_is_better=False),
        ]

    plain, *harakas = references
    lines = [*compared(one, plain, case.goal), *compared(two, plain, case.goal)]
    if harakas:
        single, several = harakas
        for who, reference in ((one, single), (two, single), (two, several)):
            lines += compared(who, reference, 1.0)
    return lines


def _waits(one: Subject, rate: float, seconds: float, rounds: int) -> list[Measured]:
    mails = max(100, int(rate * seconds))
    p99s = [
        1000 * quantiles(waits(one, KEPT_2_KB, CLIENTS, mails, rate), n=100, method="inclusive")[98]
        for _ in range(rounds)
    ]
    case = f"p99 of the final 250 at {rate:,.0f} mails/s, half of the most"
    return [Measured(case, "ms", p99s, "the goal", [50.0] * rounds, more_is_better=False, goal=1.0)]


def _about(clients: Clients, seconds: float, with_haraka: bool) -> str:
    other = (
        "Haraka accepts all, stores nothing and does not log" if with_haraka else "Haraka could not be had"
    )
    return (
        f"{CLIENTS} clients ({clients.name}), {seconds:g} s a run. A 250 of ours is in Kafka, by `stellwerk smtp` "
        f"with the shipped policy; {BROKER_WARM_UP_MAILS:,} mails before have warmed the broker up. {other}; "
        "aiosmtpd is one process that accepts all. Servers, broker and clients share the machine's cores."
    )
