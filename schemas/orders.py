"""Orders in and out (`orders.placed`, `orders.priced`), R30-R34. Amounts are decimal strings."""

from pydantic import Field

from schemas.decision import Looked
from schemas.event import Event, Part, UtcTime


class OrderLine(Part):
    sku: str
    quantity: int = Field(ge=1)


class PlacedOrder(Event):
    """An order as the shop sent it."""

    order_id: str
    customer_id: str = Field(description="a contact id of the directory")
    placed_at: UtcTime
    currency: str
    lines: tuple[OrderLine, ...]


class PricedLine(Part):
    sku: str
    quantity: int
    unit_price: str | None
    amount: str | None = Field(description="unit price times quantity, exact: rounding is the shop's")
    price_list: str | None = Field(description="null: the product's own price, or unpriced")
    lost: tuple[str, ...] = Field(description="lists that also had the item")
    reason: str
    looked_at: tuple[Looked, ...] = Field(
        default=(), description="each list of the customer and the product's own price, in their order"
    )


class PricedOrder(Event):
    """The same order with its prices; `priced` is false where any line has none."""

    order_id: str
    customer_id: str
    placed_at: UtcTime
    currency: str
    lines: tuple[PricedLine, ...]
    total: str | None = Field(description="sum of the amounts; null where any line has none")
    priced: bool
    reason: str
    policy_version: str
    directory_version: str
