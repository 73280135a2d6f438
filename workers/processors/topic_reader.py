"""The ports of use cases that read what topics hold, and write a few records now and then."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from schemas.event import Event
from schemas.topics import Topic
from workers.ports import InRecord, OutRecord

Positions = Mapping[tuple[str, int], int]
"""(topic's name on the broker, partition) -> offset of the next record."""


class TopicReader(Protocol):
    """Reads committed records only, and leaves no trace: no group, no offsets. Raises `DependencyUnavailable`."""

    def read(
        self, topic: Topic[Event], *, key: str | None = None, since: datetime | None = None
    ) -> AsyncIterator[InRecord]:
        """What the topic holds at the first step, and not what comes later; in order within a partition.

        `key`: only the partition that holds it, with other keys' records among them. `since` (aware): only
        records that the broker took at or after it.
        """
        ...

    async def ends(self, topics: Sequence[Topic[Event]]) -> Positions:
        """Where the next committed records will be, now."""
        ...

    def follow(self, start: Positions) -> AsyncIterator[InRecord]:
        """What comes at and after `start`, for ever: the caller sets the bound."""
        ...


class RecordWriter(Protocol):
    """Writes records durably (all in-sync replicas), in order, or raises `DependencyUnavailable`."""

    async def write(self, records: Sequence[OutRecord], *, transaction: str | None = None) -> None:
        """Topics in `records` are without the installation's prefix.

        `transaction`: the id (without the prefix) under which they become visible together or not at all.
        Without one, some may be stored when this raises.
        """
        ...
