"""The options of each aiokafka client that the engine makes, on top of the installation's connection options."""

from typing import Any

from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from workers.streams.config import KafkaOptions, Timing, Transacting

NEVER_MS = 2**31 - 1


def producer_options(config: Transacting, transactional_id: str) -> dict[str, Any]:
    """A lane's producer. `max_batch_size` bounds a batch, not a record: a larger record travels alone (T9)."""
    return {
        **config.kafka,
        "transactional_id": transactional_id,
        "transaction_timeout_ms": ms(config.timing.transaction),
        "request_timeout_ms": ms(config.timing.request),
        "retry_backoff_ms": 20,
        "max_batch_size": config.batch_bytes,
        "compression_type": config.compression,
        "linger_ms": 0,
    }


def member_options(kafka: KafkaOptions, group_id: str, timing: Timing, fetch_bytes: int) -> dict[str, Any]:
    """A member of the group.

    Range, because the default assignors split the inputs of a partition between workers (T2). No reset, because
    a missing or lost offset is a question and not an answer (T1). `max_poll_interval_ms` is off: lanes that wait
    for a dependency do not poll, and aiokafka would leave the group and never join it again; nor would a
    stand-by without partitions.
    """
    return {
        **reader_options(kafka, timing, fetch_bytes),
        "group_id": group_id,
        "partition_assignment_strategy": (RangePartitionAssignor,),
        "max_poll_interval_ms": NEVER_MS,
        "rebalance_timeout_ms": ms(timing.rebalance),
        "session_timeout_ms": ms(timing.session),
        "heartbeat_interval_ms": ms(timing.heartbeat),
    }


def reader_options(kafka: KafkaOptions, timing: Timing, fetch_bytes: int) -> dict[str, Any]:
    """A consumer that sees committed records only, and commits nothing by itself."""
    return {
        **kafka,
        "isolation_level": "read_committed",
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "fetch_max_wait_ms": ms(timing.fetch),
        "max_partition_fetch_bytes": fetch_bytes,
        "request_timeout_ms": ms(timing.request),
    }


def ms(seconds: float) -> int:
    return int(seconds * 1000)
