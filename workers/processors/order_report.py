"""What a candidate policy would have made of past orders' prices: exact counts and sums, and a few examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from schemas.orders import PricedLine, PricedOrder
from workers.routing.price_differences import ZERO, LineChange, added

SHOWN = 20
CUSTOMERS_COUNTED = 2_000
OTHERS = "others"


@dataclass(slots=True)
class CustomerTotal:
    """Of the lines that change, one customer's in one currency; a line without a price adds nothing."""

    lines: int = 0
    before: Decimal = ZERO
    after: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return added(self.after, self.before.copy_negate())


@dataclass(slots=True)
class OrderReport:
    """`not_comparable`: orders that would differ, but whose prices of then can't be made again from what is known."""

    orders: int = 0
    changed_orders: int = 0
    lines: int = 0
    changed_lines: int = 0
    becoming_unpriced: int = 0
    becoming_priced: int = 0
    not_comparable: int = 0
    totals: dict[tuple[str, str], CustomerTotal] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, order: PricedOrder, changes: Sequence[LineChange]) -> None:
        """One order that was looked at; maybe nothing of it changes."""
        self.orders += 1
        self.lines += len(order.lines)
        self.changed_orders += bool(changes)
        for change in changes:
            self._count(order, change)

    @property
    def largest(self) -> list[tuple[str, str, CustomerTotal]]:
        """(customer, currency, total): the largest difference first, whichever way."""
        found = [(*key, total) for key, total in self.totals.items()]
        return sorted(found, key=lambda each: (-abs(each[2].difference), each[0], each[1]))

    def as_json(self) -> dict[str, Any]:
        return {
            "orders": self.orders,
            "changed_orders": self.changed_orders,
            "lines": self.lines,
            "changed_lines": self.changed_lines,
            "becoming_unpriced": self.becoming_unpriced,
            "becoming_priced": self.becoming_priced,
            "not_comparable": self.not_comparable,
            "totals": [
                {
                    "customer_id": customer,
                    "currency": currency,
                    "lines": total.lines,
                    "before": plain_amount(total.before),
                    "after": plain_amount(total.after),
                    "difference": plain_amount(total.difference),
                }
                for customer, currency, total in self.largest
            ],
            "examples": self.examples,
        }

    def _count(self, order: PricedOrder, change: LineChange) -> None:
        self.changed_lines += 1
        self.becoming_unpriced += change.becomes_unpriced
        self.becoming_priced += change.becomes_priced
        total = self._total(order)
        before, after = change.amounts
        total.lines += 1
        total.before, total.after = added(total.before, before), added(total.after, after)
        if len(self.examples) < SHOWN:
            self.examples.append(_example(order, change))

    def _total(self, order: PricedOrder) -> CustomerTotal:
        """Memory is bounded: beyond so many customers the rest of a currency is one. Currencies are the policies'."""
        key = (order.customer_id, order.currency)
        if key not in self.totals and len(self.totals) >= CUSTOMERS_COUNTED:
            key = (OTHERS, order.currency)
        return self.totals.setdefault(key, CustomerTotal())


def plain_amount(amount: Decimal) -> str:
    """Never with an exponent."""
    return f"{amount:f}"


def _example(order: PricedOrder, change: LineChange) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "currency": order.currency,
        "sku": change.before.sku,
        "quantity": change.before.quantity,
        "before": _price(change.before),
        "after": _price(change.after),
    }


def _price(line: PricedLine) -> dict[str, str | None]:
    return {"unit_price": line.unit_price, "price_list": line.price_list, "reason": line.reason}
