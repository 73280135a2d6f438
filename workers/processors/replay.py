"""A range of a topic once more, for a downstream team that lost what it had made of it."""

from __future__ import annotations

from collections.abc import Callable

from schemas.event import Event
from schemas.topics import TOPICS, Topic
from workers.errors import InvalidInput
from workers.ports import OutRecord
from workers.processors.kept_history import Period
from workers.processors.topic_reader import RecordWriter, TopicReader

HEADER = "stellwerk_replay"
"""On every record that is a replay: the topic, partition and offset that it had."""

_AT_ONCE = 500


def replayable(name: str) -> Topic[Event]:
    """A topic that others read. Raises `InvalidInput` for any other, and for those that carry content (P5)."""
    for topic in TOPICS:
        if topic.name == name and topic.audience != "ours":
            return topic
    known = ", ".join(topic.name for topic in TOPICS if topic.audience != "ours")
    raise InvalidInput(f"{name} cannot be replayed. Topics for others are {known}.")


def target(name: str) -> Topic[Event]:
    """Where to: never one of ours, whose readers would take the old for new. Raises `InvalidInput`."""
    if any(topic.name == name for topic in TOPICS):
        raise InvalidInput(f"{name} is one of our own topics: its readers would take what is old for new.")
    return Topic(name, Event, "as it was", None, "downstream", shared_partitions=False)


async def replay(
    topic: Topic[Event],
    to: Topic[Event],
    period: Period,
    reader: TopicReader,
    writer: RecordWriter,
    step: Callable[[int], None] = lambda _: None,
) -> int:
    """How many records were written: key, value and headers as they were, and one header more.

    By their keys, so each ticket keeps its order. What was compacted away is not there; a replay that ends in the
    middle is started again, and what comes twice has the same `ce_id`. Raises `DependencyUnavailable`, or
    `WrongConfiguration` where the target does not exist.
    """
    await reader.ends([to])
    batch: list[OutRecord] = []
    written = 0
    async for record in reader.read(topic, since=period.since):
        if period.is_over(record):
            continue
        place = f"{topic.name}-{record.partition}-{record.offset}".encode()
        batch.append(OutRecord(to.name, record.key, record.value, (*record.headers, (HEADER, place))))
        if len(batch) == _AT_ONCE:
            await writer.write(batch)
            written += len(batch)
            batch = []
            step(written)
    await writer.write(batch)
    return written + len(batch)
