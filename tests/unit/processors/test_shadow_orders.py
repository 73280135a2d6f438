"""Which past orders would cost something else under a candidate policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.directory_view import ResolvedContact, ResolvedGroup, contact_field
from schemas.orders import OrderLine, PlacedOrder
from schemas.policy import Policy
from schemas.topics import ORDERS_PRICED, POLICY_VERSIONS
from tests.support.builders import a_policy
from tests.support.fake_topics import FakeTopics
from workers.processors.kept_history import Period
from workers.processors.order_report import CUSTOMERS_COUNTED, OTHERS, OrderReport
from workers.processors.policy_archive import read_policies
from workers.processors.shadow_orders import ShadowOrders
from workers.routing.compiled_policy import compile_policy
from workers.routing.policy_version import as_version, version_of
from workers.routing.price_differences import line_changes
from workers.routing.pricing import price_order

AT = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
NOBODY: tuple[str, ...] = ()


def a_shop(gold: str = "7.00", product: str | None = "10.00", **fields: Any) -> Policy:
    """Gold customers pay `gold` from ten on, all others the product's price."""
    items = {"A": [{"from": 10, "price": gold}]}
    products = {} if product is None else {"A": {"price": product, "currency": "EUR"}}
    defaults = {
        "groups": {"gold": {"price_lists": ["gold"]}},
        "price_lists": {"gold": {"priority": 50, "currency": "EUR", "items": items}},
        "products": products | {"B": {"price": "0.1", "currency": "CZK"}},
    }
    return a_policy(**(defaults | fields))


def a_directory(**groups: Sequence[str]) -> dict[str, bytes]:
    """The directory view: customers with their groups."""
    return {contact_field(id): a_customer(id, *given).write() for id, given in groups.items()}


def a_customer(id: str, *groups: str) -> ResolvedContact:
    mine = (ResolvedGroup(group_id=g, type="customers", via_contact_id=id, distance=0) for g in groups)
    return ResolvedContact(
        contact_id=id, kind="company", address_book="customers", company_id=id, groups=tuple(mine)
    )


class Shop:
    """Orders are priced as the lane does it, by the policy that is live and the directory of the moment."""

    def __init__(self) -> None:
        self.topics = FakeTopics(partitions=2)
        self.directory = a_directory(acme=("gold",), bolt=NOBODY)
        self.policy = a_shop()

    async def live(self, policy: Policy) -> None:
        self.policy, version = policy, as_version(policy)
        await self.topics.publish(POLICY_VERSIONS, version.version, version)

    async def order(self, number: int, customer: str, *items: tuple[str, int], currency: str = "EUR") -> None:
        lines = tuple(OrderLine(sku=sku, quantity=quantity) for sku, quantity in items)
        placed = PlacedOrder(
            order_id=f"o-{number}", customer_id=customer, placed_at=AT, currency=currency, lines=lines
        )
        found = self.directory.get(contact_field(customer))
        known = None if found is None else ResolvedContact.read(found)
        priced = price_order(placed, known, as_version(self.policy), "1")
        await self.topics.publish(ORDERS_PRICED, placed.order_id, priced)

    async def tried(self, candidate: Policy, period: Period | None = None, **how: Any) -> OrderReport:
        compiled = compile_policy(candidate, version_of(candidate))
        report = OrderReport()
        shadow = ShadowOrders(await read_policies(self.topics), compiled, self.directory, **how)
        await shadow.cast(self.topics, period or Period(), report)
        return report


@pytest.fixture
async def shop() -> Shop:
    """Acme is gold and ordered 10 and 2, bolt ordered 10, somebody unknown ordered too."""
    made = Shop()
    await made.live(a_shop())
    await made.order(1, "acme", ("A", 10), ("A", 2))
    await made.order(2, "bolt", ("A", 10), ("Z", 1))
    await made.order(3, "c-nobody", ("A", 1))
    return made


def totals(report: OrderReport) -> list[tuple[str, str, int, str, str, str]]:
    return [tuple(each.values()) for each in report.as_json()["totals"]]


async def test_the_same_prices_in_other_words_change_nothing(shop: Shop) -> None:
    """R32: `7` is `7.00`."""
    report = await shop.tried(a_shop(gold="7"))
    assert (3, 5, 0, 0, []) == (
        report.orders,
        report.lines,
        report.changed_lines,
        report.not_comparable,
        totals(report),
    )


