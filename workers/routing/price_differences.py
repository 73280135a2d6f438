"""How two prices of one order differ, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from schemas.orders import PricedLine, PricedOrder
from workers.routing.pricing import EXACT

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineChange:
    """The same line of the same order, priced twice."""

    before: PricedLine
    after: PricedLine

    @property
    def becomes_unpriced(self) -> bool:
        return self.before.unit_price is not None and self.after.unit_price is None

    @property
    def becomes_priced(self) -> bool:
        return self.before.unit_price is None and self.after.unit_price is not None

    @property
    def amounts(self) -> tuple[Decimal, Decimal]:
        """Exact, before and after; nothing for a line without a price."""
        return _amount(self.before), _amount(self.after)


def line_changes(before: PricedOrder, after: PricedOrder) -> Iterator[LineChange]:
    """Lines with another unit price, or another list that gave it. `9.90` and `9.9` are the same price."""
    for was, would_be in zip(before.lines, after.lines, strict=True):
        if (_unit(was), was.price_list) != (_unit(would_be), would_be.price_list):
            yield LineChange(was, would_be)


def added(total: Decimal, amount: Decimal) -> Decimal:
    """Exact."""
    return EXACT.add(total, amount)


def _unit(line: PricedLine) -> Decimal | None:
    return None if line.unit_price is None else Decimal(line.unit_price)


def _amount(line: PricedLine) -> Decimal:
    return ZERO if line.amount is None else Decimal(line.amount)
