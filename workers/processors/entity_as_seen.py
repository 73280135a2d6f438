"""One entity of the directory as a user may see it: contacts of other books don't exist for them (R4, R5). Pure."""

from collections.abc import Callable

from schemas.directory import Contact, ContactGroup, DirectoryEntity
from workers.processors.directory_differences import Entities
from workers.routing.access import CONTENT_RIGHTS
from workers.routing.contact_resolution import ContactResolution
from workers.routing.directory_entities import DirectoryEntities
from workers.routing.user_resolution import UserResolution

MayRead = Callable[[str | None], bool]


def entity_as_seen(key: str, entities: Entities, viewer: str) -> DirectoryEntity | None:
    """None: does not exist, or the viewer may not know of it; both look the same.

    Being in a group with a contact shows nothing of the contact, and a group's own book guards the group.
    """
    found = entities.get(key)
    if found is None:
        return None
    known = DirectoryEntities.of(entities.values())
    may_read = _reader(known, viewer)
    book_of = _books(known)
    if found.contact is not None:
        return _contact(found, found.contact, may_read, book_of) if may_read(book_of(found.id)) else None
    if found.contact_group is not None:
        return _group(found, found.contact_group, may_read, book_of)
    return found


def _contact(
    found: DirectoryEntity, contact: Contact, may_read: MayRead, book_of: Callable[[str], str | None]
) -> DirectoryEntity:
    """Without a parent that the viewer may not know of."""
    if contact.parent is None or may_read(book_of(contact.parent)):
        return found
    return found.model_copy(update={"contact": contact.model_copy(update={"parent": None})})


def _group(
    found: DirectoryEntity, group: ContactGroup, may_read: MayRead, book_of: Callable[[str], str | None]
) -> DirectoryEntity | None:
    if not may_read(group.address_book):
        return None
    members = tuple(member for member in group.members if may_read(book_of(member)))
    return found.model_copy(update={"contact_group": group.model_copy(update={"members": members})})


def _reader(known: DirectoryEntities, viewer: str) -> MayRead:
    rights = UserResolution(known).resolve(viewer).address_books if viewer in known.users else {}
    return lambda book: book is not None and not CONTENT_RIGHTS.isdisjoint(rights.get(book, ()))


def _books(known: DirectoryEntities) -> Callable[[str], str | None]:
    resolution = ContactResolution(known)
    return lambda contact: resolution.resolve(contact).address_book if contact in known.contacts else None
