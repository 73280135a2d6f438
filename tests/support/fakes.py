"""In-memory stand-ins for what use cases need. Each passes the contract suite of the real adapter."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta

from workers.errors import DependencyUnavailable
from workers.ports import OutRecord

Hash = dict[str, bytes]
Snapshot = dict[str, tuple[str, Hash]]


class FakeViewStore:
    """`ViewStore` in memory, with the accidents of a Redis: `flush`, `snapshot`, `restore`, `down`."""

    def __init__(self) -> None:
        self._views: Snapshot = {}
        self.down = False
        self.flush_during_rebuild = False

    async def read(self, view: str, fields: Sequence[str]) -> tuple[str | None, list[bytes | None]]:
        self._refuse_if_down()
        mark, found = self._views.get(view, (None, {}))
        return mark, [found.get(field) for field in fields]

    async def write(self, view: str, expected: str, mark: str, updates: Mapping[str, bytes | None]) -> bool:
        self._refuse_if_down()
        if "@at" in updates:
            raise ValueError("@at is the mark, not a field")
        found, fields = self._views.get(view, (None, {}))
        if found != expected:
            return False
        kept = {field: value for field, value in fields.items() if field not in updates}
        new = {field: value for field, value in updates.items() if value is not None}
        self._views[view] = (mark, kept | new)
        return True

    async def rebuild(self, view: str, mark: str, fields: Iterable[tuple[str, bytes]]) -> bool:
        self._refuse_if_down()
        rebuilt = dict(fields)
        if "@at" in rebuilt:
            raise ValueError("@at is the mark, not a field")
        if self.flush_during_rebuild:
            self.flush_during_rebuild = False
            self.flush()
            return not rebuilt and self._put(view, mark, rebuilt)
        return self._put(view, mark, rebuilt)

    def flush(self) -> None:
        self._views = {}

    def snapshot(self) -> Snapshot:
        return deepcopy(self._views)

    def restore(self, snapshot: Snapshot) -> None:
        self._views = deepcopy(snapshot)

    def _put(self, view: str, mark: str, fields: Hash) -> bool:
        self._views[view] = (mark, fields)
        return True

    def _refuse_if_down(self) -> None:
        if self.down:
            raise DependencyUnavailable("Redis does not answer")


class FakeScheduleStore:
    """`ScheduleStore` in memory; `flush` forgets everything."""

    def __init__(self) -> None:
        self._schedules: dict[str, tuple[str, dict[str, int]]] = {}

    async def rebuild(self, schedule: str, mark: str, entries: Iterable[tuple[str, int]]) -> bool:
        self._schedules[schedule] = (mark, dict(entries))
        return True

    async def write(self, schedule: str, expected: str, mark: str, changes: Mapping[str, int | None]) -> bool:
        found, entries = self._schedules.get(schedule, (None, {}))
        if found != expected:
            return False
        kept = {entry: at for entry, at in entries.items() if entry not in changes}
        new = {entry: at for entry, at in changes.items() if at is not None}
        self._schedules[schedule] = (mark, kept | new)
        return True

    async def due(self, schedule: str, mark: str, until_ms: int, limit: int) -> list[str] | None:
        found, entries = self._schedules.get(schedule, (None, {}))
        if found != mark:
            return None
        in_order = sorted(entries.items(), key=lambda entry: (entry[1], entry[0]))
        return [entry for entry, at in in_order if at <= until_ms][:limit]

    def flush(self) -> None:
        self._schedules = {}


class FakeCommandLog:
    """`CommandLog` in memory, with a broker's clock that a test may set; `down` refuses."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.records: list[OutRecord] = []
        self.down = False

    async def append(self, records: Sequence[OutRecord]) -> list[datetime]:
        if self.down:
            raise DependencyUnavailable("Commands cannot be written")
        self.records += records
        taken = self.now()
        return [taken - timedelta(microseconds=taken.microsecond % 1000) for _ in records]
