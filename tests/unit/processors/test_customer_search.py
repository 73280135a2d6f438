"""Whose tickets are meant by an id, an address or a domain."""

import pytest

from tests.support.pages_world import PagesWorld
from workers.errors import DependencyUnavailable, InvalidInput
from workers.page_ports import Customers
from workers.processors.customer_search import meant_customers
from workers.processors.directory_lookup import DirectoryLookup
from workers.routing.customer import address_key


async def meant(text: str) -> Customers:
    world = await PagesWorld().publish()
    return (await meant_customers(text, DirectoryLookup(world.store, world))).customers


@pytest.mark.parametrize(
    ("text", "customers"),
    [
        ("p-jan", Customers(("p-jan",), ("p-jan",))),
        ("jan@acme.test", Customers(("p-jan",), keys=(address_key("jan@acme.test"),))),
        ("JAN@ACME.TEST", Customers(("p-jan",), keys=(address_key("jan@acme.test"),))),
        ("new@acme.test", Customers(("c-acme",), keys=(address_key("new@acme.test"),))),
        ("max@unknown.test", Customers(keys=(address_key("max@unknown.test"),))),
        ("acme.test", Customers(("c-acme",), ("c-acme",))),
        ("@acme.test", Customers(("c-acme",), ("c-acme",))),
        ("no.company.test", Customers(("no.company.test",), ("no.company.test",))),
    ],
)
async def test_the_directory_says_who_is_meant_as_it_does_for_a_sender(
    text: str, customers: Customers
) -> None:
    """The exact address, else its domain; a stranger by the digest that tickets have."""
    assert customers == await meant(text)


@pytest.mark.parametrize("text", ["a@b@@", "@", "a b@c.test\x00", "a.b..c", "@x y.test"])
async def test_what_is_none_of_them_is_refused(text: str) -> None:
    """In words that do not repeat it."""
    with pytest.raises(InvalidInput) as refused:
        await meant(text)
    assert "customer: a contact's id" in refused.value.public


async def test_while_the_directory_is_rebuilt_nobody_is_guessed() -> None:
    """P6."""
    world = PagesWorld()
    with pytest.raises(DependencyUnavailable):
        await meant_customers("jan@acme.test", DirectoryLookup(world.store, world))
