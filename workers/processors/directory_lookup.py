"""What decisions read of the directory: always from a whole view, never from one that is older than before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.directory_view import ResolvedUser, user_field
from workers.errors import DependencyUnavailable
from workers.ports import DirectoryLog, ViewStore, mark_offset


@dataclass(frozen=True, slots=True)
class DirectoryFields:
    """Some fields of the view at one version. A field that is missing here is not in the directory."""

    version: int
    values: dict[str, bytes]


class DirectoryLookup:
    """Reads the view that `project` keeps; one round trip a call.

    A view without its mark is being rebuilt, and one older than what was seen before (a restored snapshot) will
    be: both are waited for (`DependencyUnavailable`), never read as "unknown sender" (P6).
    """

    def __init__(self, store: ViewStore, log: DirectoryLog) -> None:
        self._store = store
        self._log = log
        self._view: str | None = None
        self._at_least = 0
        self._users: dict[str, ResolvedUser | None] = {}
        self._users_version = -1

    async def acquire(self) -> None:
        """From now on no view is believed that lacks an entity published before this call."""
        place = await self._log.place()
        if place.view != self._view:  # another cluster counts anew
            self._view, self._at_least, self._users_version = place.view, 0, -1
        self._at_least = max(self._at_least, place.end)

    async def read(self, fields: Iterable[str]) -> DirectoryFields:
        if self._view is None:
            raise DependencyUnavailable("the directory was not asked for yet")
        wanted = sorted(set(fields))
        mark, values = await self._store.read(self._view, wanted)
        version = self._believed(mark)
        return DirectoryFields(version, {f: v for f, v in zip(wanted, values, strict=True) if v is not None})

    async def users(self, ids: Sequence[str], version: int) -> dict[str, ResolvedUser]:
        """The users of these ids that exist, as of `version`; cached for as long as the version lasts."""
        if version != self._users_version:
            self._users, self._users_version = {}, version
        unknown = [user for user in ids if user not in self._users]
        if unknown:
            found = await self.read(map(user_field, unknown))
            if found.version != version:
                raise DependencyUnavailable("the directory has just changed", version=found.version)
            for user in unknown:
                value = found.values.get(user_field(user))
                self._users[user] = None if value is None else ResolvedUser.read(value)
        return {user: resolved for user in ids if (resolved := self._users[user]) is not None}

    def _believed(self, mark: str | None) -> int:
        if mark is None:
            raise DependencyUnavailable("the directory view is being rebuilt", view=self._view)
        version = mark_offset(mark)
        if version < self._at_least:
            raise DependencyUnavailable(
                "the directory view is older than the directory", view=self._view, version=version
            )
        self._at_least = version
        return version
