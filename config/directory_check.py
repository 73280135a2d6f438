"""What must hold inside a directory: names lead somewhere, nothing goes in a circle, each contact has a book."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from config.circles import circles
from config.contact_check import contact_problems
from config.policy_references import unknown
from config.problems import Problem
from schemas.directory import Directory


def directory_problems(directory: Directory) -> list[Problem]:
    """All of them. One address at several contacts is legal: their mails come from an ambiguous sender."""
    parts = (_shared_ids, _mails, _members, _group_circles, _rights, contact_problems, _contact_groups)
    return list(chain.from_iterable(part(directory) for part in parts))


def _shared_ids(directory: Directory) -> Iterator[Problem]:
    for id_ in directory.users.keys() & directory.user_groups.keys():
        yield Problem(("user_groups", id_), "is the id of a user too; rights could mean either: rename one")


def _mails(directory: Directory) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for id_, user in directory.users.items():
        if user.mail and first.setdefault(user.mail, id_) != id_:
            what = f"is the mail of user {first[user.mail]} too; each user needs their own"
            yield Problem(("users", id_, "mail"), what)


def _members(directory: Directory) -> Iterator[Problem]:
    for id_, group in directory.user_groups.items():
        for member in group.members:
            yield from unknown(("user_groups", id_, "members"), "user", member, directory.users)
        for inner in group.groups:
            yield from unknown(("user_groups", id_, "groups"), "user group", inner, directory.user_groups)


def _group_circles(directory: Directory) -> Iterator[Problem]:
    for circle in circles({id_: group.groups for id_, group in directory.user_groups.items()}):
        what = f"goes in a circle ({' > '.join(circle)}); remove one of these groups from another"
        yield Problem(("user_groups", circle[0], "groups"), what)


def _rights(directory: Directory) -> Iterator[Problem]:
    holders = directory.users.keys() | directory.user_groups.keys()
    for kind, entities in (("address_books", directory.address_books), ("areas", directory.areas)):
        for id_, each in entities.items():
            for holder in each.rights:
                yield from unknown((kind, id_, "rights", holder), "user or user group", holder, holders)


def _contact_groups(directory: Directory) -> Iterator[Problem]:
    for id_, group in directory.contact_groups.items():
        path = ("contact_groups", id_)
        books = directory.address_books
        yield from unknown((*path, "address_book"), "address book", group.address_book, books)
        for member in group.members:
            yield from unknown((*path, "members"), "contact", member, directory.contacts)
