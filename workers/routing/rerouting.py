"""What an operator's re-routing would change on a ticket: its first mail, decided again under a policy.

Pure, and made outside of the lanes (`stellwerk reroute`): the value goes into a `reroute` command, which carries
no word of the mail and is applied in the ticket's order, where fields that people set in between stay theirs.
"""

from __future__ import annotations

from typing import Any

from schemas.mail import EnrichedMail
from schemas.ticket import RoutedTicket, Sla, TicketState
from workers.routing.assignment import Assignment, assign_all
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.group_ranking import rank_groups
from workers.routing.rules import run_rules

REROUTED = ("process", "area", "handler", "user_group", "groups", "price_lists", "sla")


def reroute_value(
    first_mail: EnrichedMail, state: TicketState, policy: CompiledPolicy
) -> dict[str, Any] | None:
    """The value of the `reroute` command; None where the ticket would stay as it is, or its mailbox is gone.

    Fields that a person set are left out. Raises `InvalidInput` like a new ticket.
    """
    mailbox = policy.mailbox(first_mail.mailbox)
    if mailbox is None:
        return None
    ranked = rank_groups(first_mail.groups, policy.policy)
    ruled, _ = run_rules(policy.rules, first_mail, private=mailbox.is_private)
    assignment = assign_all(first_mail, mailbox, ranked, ruled, policy)
    wanted = _wanted(assignment)
    now = _present(state.ticket)
    changes = {
        name: value
        for name, value in wanted.items()
        if value != now[name] and name not in state.set_by_command
    }
    if not changes:
        return None
    sources = {name: source for name, source in assignment.sources.items() if name in changes}
    return {**changes, "sources": sources, "policy_version": policy.version}


def _wanted(assignment: Assignment) -> dict[str, Any]:
    return {
        "process": assignment.process.value,
        "area": assignment.area.value,
        "handler": assignment.pair.handler,
        "user_group": assignment.pair.user_group,
        "groups": list(assignment.groups),
        "price_lists": list(assignment.price_lists),
        "sla": _terms(assignment.sla),
    }


def _present(ticket: RoutedTicket) -> dict[str, Any]:
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
