"""Which price lists a ticket's orders use (R30, R31): those of all the customer's groups, by the lists' priority."""

from collections.abc import Sequence

from schemas.decision import Step
from schemas.policy import Policy
from workers.routing.group_ranking import RankedGroup
from workers.routing.receipts import chosen, ignored, step


def choose_price_lists(
    ranked: Sequence[RankedGroup], policy: Policy
) -> tuple[tuple[str, ...], str | None, Step]:
    """The lists, highest priority first, ties by id; the group that gives the highest; and the step."""
    given_by: dict[str, str] = {}
    for group in ranked:
        for price_list in group.conditions.price_lists if group.is_customers else ():
            given_by.setdefault(price_list, group.source)
    ordered = tuple(sorted(given_by, key=lambda id: (-_priority(id, policy), id)))
    looked = [
        chosen(f"price-list:{id}", f"priority {_priority(id, policy)}, of {given_by[id]}") for id in ordered
    ]
    looked += [
        ignored(group.source, f"{group.type}: only customers' groups give price lists")
        for group in ranked
        if group.conditions.price_lists and not group.is_customers
    ]
    source = given_by[ordered[0]] if ordered else None
    because = source or "no group has a price list"
    return ordered, source, step("price_lists", " ".join(ordered) or None, because, looked)


def _priority(id: str, policy: Policy) -> int:
    price_list = policy.price_lists.get(id)
    return price_list.priority if price_list else 0