async def test_lines_are_compared_and_summed_by_customer_and_currency(shop: Shop) -> None:
    """R32 R33: exact decimals; only the lines that change count, the largest difference first."""
    await shop.order(4, "bolt", ("B", 3), currency="CZK")
    crown = {"A": {"price": "11.10", "currency": "EUR"}, "B": {"price": "0.3", "currency": "CZK"}}
    report = await shop.tried(a_shop(gold="6.95", products=crown))
    assert [
        ("bolt", "EUR", 1, "100.00", "111.00", "11.00"),
        ("acme", "EUR", 2, "90.00", "91.70", "1.70"),
        ("bolt", "CZK", 1, "0.3", "0.9", "0.6"),
    ] == totals(report)
    assert (3, 4, 0, 0) == (
        report.changed_orders,
        report.changed_lines,
        report.becoming_unpriced,
        report.becoming_priced,
    )


async def test_another_list_at_the_same_price_is_a_change(shop: Shop) -> None:
    """R31 R32: the line names its list; the amounts are the same."""
    lists = {
        "gold": {"priority": 50, "currency": "EUR", "items": {}},
        "high": {"priority": 60, "currency": "EUR", "items": {"A": [{"from": 10, "price": "7.00"}]}},
    }
    report = await shop.tried(a_shop(price_lists=lists, groups={"gold": {"price_lists": ["gold", "high"]}}))
    assert [("acme", "EUR", 1, "70.00", "70.00", "0.00")] == totals(report)
    [example] = report.examples
    assert ("gold", "high") == (example["before"]["price_list"], example["after"]["price_list"])


async def test_what_becomes_unpriced_and_what_gets_a_price_is_counted(shop: Shop) -> None:
    """R33: never a guess, with the reason."""
    gone = await shop.tried(a_shop(product=None))
    assert (2, 0) == (gone.becoming_unpriced, gone.becoming_priced)
    assert ["o-1", "o-2"] == sorted(example["order_id"] for example in gone.examples)
    assert {None} == {example["after"]["unit_price"] for example in gone.examples}
    assert all(example["after"]["reason"] for example in gone.examples)
    found = {"Z": {"price": "5", "currency": "EUR"}, "A": {"price": "10.00", "currency": "EUR"}}
    assert [("bolt", "EUR", 1, "0", "5", "5")] == totals(await shop.tried(a_shop(products=found)))


async def test_what_only_the_directory_changed_is_not_the_candidates_doing(shop: Shop) -> None:
    """R30: recorded facts are those whose price comes out again; `current` counts all."""
    shop.directory |= a_directory(bolt=("gold",))
    recorded = await shop.tried(a_shop(gold="6.00"))
    assert (1, ["acme"]) == (recorded.not_comparable, [customer for customer, *_ in totals(recorded)])
    current = await shop.tried(a_shop(gold="6.00"), recorded=False)
    assert (0, [("bolt", "60.00"), ("acme", "60.00")]) == (
        current.not_comparable,
        [(customer, after) for customer, _, _, _, after, _ in totals(current)],
    )


async def test_only_the_period_and_the_group_are_looked_at(shop: Shop) -> None:
    """By when the price was stored, and by the customer's groups now."""
    assert 1 == (await shop.tried(a_shop(gold="6.00"), group="gold")).orders
    shop.topics.now += timedelta(days=1)
    await shop.order(4, "acme", ("A", 10))
    later = Period(since=shop.topics.now)
    earlier = Period(until=shop.topics.now)
    assert (1, 3) == tuple([(await shop.tried(a_shop(), span)).orders for span in (later, earlier)])


async def test_a_record_that_is_no_priced_order_is_passed_over(shop: Shop) -> None:
    """History may hold anything."""
    await shop.topics.publish(ORDERS_PRICED, "o-1", None)
    assert 3 == (await shop.tried(a_shop())).orders


def test_memory_does_not_grow_with_customers() -> None:
    """Beyond so many the rest of a currency is one, and the sum is still exact."""
    report, cheap, dear = OrderReport(), as_version(a_shop(product="1")), as_version(a_shop(product="3"))
    for number in range(CUSTOMERS_COUNTED + 10):
        customer = a_customer(f"c-{number}")
        placed = PlacedOrder(
            order_id=f"o-{number}",
            customer_id=customer.contact_id,
            placed_at=AT,
            currency="EUR",
            lines=(OrderLine(sku="A", quantity=1),),
        )
        before, after = (price_order(placed, customer, live, "1") for live in (cheap, dear))
        report.add(before, list(line_changes(before, after)))
    assert (CUSTOMERS_COUNTED + 1, 10) == (len(report.totals), report.totals[OTHERS, "EUR"].lines)
    assert 2 * (CUSTOMERS_COUNTED + 10) == sum(total.difference for total in report.totals.values())
