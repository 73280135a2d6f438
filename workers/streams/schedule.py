"""Times at which something is due, kept in a store outside of the process, under a mark of their one owner."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from uuid import uuid4

from workers.errors import DependencyUnavailable, ViewLost
from workers.schedule_ports import ScheduleStore

WRITTEN_AT_ONCE = 5_000


class Schedule:
    """One per acquire: its token is fresh, so a mark of an earlier owner, or of this one earlier, never fits."""

    def __init__(self, store: ScheduleStore, name: str) -> None:
        self._store = store
        self.name = name
        self._token = uuid4().hex
        self._writes = 0

    @property
    def mark(self) -> str:
        return f"{self._token}:{self._writes}"

    async def rebuild(self, entries: Iterable[tuple[str, int]]) -> None:
        """Replace what is there. Raises `DependencyUnavailable` where it was disturbed meanwhile: try again."""
        if not await self._store.rebuild(self.name, self.mark, entries):
            raise DependencyUnavailable("The schedule was disturbed while it was rebuilt", schedule=self.name)

    async def write(self, changes: Mapping[str, int | None]) -> None:
        """New times (ms since the epoch), None: no longer due. Raises `ViewLost`."""
        remaining = iter(changes.items())
        while some := dict(islice(remaining, WRITTEN_AT_ONCE)):
            expected = self.mark
            self._writes += 1
            if not await self._store.write(self.name, expected, self.mark, some):
                raise ViewLost("The schedule changed under its owner", schedule=self.name)

    async def due(self, until_ms: int, limit: int) -> Sequence[str]:
        """Up to `limit` entries due by then, the earliest first. Raises `ViewLost`."""
        found = await self._store.due(self.name, self.mark, until_ms, limit)
        if found is None:
            raise ViewLost("The schedule is not what its owner wrote last", schedule=self.name)
        return found
