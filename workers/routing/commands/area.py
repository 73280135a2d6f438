"""The ticket moves to another area, or one message is assigned to an area of its own (R15, R41)."""

from __future__ import annotations

from schemas.access import Requires
from workers.routing.commands.effect import Effect, Given, Refusal
from workers.routing.commands.messages import named_message
from workers.routing.receipts import chosen
from workers.routing.tags import tag_again


def move(given: Given) -> Effect | Refusal:
    """`value`: the area, one that the policy names or on which the actor has any right.

    A moved ticket requires the new area in place of the old one: that is what moving it means. A message's own
    areas are only ever added to, and no move of its ticket takes one away (P4).
    """
    area = given.command.value
    if not isinstance(area, str) or not _is_known(area, given):
        return Refusal("no such area")
    if given.command.delivery_id is not None:
        return _assign_message(given, given.command.delivery_id, area)
    return Effect(
        ticket={"area": area, "requires": given.ticket.requires.model_copy(update={"areas": (area,)})},
        sources={"area": given.source},
        set_by_command=("area",),
        looked=(chosen(given.source, f"moves the ticket to {area}"),),
    )


def _assign_message(given: Given, delivery_id: str, area: str) -> Effect | Refusal:
    tag = named_message(given, delivery_id)
    if isinstance(tag, Refusal):
        return tag
    if area in tag.requires.areas:
        return Effect(reason="already in this area")
    again = tag_again(tag, requires=Requires(areas=(area,)), private_to=tag.private_to)
    return Effect(retagged=(again,), looked=(chosen(given.source, f"assigns one message to {area}"),))


def _is_known(area: str, given: Given) -> bool:
    return area in given.policy.areas or bool(given.rights.held(given.command.actor, "areas", area))
