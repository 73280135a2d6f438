"""Our SMTP ingest with Kafka's acknowledgement, against an aiosmtpd that only accepts.

    python -m tests.benchmarks.bench_smtp [SECONDS_PER_RUN]

Both servers and the clients are processes of their own; runs alternate, and the medians are compared.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.topics_apply import ensure_topics

CLIENTS = 20
ROUNDS = 3


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


def main(seconds: float = 5.0) -> None:
    with tempfile.TemporaryDirectory() as directory:
        broker = EmbeddedKafka(Path(directory))
        broker.start()
        try:
            asyncio.run(ensure_topics(KafkaConnection(broker.bootstrap, "bench.")))
            with _subject("ours", broker.bootstrap, "bench.") as ours, _subject("plain") as plain:
                _compare(ours, plain, seconds)
        finally:
            broker.stop()


def _compare(ours: int, plain: int, seconds: float) -> None:
    print(f"mails/s, {CLIENTS} clients, median of {ROUNDS} runs of {seconds:g} s")
    for case in CASES:
        runs = [(_rate(ours, case, seconds), _rate(plain, case, seconds)) for _ in range(ROUNDS)]
        our_rate, plain_rate = (median(rates) for rates in zip(*runs, strict=True))
        print(
            f"{case.name:26} stellwerk with Kafka ack {our_rate:7,.0f}   aiosmtpd accepting only {plain_rate:7,.0f}"
            f"   ratio {our_rate / plain_rate:4.2f} (goal {case.goal})",
            flush=True,
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


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
