"""`acquire`: the only way to start a lane, after an assignment and after every error.

In this order (T3): a new producer is initialised, which fences all earlier ones and finishes or aborts what was
open; then the committed offsets are read, by a checked call (T1); then the view is rebuilt up to the last stable
offset, and the logic reads what it depends on; then the consumer is moved. Nothing is remembered from before.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from workers.ports import LaneLogic
from workers.streams.bounded import bounded
from workers.streams.checked_offsets import committed_offsets
from workers.streams.config import LaneServiceConfig, ViewSpec
from workers.streams.faults import Disturbed, Parked, kafka_faults
from workers.streams.missing_marker import release_proven
from workers.streams.positions import split_positions
from workers.streams.rewind import Known, read_on_from
from workers.streams.topic_reader import Contents, read_contents
from workers.streams.transaction import LaneProducer, Offsets
from workers.streams.view import NoView, View, view_name

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LaneParts:
    """What a lane consists of, the same over all of its acquires."""

    config: LaneServiceConfig
    partition: int
    consumer: AIOKafkaConsumer
    logic: LaneLogic
    cluster_id: str

    @property
    def inputs(self) -> list[TopicPartition]:
        return [TopicPartition(topic, self.partition) for topic in self.config.inputs]


@dataclass(frozen=True, slots=True)
class Hold:
    """What one acquire gives: valid until the first error."""

    producer: LaneProducer
    view: View | NoView
    committed: Offsets


async def acquire(parts: LaneParts) -> Hold:
    """Raises `DependencyUnavailable` (try again), `Parked` (a person must help); leaves no producer behind."""
    if not set(parts.inputs) <= parts.consumer.assignment():  # T7: an orphan would fence the owner
        raise Disturbed("Not the owner of the partition", partition=parts.partition)
    await _redis_answers(parts)
    producer = await LaneProducer.open(parts.config, parts.partition)
    try:
        committed = await _committed_offsets(parts, producer)
        view, written = await _rebuilt_view(parts, producer, committed)
        offsets = await _read_on(parts, producer, committed, written)
        await parts.logic.acquire()
        _move(parts.consumer, offsets)
        await parts.config.checkpoint("acquired", parts.partition)
        return Hold(producer, view, offsets)
    except BaseException:
        await producer.drop()
        raise


async def _committed_offsets(parts: LaneParts, producer: LaneProducer) -> dict[TopicPartition, int]:
    """What the group's coordinator says; inputs without a committed offset are left out."""
    asked = committed_offsets(parts.consumer, parts.inputs)
    found = await bounded("committed offsets", parts.config.timing.request, asked)
    producer.proof = next((metadata for _, metadata in found.values() if metadata), "")
    return {tp: int(offset) for tp, (offset, _) in found.items()}


async def _read_on(
    parts: LaneParts, producer: LaneProducer, committed: Offsets, written: Offsets
) -> dict[TopicPartition, int]:
    """Where to read on. A missing offset is believed on evidence only; what the group does not say is committed."""
    if producer.proof and not written and parts.config.view_topic is not None:
        raise Parked("state-lost", topic=parts.config.view_topic, partition=parts.partition)
    begins = await _bounds(parts, parts.consumer.beginning_offsets)
    known = Known(written, committed, begins, await _bounds(parts, parts.consumer.end_offsets))
    for tp in known.contradicted:
        where = {"topic": tp.topic, "partition": tp.partition}
        log.error("committed-offset-wrong", **where, committed=committed[tp], written=written[tp])
    untouched = {tp: await parts.config.no_offset_is_true(tp) for tp in known.missing}
    offsets = read_on_from(known, untouched)
    for tp in known.missing:
        log.info("input-begins", topic=tp.topic, partition=tp.partition)
    if offsets != committed:
        await producer.transact((), offsets)
    return offsets


async def _bounds(parts: LaneParts, ask: Callable[[Sequence[TopicPartition]], Awaitable[Offsets]]) -> Offsets:
    return await bounded("bounds of the inputs", parts.config.timing.request, ask(parts.inputs))


async def _redis_answers(parts: LaneParts) -> None:
    """Proves nothing and decides nothing: while Redis is away, no topic is read for a rebuild that must fail."""
    spec = parts.config.view
    if spec is not None:
        await spec.store.read(_view_name(parts, spec), ())


def _view_name(parts: LaneParts, spec: ViewSpec) -> str:
    return view_name(spec.key_prefix, parts.cluster_id, spec.topic, parts.partition)


async def _rebuilt_view(
    parts: LaneParts, producer: LaneProducer, committed: Offsets
) -> tuple[View | NoView, Offsets]:
    """The whole view, always; and the positions that the lane wrote last beside it, or in a log for them alone."""
    spec = parts.config.view
    if spec is None:
        return NoView(), await _written(parts, producer, committed)
    started = time.monotonic()
    contents = await _whole_contents(parts, TopicPartition(spec.topic, parts.partition), producer, committed)
    await parts.config.checkpoint("rebuilding", parts.partition)
    view = View(spec.store, _view_name(parts, spec))
    fields, written = split_positions(contents.fields, parts.partition)
    await view.rebuild(fields, contents.next_offset)
    parts.config.observer.view_rebuilt(view.name, len(fields), time.monotonic() - started)
    return view, written


async def _written(parts: LaneParts, producer: LaneProducer, committed: Offsets) -> Offsets:
    topic = parts.config.view_topic
    if topic is None:
        return {}
    contents = await _whole_contents(parts, TopicPartition(topic, parts.partition), producer, committed)
    return split_positions(contents.fields, parts.partition)[1]


async def _whole_contents(
    parts: LaneParts, tp: TopicPartition, producer: LaneProducer, committed: Offsets
) -> Contents:
    """The view's topic must be stable to its very end, for nobody but this lane writes it, and nothing of it is
    open: a view without a transaction that counts would take used revisions for new ones."""
    kafka, timing = parts.config.kafka, parts.config.timing
    contents = await read_contents(kafka, tp.topic, tp.partition, timing)
    if contents.high_watermark > contents.next_offset:
        tail = range(contents.next_offset, contents.high_watermark)
        await release_proven(producer, kafka, timing, tp, tail, committed)
        contents = await read_contents(kafka, tp.topic, tp.partition, timing)
    if contents.high_watermark > contents.next_offset:
        raise Disturbed("The view's topic is not stable", topic=tp.topic)
    return contents


def _move(consumer: AIOKafkaConsumer, offsets: Offsets) -> None:
    """Also drops what was prefetched from an older offset (T3)."""
    with kafka_faults("seek"):
        for tp, offset in offsets.items():
            consumer.seek(tp, offset)
