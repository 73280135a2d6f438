"""Where a record lies by its key: in the partition that every Kafka client gives it."""

from __future__ import annotations

from aiokafka.partitioner import murmur2


def partition_of_key(key: bytes, count: int) -> int:
    """Of a topic with `count` partitions: murmur2, the sign bit dropped, modulo their number."""
    return int((murmur2(key) & 0x7FFFFFFF) % count)
