"""What verifying can't do without, by as many processes.

    python -m tests.benchmarks.history_readers PARTITIONS [json]

reads the same topics of these partitions with a bare aiokafka consumer and, if asked to, each value with `json.loads`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from aiokafka import AIOKafkaConsumer, TopicPartition

from config.settings import load_settings
from tests.benchmarks.kept_story import KEPT
from workers.entrypoints.installation import configured_installation

JOBS = 2
_FETCH_BYTES = 4 * 1024 * 1024


def read(partition: int, parse: bool) -> int:
    """Bytes."""
    return asyncio.run(_read(partition, parse))


async def _read(partition: int, parse: bool) -> int:
    connection = configured_installation(load_settings()).connection
    consumer = AIOKafkaConsumer(
        **connection.client_options(),
        isolation_level="read_committed",
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    await consumer.start()
    try:
        parts = [TopicPartition(connection.prefix + topic, partition) for topic in KEPT]
        ends = await consumer.end_offsets(parts)
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        size = 0
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=500, max_records=2_000)).values():
                for record in records:
                    size += len(record.value)
                    if parse:
                        json.loads(record.value)
        return size
    finally:
        await consumer.stop()


def main(partitions: str, parse: str = "") -> None:
    with ProcessPoolExecutor(JOBS, mp_context=get_context("spawn")) as pool:
        numbers = range(int(partitions))
        print(sum(pool.map(read, numbers, [bool(parse)] * len(numbers))))


if __name__ == "__main__":
    main(*sys.argv[1:])
