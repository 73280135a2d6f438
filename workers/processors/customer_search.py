"""Whose tickets somebody means who types a contact's id, a mail address or a domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.addresses import domain_of, normal_address, normal_domain
from schemas.directory_view import Candidates, address_field, domain_field
from workers.errors import InvalidInput
from workers.page_ports import Customers
from workers.processors.directory_lookup import DirectoryLookup
from workers.routing.customer import address_key


@dataclass(frozen=True, slots=True)
class MeantCustomers:
    """`because`: how the words were understood, without repeating them."""

    customers: Customers
    because: str


async def meant_customers(text: str, directory: DirectoryLookup) -> MeantCustomers:
    """As routing matches a sender: the exact address, else the domain; a stranger's address by its digest.

    Raises `InvalidInput` for what is neither of the three, `DependencyUnavailable` while the directory is.
    """
    if "@" in text.removeprefix("@"):
        return await _of_address(_normal(normal_address, text), directory)
    if text.startswith("@") or "." in text:
        return await _of_domain(_normal(normal_domain, text.removeprefix("@")), text, directory)
    return MeantCustomers(Customers(contacts=(text,), companies=(text,)), "by the contact's id")


async def _of_address(address: str, directory: DirectoryLookup) -> MeantCustomers:
    exact, domain = address_field(address), domain_field(domain_of(address))
    await directory.acquire()
    found = (await directory.read((exact, domain))).values
    as_stranger = (address_key(address),)
    if ids := _contacts(found, exact):
        return MeantCustomers(Customers(ids, keys=as_stranger), f"the address of {', '.join(ids)}")
    if ids := _contacts(found, domain):
        return MeantCustomers(
            Customers(ids, keys=as_stranger), f"an address at the domain of {', '.join(ids)}"
        )
    return MeantCustomers(Customers(keys=as_stranger), "an address that no contact has")


async def _of_domain(domain: str, text: str, directory: DirectoryLookup) -> MeantCustomers:
    """An id may hold dots, too."""
    await directory.acquire()
    ids = _contacts((await directory.read((domain_field(domain),))).values, domain_field(domain))
    if ids:
        return MeantCustomers(Customers(ids, companies=ids), f"the domain of {', '.join(ids)}")
    return MeantCustomers(
        Customers((text,), companies=(text,)), "a domain that no company has, or a contact's id"
    )


def _contacts(found: Mapping[str, bytes], field: str) -> tuple[str, ...]:
    value = found.get(field)
    return () if value is None else tuple(each.contact_id for each in Candidates.read(value).candidates)


def _normal(how: Callable[[str], str], text: str) -> str:
    try:
        return how(text)
    except ValueError as error:
        raise InvalidInput("customer: a contact's id, a mail address, or a domain") from error
