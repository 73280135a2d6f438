"""Values of the directory view, which `project` derives and writes, and the others read.

Fields of the hash: `address/<normal address>` and `domain/<normal domain>` → `Candidates`; `contact/<id>` →
`ResolvedContact`; `user/<id>` → `ResolvedUser`; `user-mail/<normal address>` → `UserOfMail`. A field that is
absent means: nobody.
"""

from collections.abc import Mapping

from pydantic import Field

from schemas.event import Event, Part


class ResolvedGroup(Part):
    """A contact group of a contact. `distance`: 0 its own, 1 its parent's, …; only the nearest is listed."""

    group_id: str
    type: str = Field(description="customers | suppliers | colleagues")
    via_contact_id: str
    distance: int


class ResolvedContact(Event):
    """A contact with all that it inherits."""

    contact_id: str
    kind: str = Field(description="company | division | person")
    address_book: str | None = Field(description="its own or nearest ancestor's; null: nobody may see it")
    company_id: str | None = Field(description="itself, or the nearest company above it")
    groups: tuple[ResolvedGroup, ...] = Field(default=(), description="nearest first, then by id")


class Candidates(Event):
    """The contacts that an address, or the companies that a domain, may mean: by id, the lowest first."""

    candidates: tuple[ResolvedContact, ...]


class ResolvedUser(Event):
    """Rights of a user, direct and through groups. Several may hold: a manager alone sees no content (R7)."""

    user_id: str
    address_books: Mapping[str, tuple[str, ...]] = Field(default={}, description="id to rights, sorted")
    areas: Mapping[str, tuple[str, ...]] = Field(default={}, description="id to rights, sorted")
    user_groups: tuple[str, ...] = Field(default=(), description="all that the user is a member of, sorted")
    processes: tuple[str, ...] | None = Field(default=None, description="may handle only these; null: all")


class UserOfMail(Event):
    """The user who has this mail address."""

    user_id: str


def address_field(address: str) -> str:
    return f"address/{address}"


def domain_field(domain: str) -> str:
    return f"domain/{domain}"


def contact_field(contact_id: str) -> str:
    return f"contact/{contact_id}"


def user_field(user_id: str) -> str:
    return f"user/{user_id}"


def user_mail_field(address: str) -> str:
    return f"user-mail/{address}"
