"""The ports of use cases that read what topics hold, and write a few records now and then."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
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
        self,
        topic: Topic[Event],
        *,
        key: str | None = None,
        partition: int | None = None,
        since: datetime | None = None,
    ) -> AsyncIterator[InRecord]:
        """What the topic holds at the first step, and not what comes later; in order within a partition.

        `key`: only the partition that holds it, with other keys' records among them. `partition`: only this one.
        `since` (aware): only records that the broker took at or after it.
        """
        ...

    async def ends(self, topics: Sequence[Topic[Event]]) -> Positions:
        """Where the next committed records will be, now."""
        ...

    def follow(self, start: Positions) -> AsyncIterator[InRecord]:
        """What comes at and after `start`, for ever: the caller sets the bound."""
        ...


class HistoryReader(TopicReader, Protocol):
    """Reads long topics, too."""

    def batches(
        self,
        topic: Topic[Event],
        *,
        partition: int,
        since: datetime | None = None,
        headers: Sequence[str] | None = None,
    ) -> AsyncGenerator[Sequence[InRecord], None]:
        """What `read` gives, as many records at once as came at once.

        `headers`: names; records have the first of each, and no others, where they are given.
        """
        ...


Write = Callable[[Sequence[OutRecord]], Awaitable[None]]
"""Stores records durably (all in-sync replicas), in order. Topics are without the installation's prefix.

Raises `DependencyUnavailable`; outside a transaction some may be stored all the same.
"""


class RecordWriter(Protocol):
    """Writes a few records."""

    async def write(self, records: Sequence[OutRecord]) -> None:
        """A `Write` outside a transaction."""
        ...

    def transaction(self, name: str) -> AbstractAsyncContextManager[Write]:
        """All that is written inside becomes visible together at the end, or, when it raises, not at all.

        Only one of a name at a time: a later one ends an earlier one, which then raises
        `DependencyUnavailable`. So what is read inside is what the earlier one left.
        """
        ...
