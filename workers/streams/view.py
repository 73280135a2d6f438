"""A lane's view: a hash of Redis whose mark must *equal* what this lane wrote last.

Flushed, evicted, restored from a snapshot, answered by an older replica, written by a zombie: all are one case,
the mark is not equal, and the view is rebuilt from its topic. "Not older than" would not do: after a flush, the
owner's next write would make a mark that looks right over an empty view.
"""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from workers.errors import DependencyUnavailable, ViewLost
from workers.ports import ViewStore


def view_name(key_prefix: str, cluster_id: str, topic: str, partition: int) -> str:
    """The hash's key: one per cluster, so that two clusters never share a view."""
    return f"{key_prefix}view:{cluster_id}:{topic}:{partition}"


class View:
    """One per acquire: its token is fresh, so a mark of an earlier owner, or of this one earlier, never fits."""

    def __init__(self, store: ViewStore, name: str) -> None:
        self._store = store
        self.name = name
        self._token = uuid4().hex
        self._next_offset = -1

    @property
    def mark(self) -> str:
        return f"{self._token}:{self._next_offset}"

    async def rebuild(self, fields: Mapping[str, bytes], next_offset: int) -> None:
        """Replace what is there. Raises `DependencyUnavailable` where it was disturbed meanwhile: try again."""
        self._next_offset = next_offset
        if not await self._store.rebuild(self.name, self.mark, fields.items()):
            raise DependencyUnavailable("The view was disturbed while it was rebuilt", view=self.name)

    async def read(self, fields: Sequence[str]) -> list[bytes | None]:
        """The fields, proven to be what this lane wrote last; else `ViewLost`."""
        mark, values = await self._store.read(self.name, fields)
        if mark != self.mark:
            raise ViewLost("The view is not what its owner wrote last", view=self.name)
        return values

    async def write(self, next_offset: int, updates: Mapping[str, bytes | None]) -> None:
        """After the commit: the view follows its topic, which now ends at `next_offset`."""
        expected = self.mark
        if next_offset <= self._next_offset:
            raise ViewLost("The view's topic did not move on", view=self.name, next_offset=next_offset)
        self._next_offset = next_offset
        if not await self._store.write(self.name, expected, self.mark, updates):
            raise ViewLost("The view changed under its owner", view=self.name)


class NoView:
    """Of a processor that keeps no state. Reading it is a bug."""

    async def read(self, fields: Sequence[str]) -> list[bytes | None]:
        raise LookupError(f"this processor has no view to read {len(fields)} fields from")
