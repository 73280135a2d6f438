"""Where lanes stand, asked from outside; and setting one on that cannot go on by itself.

Kafka's own tool cannot do that: a lane with a view believes the positions in its own log before the group's offsets.
Here it is done as the lane itself would do it: by a producer with its transactional id, in one transaction. So a
lane that runs after all is fenced, acquires anew, and reads what was set.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from aiokafka import AIOKafkaConsumer, TopicPartition

from workers.streams.bounded import bounded
from workers.streams.checked_offsets import committed_offsets
from workers.streams.client_options import reader_options
from workers.streams.client_patches import prepare_aiokafka
from workers.streams.closing import stop_consumer
from workers.streams.config import LaneIdentity
from workers.streams.faults import Disturbed, Parked
from workers.streams.positions import split_positions
from workers.streams.rewind import Known, set_on
from workers.streams.starting import started
from workers.streams.topic_reader import read_contents
from workers.streams.transaction import LaneProducer

FETCH_BYTES = 64 * 1024  # the consumer asks for offsets and reads nothing

NextUnprocessed = Callable[[TopicPartition], Awaitable[int]]
"""The offset after the last record of an input that has an effect; asked only where nothing else is known."""


async def lane_place(lane: LaneIdentity, partition: int) -> Known:
    """As it is now. While the lane works its positions move on. Raises `DependencyUnavailable`.

    `Parked` (`state-lost`) where the lane's own log is empty although the group knows that it was written.
    """
    prepare_aiokafka()
    async with _asking(lane) as consumer:
        known, log_is_lost = await _known(lane, partition, consumer)
    if log_is_lost:
        raise Parked("state-lost", topic=lane.view_topic, partition=partition)
    return known


async def set_lane_on(
    lane: LaneIdentity, partition: int, next_unprocessed: NextUnprocessed
) -> dict[TopicPartition, int]:
    """What each input was set to; nothing where the lane can go on by itself. Raises `DependencyUnavailable`.

    Where the lane's own log is lost, its group is not believed either: `next_unprocessed` is asked for every input.
    A lane that can go on is not even fenced.
    """
    prepare_aiokafka()
    async with _asking(lane) as consumer:
        known, log_is_lost = await _known(lane, partition, consumer)
    if not (log_is_lost or known.missing or known.deleted):
        return {}
    producer = await LaneProducer.open(lane, partition)
    try:
        async with _asking(lane) as consumer:
            known, log_is_lost = await _known(lane, partition, consumer, to_the_end=True)
        if log_is_lost:
            known = replace(known, committed={})
        processed = {tp: await next_unprocessed(tp) for tp in known.missing}
        if offsets := set_on(known, processed):
            await producer.transact((), offsets)
        return offsets
    finally:
        await producer.drop()


@asynccontextmanager
async def _asking(lane: LaneIdentity) -> AsyncIterator[AIOKafkaConsumer]:
    """In the group's name, but not a member of it: nothing is rebalanced."""
    consumer = AIOKafkaConsumer(
        **reader_options(lane.kafka, lane.timing, FETCH_BYTES), group_id=lane.group_id
    )
    try:
        await started("a connection", lane.timing.request, consumer.start())
        yield consumer
    finally:
        await stop_consumer(consumer, lane.timing.drop)


async def _known(
    lane: LaneIdentity, partition: int, consumer: AIOKafkaConsumer, *, to_the_end: bool = False
) -> tuple[Known, bool]:
    """And whether the lane's own log is lost: the group knows of transactions that wrote it.

    `to_the_end`: `Disturbed` where an open transaction hides the end of the log, for it may hold later positions.
    """
    bound = lane.timing.request
    inputs = [TopicPartition(topic, partition) for topic in lane.inputs]
    committed = await bounded("committed offsets", bound, committed_offsets(consumer, inputs))
    written: dict[TopicPartition, int] = {}
    if lane.view_topic is not None:
        contents = await read_contents(lane.kafka, lane.view_topic, partition, lane.timing)
        if to_the_end and contents.high_watermark > contents.next_offset:
            raise Disturbed("The lane's own log is not stable", topic=lane.view_topic)
        written = split_positions(contents.fields, partition)[1]
    begins = await bounded("beginnings", bound, consumer.beginning_offsets(inputs))
    ends = await bounded("ends", bound, consumer.end_offsets(inputs))
    offsets = {tp: int(offset) for tp, (offset, _) in committed.items()}
    proven = any(metadata for _, metadata in committed.values())
    return Known(written, offsets, begins, ends), proven and not written
