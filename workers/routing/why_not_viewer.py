"""What would let a user see a message: the smallest changes of the directory, tried with the access check (P4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from schemas.directory import AddressBook, Area
from schemas.directory_view import ResolvedUser
from schemas.privacy import PrivacyTaggedMessage
from schemas.ticket import RoutedTicket
from schemas.vocabulary import UNRESOLVED, Access
from workers.routing.access import missing_requirements, verdict
from workers.routing.directory_entities import DirectoryEntities
from workers.routing.rights import Rights
from workers.routing.user_resolution import UserResolution

_MOST = 5


@dataclass(frozen=True, slots=True)
class Grant:
    """`kind` and `id` of the entity, and what it would say more. `user_groups`: membership."""

    kind: str
    id: str
    user: str

    @property
    def what(self) -> str:
        if self.kind == "user_groups":
            return f"user_groups.{self.id}.members: also {self.user}"
        return f"{self.kind}.{self.id}.rights: {{{self.user}: reader}}"

    def given(self, known: DirectoryEntities) -> DirectoryEntities:
        """The directory with it."""
        if self.kind == "user_groups":
            group = known.user_groups[self.id]
            groups = {self.id: group.model_copy(update={"members": (*group.members, self.user)})}
            return replace(known, user_groups={**known.user_groups, **groups})
        if self.kind == "areas":
            area = known.areas.get(self.id, Area())
            rights = {**area.rights, self.user: "reader"}
            return replace(known, areas={**known.areas, self.id: area.model_copy(update={"rights": rights})})
        book = known.address_books.get(self.id, AddressBook())
        more = book.model_copy(update={"rights": {**book.rights, self.user: "reader"}})
        return replace(known, address_books={**known.address_books, self.id: more})


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its ticket as it stands."""

    ticket: RoutedTicket
    tag: PrivacyTaggedMessage

    def seen_by(self, user: str, known: DirectoryEntities) -> tuple[Access, str]:
        return verdict(user, self.ticket.requires, self.tag, _rights(user, known))


def smallest_grants(message: Message, user: str, known: DirectoryEntities) -> list[tuple[Grant, ...]]:
    """Grants that are needed together, the smallest first; empty: no right would do.

    They let the user see all that rights can show; what is private to another stays closed to everybody else.
    Joining a group may give several rights at once. Precondition: the user is in the directory.
    """
    requires = message.ticket.requires.plus(message.tag.requires)
    missing = missing_requirements(user, requires, _rights(user, known))
    if not missing or any(each.endswith(f":{UNRESOLVED}") for each in missing):
        return []
    direct = tuple(_direct(each, user) for each in missing)
    pool = list(dict.fromkeys((*direct, *_joins(message, user, known, len(missing)))))
    for size in range(1, len(direct)):
        found = [each for each in combinations(pool, size) if _shows(message, user, known, each)]
        if found:
            return found[:_MOST]
        if size == 2:
            break
    return [direct] if _shows(message, user, known, direct) else []


def _direct(missing: str, user: str) -> Grant:
    kind, _, id_ = missing.partition(":")
    return Grant(kind, id_, user)


def _joins(message: Message, user: str, known: DirectoryEntities, missing: int) -> Iterator[Grant]:
    """Groups that would meet at least one of the requirements."""
    requires = message.ticket.requires.plus(message.tag.requires)
    for group in sorted(known.user_groups):
        grant = Grant("user_groups", group, user)
        left = missing_requirements(user, requires, _rights(user, grant.given(known)))
        if len(left) < missing:
            yield grant


def _shows(message: Message, user: str, known: DirectoryEntities, grants: tuple[Grant, ...]) -> bool:
    for grant in grants:
        if grant.kind == "user_groups" and grant.id not in known.user_groups:
            return False
        known = grant.given(known)
    return message.seen_by(user, known)[0] != "nothing"


def _rights(user: str, known: DirectoryEntities) -> Rights:
    resolved: ResolvedUser = UserResolution(known).resolve(user)
    return Rights({user: resolved} if user in known.users else {})
