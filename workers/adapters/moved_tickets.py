"""Whether somebody gave the topics more partitions by hand: then tickets are looked for where they are not.

Kafka allows it, and nothing of Kafka remembers the old count. But the tickets do: `tickets.state` keeps each in the
partition that its id gives for the count of that time.
"""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import TICKETS_STATE
from workers.adapters.kafka_admission import start_client
from workers.adapters.kafka_connection import KafkaConnection, kafka_failures, stopped
from workers.errors import WrongConfiguration
from workers.key_partition import partition_of_key

SAMPLE_BYTES = 64 * 1024
"""Of each partition, from its beginning: dozens of tickets, of which at least half would be misplaced."""
TICKET_KEY = b"T-"
_POLL_MS = 300


def misplaced(keys: Iterable[bytes | None], partition: int, count: int) -> bool:
    """Whether one of these keys of `tickets.state`-`partition` is a ticket of another partition."""
    tickets = (key for key in keys if key is not None and key.startswith(TICKET_KEY))
    return any(partition_of_key(key, count) != partition for key in tickets)


async def refuse_moved_tickets(connection: KafkaConnection, count: int) -> None:
    """Raise `WrongConfiguration` where tickets lie in partitions that `count` does not give; looks at a sample."""
    consumer = AIOKafkaConsumer(
        **connection.client_options(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=SAMPLE_BYTES,
    )
    try:
        await start_client(connection, consumer.start(), "connecting")
        with kafka_failures(connection, "looking at tickets.state"):
            async with asyncio.timeout(connection.timeout_seconds):
                found = await _first_misplaced(consumer, connection.topic(TICKETS_STATE), count)
    finally:
        await stopped(consumer.stop())
    if found is not None:
        raise WrongConfiguration(
            f"{connection.topic(TICKETS_STATE)}-{found} holds tickets that belong to other partitions: the topics were "
            f"given {count} partitions after tickets had been written. New mail of them would begin them anew. "
            "Nothing is decided; see RUNBOOK.md, More partitions."
        )


async def _first_misplaced(consumer: AIOKafkaConsumer, topic: str, count: int) -> int | None:
    """One batch of each partition that holds anything."""
    every = [TopicPartition(topic, number) for number in range(count)]
    begins, ends = await consumer.beginning_offsets(every), await consumer.end_offsets(every)
    waiting = {part for part in every if begins[part] < ends[part]}
    consumer.assign(sorted(waiting))
    while waiting:
        polled = await consumer.getmany(*waiting, timeout_ms=_POLL_MS)
        for part, records in polled.items():
            if misplaced((record.key for record in records), part.partition, count):
                return int(part.partition)
        read = {part for part in waiting if polled.get(part) or await consumer.position(part) >= ends[part]}
        consumer.pause(*read)
        waiting -= read
    return None
