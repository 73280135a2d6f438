"""One entity leaves the directory, and everything that names it. Pure."""

from collections.abc import Iterator

from schemas.directory import AddressBook, Area, ContactGroup, DirectoryEntity, User, UserGroup
from workers.errors import InvalidInput
from workers.processors.directory_differences import Entities


def forget_entity(key: str, current: Entities) -> dict[str, DirectoryEntity]:
    """The directory without the entity `kind/id` (a contact or a user), and without mentions of it.

    Raises `InvalidInput` for one that does not exist, that others depend on, or of another kind.
    """
    kind, _, id_ = key.partition("/")
    if kind not in ("contact", "user"):
        raise InvalidInput(
            "Only contacts and users can be forgotten; change others in the file, then load it."
        )
    if key not in current:
        raise InvalidInput("There is no such entity in the directory.", key=key)
    children = [entity.id for entity in current.values() if entity.contact and entity.contact.parent == id_]
    if kind == "contact" and children:
        raise InvalidInput(f"Contacts below it must go first: {', '.join(sorted(children))}.")
    return {entity.key: entity for entity in _without(kind, id_, current) if entity.key != key}


def _without(kind: str, id_: str, current: Entities) -> Iterator[DirectoryEntity]:
    for entity in current.values():
        body = entity.body
        match body:
            case ContactGroup() if kind == "contact":
                yield _with_body(entity, body.model_copy(update={"members": _other(body.members, id_)}))
            case UserGroup() if kind == "user":
                yield _with_body(entity, body.model_copy(update={"members": _other(body.members, id_)}))
            case AddressBook() | Area() if kind == "user":
                rights = {holder: right for holder, right in body.rights.items() if holder != id_}
                yield _with_body(entity, body.model_copy(update={"rights": rights}))
            case _:
                yield entity


def _other(ids: tuple[str, ...], id_: str) -> tuple[str, ...]:
    return tuple(each for each in ids if each != id_)


def _with_body(
    entity: DirectoryEntity, body: AddressBook | Area | ContactGroup | User | UserGroup
) -> DirectoryEntity:
    return entity.model_copy(update={entity.kind: body})
