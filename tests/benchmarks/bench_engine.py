"""Throughput and latency of a lane service with a tiny processor: what the engine itself costs.

    python -m tests.benchmarks engine

2 KB in, two small records out, four partitions, one process.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, field, replace

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.servers import Servers
from tests.support.counting_lane import CountingTopics
from tests.support.eventually import eventually
from tests.support.running_lanes import RedisStore, running
from workers.streams.config import Timing
from workers.streams.observer import NoObserver

MAIL = b"x" * 2000
RECORDS, RATE, SECONDS_OF_LATENCY, ROUNDS = 20_000, 100, 10, 3
ABOUT = (
    "A lane service with a tiny processor: 2 KB in, two small records out, four partitions, one process. Latency at "
    f"{RATE} records/s, from the acknowledged input to the output that a `read_committed` reader sees."
)


@dataclass
class Counted(NoObserver):
    records: int = 0
    batches: list[float] = field(default_factory=list)

    def batch_committed(self, partition: int, records: int, outputs: int, seconds: float) -> None:
        self.records += records
        self.batches.append(seconds)


@dataclass(frozen=True, slots=True)
class _Round:
    """`latencies`: percentiles 1 to 99, in ms."""

    per_second: float
    cpu_us: float
    batch_ms: float
    latencies: list[float]


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """Figures without a reference: `route` has one that does the same with bare clients."""
    records = max(2_000, int(RECORDS * scale))
    seconds = max(3, int(SECONDS_OF_LATENCY * min(scale, 1.0)))
    rounds = [asyncio.run(_round(servers, records, seconds)) for _ in range(ROUNDS if scale >= 1 else 1)]
    lines = [
        Measured("throughput", "records/s", [each.per_second for each in rounds]),
        Measured("CPU per record", "µs", [each.cpu_us for each in rounds]),
        Measured("a batch", "ms", [each.batch_ms for each in rounds]),
    ]
    lines += [Measured(f"p{p}", "ms", [each.latencies[p - 1] for each in rounds]) for p in (50, 90, 99)]
    return Findings("engine", ABOUT, lines)


async def _round(servers: Servers, records: int, seconds: int) -> _Round:
    topics = CountingTopics(servers.place().prefix, bootstrap=servers.kafka.bootstrap)
    await topics.create()
    await topics.put([f"k{n % 300}" for n in range(records)], value=MAIL)
    seen = Counted()
    async with RedisStore(servers.valkey) as store:
        config = replace(topics.config(store, batch_records=500), observer=seen, timing=Timing())
        async with running(config) as service:
            await eventually(lambda: service.health().ready, within=30)
            per_second, cpu_us = await _throughput(seen, records)
            batch_ms = 1000 * statistics.mean(seen.batches)
            return _Round(per_second, cpu_us, batch_ms, await _latencies(topics, seconds))


async def _throughput(seen: Counted, records: int) -> tuple[float, float]:
    """Records a second, and µs of CPU each."""
    started, cpu = time.monotonic(), time.process_time()
    already = seen.records
    await eventually(lambda: seen.records >= records, within=600)
    seconds, done = time.monotonic() - started, records - already
    return done / seconds, 1e6 * (time.process_time() - cpu) / done


async def _latencies(topics: CountingTopics, seconds: int) -> list[float]:
    reader = AIOKafkaConsumer(topics.counted, **topics.kafka, isolation_level="read_committed")
    writer = AIOKafkaProducer(**topics.kafka, enable_idempotence=True)
    await reader.start()
    await writer.start()
    await reader.seek_to_end()
    sent: dict[str, float] = {}
    waited: list[float] = []
    reading = asyncio.create_task(_note_arrivals(reader, sent, waited))
    for n in range(RATE * seconds):
        started = time.monotonic()
        at = await writer.send_and_wait(topics.inputs[0], MAIL, key=f"k{n % 300}".encode())
        sent[f"{at.topic}/{at.partition}/{at.offset}"] = started
        await asyncio.sleep(max(0.0, 1 / RATE - (time.monotonic() - started)))
    await asyncio.sleep(2)
    reading.cancel()
    await asyncio.wait([reading])
    await writer.stop()
    await reader.stop()
    return statistics.quantiles([1000 * each for each in waited], n=100)


async def _note_arrivals(reader: AIOKafkaConsumer, sent: dict[str, float], waited: list[float]) -> None:
    async for record in reader:
        source = dict(record.headers)["source"].decode()
        if source in sent:
            waited.append(time.monotonic() - sent[source])
