"""What a user may: rights and processes, their own and those of all groups that they are a member of (R8, R17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from schemas.directory import AddressBook, Area
from schemas.directory_view import ResolvedUser
from workers.routing.directory_entities import DirectoryEntities

Grants = Mapping[str, list[tuple[str, str]]]
"""By user or user group: (id of book or area, right)."""


class UserResolution:
    """Resolves users of one set of entities."""

    def __init__(self, known: DirectoryEntities) -> None:
        self._known = known
        self._ambiguous = known.users.keys() & known.user_groups.keys()
        self._books = self._grants(known.address_books)
        self._areas = self._grants(known.areas)
        self._above: defaultdict[str, list[str]] = defaultdict(list)
        self._direct: defaultdict[str, list[str]] = defaultdict(list)
        for id_, group in known.user_groups.items():
            for member in group.members:
                self._direct[member].append(id_)
            for inner in group.groups:
                self._above[inner].append(id_)

    def resolve(self, user_id: str) -> ResolvedUser:
        """Of a known user. An id that is both a user and a group gets nothing from rights that name it."""
        groups = self._groups_of(user_id)
        holders = (user_id, *groups)
        return ResolvedUser(
            user_id=user_id,
            address_books=self._rights(self._books, holders),
            areas=self._rights(self._areas, holders),
            user_groups=groups,
            processes=self._processes(groups),
        )

    def _grants(self, granting: Mapping[str, AddressBook] | Mapping[str, Area]) -> Grants:
        by_holder: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for id_, each in granting.items():
            for holder, right in each.rights.items():
                if holder not in self._ambiguous:
                    by_holder[holder].append((id_, right))
        return by_holder

    def _groups_of(self, user_id: str) -> tuple[str, ...]:
        """Groups that list the user, and all groups that list such a group; circles end by themselves."""
        found: set[str] = set()
        waiting = list(self._direct.get(user_id, ()))
        while waiting:
            group = waiting.pop()
            if group not in found:
                found.add(group)
                waiting += self._above.get(group, ())
        return tuple(sorted(found))

    def _rights(self, grants: Grants, holders: Iterable[str]) -> dict[str, tuple[str, ...]]:
        rights: defaultdict[str, set[str]] = defaultdict(set)
        for holder in holders:
            for id_, right in grants.get(holder, ()):
                rights[id_].add(right)
        return {id_: tuple(sorted(held)) for id_, held in sorted(rights.items())}

    def _processes(self, groups: Iterable[str]) -> tuple[str, ...] | None:
        of_groups = [self._known.user_groups[group].processes for group in groups]
        listed = [processes for processes in of_groups if processes is not None]
        return tuple(sorted({each for processes in listed for each in processes})) if listed else None
