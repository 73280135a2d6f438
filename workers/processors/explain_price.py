"""What one item costs one customer now, and why: the same decision as for an order, on one line."""

from __future__ import annotations

from datetime import datetime

from schemas.directory_view import ResolvedContact, contact_field
from schemas.orders import OrderLine, PlacedOrder, PricedOrder
from schemas.policy import Policy
from workers.errors import DependencyUnavailable, InvalidInput
from workers.processors.publish_directory import published_values
from workers.processors.publish_policy import live_policy
from workers.processors.topic_reader import TopicReader
from workers.routing.directory_index import derive
from workers.routing.pricing import price_order

NOW = "now"


async def explain_price(
    reader: TopicReader, customer_id: str, line: OrderLine, currency: str | None, at: datetime
) -> PricedOrder:
    """`currency` None: the only one that the policy has. Raises `InvalidInput` where it has several.

    The order is nobody's: nothing is written.
    """
    live = await live_policy(reader)
    if live is None:
        raise DependencyUnavailable("no policy is active yet: `stellwerk policy publish FILE`")
    found = derive(await published_values(reader)).get(contact_field(customer_id))
    customer = None if found is None else ResolvedContact.read(found)
    order = PlacedOrder(
        order_id=NOW,
        customer_id=customer_id,
        placed_at=at,
        currency=currency or _only_currency(live.policy),
        lines=(line,),
    )
    return price_order(order, customer, live, NOW)


def _only_currency(policy: Policy) -> str:
    found = {each.currency for each in policy.price_lists.values()}
    found |= {each.currency for each in policy.products.values()}
    if len(found) != 1:
        raise InvalidInput(f"Say --currency: the policy has {', '.join(sorted(found)) or 'no price at all'}.")
    return found.pop()
