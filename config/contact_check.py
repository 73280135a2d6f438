"""Contacts: parents, levels, address books, domains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.circles import circles
from config.policy_references import unknown
from config.problems import Problem
from schemas.directory import Contact, Directory

_PARENTS = {"company": (), "division": ("company", "division"), "person": ("company", "division")}
"""company > division > person; divisions may nest."""


def contact_problems(directory: Directory) -> Iterator[Problem]:
    """All that is wrong with contacts by themselves."""
    yield from _circles(directory)
    for id_, contact in directory.contacts.items():
        path = ("contacts", id_)
        books = directory.address_books
        yield from unknown((*path, "address_book"), "address book", contact.address_book, books)
        if contact.domains and contact.kind != "company":
            yield Problem((*path, "domains"), "only a company has domains; move them to its company")
        yield from _parent(id_, contact, directory)
        if not _has_book(id_, directory.contacts):
            what = "neither it nor anything above it names an address book, so nobody could see it; add one"
            yield Problem((*path, "address_book"), what)


def _circles(directory: Directory) -> Iterator[Problem]:
    parents = {
        id_: (contact.parent,) if contact.parent else () for id_, contact in directory.contacts.items()
    }
    for circle in circles(parents):
        what = f"goes in a circle ({' > '.join(circle)}); remove one of these parents"
        yield Problem(("contacts", circle[0], "parent"), what)


def _parent(id_: str, contact: Contact, directory: Directory) -> Iterator[Problem]:
    if contact.parent is None:
        return
    path = ("contacts", id_, "parent")
    parent = directory.contacts.get(contact.parent)
    if parent is None:
        yield Problem(path, f"there is no contact {contact.parent}; define it, or correct the id")
    elif parent.kind not in _PARENTS[contact.kind]:
        what = f"a {contact.kind} can't be below a {parent.kind}; the order is company > division > person"
        yield Problem(path, what)


def _has_book(id_: str, contacts: Mapping[str, Contact]) -> bool:
    seen: set[str] = set()
    next_id: str | None = id_
    while next_id in contacts and next_id is not None and next_id not in seen:
        if contacts[next_id].address_book:
            return True
        seen.add(next_id)
        next_id = contacts[next_id].parent
    return False
