"""Who sees what of a message (P4, R5, R14, R40-R43). The one place that answers it."""

from typing import Protocol

from schemas.access import Requires
from schemas.vocabulary import UNRESOLVED, Access
from workers.routing.rights import Rights

CONTENT_RIGHTS = frozenset({"actor", "reader"})
"""Rights on a book or an area with which one sees content; a manager alone does not (R7, R41)."""

GRANTED = "all requirements met"


class Restricted(Protocol):
    """A message's own part: `MessageTag` and `PrivacyTaggedMessage` both are one."""

    @property
    def requires(self) -> Requires: ...

    @property
    def private_to(self) -> str | None: ...


def verdict(viewer: str, ticket_requires: Requires, tag: Restricted, rights: Rights) -> tuple[Access, str]:
    """What the viewer may know of the message, and the requirement (`KIND:ID`) that decided it.

    `ticket_requires` must be those of the ticket's latest revision. `existence`: that it arrived, nothing more.
    """
    missing = first_missing(viewer, ticket_requires.plus(tag.requires), rights)
    if missing is not None:
        return "nothing", missing
    if tag.private_to is not None and tag.private_to != viewer:
        return "existence", "private"
    return "content", GRANTED


def first_missing(user: str, requires: Requires, rights: Rights) -> str | None:
    """The first requirement (books, areas, user groups) that the user does not meet, as `KIND:ID`."""
    return next(iter(missing_requirements(user, requires, rights)), None)


def missing_requirements(user: str, requires: Requires, rights: Rights) -> tuple[str, ...]:
    """All requirements that the user does not meet, as `KIND:ID`.

    `requires` must be a sum (ticket and message): no book or no area in it is a requirement that nobody meets.
    """
    missing = [
        f"{kind}:{id}"
        for kind, ids in (("address_books", requires.address_books), ("areas", requires.areas))
        for id in ids or (UNRESOLVED,)
        if not _sees_content(user, kind, id, rights)
    ]
    missing += [
        f"user_groups:{group}" for group in requires.user_groups if not _is_member(user, group, rights)
    ]
    return tuple(missing)


def _sees_content(user: str, kind: str, id: str, rights: Rights) -> bool:
    return id != UNRESOLVED and not CONTENT_RIGHTS.isdisjoint(rights.held(user, kind, id))


def _is_member(user: str, group: str, rights: Rights) -> bool:
    return group != UNRESOLVED and bool(rights.held(user, "user_groups", group))
