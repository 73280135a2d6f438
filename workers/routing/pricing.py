"""What an order costs (R30-R34): the customer's price lists by their priority, then the product's own price.

Never a guess: a customer, currency or item that is not known gives no price, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from functools import reduce

from schemas.decision import Looked
from schemas.directory_view import ResolvedContact
from schemas.mail import GroupVia
from schemas.orders import OrderLine, PlacedOrder, PricedLine, PricedOrder
from schemas.policy import Policy
from schemas.policy_events import PolicyVersion
from schemas.policy_prices import PriceBreak, PriceList
from workers.routing.group_ranking import rank_groups
from workers.routing.price_lists import choose_price_lists
from workers.routing.receipts import chosen, lost, missed

EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Products and sums of decimals are finite: nothing is ever rounded."""

NO_CUSTOMER = "the directory has no such customer"
NO_LINES = "the order has no lines"


def price_order(
    order: PlacedOrder, customer: ResolvedContact | None, live: PolicyVersion, directory_version: str
) -> PricedOrder:
    """The order with the price of each line, or why it has none. `customer`: the contact that it names.

    A total is given only where every line has a price: a part of it would look like all.
    """
    reason = _unpriceable(order, customer, live.policy)
    lists = () if customer is None or reason else lists_of(customer, live.policy)
    lines = tuple(
        _without_price(line, reason) if reason else price_line(line, order, lists, live.policy)
        for line in order.lines
    )
    amounts = [Decimal(line.amount) for line in lines if line.amount is not None]
    priced = bool(lines) and len(amounts) == len(lines)
    return PricedOrder(
        order_id=order.order_id,
        customer_id=order.customer_id,
        placed_at=order.placed_at,
        currency=order.currency,
        lines=lines,
        total=_text(reduce(EXACT.add, amounts)) if priced else None,
        priced=priced,
        reason=reason or _summary(len(lines) - len(amounts), len(lines)),
        policy_version=live.version,
        directory_version=directory_version,
    )


def lists_of(customer: ResolvedContact, policy: Policy) -> tuple[str, ...]:
    """Ids of the lists of all the customer's groups and its ancestors', highest priority first, ties by id."""
    groups = (
        GroupVia(group_id=g.group_id, via_contact_id=g.via_contact_id, distance=g.distance, type=g.type)
        for g in customer.groups
    )
    return choose_price_lists(rank_groups(groups, policy), policy)[0]


def price_line(line: OrderLine, order: PlacedOrder, lists: Sequence[str], policy: Policy) -> PricedLine:
    """The first of `lists` that has the item gives the price; those after it that have it too have lost."""
    offers = [_offer(id, line, order, policy) for id in lists]
    having = [offer for offer in offers if offer.found is not None]
    product = _product(line.sku, order.currency, policy)
    winner = next(iter(having), product)
    looked = tuple(_looked(offer, winner) for offer in (*offers, product))
    if winner.found is None:
        return _without_price(line, _no_price(line.sku, order.currency, policy), looked)
    return PricedLine(
        sku=line.sku,
        quantity=line.quantity,
        unit_price=winner.found,
        amount=_text(EXACT.multiply(Decimal(winner.found), Decimal(line.quantity))),
        price_list=winner.list_id,
        lost=tuple(offer.list_id for offer in having[1:] if offer.list_id is not None),
        reason=winner.why,
        looked_at=looked,
    )


@dataclass(frozen=True, slots=True)
class _Offer:
    """What one list (None: the product) says of an item: its unit price, or None and why not."""

    list_id: str | None
    found: str | None
    why: str


def _offer(id: str, line: OrderLine, order: PlacedOrder, policy: Policy) -> _Offer:
    known = policy.price_lists.get(id)
    if known is None:
        return _Offer(id, None, "not in the policy")
    against = _not_usable(known, order)
    if against:
        return _Offer(id, None, against)
    breaks = known.items.get(line.sku)
    if breaks is None:
        return _Offer(id, None, "does not have the item")
    reached = _reached(breaks, line.quantity)
    if reached is None:
        return _Offer(id, None, f"has the item only from {breaks[0].from_}")
    return _Offer(id, reached.price, f"price list {id}, from {reached.from_}")


def _not_usable(known: PriceList, order: PlacedOrder) -> str | None:
    at = order.placed_at
    if known.currency != order.currency:
        return f"is in {known.currency}"
    if known.valid_from is not None and at < known.valid_from:
        return f"valid only from {_time(known.valid_from)}"
    if known.valid_until is not None and at >= known.valid_until:
        return f"valid only until {_time(known.valid_until)}"
    return None


def _reached(breaks: Iterable[PriceBreak], quantity: int) -> PriceBreak | None:
    """The last break that the quantity reaches; they are sorted."""
    return next((each for each in reversed(tuple(breaks)) if each.from_ <= quantity), None)


def _product(sku: str, currency: str, policy: Policy) -> _Offer:
    product = policy.products.get(sku)
    if product is None:
        return _Offer(None, None, "no such product")
    if product.currency != currency:
        return _Offer(None, None, f"is in {product.currency}")
    return _Offer(None, product.price, "product")


def _looked(offer: _Offer, winner: _Offer) -> Looked:
    candidate = "product" if offer.list_id is None else f"price-list:{offer.list_id}"
    if offer.found is None:
        return missed(candidate, offer.why)
    if offer is winner:
        return chosen(candidate, offer.why)
    before = "product" if winner.list_id is None else f"price-list:{winner.list_id}"
    return lost(candidate, f"{before} came before")


def _unpriceable(order: PlacedOrder, customer: ResolvedContact | None, policy: Policy) -> str | None:
    """Why no line of the order can have a price."""
    if not order.lines:
        return NO_LINES
    if customer is None:
        return NO_CUSTOMER
    known = {each.currency for each in policy.price_lists.values()}
    if order.currency not in known | {each.currency for each in policy.products.values()}:
        return "no price list and no product is in this currency"
    return None


def _no_price(sku: str, currency: str, policy: Policy) -> str:
    if sku not in policy.products and not any(sku in each.items for each in policy.price_lists.values()):
        return "no such item"
    return f"no list of the customer has the item here and now, and its product has no price in {currency}"


def _without_price(line: OrderLine, reason: str, looked: tuple[Looked, ...] = ()) -> PricedLine:
    return PricedLine(
        sku=line.sku,
        quantity=line.quantity,
        unit_price=None,
        amount=None,
        price_list=None,
        lost=(),
        reason=reason,
        looked_at=looked,
    )


def _summary(missing: int, lines: int) -> str:
    if missing:
        return f"{missing} of {lines} lines have no price"
    return "all lines have a price"


def _text(amount: Decimal) -> str:
    """Plain, never with an exponent."""
    return f"{amount:f}"


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
