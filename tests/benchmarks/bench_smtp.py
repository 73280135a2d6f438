"""Our SMTP ingest with Kafka's acknowledgement, against an aiosmtpd that only accepts.

    python -m tests.benchmarks smtp

Both servers and the clients are processes of their own; runs alternate.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.benchmarks.bench_world import create_topics
from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.servers import Servers

CLIENTS = 20
ROUNDS = 3
SECONDS_PER_RUN = 5.0


class Case(NamedTuple):
    name: str
    kind: str
    size_bytes: int
    goal: float


CASES = (
    Case("kept connections, 2 KB", "kept", 2_000, 1.5),
    Case("new connections, 2 KB", "new", 2_000, 1.5),
    Case("kept connections, 50 KB", "kept", 50_000, 3.0),
)


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """Mails/s of both, by case."""
    seconds, place = SECONDS_PER_RUN * min(scale, 1.0), servers.place()
    asyncio.run(create_topics(place))
    with _subject("ours", servers.kafka.bootstrap, place.prefix) as ours, _subject("plain") as plain:
        lines = [_compare(ours, plain, case, seconds) for case in CASES]
    about = f"{CLIENTS} clients in one process, one server process; {seconds:g} s a run. A 250 of ours is in Kafka."
    return Findings("smtp", about, lines)


def _compare(ours: int, plain: int, case: Case, seconds: float) -> Measured:
    runs = [(_rate(ours, case, seconds), _rate(plain, case, seconds)) for _ in range(ROUNDS)]
    our_rates, plain_rates = zip(*runs, strict=True)
    reference = "aiosmtpd accepting only"
    return Measured(
        case.name, "mails/s", our_rates, reference, plain_rates, more_is_better=True, goal=case.goal
    )


def _rate(port: int, case: Case, seconds: float) -> float:
    arguments = (str(port), case.kind, str(case.size_bytes), str(CLIENTS), str(seconds))
    ran = subprocess.run(
        (sys.executable, "-m", "tests.benchmarks.smtp_load", *arguments),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    mails, took = ran.stdout.split()
    return int(mails) / float(took)


@contextmanager
def _subject(*arguments: str) -> Iterator[int]:
    command = (sys.executable, "-m", "tests.benchmarks.smtp_subjects", *arguments)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("no pipes")
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()
