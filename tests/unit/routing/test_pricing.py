"""What orders cost (R30-R34): tables of every way to a price, and of every way to none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from schemas import topics
from schemas.directory_view import ResolvedContact, ResolvedGroup, contact_field
from schemas.orders import OrderLine, PlacedOrder, PricedLine, PricedOrder
from schemas.policy import Policy
from schemas.policy_prices import PriceList
from tests.support.builders import a_policy
from tests.support.example_world import DIRECTORY, POLICY
from tests.support.shipped_examples import an_example
from workers.routing.directory_index import derive
from workers.routing.policy_version import as_version
from workers.routing.pricing import NO_CUSTOMER, NO_LINES, price_order

PLACED_AT = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
GROUPS = {"gold": {"price_lists": ["gold"]}, "base": {"price_lists": ["base", "summer"]}}
PRICES: dict[str, Any] = {
    "gold": {
        "priority": 50,
        "currency": "EUR",
        "items": {"A": [{"from": 10, "price": "7.00"}, {"from": 100, "price": "6.5"}]},
    },
    "base": {
        "priority": 10,
        "currency": "EUR",
        "items": {"A": [{"from": 1, "price": "9.00"}], "B": [{"from": 1, "price": "0.105"}]},
    },
    "summer": {
        "priority": 10,
        "currency": "EUR",
        "valid_from": "2026-07-01",
        "valid_until": "2026-08-31",
        "items": {"B": [{"from": 1, "price": "0.05"}]},
    },
}
PRODUCTS = {
    "A": {"price": "10.00", "currency": "EUR"},
    "C": {"price": "3", "currency": "EUR"},
    "D": {"price": "80.00", "currency": "CZK"},
}
SHOP = a_policy(groups=GROUPS, price_lists=PRICES, products=PRODUCTS)


def a_customer(*groups: str, kind: str = "customers") -> ResolvedContact:
    """A company in these groups."""
    mine = (ResolvedGroup(group_id=id, type=kind, via_contact_id="c-x", distance=0) for id in groups)
    return ResolvedContact(
        contact_id="c-x", kind="company", address_book="customers", company_id="c-x", groups=tuple(mine)
    )


def an_order(*items: tuple[str, int], **fields: Any) -> PlacedOrder:
    lines = tuple(OrderLine(sku=sku, quantity=quantity) for sku, quantity in items)
    defaults = {"order_id": "o-1", "customer_id": "c-x", "placed_at": PLACED_AT, "currency": "EUR"}
    return PlacedOrder(**{**defaults, "lines": lines, **fields})


def priced(order: PlacedOrder, customer: ResolvedContact | None = None, policy: Policy = SHOP) -> PricedOrder:
    return price_order(order, customer or a_customer("gold", "base"), as_version(policy), "7")


def the_line(sku: str, quantity: int, **fields: Any) -> PricedLine:
    (line,) = priced(an_order((sku, quantity), **fields)).lines
    return line


@pytest.mark.parametrize(
    ("quantity", "unit_price", "price_list", "lost"),
    [
        (1, "9.00", "base", ()),
        (9, "9.00", "base", ()),
        (10, "7.00", "gold", ("base",)),
        (99, "7.00", "gold", ("base",)),
        (100, "6.5", "gold", ("base",)),
    ],
)
def test_below_its_first_break_a_list_does_not_have_the_item(
    quantity: int, unit_price: str, price_list: str, lost: tuple[str, ...]
) -> None:
    """R31 R32: then the next list by priority gives the price."""
    line = the_line("A", quantity)
    assert (unit_price, price_list, lost) == (line.unit_price, line.price_list, line.lost)


def test_amounts_are_exact_decimals() -> None:
    """0.105 * 3 is 0.315, however a float would have it; the total is their sum."""
    order = priced(an_order(("B", 3), ("C", 2)))
    assert ["0.315", "6"] == [line.amount for line in order.lines]
    assert ("6.315", True) == (order.total, order.priced)


def test_a_quantity_beyond_all_measure_is_multiplied_exactly() -> None:
    """Decimals of any length; nothing is rounded to the context's 28 digits."""
    quantity = 10**60 + 1
    assert f"{quantity * 13 // 2}.5" == the_line("A", quantity).amount


def test_of_equal_priority_the_lower_id_counts() -> None:
    """R31: although the other list is valid, and cheaper."""
    line = the_line("B", 1, placed_at="2026-07-15T00:00:00Z")
    assert ("0.105", "base", ("summer",)) == (line.unit_price, line.price_list, line.lost)


@pytest.mark.parametrize(
    ("placed_at", "lost"),
    [
        ("2026-06-30T23:59:59.999Z", ()),
        ("2026-07-01T01:00:00+02:00", ()),
        ("2026-07-01T00:00:00Z", ("summer",)),
        ("2026-08-31T23:59:59.999Z", ("summer",)),
        ("2026-09-01T01:30:00+02:00", ("summer",)),
        ("2026-09-01T00:00:00Z", ()),
    ],
)
def test_a_list_counts_only_while_it_is_valid_by_the_order_s_own_time(
    placed_at: str, lost: tuple[str, ...]
) -> None:
    """From its first day to the end of its last one, in UTC; when it is priced does not matter."""
    assert lost == the_line("B", 1, placed_at=placed_at).lost


