"""Who is named as handler or recipient, and lacks a right to see what they get (R17, R18). Nothing grants it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

from config.finding import Finding, warning
from config.yaml_places import KeyPath
from schemas.directory import Directory
from schemas.directory_view import ResolvedUser
from schemas.mail import GroupVia
from schemas.policy import Policy, Row
from workers.routing.contact_resolution import ContactResolution
from workers.routing.directory_entities import DirectoryEntities
from workers.routing.group_ranking import rank_groups
from workers.routing.sender import groups_via
from workers.routing.user_resolution import UserResolution

_SEES = {"actor", "reader"}
Needs = dict[str, set[str]]
"""Kind (`address book`, `area`, `user group`, `process`) to the ids that are all needed."""


def access_findings(policy: Policy, directory: Directory) -> Iterator[Finding]:
    """Against rights as the directory has them now."""
    world = _World(directory)
    yield from _rows(policy, world)
    yield from _mailboxes(policy, world)
    yield from _rules(policy, world)


class _World:
    def __init__(self, directory: Directory) -> None:
        self._known = DirectoryEntities.of(directory.entities())

    @cached_property
    def users(self) -> dict[str, ResolvedUser]:
        resolution = UserResolution(self._known)
        return {id_: resolution.resolve(id_) for id_ in self._known.users}

    @cached_property
    def senders(self) -> set[tuple[str, tuple[GroupVia, ...]]]:
        """Each address book with groups that a contact in it has; what is the same counts once."""
        resolution = ContactResolution(self._known)
        contacts = map(resolution.resolve, self._known.contacts)
        return {(contact.address_book or "?", groups_via(contact)) for contact in contacts if contact.groups}

    def lacks(self, user_id: str, needs: Needs) -> Iterator[tuple[str, str]]:
        """What a user misses of it; nothing for one that the directory does not know (that is an error already)."""
        user = self.users.get(user_id)
        if user is not None:
            yield from (
                (kind, id_) for kind, ids in needs.items() for id_ in sorted(ids) if not _has(user, kind, id_)
            )

    def somebody_has(self, needs: Needs) -> bool:
        return any(not any(self.lacks(user, needs)) for user in self.users)


def _has(user: ResolvedUser, kind: str, id_: str) -> bool:
    match kind:
        case "address book":
            return bool(_SEES & set(user.address_books.get(id_, ())))
        case "area":
            return bool(_SEES & set(user.areas.get(id_, ())))
        case "user group":
            return id_ in user.user_groups
        case _:
            return user.processes is None or id_ in user.processes


def _needs(
    books: Collection[str], area: str | None, user_group: str | None, process: str | None = None
) -> Needs:
    needs: dict[str, tuple[str | None, ...]] = {
        "address book": (*books,),
        "area": (area,),
        "user group": (user_group,),
        "process": (process,),
    }
    return {kind: {id_ for id_ in ids if id_ is not None} for kind, ids in needs.items()}


def _rows(policy: Policy, world: _World) -> Iterator[Finding]:
    """Of each contact the groups are ranked as for a mail of its own: only the row that would be taken counts."""
    for book, groups in sorted(world.senders, key=repr):
        ranked = rank_groups(groups, policy)
        for name, process in policy.processes.items():
            rows = [(group.id, row) for group in ranked if (row := group.row(name))]
            area = next((row.area for _, row in rows if row.area), process.default_area)
            taken = next(((id_, row) for id_, row in rows if row.handler or row.user_group), None)
            if taken:
                yield from _row(*taken, name, book, area, world)


def _row(group: str, row: Row, process: str, book: str, area: str, world: _World) -> Iterator[Finding]:
    path = ("groups", group, "processes", process)
    if row.handler:
        who = f"who handles {process} of {group}"
        needs = _needs({book}, area, row.user_group, process)
        yield from _gaps((*path, "handler"), row.handler, who, needs, world)
    if row.user_group and not world.somebody_has(_needs({book}, area, row.user_group)):
        text = f"nobody in user group {row.user_group} may see both address book {book} and area {area}"
        yield warning((*path, "user_group"), f"{text}: such mail of {group} would be seen by nobody", _GIVE)


def _mailboxes(policy: Policy, world: _World) -> Iterator[Finding]:
    strangers = policy.unknown_senders.address_book
    for address, box in policy.mailboxes.items():
        process = policy.processes.get(box.process)
        area = process.default_area if process else None
        path = ("mailboxes", address)
        if box.owner:
            needs = _needs({strangers}, area, None, box.process)
            yield from _gaps((*path, "owner"), box.owner, f"the owner of {address}", needs, world)
        elif not world.somebody_has(_needs({strangers}, area, box.user_group)):
            text = (
                f"nobody in user group {box.user_group} may see both address book {strangers} and area {area}"
            )
            yield warning((*path, "user_group"), f"{text}: mail of strangers would be seen by nobody", _GIVE)


def _rules(policy: Policy, world: _World) -> Iterator[Finding]:
    for index, rule in enumerate(policy.rules):
        given = rule.set
        if given.handler:
            needs = _needs((), given.area, given.user_group, given.process)
            where = ("rules", index, "set", "handler")
            yield from _gaps(where, given.handler, f"the handler of rule {rule.id}", needs, world)


_GIVE = "give the right in the directory, or name somebody else; being named grants nothing"


def _gaps(path: KeyPath, user: str, who: str, needs: Needs, world: _World) -> Iterator[Finding]:
    for kind, id_ in world.lacks(user, needs):
        lacked = f"may not handle process {id_}" if kind == "process" else f"lacks {kind} {id_}"
        yield warning(path, f"{user}, {who}, {lacked}", _GIVE)
