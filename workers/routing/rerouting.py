"""What an operator's re-routing changes on a ticket: from what it is to what a policy would have made of it.

Pure, and made outside of the lanes (`stellwerk reroute`): the value goes into a `reroute` command, which carries
no word of a mail and is applied in the ticket's order, where fields that people set in between stay theirs.
"""

from __future__ import annotations

from typing import Any

from schemas.ticket import RoutedTicket, Sla, TicketState
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.deadline_moves import due_times_move
from workers.routing.rerouted_access import more_required

REROUTED = ("process", "area", "handler", "user_group", "groups", "price_lists", "sla")
_WITHOUT_SOURCE = ("groups",)


def reroute_value(state: TicketState, shadow: TicketState, policy: CompiledPolicy) -> dict[str, Any] | None:
    """The value of the `reroute` command; None where the ticket stays as it is.

    `shadow`: the ticket after its whole history under the policy. Its first mail alone would not do: a follow-up
    may have handed it over (R11). Left out is what a person set, on the ticket or on its shadow.
    """
    now, wanted = _assigned(state.ticket), _assigned(shadow.ticket)
    changes = {
        name: value
        for name, value in wanted.items()
        if value != now[name] and name not in state.set_by_command and not is_set_by_hand(shadow, name)
    }
    access = more_required(state, shadow, policy, changes)
    if "sla" not in changes and due_times_move(state, policy):
        access |= {"deadlines": True}
    if not changes and not access:
        return None
    sources = {
        name: source
        for name, source in shadow.ticket.sources.items()
        if name in changes and name not in _WITHOUT_SOURCE
    }
    return {**changes, **access, "sources": sources, "policy_version": policy.version}


def deadlines_value(state: TicketState, policy: CompiledPolicy) -> dict[str, Any] | None:
    """The value of a `reroute` command that only moves due times; None where they stay."""
    if not due_times_move(state, policy):
        return None
    return {"deadlines": True, "sources": {}, "policy_version": policy.version}


def is_set_by_hand(shadow: TicketState, name: str) -> bool:
    """Whether a person's command gave the field, also under the other policy."""
    source = shadow.ticket.sources.get(name, "")
    return name in shadow.set_by_command or source.startswith("command:")


def _assigned(ticket: RoutedTicket) -> dict[str, Any]:
    return {
        "process": ticket.process,
        "area": ticket.area,
        "handler": ticket.handler,
        "user_group": ticket.user_group,
        "groups": list(ticket.groups),
        "price_lists": list(ticket.price_lists),
        "sla": _terms(ticket.sla),
    }


def _terms(sla: Sla | None) -> dict[str, str | None] | None:
    return {"contract": sla.contract, "level": sla.level, "group_id": sla.group_id} if sla else None