def test_an_item_in_no_list_costs_what_the_product_says() -> None:
    """R33."""
    line = the_line("C", 4)
    assert ("3", "12", None, "product") == (line.unit_price, line.amount, line.price_list, line.reason)


def test_a_customer_without_lists_pays_the_products_prices() -> None:
    """R30: and a supplier's group gives none."""
    suppliers = a_customer("gold", "base", kind="suppliers")
    (line,) = priced(an_order(("A", 100)), suppliers).lines
    assert ("10.00", None) == (line.unit_price, line.price_list)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (an_order(("Z", 1)), "no such item"),
        (an_order(("D", 1)), "no list of the customer has the item"),
        (an_order(("A", 1), currency="USD"), "no price list and no product is in this currency"),
        (an_order(("A", 1), currency="eur"), "no price list and no product is in this currency"),
    ],
    ids=["item", "currency-of-the-item", "currency", "misspelt-currency"],
)
def test_what_is_not_known_has_no_price_and_says_so(order: PlacedOrder, reason: str) -> None:
    """Never a guess, never a drop."""
    answer = priced(order)
    (line,) = answer.lines
    assert (None, None, False, None) == (line.unit_price, line.amount, answer.priced, answer.total)
    assert line.reason.startswith(reason)


def test_an_order_of_nobody_known_has_no_price_at_all() -> None:
    """Not even the product's own: who orders is a part of what it costs."""
    answer = price_order(an_order(("A", 1), ("C", 1)), None, as_version(SHOP), "7")
    assert (False, NO_CUSTOMER, None) == (answer.priced, answer.reason, answer.total)
    assert [None, None] == [line.unit_price for line in answer.lines]


def test_one_line_without_a_price_leaves_the_others_theirs() -> None:
    """But there is no total: a part of it would look like all."""
    answer = priced(an_order(("C", 1), ("Z", 1)))
    assert ["3", None] == [line.unit_price for line in answer.lines]
    assert (None, "1 of 2 lines have no price") == (answer.total, answer.reason)


def test_an_order_without_lines_is_answered() -> None:
    """Its total is not 0."""
    answer = priced(an_order())
    assert (False, NO_LINES, None) == (answer.priced, answer.reason, answer.total)


def test_a_line_names_every_list_that_was_looked_at() -> None:
    """P7: chosen, lost and missed, in their order, the product last."""
    assert [
        ("price-list:gold", "missed", "has the item only from 10"),
        ("price-list:base", "chosen", "price list base, from 1"),
        ("price-list:summer", "missed", "valid only from 2026-07-01T00:00:00Z"),
        ("product", "lost", "price-list:base came before"),
    ] == [(look.candidate, look.verdict, look.why) for look in the_line("A", 9).looked_at]


def test_a_list_of_another_currency_does_not_have_the_item() -> None:
    """Nothing is converted."""
    gold = {**PRICES["gold"], "currency": "CZK"}
    policy = a_policy(groups=GROUPS, price_lists={**PRICES, "gold": gold}, products=PRODUCTS)
    (line,) = priced(an_order(("A", 100)), policy=policy).lines
    assert ("base", "is in CZK") == (line.price_list, line.looked_at[0].why)


def test_a_group_s_list_that_the_policy_lost_is_passed_over() -> None:
    """Policies are checked before they go live; a decision does not fail for one that was not."""
    policy = a_policy(groups={"gold": {"price_lists": ["gone"]}}, price_lists={}, products=PRODUCTS)
    (line,) = priced(an_order(("A", 1)), policy=policy).lines
    assert ("10.00", "not in the policy") == (line.unit_price, line.looked_at[0].why)


def test_a_person_orders_by_the_lists_of_its_company() -> None:
    """R30: all its customers, also those who inherit the group."""
    view = derive({entity.key: entity.write() for entity in DIRECTORY.entities()})
    jan = ResolvedContact.read(view[contact_field("p-jan")])
    order = an_order(("SKU-1", 100), customer_id="p-jan")
    (line,) = price_order(order, jan, as_version(POLICY), "11").lines
    assert "key-prices" == line.price_list


def test_the_published_example_is_what_pricing_writes() -> None:
    """Bit for bit (P3)."""
    view = derive({entity.key: entity.write() for entity in DIRECTORY.entities()})
    placed = an_example(topics.ORDERS_PLACED)
    customer = ResolvedContact.read(view[contact_field(placed.customer_id)])
    assert an_example(topics.ORDERS_PRICED) == price_order(placed, customer, as_version(POLICY), "11")


@pytest.mark.parametrize(("since", "until"), [("2026-07-02", "2026-07-01"), ("2026-07-01T00:00:00Z",) * 2])
def test_a_list_that_is_never_valid_is_refused(since: str, until: str) -> None:
    """An error of the policy file."""
    with pytest.raises(ValidationError, match="never valid"):
        PriceList.model_validate({"currency": "EUR", "valid_from": since, "valid_until": until})


def test_validity_by_a_time_and_by_a_date_are_one_thing() -> None:
    """So a policy that was published reads back as itself."""
    by_date = PriceList.model_validate({"currency": "EUR", "valid_until": "2026-12-31"})
    by_time = PriceList.model_validate({"currency": "EUR", "valid_until": "2027-01-01T01:00:00+01:00"})
    assert by_date == by_time == PriceList.model_validate_json(by_date.model_dump_json())
