"""The directory: users and their groups, address books and areas with rights, contacts and contact groups.

`directory.entities` holds one `DirectoryEntity` per key `kind/id`; a tombstone deletes. `Directory` is all of
it at once, as `directory.yaml` writes it.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from schemas.addresses import Address, Domain
from schemas.event import Event, Part
from schemas.identifiers import AsSet, Id, Ids, OneOrMany
from schemas.vocabulary import Right

EntityKind = Literal["user", "user_group", "address_book", "area", "contact", "contact_group"]
ENTITY_KINDS: tuple[EntityKind, ...] = get_args(EntityKind)
ContactKind = Literal["company", "division", "person"]
GroupType = Literal["customers", "suppliers", "colleagues"]


class User(Part):
    """Somebody who works with mail. `mail` tells their own mails from strangers'."""

    name: str = Field(default="", max_length=200)
    mail: Address | None = None


class UserGroup(Part):
    """Members of a listed group are members too, transitively (R8). `processes` null: no restriction (R17)."""

    name: str = Field(default="", max_length=200)
    members: Ids = Field(default=(), description="users")
    groups: Ids = Field(default=(), description="user groups whose members are members of this one too")
    processes: Ids | None = None


class AddressBook(Part):
    """Defines who may see the contacts in it. `rights`: of users and user groups."""

    name: str = Field(default="", max_length=200)
    rights: Mapping[Id, Right] = {}


class Area(Part):
    """Where tickets are handled. Rights hold for the area itself only."""

    name: str = Field(default="", max_length=200)
    rights: Mapping[Id, Right] = {}


class Contact(Part):
    """In exactly one address book: its own, else its nearest ancestor's (R1)."""

    kind: ContactKind
    name: str = Field(default="", max_length=200)
    parent: Id | None = None
    address_book: Id | None = None
    addresses: Annotated[tuple[Address, ...], OneOrMany, AsSet] = ()
    domains: Annotated[tuple[Domain, ...], OneOrMany, AsSet] = Field(default=(), description="companies only")


class ContactGroup(Part):
    """Owned by one address book, holds contacts of any; grants no access (R2, R4)."""

    name: str = Field(default="", max_length=200)
    type: GroupType
    address_book: Id
    members: Ids = Field(default=(), description="contacts")


Body = User | UserGroup | AddressBook | Area | Contact | ContactGroup


class DirectoryEntity(Event):
    """One entity. Its body is in the field that has the kind's name; the other five are left out."""

    kind: str = Field(description="`EntityKind`", examples=["contact"])
    id: Id
    user: User | None = None
    user_group: UserGroup | None = None
    address_book: AddressBook | None = None
    area: Area | None = None
    contact: Contact | None = None
    contact_group: ContactGroup | None = None

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        given = {kind for kind in ENTITY_KINDS if getattr(self, kind) is not None}
        if given != {self.kind} & set(ENTITY_KINDS):
            raise ValueError("the body belongs into the field that has the kind's name, and into no other")
        return self

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.id}"

    @property
    def body(self) -> Body | None:
        """None only for a kind that this version does not know."""
        body: Body | None = getattr(self, self.kind) if self.kind in ENTITY_KINDS else None
        return body

    def write(self) -> bytes:
        return self.model_dump_json(exclude_none=True).encode()


def entity(kind: EntityKind, id_: str, body: Body) -> DirectoryEntity:
    """An entity from its parts. Raises `pydantic.ValidationError` where kind and body differ."""
    return DirectoryEntity.model_validate({"kind": kind, "id": id_, kind: body})


class Directory(Part):
    """The whole directory; ids are unique within a kind, those of users and user groups together."""

    users: Mapping[Id, User] = {}
    user_groups: Mapping[Id, UserGroup] = {}
    address_books: Mapping[Id, AddressBook] = {}
    areas: Mapping[Id, Area] = {}
    contacts: Mapping[Id, Contact] = {}
    contact_groups: Mapping[Id, ContactGroup] = {}

    def of_kind(self, kind: EntityKind) -> Mapping[str, Body]:
        """Entities of one kind by id."""
        entities: Mapping[str, Body] = getattr(self, f"{kind}s")
        return entities

    def entities(self) -> Iterator[DirectoryEntity]:
        """All of it as events, in a fixed order."""
        for kind in ENTITY_KINDS:
            for id_, body in sorted(self.of_kind(kind).items()):
                yield entity(kind, id_, body)
