"""Releases a view's topic whose last transaction was committed, but lacks its marker.

Seen after a broker's kill -9: the coordinator takes the transaction for complete, so neither an init nor a timeout
ends it, and its records stay invisible. The next commit of the same transactional id in that partition releases
them, and an abort would drop them. Which of the two is right is proven, not guessed: each transaction that writes
the view's topic has an id, in a header of these records and in the metadata of the offsets that it commits. Where
the group's committed offsets carry the id, the transaction was committed. Else the lane waits, and says so.
"""

import time

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from workers.ports import OutRecord
from workers.streams.bounded import bounded
from workers.streams.client_options import reader_options
from workers.streams.closing import stop_consumer
from workers.streams.config import KafkaOptions, Timing
from workers.streams.faults import Disturbed
from workers.streams.starting import started
from workers.streams.transaction import PROOF_HEADER, LaneProducer, Offsets

log = structlog.get_logger()

RELEASE_KEY = b"@released"
FETCH_BYTES = 1024 * 1024


async def release_proven(
    producer: LaneProducer,
    kafka: KafkaOptions,
    timing: Timing,
    tp: TopicPartition,
    tail: range,
    committed: Offsets,
) -> None:
    """Commit a tombstone of no field behind `tail` (offsets); `Disturbed` where nothing proves it committed."""
    found = await _proofs_in(kafka, timing, tp, tail)
    if not producer.proof or found != {producer.proof}:
        raise Disturbed("The view's topic ends in a transaction without its marker", topic=tp.topic)
    log.warning("transaction-released", topic=tp.topic, partition=tp.partition, records=len(tail))
    await producer.transact([OutRecord(tp.topic, RELEASE_KEY, None, partition=tp.partition)], committed)


async def _proofs_in(kafka: KafkaOptions, timing: Timing, tp: TopicPartition, tail: range) -> set[str]:
    """The ids of the transactions that wrote these records, "" for one without; also of what is not committed."""
    options = reader_options(kafka, timing, FETCH_BYTES) | {"isolation_level": "read_uncommitted"}
    consumer = AIOKafkaConsumer(**options)
    try:
        await started("a reader's start", timing.request, consumer.start())
        consumer.assign([tp])
        consumer.seek(tp, tail.start)
        return await _read_proofs(consumer, timing, tp, tail)
    finally:
        await stop_consumer(consumer, timing.drop)


async def _read_proofs(
    consumer: AIOKafkaConsumer, timing: Timing, tp: TopicPartition, tail: range
) -> set[str]:
    found: set[str] = set()
    give_up_at = time.monotonic() + timing.rebuild_progress
    while await consumer.position(tp) < tail.stop:
        if time.monotonic() > give_up_at:
            raise Disturbed("A topic cannot be read", topic=tp.topic)
        polled = await bounded("the tail of a topic", timing.request, consumer.getmany(tp, timeout_ms=200))
        records = polled.get(tp, ())
        found |= {dict(r.headers).get(PROOF_HEADER, b"").decode() for r in records if r.offset in tail}
    return found
