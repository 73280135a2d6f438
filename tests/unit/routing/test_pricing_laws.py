"""Laws of pricing, for any lists and any order, against a model that tries every list."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.directory_view import ResolvedContact, ResolvedGroup
from schemas.orders import OrderLine, PlacedOrder, PricedLine, PricedOrder
from schemas.policy_events import PolicyVersion
from schemas.policy_prices import PriceList
from tests.support.builders import a_policy
from workers.routing.pricing import price_order

ITEMS = ("A", "B")
CURRENCIES = ("EUR", "CZK")
AT = datetime(2026, 6, 1, tzinfo=UTC)
DATES = (None, "2026-05-01", "2026-06-01", "2026-07-01")
PRICES = st.decimals(0, 999, places=3).map(str)


@st.composite
def price_lists(draw: st.DrawFn) -> dict[str, Any]:
    breaks = st.dictionaries(st.integers(1, 20), PRICES, min_size=1, max_size=3).map(
        lambda found: [{"from": quantity, "price": price} for quantity, price in found.items()]
    )
    since = draw(st.sampled_from(DATES))
    until = draw(st.sampled_from([day for day in DATES if not (day and since and day < since)]))
    return {
        "priority": draw(st.integers(0, 2)),
        "currency": draw(st.sampled_from(CURRENCIES)),
        "valid_from": since,
        "valid_until": until,
        "items": draw(st.dictionaries(st.sampled_from(ITEMS), breaks)),
    }


@st.composite
def worlds(draw: st.DrawFn) -> tuple[PolicyVersion, PlacedOrder]:
    lists = draw(st.dictionaries(st.sampled_from("abcd"), price_lists(), max_size=4))
    product = st.fixed_dictionaries({"price": PRICES, "currency": st.sampled_from(CURRENCIES)})
    products = draw(st.dictionaries(st.sampled_from(ITEMS), product))
    policy = a_policy(groups={"g": {"price_lists": list(lists)}}, price_lists=lists, products=products)
    line = st.builds(OrderLine, sku=st.sampled_from((*ITEMS, "Z")), quantity=st.integers(1, 25))
    order = PlacedOrder(
        order_id="o",
        customer_id="c",
        placed_at=AT,
        currency=draw(st.sampled_from((*CURRENCIES, "USD"))),
        lines=draw(st.lists(line, max_size=4).map(tuple)),
    )
    return PolicyVersion(version="v", policy=policy), order


CUSTOMER = ResolvedContact(
    contact_id="c",
    kind="company",
    address_book="customers",
    company_id="c",
    groups=(ResolvedGroup(group_id="g", type="customers", via_contact_id="c", distance=0),),
)


def has(known: PriceList, line: PricedLine, order: PricedOrder) -> bool:
    return (
        known.currency == order.currency
        and (known.valid_from is None or known.valid_from <= order.placed_at)
        and (known.valid_until is None or order.placed_at < known.valid_until)
        and any(each.from_ <= line.quantity for each in known.items.get(line.sku, ()))
    )


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_the_highest_list_that_has_the_item_gives_the_price(world: tuple[PolicyVersion, PlacedOrder]) -> None:
    """R31 R32: never a lower one, never one that does not have it; the others that have it are named."""
    live, placed = world
    order = price_order(placed, CUSTOMER, live, "1")
    lists = live.policy.price_lists
    for line in order.lines:
        having = [id for id in lists if has(lists[id], line, order)]
        in_order = sorted(having, key=lambda id: (-lists[id].priority, id))
        assert in_order == [each for each in (line.price_list, *line.lost) if each is not None]


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_a_price_is_one_that_the_policy_names(world: tuple[PolicyVersion, PlacedOrder]) -> None:
    """R33: that of the last break reached, or the product's in the order's currency, or none."""
    live, placed = world
    for line in price_order(placed, CUSTOMER, live, "1").lines:
        if line.price_list is not None:
            breaks = live.policy.price_lists[line.price_list].items[line.sku]
            reached = max((b for b in breaks if b.from_ <= line.quantity), key=lambda b: b.from_)
            assert reached.price == line.unit_price
        elif line.unit_price is not None:
            product = live.policy.products[line.sku]
            assert (product.price, product.currency) == (line.unit_price, placed.currency)
        else:
            own = live.policy.products.get(line.sku)
            assert own is None or own.currency != placed.currency
            assert line.reason


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_every_line_is_answered_and_the_total_is_their_exact_sum(
    world: tuple[PolicyVersion, PlacedOrder],
) -> None:
    """Nothing is dropped, nothing rounded; no total where a line lacks its price."""
    live, placed = world
    order = price_order(placed, CUSTOMER, live, "1")
    assert [(line.sku, line.quantity) for line in placed.lines] == [
        (line.sku, line.quantity) for line in order.lines
    ]
    amounts = [
        Fraction(line.unit_price) * line.quantity for line in order.lines if line.unit_price is not None
    ]
    assert order.priced is (0 < len(amounts) == len(order.lines))
    assert order.priced is (order.total is not None)
    if order.total is not None:
        assert sum(amounts) == Fraction(Decimal(order.total))
