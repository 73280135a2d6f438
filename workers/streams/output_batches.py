"""A transaction's records as Kafka batches, per partition and in order (T9)."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from workers.key_partition import partition_of_key
from workers.ports import OutRecord

OutputBatches = Mapping[TopicPartition, list[BatchBuilder]]

_partition_of_key = lru_cache(maxsize=16_384)(partition_of_key)
"""All records of a ticket have one key."""


def target(record: OutRecord, count: int, own_partition: int) -> TopicPartition:
    """The record's partition: as it says, else by its key; without a key the lane's own, never a random one."""
    if record.partition is not None:
        return TopicPartition(record.topic, record.partition)
    if record.key is None:
        return TopicPartition(record.topic, own_partition % count)
    return TopicPartition(record.topic, _partition_of_key(record.key, count))


def pack(
    records: Iterable[OutRecord],
    counts: Mapping[str, int],
    own_partition: int,
    new_batch: Callable[[], BatchBuilder],
) -> OutputBatches:
    """Fill batches up to their size. A record larger than a batch travels in one of its own."""
    batches: dict[TopicPartition, list[BatchBuilder]] = {}
    for record in records:
        open_batches = batches.setdefault(target(record, counts[record.topic], own_partition), [])
        if not open_batches or not _append(open_batches[-1], record):
            open_batches.append(new_batch())
            _append(open_batches[-1], record)
    return batches


def _append(batch: BatchBuilder, record: OutRecord) -> bool:
    """False where the batch is full: a builder takes its first record whatever its size."""
    added = batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
    return added is not None
