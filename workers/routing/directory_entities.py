"""The entities that are known at one moment, by kind and id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.directory import AddressBook, Area, Body, Contact, ContactGroup, DirectoryEntity, User, UserGroup


@dataclass(frozen=True, slots=True)
class DirectoryEntities:
    """Not checked: any reference may lead nowhere."""

    users: dict[str, User] = field(default_factory=dict)
    user_groups: dict[str, UserGroup] = field(default_factory=dict)
    address_books: dict[str, AddressBook] = field(default_factory=dict)
    areas: dict[str, Area] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    contact_groups: dict[str, ContactGroup] = field(default_factory=dict)

    @classmethod
    def of(cls, entities: Iterable[DirectoryEntity]) -> DirectoryEntities:
        """Of several with one key the last one holds; kinds that we do not know are left out."""
        known = cls()
        for entity in entities:
            if entity.body is not None:
                known.add(entity.id, entity.body)
        return known

    def add(self, id_: str, body: Body) -> None:
        match body:
            case User():
                self.users[id_] = body
            case UserGroup():
                self.user_groups[id_] = body
            case AddressBook():
                self.address_books[id_] = body
            case Area():
                self.areas[id_] = body
            case Contact():
                self.contacts[id_] = body
            case ContactGroup():
                self.contact_groups[id_] = body
