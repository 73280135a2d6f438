"""Throughput and latency of a lane service with a tiny processor: what the engine itself costs.

    python -m tests.benchmarks.bench_engine [RECORDS] [RATE]

Starts its own broker and Valkey. 2 KB in, two small records out, four partitions, one process.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.support.counting_lane import CountingTopics
from tests.support.eventually import eventually
from tests.support.running_lanes import RedisStore, running
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey
from workers.streams.config import Timing
from workers.streams.observer import NoObserver

MAIL = b"x" * 2000
SECONDS_OF_LATENCY = 10


@dataclass
class Counted(NoObserver):
    records: int = 0
    batches: list[float] = field(default_factory=list)

    def batch_committed(self, partition: int, records: int, outputs: int, seconds: float) -> None:
        self.records += records
        self.batches.append(seconds)


async def measure(kafka: EmbeddedKafka, valkey: EmbeddedValkey, records: int, rate: int) -> None:
    topics = CountingTopics("bench.", bootstrap=kafka.bootstrap)
    await topics.create()
    await topics.put([f"k{n % 300}" for n in range(records)], value=MAIL)
    seen = Counted()
    async with RedisStore(valkey) as store:
        config = replace(topics.config(store, batch_records=500), observer=seen, timing=Timing())
        async with running(config) as service:
            await eventually(lambda: service.health().ready, within=30)
            await _throughput(seen, records)
            await _latency(topics, rate)


async def _throughput(seen: Counted, records: int) -> None:
    started, cpu = time.monotonic(), time.process_time()
    already = seen.records
    await eventually(lambda: seen.records >= records, within=600)
    seconds, done = time.monotonic() - started, records - already
    cpu_us = 1e6 * (time.process_time() - cpu) / done
    batch_ms = 1000 * statistics.mean(seen.batches)
    print(f"{done / seconds:8.0f} records/s   {cpu_us:.0f} us CPU each   {batch_ms:.0f} ms a batch")


async def _latency(topics: CountingTopics, rate: int) -> None:
    """From the acknowledged input to the output that a `read_committed` reader sees."""
    reader = AIOKafkaConsumer(topics.counted, **topics.kafka, isolation_level="read_committed")
    writer = AIOKafkaProducer(**topics.kafka, enable_idempotence=True)
    await reader.start()
    await writer.start()
    await reader.seek_to_end()
    sent: dict[str, float] = {}
    waited: list[float] = []
    reading = asyncio.create_task(_note_arrivals(reader, sent, waited))
    for n in range(rate * SECONDS_OF_LATENCY):
        started = time.monotonic()
        at = await writer.send_and_wait(topics.inputs[0], MAIL, key=f"k{n % 300}".encode())
        sent[f"{at.topic}/{at.partition}/{at.offset}"] = started
        await asyncio.sleep(max(0.0, 1 / rate - (time.monotonic() - started)))
    await asyncio.sleep(2)
    reading.cancel()
    await asyncio.wait([reading])
    await writer.stop()
    await reader.stop()
    p = statistics.quantiles([1000 * seconds for seconds in waited], n=100)
    print(f"{rate:8d} records/s   p50 {p[49]:.0f} ms   p90 {p[89]:.0f} ms   p99 {p[98]:.0f} ms")


async def _note_arrivals(reader: AIOKafkaConsumer, sent: dict[str, float], waited: list[float]) -> None:
    async for record in reader:
        source = dict(record.headers)["source"].decode()
        if source in sent:
            waited.append(time.monotonic() - sent[source])


def main() -> None:
    records, rate = (int(argument) for argument in (sys.argv[1:] or ["20000", "100"]))
    directory = Path(tempfile.mkdtemp())
    kafka, valkey = EmbeddedKafka(directory), EmbeddedValkey(directory)
    kafka.start()
    valkey.start()
    try:
        asyncio.run(measure(kafka, valkey, records, rate))
    finally:
        kafka.stop()
        valkey.stop()


if __name__ == "__main__":
    main()
