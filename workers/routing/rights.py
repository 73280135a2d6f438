"""The directory rights that a decision may ask for, and a record of those that it did ask for (P3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Protocol, Self

from schemas.decision import RightRead
from schemas.directory_view import ResolvedUser

Held = tuple[str, ...]
Key = tuple[str, str, str]

_NOTHING: Held = ()


class RightWasRead(Protocol):
    """A `RightRead`, or what stands in a receipt for one."""

    @property
    def user(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def held(self) -> Held: ...


class Rights:
    """What users hold. One instance per decision: `read` lists what was asked, sorted, for its receipt.

    From the directory view: `Rights(users)`, where a user who is missing is not in the directory. From a receipt:
    `Rights.recorded(reads)`, which raises `LookupError` for what that decision had not asked.
    """

    def __init__(self, users: Mapping[str, ResolvedUser]) -> None:
        self._look_up: Callable[[Key], Held] = _Directory(users)
        self._asked: dict[Key, Held] = {}

    @classmethod
    def recorded(cls, reads: Iterable[RightWasRead]) -> Self:
        """The rights as they were when the receipt was written."""
        rights = cls({})
        held = {(read.user, read.kind, read.id): read.held for read in reads}
        rights._look_up = held.__getitem__
        return rights

    @classmethod
    def recorded_else(cls, reads: Iterable[RightWasRead], users: Mapping[str, ResolvedUser]) -> Self:
        """As they were when the receipt was written; what was not asked then, as the directory has it now."""
        rights = cls({})
        held = {(read.user, read.kind, read.id): read.held for read in reads}
        now = _Directory(users)

        def look_up(key: Key) -> Held:
            known = held.get(key)
            return now(key) if known is None else known

        rights._look_up = look_up
        return rights

    def held(self, user: str, kind: str, id: str) -> Held:
        """What the user holds: rights on `address_books` and `areas`, `member` of `user_groups`, `allowed` to
        do `processes`, `known` as one of `users`. Empty: nothing."""
        key = (user, kind, id)
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = self._look_up(key)
        return found

    def is_user(self, user: str) -> bool:
        """Whether the directory has the user at all."""
        return bool(self.held(user, "users", user))

    @property
    def read(self) -> tuple[RightRead, ...]:
        """Every right that was asked for so far, sorted."""
        return tuple([_right_read(key, held) for key, held in sorted(self._asked.items())])


@lru_cache(maxsize=16_384)
def _right_read(key: Key, held: Held) -> RightRead:
    """Frozen, and the same few over and over: what handlers hold."""
    user, kind, id = key
    return RightRead(user=user, kind=kind, id=id, held=held)


class _Directory:
    """Rights from resolved users. Groups are resolved transitively there (R8)."""

    def __init__(self, users: Mapping[str, ResolvedUser]) -> None:
        self._users = users

    def __call__(self, key: Key) -> Held:
        user, kind, id = key
        resolved = self._users.get(user)
        return _NOTHING if resolved is None else _held(resolved, kind, id)


def _held(user: ResolvedUser, kind: str, id: str) -> Held:
    if kind == "address_books":
        return user.address_books.get(id, _NOTHING)
    if kind == "areas":
        return user.areas.get(id, _NOTHING)
    if kind == "user_groups":
        return ("member",) if id in user.user_groups else _NOTHING
    if kind == "processes":
        return ("allowed",) if user.processes is None or id in user.processes else _NOTHING
    if kind == "users":
        return ("known",)
    raise ValueError(f"no such kind of right: {kind}")
