"""What doing things at their time needs: a store of times, and somebody who knows what is to be done.

As in `workers.ports`, whatever talks to a dependency raises `DependencyUnavailable` and never guesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol


class ScheduleStore(Protocol):
    """Entries with the time at which each is due (ms since the epoch), under a mark: the last write of their owner."""

    async def rebuild(self, schedule: str, mark: str, entries: Iterable[tuple[str, int]]) -> bool:
        """Replace the whole schedule. False (and the old one stays) where the new one was disturbed meanwhile."""
        ...

    async def write(self, schedule: str, expected: str, mark: str, changes: Mapping[str, int | None]) -> bool:
        """Set or remove (None) entries, and the mark, if the mark is `expected`; else change nothing: False."""
        ...

    async def due(self, schedule: str, mark: str, until_ms: int, limit: int) -> Sequence[str] | None:
        """Up to `limit` entries that are due by then, the earliest first; None where the mark is another one."""
        ...


class ScheduleLogic(Protocol):
    """What a scheduler does with the records of one partition. Called by one task only."""

    async def acquire(self) -> None:
        """Before the first record: read to the end what times depend on."""
        ...

    def is_current(self) -> bool:
        """False where what times depend on has changed: all records are read again, with a new logic."""
        ...

    def apply(self, key: str, value: bytes | None) -> None:
        """The next record of the topic: the newest value of its key; None: there is none any more."""
        ...

    def saw(self, taken_ms: int) -> None:
        """When the broker took the record that was applied last, by its clock."""
        ...

    def entries(self) -> Mapping[str, int]:
        """All that is to be done, each with the time from which on (ms since the epoch)."""
        ...

    def when(self, entry: str) -> int:
        """The time of one of these entries; 0 for one that is none of them any more."""
        ...

    def changes(self) -> Mapping[str, int | None]:
        """What differs from `entries` at the last call of this; None: nothing to be done any more."""
        ...

    def now_ms(self) -> int:
        """The time by which entries are due."""
        ...

    async def fire(self, due: Sequence[str]) -> Mapping[str, int]:
        """Do it; when to do it again, if the topic does not say meanwhile that it is done.

        May be called twice for one entry, also by two owners at once.
        """
        ...
